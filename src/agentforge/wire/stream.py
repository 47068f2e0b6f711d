"""A streamed answer in neutral parts, whichever dialect it came in, and the answer put together again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from agentforge.wire import anthropic, chat, responses
from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import Json, dump, load, splice
from agentforge.wire.sse import SseEvent
from agentforge.wire.usage import UsageForm
from agentforge.wire.values import (
    Block,
    Dialect,
    Message,
    Other,
    Response,
    Text,
    Thinking,
    ToolUse,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Started:
    """The answer begins."""

    id: str
    model: str
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class BlockOpened:
    """A block begins; what it holds so far."""

    index: int
    block: Block


@dataclass(frozen=True, slots=True)
class TextAdded:
    """More words."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingAdded:
    """More reasoning."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class SignatureAdded:
    """The signature of the reasoning."""

    index: int
    signature: str


@dataclass(frozen=True, slots=True)
class InputAdded:
    """More of a tool call's arguments, as they are written."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class BlockClosed:
    """The block is whole."""

    index: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Why the answer ended, and what it was charged for; either may come alone."""

    stop_reason: str | None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more will come."""


@dataclass(frozen=True, slots=True)
class Pinged:
    """Still there."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider gave up in the middle."""

    type: str
    message: str


Part: TypeAlias = (
    Started
    | BlockOpened
    | TextAdded
    | ThinkingAdded
    | SignatureAdded
    | InputAdded
    | BlockClosed
    | Finished
    | Ended
    | Pinged
    | Failed
)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event as it came, and what it says; no part: kept and passed on, not understood."""

    dialect: Dialect
    sse: SseEvent
    parts: tuple[Part, ...]


USAGE_FORMS: Final[dict[Dialect, UsageForm]] = {
    "anthropic": anthropic.USAGE,
    "openai-chat": chat.USAGE,
    "openai-responses": responses.USAGE,
}


def merge_usage(dialect: Dialect, first: Usage | None, later: Usage | None) -> Usage | None:
    """The counts after a later, cumulative report; members it leaves out or gives as null stay."""
    if first is None or later is None:
        return first or later
    form = USAGE_FORMS[dialect]
    news = {key: value for key, value in load(form.write(later)).items() if value is not None}
    return form.read(dump({**load(form.write(first)), **news}))


def words(value: object) -> str:
    """The value where it is a string; else the `TypeError` by which a reader knows an event it cannot understand."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


@dataclass(slots=True)
class _Draft:
    block: Block
    text: str = ""
    signature: str = ""

    def done(self) -> Block:
        match self.block:
            case Text():
                return replace(self.block, text=self.block.text + self.text, origin=None)
            case Thinking():
                signature = (self.block.signature or "") + self.signature
                return replace(self.block, text=self.block.text + self.text, signature=signature or None, origin=None)
            case ToolUse() if self.text:
                return replace(self.block, input=read_input(self.text), origin=None)
            case Other(body=body) if self.text and body.text.startswith(b"{"):
                # A provider's own call (a search, say) streams its arguments like any other.
                return replace(self.block, body=Json(splice(body.text, {"input": read_input(self.text).text})))
            case _:
                return self.block


def read_input(text: str) -> Json:
    """Streamed arguments as JSON; as a JSON string where they are none (a call that was cut, say)."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        plain = load(raw)
    except NotJson:
        return Json.of(text.encode("utf-8", "replace").decode())
    return Json.of(text) if isinstance(plain, str) else Json(raw)


class Assembler:
    """Puts a streamed answer together, part by part."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.started: Started | None = None
        self.usage: Usage | None = None
        self.stop_reason: str | None = None
        self.failed: Failed | None = None
        self.ended = False
        self._drafts: dict[int, _Draft] = {}

    def add(self, part: Part) -> None:
        """Take in one part."""
        match part:
            case Started():
                self.started = part
                self.usage = merge_usage(self.dialect, self.usage, part.usage)
            case BlockOpened(index, block):
                self._drafts[index] = _Draft(block)
            case TextAdded(index, text) | ThinkingAdded(index, text) | InputAdded(index, text):
                if index in self._drafts:
                    self._drafts[index].text += text
            case SignatureAdded(index, signature):
                if index in self._drafts:
                    self._drafts[index].signature += signature
            case Finished(stop_reason, usage):
                self.stop_reason = stop_reason or self.stop_reason
                self.usage = merge_usage(self.dialect, self.usage, usage)
            case Ended():
                self.ended = True
            case Failed():
                self.failed = part
            case BlockClosed() | Pinged():
                pass

    def response(self) -> Response:
        """The answer so far."""
        blocks = tuple(self._drafts[index].done() for index in sorted(self._drafts))
        return Response(
            self.dialect,
            self.started.id if self.started else "",
            self.started.model if self.started else "",
            (Message("assistant", blocks),),
            self.stop_reason,
            self.usage,
        )


def parts_of(response: Response, *, piece: int = 40) -> Iterator[Part]:
    """The parts a provider would stream an answer in, `piece` characters at a time."""
    usage = response.usage
    yield Started(response.id, response.model, replace(usage, output_tokens=1, thinking_tokens=0) if usage else None)
    for index, block in enumerate(response.blocks):
        match block:
            case Text(text=text):
                yield BlockOpened(index, replace(block, text="", origin=None))
                yield from (TextAdded(index, text[at : at + piece]) for at in range(0, len(text), piece))
            case Thinking(text=text, signature=signature, redacted=False):
                yield BlockOpened(index, replace(block, text="", signature=None, origin=None))
                yield from (ThinkingAdded(index, text[at : at + piece]) for at in range(0, len(text), piece))
                if signature:
                    yield SignatureAdded(index, signature)
            case ToolUse(input=arguments):
                yield BlockOpened(index, replace(block, input=Json(b"{}"), origin=None))
                raw = arguments.value if arguments.text[:1] == b'"' else arguments.text.decode()
                yield from (InputAdded(index, raw[at : at + piece]) for at in range(0, len(raw), piece))
            case _:
                yield BlockOpened(index, block)
        yield BlockClosed(index)
    yield Finished(response.stop_reason, usage)
    yield Ended()
