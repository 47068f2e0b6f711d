"""The tool results of a request, each with its call and the user's latest words before it, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from agentforge.context.admission import Call
from agentforge.context.transform import Kept
from agentforge.wire import (
    Block,
    Dialect,
    Message,
    Request,
    Text,
    ToolResult,
    ToolUse,
    decode_message,
    encode_message,
)
from agentforge.wire.memory import Memory

REMEMBERED: Final = 16 << 20
"""Bytes of messages that are remembered, as they came and as they were sent."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a tool result."""

    block: int
    inner: int | None
    """Which block of the result's content it is; None where the content is a string."""
    answers: str
    """The id of the call."""
    failed: bool
    text: str
    key: bytes
    """The hash of the text."""

    @property
    def place(self) -> str:
        """Where it stands in its message."""
        return f"content.{self.block}.content" + ("" if self.inner is None else f".{self.inner}.text")


@dataclass(frozen=True, slots=True)
class Brought:
    """What one message brings: calls, results, and words of the user."""

    key: bytes
    calls: tuple[ToolUse, ...]
    results: tuple[Said, ...]
    prompt: str


@dataclass(frozen=True, slots=True)
class Found:
    """A text of a tool result in its request."""

    message: int
    said: Said
    use: ToolUse | None
    prompt: str
    prompt_message: int

    @property
    def where(self) -> str:
        """As in `messages.4.content.0.content`."""
        return f"messages.{self.message}.{self.said.place}"

    @property
    def call(self) -> Call:
        """The call as admission wants it."""
        name, given = ("", {}) if self.use is None else (self.use.name, arguments(self.use))
        return Call(name, given, self.prompt, self.said.failed)


_brought: Final[Memory[Brought]] = Memory(REMEMBERED)
_rewritten: Final[Memory[Message]] = Memory(REMEMBERED)
_kept: Final[Memory[Kept]] = Memory(REMEMBERED)


def results_in(request: Request) -> Iterator[Found]:
    """Every text of every tool result, in order."""
    uses: dict[str, ToolUse] = {}
    prompt, prompt_message = "", -1
    for index, message in enumerate(request.messages):
        brought = brought_by(message, request.dialect)
        for said in brought.results:
            yield Found(index, said, uses.get(said.answers), prompt, prompt_message)
        for use in brought.calls:
            uses[use.id] = use
        if brought.prompt:
            prompt, prompt_message = brought.prompt, index


def brought_by(message: Message, dialect: Dialect) -> Brought:
    """What a message brings; a message seen lately is not looked through again."""
    text = _text_of(message, dialect)
    known = _brought.get(text)
    if known is None:
        known = _look(message, sha256(text).digest())
        _brought.put(text, known, 2 * len(text))
    return known


def rewritten(request: Request, texts: Mapping[int, Mapping[Said, str]]) -> Request:
    """The request with some texts of its messages replaced; every other byte stays."""
    if not texts:
        return request
    messages: list[Message] = list(request.messages)
    for index, changes in texts.items():
        messages[index] = _rewrite(messages[index], changes, request.dialect)
    return replace(request, messages=tuple(messages))


def kept(said: Said) -> Kept:
    """A text whole, to be stored; the same object for a text that was kept lately."""
    known = _kept.get(said.key)
    if known is None:
        known = Kept(said.text.encode("utf-8", "surrogatepass"), said.key.hex())
        _kept.put(said.key, known, len(known.data))
    return known


def arguments(use: ToolUse) -> Mapping[str, Any]:
    """What a tool was called with; a bare text stands under `input`."""
    value = use.input.value
    return value if isinstance(value, dict) else {"input": value}


def _text_of(message: Message, dialect: Dialect) -> bytes:
    """The JSON of a message; quickly, where it is the very text it came as."""
    origin = message.origin
    if origin is not None and origin.dialect == dialect and len(origin.fields) == 3:
        role, content, extra = origin.fields
        if message.role is role and message.content is content and message.extra is extra:
            return origin.text
    return encode_message(dialect, message)


def _look(message: Message, key: bytes) -> Brought:
    calls: list[ToolUse] = []
    results: list[Said] = []
    words: list[str] = []
    for at, block in enumerate(message.blocks):
        match block:
            case ToolUse():
                calls.append(block)
            case ToolResult(content=str() as text):
                results.append(_said(at, None, block, text))
            case ToolResult(content=content):
                for inner, part in enumerate(content or ()):
                    if isinstance(part, Text):
                        results.append(_said(at, inner, block, part.text))
            case Text(text=text) if message.role == "user" and not text.lstrip().startswith("<system-reminder>"):
                words.append(text)
            case _:
                pass
    return Brought(key, tuple(calls), tuple(results), "\n".join(words))


def _said(at: int, inner: int | None, result: ToolResult, text: str) -> Said:
    key = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return Said(at, inner, result.tool_use_id, result.is_error, text, key)


def _rewrite(message: Message, changes: Mapping[Said, str], dialect: Dialect) -> Message:
    came = brought_by(message, dialect).key
    key = sha256(
        b"\0".join((dialect.encode(), came, *(_change_key(said, new) for said, new in changes.items())))
    ).digest()
    known = _rewritten.get(key)
    if known is None:
        blocks: list[Block] = list(message.blocks)
        for said, new in changes.items():
            blocks[said.block] = _with_text(blocks[said.block], said.inner, new)
        written = encode_message(dialect, replace(message, content=tuple(blocks)))
        # Read again, it carries its own bytes, which need not be put together at every request.
        known = decode_message(dialect, written)
        _rewritten.put(key, known, 2 * len(written))
    return known


def _change_key(said: Said, new: str) -> bytes:
    return f"{said.block}.{said.inner}:".encode() + sha256(new.encode("utf-8", "surrogatepass")).digest()


def _with_text(block: Block, inner: int | None, new: str) -> Block:
    assert isinstance(block, ToolResult)
    if inner is None:
        return replace(block, content=new)
    parts: Sequence[Block] = list(block.content) if not isinstance(block.content, str) and block.content else []
    part = parts[inner]
    assert isinstance(part, Text)
    return replace(block, content=(*parts[:inner], replace(part, text=new), *parts[inner + 1 :]))
