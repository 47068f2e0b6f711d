"""What the model and the gateway say to each other inside one answer of the client's, whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from agentforge.gateway.asides import Aside, is_blank, is_search
from agentforge.gateway.treatment import FollowUp
from agentforge.wire import (
    Block,
    Dialect,
    Json,
    Message,
    Request,
    Response,
    Thinking,
    ToolResult,
    ToolUse,
    encode_request,
)

MOST_ROUNDS: Final = 12
FEW: Final = 3
"""Rounds more, with its tools taken away, for the model to come to an end."""
ENOUGH: Final = "You have asked often enough in this answer. Go on with what you have."

Answer: TypeAlias = Callable[[ToolUse], str]
"""What a call of one of our tools is answered."""
Carry: TypeAlias = Callable[[ToolUse], ToolUse | str]
"""The client's call that a call of one of our tools carries, or what is wrong with it, which it is answered."""


@dataclass(frozen=True, slots=True)
class OwnTools:
    """The tools that are the gateway's, by name."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    carries: Mapping[str, Carry] = field(default_factory=dict)
    hides_search: bool = False
    """The provider's own search for tools was our doing: the client knows nothing of it."""

    def __bool__(self) -> bool:
        return bool(self.answers or self.carries or self.hides_search)

    def shown(self, block: Block) -> Block | None:
        """What the client gets of a block: nothing of what is ours, and the call that one of ours carries."""
        if not isinstance(block, ToolUse):
            return None if self.hides_search and is_search(block) else block
        if block.name in self.answers:
            return None
        carry = self.carries.get(block.name)
        carried = block if carry is None else carry(block)
        return carried if isinstance(carried, ToolUse) else None

    def result(self, dialect: Dialect, use: ToolUse, *, enough: bool) -> ToolResult:
        """What a call of ours is answered."""
        if enough:
            return ToolResult(use.id, ENOUGH)
        if use.name in self.answers:
            return ToolResult(use.id, self.answers[use.name](use))
        wrong = self.carries[use.name](use)
        assert isinstance(wrong, str)
        # Chat has no word for a result that is an error.
        return ToolResult(use.id, wrong, is_error=dialect == "anthropic")


@dataclass(frozen=True, slots=True)
class Round:
    """One answer of the provider, with what of it is ours."""

    said: Message
    hidden: tuple[tuple[int, Block], ...]
    """What the client does not get, with the places; in Chat these count calls alone."""
    shown: tuple[Block, ...]
    others: bool
    """The client's tools are called too."""
    waits: bool
    """It ended in calls that are whole."""
    stop_reason: str | None
    output_tokens: int

    @property
    def own(self) -> tuple[ToolUse, ...]:
        """Our calls."""
        return tuple(block for _, block in self.hidden if isinstance(block, ToolUse))

    @property
    def is_ours(self) -> bool:
        """Whether it waits for nobody but us."""
        return self.waits and bool(self.own) and not self.others


@dataclass(slots=True)
class Talk:
    """What was said so far, inside one answer of the client's."""

    request: Request
    own: OwnTools
    remember: Callable[[Aside], None]
    rounds: list[tuple[Message, ...]] = field(default_factory=list)
    shown: list[Block] = field(default_factory=list)
    """What the client got of the rounds."""
    output_tokens: int = 0
    """Of the rounds."""

    @property
    def dialect(self) -> Dialect:
        """The one that both sides speak."""
        return self.request.dialect

    def read(self, response: Response) -> Round:
        """A round by its answer."""
        said = response.output[0] if response.output else Message("assistant")
        shown = [self.own.shown(block) for block in said.blocks]
        counted = [
            isinstance(block, ToolUse) or (self.dialect == "anthropic" and not is_blank(block)) for block in said.blocks
        ]
        hidden = tuple(
            (sum(counted[:at]), block)
            for at, (block, seen) in enumerate(zip(said.blocks, shown, strict=True))
            if seen is None
        )
        # Some servers of Chat say `stop` though they call.
        waits = response.stop_reason in (("tool_use",) if self.dialect == "anthropic" else ("tool_use", "end_turn"))
        return Round(
            said,
            hidden,
            tuple(block for block in shown if block is not None),
            any(isinstance(block, ToolUse) for block in shown),
            waits,
            response.stop_reason,
            response.usage.output_tokens if response.usage else 0,
        )

    def go_on(self, last: Round) -> FollowUp:
        """The request with our results, after a round that waits for us; who asks too often may call no more tools."""
        if len(self.rounds) >= MOST_ROUNDS + FEW:
            raise RuntimeError(f"the model called our tools in {len(self.rounds)} rounds and does not stop")
        turn = (last.said, *self._results(last.own))
        self.rounds.append(turn)
        self.shown += last.shown
        self.output_tokens += last.output_tokens
        self.request = replace(self.request, messages=(*self.request.messages, *turn))
        if len(self.rounds) >= MOST_ROUNDS:
            none = Json.of({"type": "none"} if self.dialect == "anthropic" else "none")
            self.request = replace(self.request, extra={**self.request.extra, "tool_choice": none})
        return FollowUp(encode_request(self.request))

    def close(self, last: Round) -> None:
        """Has remembered what the client has not seen, now that the answer is whole; a call cut short is forgotten."""
        hidden = last.hidden if last.waits else _whole_searches(last)
        if self.rounds or hidden:
            own = last.own if last.waits else ()
            ours = Message("assistant", tuple(block for _, block in hidden)) if hidden else None
            places = tuple(at for at, _ in hidden)
            calls = tuple(block.id for block in last.shown if isinstance(block, ToolUse))
            solid = [block for block in last.said.blocks if not is_blank(block)]
            thought = tuple(at for at, block in enumerate(solid) if isinstance(block, Thinking))
            results = self._results(own)
            self.remember(Aside(tuple(self.rounds), places, ours, results, self.dialect, calls, thought))

    def _results(self, own: Sequence[ToolUse]) -> tuple[Message, ...]:
        """What our calls are answered: in one message, or in Chat in one each."""
        enough = len(self.rounds) >= MOST_ROUNDS
        results = [self.own.result(self.dialect, use, enough=enough) for use in own]
        if self.dialect == "openai-chat":
            return tuple(Message("tool", (result,)) for result in results)
        return (Message("user", tuple(results)),) if results else ()


def _whole_searches(last: Round) -> tuple[tuple[int, Block], ...]:
    """The provider's searches in an answer that waits for nobody; half a search only where it is to go on."""
    found = [(at, block) for at, block in last.hidden if not isinstance(block, ToolUse)]
    if last.stop_reason == "pause_turn":
        return tuple(found)
    answered = {block.body.value.get("tool_use_id") for _, block in found}  # type: ignore[union-attr]
    called = {block.body.value.get("id") for _, block in found}  # type: ignore[union-attr]

    def is_whole(block: Block) -> bool:
        plain = block.body.value  # type: ignore[union-attr]
        return plain.get("id") in answered or plain.get("tool_use_id") in called

    return tuple((at, block) for at, block in found if is_whole(block))
