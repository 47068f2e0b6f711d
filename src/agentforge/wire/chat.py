"""OpenAI Chat Completions: how its JSON reads as values, and values as its JSON.

Tool calls stand beside `content` on this wire; as values they are blocks behind it. A `tool` message is one ToolResult.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import is_
from typing import Any, Final

from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import Items, Json, dump, elements, load, parse_object, parse_string
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
    read_content,
    read_string,
    string,
    whole_number,
    write_array,
    write_content,
)
from agentforge.wire.usage import UsageForm, usage
from agentforge.wire.values import (
    Block,
    Content,
    Dialect,
    Media,
    Message,
    Other,
    Request,
    Response,
    Text,
    Tool,
    ToolResult,
    ToolUse,
    Usage,
)

DIALECT: Dialect = "openai-chat"
_CACHE = any_json("cache", "cache_control")

FINISH: Final = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
"""Why an answer ended, in this dialect's word and in ours; what is not here is said the same in both."""
FINISH_BACK: Final = {ours: theirs for theirs, ours in FINISH.items()}


def arguments(field: str, key: str) -> Member:
    """Tool arguments: JSON inside a string; what is no JSON value in there stands as a JSON string."""

    def read(text: bytes) -> Json:
        inside = read_string(text)
        try:
            plain = load(inside.encode())
        except NotJson:
            return Json.of(inside)
        return Json.of(inside) if isinstance(plain, str) else Json(inside.encode())

    return one(field, key, read, lambda new, _: new.text if new.text[:1] == b'"' else dump(new.text.decode()))


def free_text(field: str, key: str) -> Member:
    """The input of a custom tool: any text."""
    return one(field, key, lambda text: Json.of(read_string(text)), lambda new, _: new.text)


TEXT = Shape(DIALECT, Text, string("text", "text"), _CACHE, fixed={"type": b'"text"'})
_MEDIA: Final = {
    "image": Shape(
        DIALECT,
        Media,
        any_json("source", "image_url"),
        _CACHE,
        fixed={"type": b'"image_url"'},
        given={"media": "image"},
    ),
    "audio": Shape(
        DIALECT, Media, any_json("source", "input_audio"), fixed={"type": b'"input_audio"'}, given={"media": "audio"}
    ),
    "document": Shape(
        DIALECT, Media, any_json("source", "file"), fixed={"type": b'"file"'}, given={"media": "document"}
    ),
}
_PARTS: dict[bytes, Shape[Any]] = {shape.fixed["type"]: shape for shape in (TEXT, *_MEDIA.values())}


def read_part(text: bytes) -> Block:
    """One part of a content array."""
    if not text.startswith(b"{"):
        return Other("", Json(text))
    kind = parse_object(text).get("type", b"")
    try:
        return _PARTS[kind].read(text)
    except (KeyError, Misfit):
        return Other(parse_string(kind) if kind.startswith(b'"') else "", Json(text))


def write_part(block: Block) -> bytes:
    """The JSON of a part."""
    match block:
        case Text():
            return TEXT.write(block)
        case Media(media=media):
            return _MEDIA[media].write(block)
        case Other(body=body):
            return body.text
        case _:
            return TEXT.write(Text(""))


CALL = Shape(
    DIALECT,
    ToolUse,
    string("id", "id"),
    string("name", "function/name"),
    arguments("input", "function/arguments"),
    fixed={"type": b'"function"'},
    nests=("function",),
)
CUSTOM_CALL = Shape(
    DIALECT,
    ToolUse,
    string("id", "id"),
    string("name", "custom/name"),
    free_text("input", "custom/input"),
    nests=("custom",),
)


def read_call(text: bytes) -> ToolUse:
    """One entry of `tool_calls`."""
    if not text.startswith(b"{"):
        raise Misfit
    shape = CUSTOM_CALL if parse_object(text).get("type") == b'"custom"' else CALL
    return shape.read(text)


def write_call(call: ToolUse) -> bytes:
    """The JSON of a tool call."""
    custom = call.extra.get("type") == Json(b'"custom"')
    return (CUSTOM_CALL if custom else CALL).write(call)


