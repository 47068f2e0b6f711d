"""Anthropic Messages: how its JSON reads as values, and values as its JSON."""

from __future__ import annotations

from typing import Any

from agentforge.wire.errors import NotTranslatable
from agentforge.wire.jsontext import Json, dump, parse_string
from agentforge.wire.memory import remembered
from agentforge.wire.shape import (
    Member,
    Members,
    Misfit,
    Shape,
    any_json,
    array,
    content,
    flag,
    optional_string,
    read_by_type,
    read_content,
    string,
    whole_number,
    write_content,
)
from agentforge.wire.usage import UsageForm, count, usage
from agentforge.wire.values import (
    Block,
    Dialect,
    Media,
    Message,
    Other,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolReference,
    ToolResult,
    ToolUse,
    Usage,
)

DIALECT: Dialect = "anthropic"
_CACHE = any_json("cache", "cache_control")


def read_block(text: bytes) -> Block:
    """One content block; what is not known, or odd, is kept whole."""
    return read_by_type(text, _BLOCKS)


def _read_inner(text: bytes) -> Block:
    """One block of a tool result; a result inside a result is kept whole, so that nesting has an end."""
    block = read_block(text)
    return Other("tool_result", Json(text)) if isinstance(block, ToolResult) else block


def write_block(block: Block) -> bytes:
    """The JSON of a block."""
    match block:
        case Other(body=body):
            return body.text
        case Thinking(redacted=True):
            return REDACTED.write(block)
        case Media(media="audio"):
            raise NotTranslatable("Anthropic Messages has no block for sound", fix="leave it out")
        case Media(media=media):
            return _BLOCKS[b'"%s"' % media.encode()].write(block)
        case _:
            return _BY_TYPE[type(block)].write(block)


def _type(name: bytes) -> dict[str, bytes]:
    return {"type": b'"%s"' % name}


TEXT = Shape(DIALECT, Text, string("text", "text"), _CACHE, fixed=_type(b"text"))
THINKING = Shape(
    DIALECT, Thinking, string("text", "thinking"), optional_string("signature", "signature"), fixed=_type(b"thinking")
)
REDACTED = Shape(
    DIALECT,
    Thinking,
    optional_string("signature", "data"),
    fixed=_type(b"redacted_thinking"),
    given={"text": "", "redacted": True},
)
IMAGE = Shape(DIALECT, Media, any_json("source", "source"), _CACHE, fixed=_type(b"image"), given={"media": "image"})
DOCUMENT = Shape(
    DIALECT, Media, any_json("source", "source"), _CACHE, fixed=_type(b"document"), given={"media": "document"}
)
TOOL_USE = Shape(
    DIALECT,
    ToolUse,
    string("id", "id"),
    string("name", "name"),
    any_json("input", "input"),
    _CACHE,
    fixed=_type(b"tool_use"),
)
TOOL_REFERENCE = Shape(DIALECT, ToolReference, string("name", "tool_name"), _CACHE, fixed=_type(b"tool_reference"))
TOOL_RESULT = Shape(
    DIALECT,
    ToolResult,
    string("tool_use_id", "tool_use_id"),
    content("content", "content", _read_inner, write_block),
    flag("is_error", "is_error"),
    _CACHE,
    fixed=_type(b"tool_result"),
)
_BLOCKS: dict[bytes, Shape[Any]] = {
    shape.fixed["type"]: shape
    for shape in (TEXT, THINKING, REDACTED, IMAGE, DOCUMENT, TOOL_USE, TOOL_REFERENCE, TOOL_RESULT)
}
_BY_TYPE: dict[type, Shape[Any]] = {
    Text: TEXT,
    Thinking: THINKING,
    ToolUse: TOOL_USE,
    ToolReference: TOOL_REFERENCE,
    ToolResult: TOOL_RESULT,
}

MESSAGE = Shape(DIALECT, Message, string("role", "role"), content("content", "content", read_block, write_block))
TOOL = Shape(
    DIALECT,
    Tool,
    optional_string("name", "name"),
    optional_string("description", "description"),
    any_json("input_schema", "input_schema"),
    flag("deferred", "defer_loading"),
    _CACHE,
)
REQUEST = Shape(
    DIALECT,
    Request,
    string("model", "model"),
    content("system", "system", read_block, write_block),
    array("tools", "tools", remembered(TOOL.read), TOOL.write),
    array("messages", "messages", remembered(MESSAGE.read), MESSAGE.write),
    whole_number("max_tokens", "max_tokens"),
    flag("stream", "stream"),
    given={"dialect": DIALECT},
)


def _read_usage(plain: dict[str, Any]) -> Usage:
    for_an_hour = count(plain, "cache_creation", "ephemeral_1h_input_tokens")
    parts = for_an_hour + count(plain, "cache_creation", "ephemeral_5m_input_tokens")
    return Usage(
        input_tokens=count(plain, "input_tokens"),
        cache_read=count(plain, "cache_read_input_tokens"),
        cache_write=max(count(plain, "cache_creation_input_tokens"), parts),
        cache_write_1h=for_an_hour,
        output_tokens=count(plain, "output_tokens"),
        thinking_tokens=count(plain, "output_tokens_details", "thinking_tokens"),
    )


def _write_usage(value: Usage) -> dict[str, Any]:
    return {
        "input_tokens": value.input_tokens,
        "cache_creation_input_tokens": value.cache_write,
        "cache_read_input_tokens": value.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": value.cache_write - value.cache_write_1h,
            "ephemeral_1h_input_tokens": value.cache_write_1h,
        },
        "output_tokens": value.output_tokens,
    } | ({"output_tokens_details": {"thinking_tokens": value.thinking_tokens}} if value.thinking_tokens else {})


USAGE = UsageForm(DIALECT, _read_usage, _write_usage)


def _read_output(texts: dict[str, bytes]) -> tuple[tuple[Message, ...], dict[str, bytes]]:
    role = texts.get("role", b"")
    if not role.startswith(b'"') or "content" not in texts:
        raise Misfit
    return (Message(parse_string(role), read_content(texts["content"], read_block)),), {}


def _write_output(new: tuple[Message, ...], old: tuple[Message, ...] | None) -> Members:
    if len(new) != 1:
        raise NotTranslatable(f"an Anthropic answer is one message, not {len(new)}", fix="convert the answer first")
    (message,) = new
    before = old[0] if old else None
    texts: Members = {}
    if before is None or message.role is not before.role:
        texts["role"] = dump(message.role)
    if before is None or message.content is not before.content:
        texts["content"] = write_content(message.content, before and before.content, read_block, write_block)
    return texts


RESPONSE = Shape(
    DIALECT,
    Response,
    string("id", "id"),
    Member("output", ("role", "content"), _read_output, _write_output),
    string("model", "model"),
    optional_string("stop_reason", "stop_reason"),
    usage("usage", "usage", USAGE),
    fixed=_type(b"message"),
    given={"dialect": DIALECT},
)
