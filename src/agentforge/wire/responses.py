"""OpenAI Responses: how its JSON reads as values, and values as its JSON.

Every item of `input` and `output` is one message. An item that is no message and no known call has no role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from agentforge.wire.chat import arguments, free_text
from agentforge.wire.errors import NotTranslatable
from agentforge.wire.jsontext import ABSENT, Items, Json, dump, load, parse_object, parse_string, splice_items
from agentforge.wire.memory import remembered
from agentforge.wire.shape import (
    Member,
    Members,
    Misfit,
    Shape,
    any_json,
    array,
    flag,
    one,
    optional_string,
    read_by_type,
    read_string,
    string,
    whole_number,
)
from agentforge.wire.shape import content as content_member
from agentforge.wire.usage import UsageForm, count, usage
from agentforge.wire.values import (
    NOTHING,
    Block,
    Content,
    Dialect,
    Media,
    Message,
    Origin,
    Other,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
    Usage,
)

DIALECT: Dialect = "openai-responses"

# A text part is `input_text` or `output_text`; which one is kept in `extra`, and follows the role when made by hand.
TEXT = Shape(DIALECT, Text, string("text", "text"))
IMAGE = Shape(
    DIALECT, Media, any_json("source", "image_url"), fixed={"type": b'"input_image"'}, given={"media": "image"}
)
FILE = Shape(
    DIALECT, Media, any_json("source", "file_data"), fixed={"type": b'"input_file"'}, given={"media": "document"}
)
_PARTS: dict[bytes, Shape[Any]] = {
    b'"input_text"': TEXT,
    b'"output_text"': TEXT,
    b'"input_image"': IMAGE,
    b'"input_file"': FILE,
}


def read_part(text: bytes) -> Block:
    """One part of a message's content."""
    return read_by_type(text, _PARTS)


def write_part(block: Block, role: str = "user") -> bytes:
    """The JSON of a part of a message of that role."""
    match block:
        case Text(extra=extra):
            kind = Json.of("output_text" if role == "assistant" else "input_text")
            return TEXT.write(block if "type" in extra else replace(block, extra={"type": kind, **extra}))
        case Media(media="image"):
            return IMAGE.write(block)
        case Media(media="document"):
            return FILE.write(block)
        case Other(body=body):
            return body.text
        case _:
            raise NotTranslatable(
                f"{DIALECT} has no content part for a {type(block).__name__} block", fix="convert the request first"
            )


def _summary(field: str, key: str) -> Member:
    def read(text: bytes) -> str:
        match load(text):
            case []:
                return ""
            case [{"type": "summary_text", "text": str(words), **rest}] if words and not rest:
                return words
        raise Misfit

    def write(new: str, _: object) -> bytes:
        return dump([{"type": "summary_text", "text": new}] if new else [])

    return one(field, key, read, write)


MESSAGE = Shape(
    DIALECT,
    Message,
    string("role", "role"),
    content_member("content", "content", read_part, write_part),
    fixed={"type": b'"message"'},
)
CALL = Shape(
    DIALECT,
    ToolUse,
    string("id", "call_id"),
    string("name", "name"),
    arguments("input", "arguments"),
    fixed={"type": b'"function_call"'},
)
CUSTOM_CALL = Shape(DIALECT, ToolUse, string("id", "call_id"), string("name", "name"), free_text("input", "input"))
RESULT = Shape(
    DIALECT,
    ToolResult,
    string("tool_use_id", "call_id"),
    content_member("content", "output", read_part, write_part),
    fixed={"type": b'"function_call_output"'},
)
REASONING = Shape(
    DIALECT,
    Thinking,
    _summary("text", "summary"),
    optional_string("signature", "encrypted_content"),
    fixed={"type": b'"reasoning"'},
)
_CUSTOM: Final = Json(b'"custom_tool_call"')
_ITEMS: dict[bytes, tuple[str, Shape[Any]]] = {
    b'"function_call"': ("assistant", CALL),
    _CUSTOM.text: ("assistant", CUSTOM_CALL),
    b'"function_call_output"': ("tool", RESULT),
    b'"custom_tool_call_output"': ("tool", RESULT),
    b'"reasoning"': ("assistant", REASONING),
}