def _content(prefix: str = "") -> Member:
    """The blocks of a message, over the three members that hold them."""
    words, calls, answers = (f"{prefix}{key}" for key in ("content", "tool_calls", "tool_call_id"))

    def read(texts: dict[str, bytes]) -> tuple[Content, dict[str, bytes]]:
        left = dict(texts)
        said: Content = None
        try:
            said = read_content(texts.get(words, b""), read_part)
            del left[words]
        except Misfit:
            pass  # null and the like stay in `extra`
        if answers in texts and calls not in texts:
            result = ToolResult(read_string(left.pop(answers)), said)
            return (result,), left
        try:
            uses = [read_call(text) for text in elements(left[calls])] if left.get(calls, b"")[:1] == b"[" else []
        except Misfit:
            uses = []
        if not uses:
            return said, left
        del left[calls]
        if said is None:
            return tuple(uses), left
        if isinstance(said, str):
            return (Text(said), *uses), left
        if len(said) == 1 and _plain(said[0]):
            # A lone plain Text beside calls is written as a string; this one was a part, and says so.
            said = (replace(said[0], extra={"type": Json(b'"text"')}),)
        return (*said, *uses), left

    def write(new: Content, old: Content) -> Members:
        if new is None or isinstance(new, str) or isinstance(new, Items):
            texts: Members = {words: write_content(new, old, write_part)}
            return texts if old is None else {calls: None, answers: None} | texts
        if len(new) == 1 and isinstance(new[0], ToolResult):
            before = old[0].content if old and isinstance(old[0], ToolResult) else None
            return {answers: dump(new[0].tool_use_id), words: write_content(new[0].content, before, write_part)}
        said, uses = _split(new)
        old_said, old_uses = _split(() if old is None or isinstance(old, str) else old)
        texts = {}
        if old is None or not _same(said, old_said):
            plain = uses and len(said) == 1 and _plain(said[0])
            block = said[0] if plain else None
            texts[words] = dump(block.text) if isinstance(block, Text) else _parts(said)
        if old is None or not _same(uses, old_uses):
            texts[calls] = write_array(uses, None, write_call) if uses else None
        return texts

    return Member("content", (words, calls, answers), read, write)


def _plain(block: Block) -> bool:
    return isinstance(block, Text) and not block.extra and block.cache is None


def _parts(said: Sequence[Block]) -> bytes | None:
    return write_array(said, None, write_part) if said else None


def _split(blocks: Sequence[Block]) -> tuple[list[Block], list[ToolUse]]:
    said: list[Block] = [block for block in blocks if not isinstance(block, ToolUse)]
    return said, [block for block in blocks if isinstance(block, ToolUse)]


def _same(new: Sequence[Any], old: Sequence[Any]) -> bool:
    return len(new) == len(old) and all(map(is_, new, old))


MESSAGE = Shape(DIALECT, Message, string("role", "role"), _content())
TOOL = Shape(
    DIALECT,
    Tool,
    optional_string("name", "function/name"),
    optional_string("description", "function/description"),
    any_json("input_schema", "function/parameters"),
    _CACHE,
    fixed={"type": b'"function"'},
    nests=("function",),
)
REQUEST = Shape(
    DIALECT,
    Request,
    string("model", "model"),
    array("messages", "messages", MESSAGE.read, MESSAGE.write),
    array("tools", "tools", TOOL.read, TOOL.write),
    whole_number("max_tokens", "max_completion_tokens"),
    flag("stream", "stream"),
    given={"dialect": DIALECT},
)


def read_usage(plain: dict[str, Any]) -> Usage:
    """Our counts of this dialect's usage."""
    read = (plain.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Usage(
        input_tokens=(plain.get("prompt_tokens") or 0) - read,
        cache_read=read,
        output_tokens=plain.get("completion_tokens") or 0,
        thinking_tokens=(plain.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
    )


def write_usage(value: Usage) -> dict[str, Any]:
    """This dialect's usage of our counts."""
    return {
        "prompt_tokens": value.prompt,
        "completion_tokens": value.output_tokens,
        "total_tokens": value.prompt + value.output_tokens,
        "prompt_tokens_details": {"cached_tokens": value.cache_read},
        "completion_tokens_details": {"reasoning_tokens": value.thinking_tokens},
    }


USAGE = UsageForm(DIALECT, read_usage, write_usage)
CHOICE = Shape(
    DIALECT,
    Message,
    string("role", "message/role"),
    _content("message/"),
    fixed={"index": b"0"},
    nests=("message",),
)


def _read_choices(texts: dict[str, bytes]) -> tuple[tuple[Message, ...], dict[str, bytes]]:
    if not texts["choices"].startswith(b"["):
        raise Misfit
    choices = elements(texts["choices"])
    if len(choices) != 1 or not choices[0].startswith(b"{"):
        raise Misfit
    return (CHOICE.read(choices[0]),), {}


def _write_choices(new: Sequence[Message], _old: object) -> Members:
    return {"choices": b"[%s]" % b",".join(CHOICE.write(message) for message in new)} if new else {}


RESPONSE = Shape(
    DIALECT,
    Response,
    string("id", "id"),
    string("model", "model"),
    Member("output", ("choices",), _read_choices, _write_choices),
    usage("usage", "usage", USAGE),
    fixed={"object": b'"chat.completion"'},
    given={"dialect": DIALECT},
)


def read_response(text: bytes) -> Response:
    """An answer; why it ended is the choice's own member, said here in our words."""
    response = RESPONSE.read(text)
    finish = response.output[0].extra.get("finish_reason") if response.output else None
    word = finish.value if finish else None
    return replace(response, stop_reason=FINISH.get(word, word)) if isinstance(word, str) else response


def write_response(response: Response) -> bytes:
    """The JSON of an answer."""
    if response.output and "finish_reason" not in response.output[0].extra:
        message = response.output[0]
        word = FINISH_BACK.get(response.stop_reason or "", response.stop_reason)
        message = replace(message, extra={**message.extra, "finish_reason": Json.of(word)})
        response = replace(response, output=(message,))
    return RESPONSE.write(response)
