"""A session sent again under settings: what each request is charged, what breaks, what is asked back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from agentforge.context import TRANSFORMS, Receipt, SessionView, Settings, Transform, apply
from agentforge.simulate.promptcache import Charge, Lifetime, Segment
from agentforge.simulate.whatif.bill import Bill, Rendered
from agentforge.simulate.whatif.laying import recalled
from agentforge.simulate.whatif.steps import Session, Step
from agentforge.simulate.whatif.view import Recall, View
from agentforge.tokens import cost
from agentforge.wire import Request, Usage

SHOWN: Final = 20
"""Recalls of a session that are told one by one."""


@dataclass(frozen=True, slots=True)
class Billed:
    """One request as it was charged."""

    at: float
    response: str
    model: str
    uncached: int
    read: int
    write_5m: int
    write_1h: int
    output: int
    dollars: Decimal | None
    """None where the model has no price here."""
    recall: bool = False
    """It is the round trip of a recall, made only because of the plan."""
    broke: str = ""
    """Why what was sent before is no prefix of it."""

    @property
    def prompt(self) -> int:
        """The tokens in view."""
        return self.uncached + self.read + self.write_5m + self.write_1h


@dataclass(frozen=True, slots=True)
class Needed:
    """A recall: where, of what, and why."""

    request: int
    handle: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """A session under one plan."""

    requests: tuple[Billed, ...]
    recalls: tuple[Needed, ...]
    """The first of them."""
    cuts: int
    """Texts of which something was cut."""


def replay(session: Session, settings: Settings, transforms: Sequence[Transform] = TRANSFORMS) -> Replay:
    """The session under these settings."""
    about = SessionView(settings, session.project, session.id, "subagent" if session.subagent else "main")
    playing = _Playing(session, about, transforms, Bill(session.scale, session.answers))
    for step in session.steps:
        playing.send(step)
    return Replay(tuple(playing.billed), tuple(playing.recalls), len(playing.view.cuts))


@dataclass(slots=True)
class _Playing:
    session: Session
    about: SessionView
    transforms: Sequence[Transform]
    bill: Bill
    view: View = field(default_factory=View)
    billed: list[Billed] = field(default_factory=list)
    recalls: list[Needed] = field(default_factory=list)
    head: Rendered = ()
    sent: list[Rendered] = field(default_factory=list)
    """The messages of the last request."""
    inserted: list[tuple[int, Rendered]] = field(default_factory=list)
    """Recalls and their results, and after how many messages each stands."""

    def send(self, step: Step) -> None:
        """Sends a request as the plan has it, and what recalls its answer needs."""
        request, receipts = apply(step.request, self.about, self.transforms)
        head, messages = self.bill.head(request), self.bill.messages(request)
        if not self.billed:
            self._warm(request, head, step.at)
        broke = self._broken(step, head, messages, receipts)
        if broke or step.start != "continued":
            self._start_again(step, messages)
        self.view.show(request.messages[len(self.sent) :], receipts)
        self.head, self.sent = head, messages
        needed = self.view.needed(step.answer)
        prompt = self._prompt(head, messages)
        for recall in needed:
            call, result = self._recalled(request, recall)
            output = sum(segment.tokens for segment in call)
            self._pay(request, prompt, step, output, broke=broke, recall=True)
            self.inserted.append((len(messages), (*call, *result)))
            # The model goes on from the result, which is where a client marks its prompt's end.
            prompt = [*self._prompt(head, messages)[:-1], replace(result[-1], marker=_lasting(prompt))]
            broke = ""
        self._pay(request, prompt, step, step.output, broke=broke)

    def _warm(self, request: Request, head: Rendered, at: float) -> None:
        """Puts into the cache what another session had put there before this one began."""
        if self.session.warm and request.dialect == "anthropic":
            first = next((place for place, segment in enumerate(head) if segment.part == "system"), -1)
            self.bill.charge(request, head[: first + 1], at - 1)

    def _prompt(self, head: Rendered, messages: Sequence[Rendered]) -> list[Segment]:
        prompt = list(head)
        done = 0
        for place, rendered in self.inserted:
            for message in messages[done:place]:
                prompt += message
            prompt += rendered
            done = max(done, place)
        for message in messages[done:]:
            prompt += message
        return prompt

    def _pay(
        self, request: Request, prompt: Sequence[Segment], step: Step, output: int, *, broke: str, recall: bool = False
    ) -> None:
        charge = self.bill.charge(request, prompt, step.at)
        usage = _usage(charge, output)
        self.billed.append(
            Billed(
                step.at,
                step.response,
                request.model,
                charge.uncached,
                charge.read,
                charge.write_5m,
                charge.write_1h,
                output,
                cost(usage, request.model).total,
                recall,
                broke,
            )
        )

    def _recalled(self, request: Request, recall: Recall) -> tuple[Rendered, Rendered]:
        call, result = recalled(request.dialect, f"toolu_recall_{len(self.recalls)}", recall.asked, recall.text)
        self.recalls.append(Needed(len(self.billed), recall.asked["handle"], recall.references))
        return self.bill.added(request, call), self.bill.added(request, result)

    def _broken(self, step: Step, head: Rendered, messages: Sequence[Rendered], receipts: Sequence[Receipt]) -> str:
        """Why the last request is no prefix of this one; empty where it is one, or need not be."""
        if step.start != "continued":
            return ""
        if _contents(head) != _contents(self.head):
            return _reason("tools", receipts) or _reason("system", receipts) or "the client changed its system prompt"
        for at, (before, now) in enumerate(zip(self.sent, messages, strict=False)):
            if before is not now and _contents(before) != _contents(now):
                return _reason(f"messages.{at}", receipts) or "the client changed an earlier message"
        return "" if len(messages) >= len(self.sent) else "the request became shorter"

    def _start_again(self, step: Step, messages: Sequence[Rendered]) -> None:
        """Forgets what is in view no more."""
        kept = 0
        if step.start == "rewound":
            same = (before is now for before, now in zip(self.sent, messages, strict=False))
            kept = next((at for at, one in enumerate(same) if not one), min(len(self.sent), len(messages)))
        self.inserted = [one for one in self.inserted if one[0] <= kept or step.start == "continued"]
        self.view.clear()
        self.sent = []


def _contents(rendered: Rendered) -> list[bytes]:
    return [segment.content for segment in rendered]


def _reason(where: str, receipts: Sequence[Receipt]) -> str:
    """The transform that changed something there."""
    for receipt in receipts:
        if any(change.where == where or change.where.startswith(f"{where}.") for change in receipt.changes):
            return receipt.transform
    return ""


def _usage(charge: Charge, output: int) -> Usage:
    written = charge.write_5m + charge.write_1h
    return Usage(charge.uncached, charge.read, written, charge.write_1h, output)


def _lasting(prompt: Sequence[Segment]) -> Lifetime | None:
    """How long the client keeps its prompt's end; None where it marks none."""
    return next((segment.marker for segment in reversed(prompt) if segment.marker), None)