def read_item(text: bytes) -> Message:
    """One item as a message."""
    kind = parse_object(text).get("type", b'"message"') if text.lstrip()[:1] == b"{" else b""
    try:
        if kind == b'"message"' and (message := MESSAGE.read(text)).role:
            return message
        role, shape = _ITEMS[kind]
        content: tuple[Block, ...] = (shape.read(text),)
    except (KeyError, Misfit):
        role = ""
        content = (Other(parse_string(kind) if kind.startswith(b'"') else "", Json(text)),)
    message = Message(role, content)
    object.__setattr__(message, "origin", Origin(DIALECT, text, (role, content, message.extra)))
    return message


def write_items(message: Message) -> list[bytes]:
    """The items of a message: one for its words, one for each call, result and thought."""
    origin = message.origin
    fields = (message.role, message.content, message.extra)
    if origin and origin.dialect == DIALECT and all(a is b for a, b in zip(fields, origin.fields, strict=True)):
        return [origin.text]
    if message.role == "":
        if not all(isinstance(block, Other) for block in message.blocks):
            raise NotTranslatable("an item without a role holds only what is kept whole", fix="give the message a role")
        return [block.body.text for block in message.blocks if isinstance(block, Other)]
    if not any(isinstance(block, ToolUse | ToolResult | Thinking) for block in message.blocks):
        return [_write_message(message)]
    items: list[bytes] = []
    words: list[Block] = []

    def flush() -> None:
        if words:
            # What else the message says, its id above all, goes with its first words.
            extra = message.extra if not any(map(_is_words, items)) else NOTHING
            items.append(_write_message(replace(message, content=tuple(words), extra=extra, origin=None)))
            words.clear()

    for block in message.blocks:
        if isinstance(block, ToolUse | ToolResult | Thinking):
            flush()
            items.append(_write_block_item(block))
        else:
            words.append(block)
    flush()
    return items


def _is_words(item: bytes) -> bool:
    return parse_object(item).get("type") == MESSAGE.fixed["type"]


def _write_message(message: Message) -> bytes:
    content = message.content
    if isinstance(content, str) or content is None or (isinstance(content, Items) and content.read is read_part):
        return MESSAGE.write(message)
    # Parts need the role to know their type, so they are written here and go in as they stand.
    old = message.origin.fields[1] if message.origin else None
    parts = [write_part(block, message.role) for block in content]
    text = splice_items(old.text, parts, old.texts) if isinstance(old, Items) else b"[%s]" % b",".join(parts)
    return MESSAGE.write(replace(message, content=Items(text, read_part)))


def _write_block_item(block: Block) -> bytes:
    match block:
        case ToolUse(extra=extra):
            return (CUSTOM_CALL if extra.get("type") == _CUSTOM else CALL).write(block)
        case ToolResult():
            return RESULT.write(block)
        case Thinking():
            return REASONING.write(block)
        case _:
            return write_part(block)


_BARE: Final = {"type": ABSENT, "role": ABSENT}


_read_again: Final = remembered(read_item)


def _read_input(texts: dict[str, bytes]) -> tuple[Sequence[Message], dict[str, bytes]]:
    text = texts["input"]
    if text.startswith(b'"'):
        return (Message("user", parse_string(text), extra=_BARE),), {}
    if not text.startswith(b"["):
        raise Misfit
    return Items(text, _read_again), {}


def _write_input(new: Sequence[Message], old: object) -> Members:
    if len(new) == 1 and not isinstance(new, Items) and new[0].extra == _BARE and isinstance(new[0].content, str):
        return {"input": dump(new[0].content)}
    return {"input": _write_array(new, old)}


def _write_array(new: Sequence[Message], old: object) -> bytes:
    if isinstance(new, Items) and new.read in (read_item, _read_again):
        return new.text
    dressed = (replace(message, extra=NOTHING) if message.extra == _BARE else message for message in new)
    items = [text for message in dressed for text in write_items(message)]
    return splice_items(old.text, items, old.texts) if isinstance(old, Items) else b"[%s]" % b",".join(items)


