"""The gateway's treatment: each request by its session's locked settings, through the ordered list of transforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from queue import SimpleQueue
from threading import Lock as Mutex
from typing import Final

from agentforge.context import (
    CALL,
    FIND,
    Kept,
    Receipt,
    Role,
    SessionView,
    Settings,
    apply,
    searches_tools,
    tools_behind,
)
from agentforge.gateway.asides import Aside, Asides, aside_of
from agentforge.gateway.gate import Gate
from agentforge.gateway.own_answers import ANSWERED, own_answers
from agentforge.gateway.recalling import Recall, recall_from
from agentforge.gateway.roles import role_of, session_key
from agentforge.gateway.sessions import Lock, Seen, Sessions, lock_of
from agentforge.gateway.talk import Answer, Carry, OwnTools
from agentforge.gateway.treatment import Answered, AnswerReader, Asked, Prepared
from agentforge.ledger import EVERYWHERE, Event, Ledger
from agentforge.wire import Chain, Request, chain_of, decode_request, encode_request

SESSION: Final = "gateway.session"
ASIDE: Final = "gateway.aside"
GATE: Final = "gateway.gate"
RECALL: Final = "recall"
_QUICK: Final = 96 * 1024
"""Bytes that were not seen before, at most, for the event loop to wait."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What `learn` needs to know of a request."""

    session: str
    bytes: int


class Treated:
    """Knows the sessions, and has every request become what its session's settings make of it."""

    def __init__(self, gate: Gate, recall: Recall, *, locks: Sequence[Lock] = (), asides: Asides | None = None) -> None:
        self._gate = gate
        self._recall = recall
        self._sessions = Sessions(gate.choose, locks)
        self._asides = asides or Asides()
        self._mutex = Mutex()
        self._sizes: dict[str, int] = {}
        """How long the last request of each session was that its client names."""
        self._whole: dict[str, frozenset[str]] = {}
        """By session, what could not be stored, and so is never cut."""
        self._said: SimpleQueue[Event] = SimpleQueue()
        """What the ledger should hear at the next occasion."""

    def is_quick(self, asked: Asked) -> bool:
        """Whether most of it was seen before: what is remembered costs next to nothing."""
        seen = self._sizes.get(session_key(_named(asked)), 0)
        return len(asked.body) - seen < _QUICK

    def prepare(self, asked: Asked) -> Prepared:
        """What is sent for a request."""
        with self._mutex:
            return self._prepare(asked)

    def _prepare(self, asked: Asked) -> Prepared:
        headers = _named(asked)
        request = decode_request(asked.dialect, asked.body)
        chain = chain_of(request)
        key = session_key(headers)
        role: Role = "count" if asked.operation == "count" else role_of(request, headers)
        seen = self._seen(asked, request, chain, key, role)
        lock = seen.lock
        view = SessionView(
            lock.settings, asked.project, lock.session, role, lock.start, self._whole.get(lock.session, frozenset())
        )
        treated, receipts = apply(request, view)
        sent = self._asides.restore(treated, chain.links, asked.project)
        body = asked.body if sent is request else encode_request(sent)
        self._sizes[key] = len(asked.body)
        counting = role == "count"
        return Prepared(
            body,
            session=lock.session,
            role=role,
            receipts=receipts,
            kept=() if counting else tuple(_kept(receipts)),
            events=(_begun(lock, asked),) if seen.is_new else (),
            reader=None if counting else self._reader(sent, self._own(request, sent, view), chain.links, asked, lock),
            memo=Sent(lock.session, len(body)),
            spare=lambda lost: self._spare(asked, lock.session, lost),
        )

    def _spare(self, asked: Asked, session: str, lost: frozenset[str]) -> Prepared:
        """The request where storing failed: what was cut before stays cut, and what is new stays whole for good."""
        self._whole[session] = self._whole.get(session, frozenset()) | lost
        return replace(self.prepare(asked), kept=(), events=(), spare=None)

    def learn(self, answered: Answered) -> Sequence[Event]:
        """What was said aside in the answer, and whether treating still pays."""
        events = []
        while not self._said.empty():
            events.append(self._said.get())
        if answered.usage is None or not isinstance(answered.memo, Sent) or answered.operation != "answer":
            return events
        if answered.sent in ("changed", "followup"):
            told = self._gate.learn(
                project=answered.project,
                session=answered.memo.session,
                at=answered.at,
                model_id=answered.model,
                receipts=answered.receipts,
                usage=answered.usage,
                sent_bytes=answered.memo.bytes,
                is_followup=answered.sent == "followup",
            )
            if told is not None:
                what = f"{told['transform']} is off for new sessions of {answered.project}: it costs more than it saves"
                events.append(Event(GATE, answered.at, answered.project, None, told, what))
        return events

    def _seen(self, asked: Asked, request: Request, chain: Chain, key: str, role: Role) -> Seen:
        if role == "count":
            return self._sessions.peek(request, chain, project=asked.project, key=key)
        new_id = sha256(f"{asked.project}\0{chain.links[-1:]}\0{asked.at}\0{asked.number}".encode()).hexdigest()[:16]
        return self._sessions.see(request, chain, project=asked.project, key=key, new_id=new_id)

    def _own(self, request: Request, sent: Request, view: SessionView) -> OwnTools:
        """The tools in what is sent that are ours."""
        if sent.dialect not in ANSWERED:
            return OwnTools()
        answers: dict[str, Answer] = {}
        carries: dict[str, Carry] = {}
        if view.settings.recall == "tool" and any(tool.name == RECALL for tool in sent.tools or ()):
            answers[RECALL] = lambda call: self._recall(view.project, call)
        behind = tools_behind(request, view)
        if behind is not None:
            answers[FIND], carries[CALL] = behind.found, behind.carried
        return OwnTools(answers, carries, searches_tools(request, view))

    def _reader(
        self, sent: Request, own: OwnTools, links: Sequence[str], asked: Asked, lock: Lock
    ) -> AnswerReader | None:
        """What answers the calls of our tools, where this session has them."""
        if not own or not links:
            return None

        def remember(aside: Aside) -> None:
            with self._mutex:
                self._asides.put(asked.project, links[-1], aside)
            told = {"link": links[-1], "aside": aside.plain()}
            self._said.put(Event(ASIDE, asked.at, asked.project, lock.session, told))

        return own_answers(sent, own, remember)


def treated(settings: Settings, ledger: Ledger, *, holdout: float = 0.0) -> Treated:
    """The treatment by these settings, with what the ledger has of sessions that began before."""
    locks, asides = remembered(ledger)
    return Treated(Gate(settings, holdout=holdout), recall_from(ledger), locks=locks, asides=asides)


def remembered(ledger: Ledger) -> tuple[tuple[Lock, ...], Asides]:
    """What a ledger has of the sessions before a restart."""
    locks = tuple(lock_of(event.data) for event in ledger.events(project=EVERYWHERE, kind=SESSION))
    asides = Asides()
    for event in ledger.events(project=EVERYWHERE, kind=ASIDE):
        asides.put(event.project, event.data["link"], aside_of(event.data["aside"]))
    return locks, asides


def _begun(lock: Lock, asked: Asked) -> Event:
    return Event(SESSION, asked.at, asked.project, lock.session, lock.plain())


def _kept(receipts: Sequence[Receipt]) -> Iterator[Kept]:
    for receipt in receipts:
        for change in receipt.changes:
            if change.kept is not None:
                yield change.kept


def _named(asked: Asked) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in asked.headers}
