"""A streamed answer in neutral parts, whichever dialect it came in, and the answer put together again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from agentforge.wire import anthropic, chat, responses
from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import Json, dump, elements, load, parse_object, splice
from agentforge.wire.sse import SseEvent
from agentforge.wire.usage import UsageForm
from agentforge.wire.values import (
    Block,
    Content,
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
    extra: Mapping[str, Json] = field(default_factory=dict)
    """The answer's other members, as far as they are known already."""


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
class CitationAdded:
    """One more source of the text."""

    index: int
    citation: Json


@dataclass(frozen=True, slots=True)
class CompactionAdded:
    """What a compaction came to: members of its block, whole."""

    index: int
    members: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class BlockClosed:
    """The block is whole."""

    index: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Why the answer ended, and what it was charged for; either may come alone."""

    stop_reason: str | None
    usage: Usage | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)
    """The answer's other members that the end tells."""


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
    | CitationAdded
    | CompactionAdded
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


CHAT_REASONING: Final = "reasoning_content"
"""Where an answer of Chat's keeps reasoning: a member of its message."""
_TOLD_AT_THE_END: Final = ("stop_sequence", "stop_details")


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


def failure(error: Any, kind: str = "type") -> Failed:
    """The failure that an error of any form tells of; `kind` is the member that names its kind."""
    if isinstance(error, dict):
        named, message = error.get(kind), error.get("message")
        return Failed("api_error" if named is None else str(named), "" if message is None else str(message))
    return Failed("api_error", error if isinstance(error, str) else "" if error is None else dump(error).decode())


@dataclass(slots=True)
class _Draft:
    block: Block
    said: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    citations: list[bytes] = field(default_factory=list)
    members: dict[str, Json] = field(default_factory=dict)

    def done(self) -> Block:
        said, arguments = "".join(self.said), "".join(self.arguments)
        match self.block:
            case Text(text=text, extra=extra):
                if self.citations:
                    before = extra.get("citations", Json(b"[]")).text
                    rows = [*(elements(before) if before.startswith(b"[") else ()), *self.citations]
                    extra = {**extra, "citations": Json(b"[%s]" % b",".join(rows))}
                return replace(self.block, text=text + said, extra=extra, origin=None)
            case Thinking(text=text):
                signature = (self.block.signature or "") + "".join(self.signature)
                return replace(self.block, text=text + said, signature=signature or None, origin=None)
            case ToolUse() if arguments:
                return replace(self.block, input=read_input(arguments), origin=None)
            case Other(body=body) if body.text.startswith(b"{"):
                # A provider's own call (a search, say) streams its arguments like any other.
                changes: dict[str, bytes | None] = {key: value.text for key, value in self.members.items()}
                if arguments:
                    changes["input"] = read_input(arguments).text
                if said:
                    before_it = load(parse_object(body.text).get("text", b'""'))
                    changes["text"] = dump((before_it if isinstance(before_it, str) else "") + said)
                return (
                    replace(self.block, body=Json(splice(body.text, changes)), origin=None) if changes else self.block
                )
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
        self._extra: dict[str, Json] = {}
        self._drafts: dict[int, _Draft] = {}

    def add(self, part: Part) -> None:
        """Take in one part."""
        match part:
            case Started():
                self.started = part
                self.usage = merge_usage(self.dialect, self.usage, part.usage)
                self._extra |= part.extra
            case BlockOpened(index, block):
                self._drafts[index] = _Draft(block)
            case TextAdded() | ThinkingAdded() | InputAdded() | SignatureAdded() | CitationAdded() | CompactionAdded():
                if part.index in self._drafts:
                    _add(self._drafts[part.index], part)
            case Finished(stop_reason, usage, extra):
                self._extra |= extra
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
            (_chat_message(blocks) if self.dialect == "openai-chat" else Message("assistant", blocks),),
            self.stop_reason,
            self.usage,
            dict(self._extra),
        )


def _add(
    draft: _Draft, part: TextAdded | ThinkingAdded | InputAdded | SignatureAdded | CitationAdded | CompactionAdded
) -> None:
    match part:
        case TextAdded(_, text) | ThinkingAdded(_, text):
            draft.said.append(text)
        case InputAdded(_, text):
            draft.arguments.append(text)
        case SignatureAdded(_, signature):
            draft.signature.append(signature)
        case CitationAdded(_, citation):
            draft.citations.append(citation.text)
        case CompactionAdded(_, members):
            draft.members |= members


def _chat_message(blocks: Sequence[Block]) -> Message:
    """Chat's answer is one string and the calls; reasoning stands beside it, as there is no part for it."""
    texts = [block for block in blocks if isinstance(block, Text)]
    reasons = "".join(block.text for block in blocks if isinstance(block, Thinking))
    rest = [block for block in blocks if not isinstance(block, Text | Thinking)]
    said = "".join(block.text for block in texts)
    content: Content = (*((Text(said),) if texts else ()), *rest) if rest else said if texts else None
    extra = {} if texts else {"content": Json(b"null")}
    if reasons:
        extra[CHAT_REASONING] = Json.of(reasons)
    return Message("assistant", content, extra)


def _blocks_to_stream(response: Response) -> Iterator[Block]:
    """The blocks, with the reasoning that Chat keeps beside them first."""
    if response.dialect == "openai-chat":
        for message in response.output[:1]:
            reasons = message.extra.get(CHAT_REASONING)
            if reasons is not None and isinstance(reasons.value, str) and reasons.value:
                yield Thinking(reasons.value)
    yield from response.blocks


def parts_of(response: Response, *, piece: int = 40) -> Iterator[Part]:
    """The parts a provider would stream an answer in, `piece` characters at a time."""
    usage = response.usage
    yield Started(response.id, response.model, replace(usage, output_tokens=1, thinking_tokens=0) if usage else None)
    for index, block in enumerate(_blocks_to_stream(response)):
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
    extra = {key: response.extra[key] for key in _TOLD_AT_THE_END if key in response.extra}
    yield Finished(response.stop_reason, usage, extra)
    yield Ended()
