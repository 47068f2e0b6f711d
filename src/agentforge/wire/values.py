"""The values every room speaks in: one neutral form for the three dialects, frozen, and lossless.

A value read from the wire carries its `origin`: the very text it came as, and the fields read from it. Writing
compares by identity: a field nobody replaced is written as its own old bytes. So `dataclasses.replace` is all it takes
to change a request, and nothing else of it moves.

`extra` holds every member that has no field of its own here, by its JSON key (`outer/inner` for nested ones).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from agentforge.wire.jsontext import Json

Dialect: TypeAlias = Literal["anthropic", "openai-chat", "openai-responses"]
DIALECTS: Final[tuple[Dialect, ...]] = ("anthropic", "openai-chat", "openai-responses")

Extra: TypeAlias = Mapping[str, Json]
NOTHING: Final[Extra] = MappingProxyType({})


def _nothing() -> Extra:
    return NOTHING


class Origin(NamedTuple):
    """Where a value came from: its dialect, its text, and its fields as they were read."""

    dialect: Dialect
    text: bytes
    fields: tuple[Any, ...]
    shape: object = None
    """What read it: another one's old bytes would say something else."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str
    cache: Json | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Thinking:
    """A model's reasoning; the signature binds it to what stood before it, so it is never touched."""

    text: str
    signature: str | None = None
    redacted: bool = False
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a document or a sound, with its source as the dialect puts it."""

    media: Literal["image", "document", "audio"]
    source: Json
    cache: Json | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A model calls a tool. Arguments that are no JSON stand as a JSON string."""

    id: str
    name: str
    input: Json
    cache: Json | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ToolReference:
    """A tool found by search: from here on the model may call it."""

    name: str
    cache: Json | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered."""

    tool_use_id: str
    content: str | Sequence[Block] | None = None
    is_error: bool = False
    cache: Json | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Other:
    """A block this version has no type for; kept whole."""

    type: str
    body: Json
    origin: Origin | None = field(default=None, compare=False, repr=False)


Block: TypeAlias = Text | Thinking | Media | ToolUse | ToolReference | ToolResult | Other
Content: TypeAlias = str | Sequence[Block] | None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. OpenAI's tool messages and Responses items are messages with one block."""

    role: str
    content: Content = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def blocks(self) -> Sequence[Block]:
        """The content as blocks, whichever way it was written."""
        if self.content is None:
            return ()
        return (Text(self.content),) if isinstance(self.content, str) else self.content


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call; a provider's own tool has no schema and tells its type in `extra`."""

    name: str = ""
    description: str | None = None
    input_schema: Json | None = None
    deferred: bool = False
    cache: Json | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks of a provider."""

    dialect: Dialect
    model: str
    messages: Sequence[Message]
    system: Content = None
    tools: Sequence[Tool] | None = None
    max_tokens: int | None = None
    stream: bool = False
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer was charged for, in tokens. The prompt's three parts never overlap."""

    input_tokens: int = 0
    """The part of the prompt that was neither read from nor written to the cache."""
    cache_read: int = 0
    cache_write: int = 0
    """Written with any lifetime; `cache_write_1h` of these for an hour."""
    cache_write_1h: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    """The share of `output_tokens` that was reasoning."""
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def prompt(self) -> int:
        """The whole prompt: what the context window holds before the answer."""
        return self.input_tokens + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Response:
    """What a provider answered. `output` has one message, but for Responses items, which are one each."""

    dialect: Dialect
    id: str
    model: str
    output: Sequence[Message]
    stop_reason: str | None = None
    """In Anthropic's words: end_turn, tool_use, max_tokens, stop_sequence, refusal, pause_turn, ..."""
    usage: Usage | None = None
    extra: Extra = field(default_factory=_nothing)
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks of the answer, in order."""
        return tuple(block for message in self.output for block in message.blocks)