def _write_instructions(system: Content) -> bytes | None:
    """One string: this dialect's instructions have no blocks."""
    if system is None or isinstance(system, str):
        return None if system is None else dump(system)
    if not all(isinstance(block, Text) for block in system):
        raise NotTranslatable("instructions are words alone", fix="leave out the other blocks")
    return dump("\n".join(block.text for block in system if isinstance(block, Text)))


TOOL = Shape(
    DIALECT,
    Tool,
    optional_string("name", "name"),
    optional_string("description", "description"),
    any_json("input_schema", "parameters"),
    flag("deferred", "defer_loading"),
    fixed={"type": b'"function"'},
)
REQUEST = Shape(
    DIALECT,
    Request,
    string("model", "model"),
    one("system", "instructions", read_string, lambda new, _: _write_instructions(new)),
    Member("messages", ("input",), _read_input, _write_input),
    array("tools", "tools", remembered(TOOL.read), TOOL.write),
    whole_number("max_tokens", "max_output_tokens"),
    flag("stream", "stream"),
    given={"dialect": DIALECT},
)


def _read_usage(plain: dict[str, Any]) -> Usage:
    prompt = count(plain, "input_tokens")
    read = min(count(plain, "input_tokens_details", "cached_tokens"), prompt)
    return Usage(
        input_tokens=prompt - read,
        cache_read=read,
        output_tokens=count(plain, "output_tokens"),
        thinking_tokens=count(plain, "output_tokens_details", "reasoning_tokens"),
    )


def _write_usage(value: Usage) -> dict[str, Any]:
    return {
        "input_tokens": value.prompt,
        "input_tokens_details": {"cached_tokens": value.cache_read},
        "output_tokens": value.output_tokens,
        "output_tokens_details": {"reasoning_tokens": value.thinking_tokens},
        "total_tokens": value.prompt + value.output_tokens,
    }


USAGE = UsageForm(DIALECT, _read_usage, _write_usage)


def _read_output(texts: dict[str, bytes]) -> tuple[Sequence[Message], dict[str, bytes]]:
    if not texts["output"].startswith(b"["):
        raise Misfit
    return Items(texts["output"], read_item), {}


def _write_output(new: Sequence[Message], old: object) -> Members:
    return {"output": _write_array(new, old)}


RESPONSE = Shape(
    DIALECT,
    Response,
    string("id", "id"),
    string("model", "model"),
    Member("output", ("output",), _read_output, _write_output),
    usage("usage", "usage", USAGE),
    fixed={"object": b'"response"', "status": b'"completed"', "incomplete_details": b"null"},
    given={"dialect": DIALECT},
    elsewhere=("stop_reason",),
)


def read_response(text: bytes) -> Response:
    """An answer; why it ended is told by its status and items, and said here in our words."""
    response = RESPONSE.read(text)
    return replace(response, stop_reason=_stop_reason(response))


def _stop_reason(response: Response) -> str | None:
    """What status and items say; None where they do not."""
    status = response.extra.get("status", _COMPLETED)
    details = response.extra.get("incomplete_details", ABSENT)
    match status.text, details.value if details.text else None:
        case b'"incomplete"', {"reason": "max_output_tokens"}:
            return "max_tokens"
        case b'"incomplete"', {"reason": "content_filter"}:
            return "refusal"
        case _COMPLETED.text, _:
            return "tool_use" if any(isinstance(block, ToolUse) for block in response.blocks) else "end_turn"
    return None


_COMPLETED: Final = Json(b'"completed"')
_INCOMPLETE: Final = {"max_tokens": "max_output_tokens", "refusal": "content_filter"}


def write_response(response: Response) -> bytes:
    """The JSON of an answer."""
    if response.stop_reason != _stop_reason(response):
        why = _INCOMPLETE.get(response.stop_reason or "")
        status = {"status": Json.of("incomplete" if why else "completed")}
        details = {"incomplete_details": Json.of({"reason": why} if why else None)}
        response = replace(response, extra={**response.extra, **status, **details})
    return RESPONSE.write(response)
