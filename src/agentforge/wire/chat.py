"""OpenAI Chat Completions: how its JSON reads as values, and values as its JSON.

Tool calls stand beside `content` on this wire; as values they are blocks behind it. A `tool` message is one ToolResult.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import is_
from typing import Any, Final

from agentforge.wire.errors import NotJson, NotThisDialect, NotTranslatable
from agentforge.wire.jsontext import Items, Json, dump, load, parse_object, splice
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
    read_content,
    read_string,
    string,
    whole_number,
    write_array,
    write_content,
)
from agentforge.wire.usage import UsageForm, count, usage
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
_MEDIA: Final[dict[str, Shape[Media]]] = {
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
_KNOWN: tuple[Shape[Any], ...] = (TEXT, *_MEDIA.values())
_PARTS: dict[bytes, Shape[Any]] = {shape.fixed["type"]: shape for shape in _KNOWN}


def read_part(text: bytes) -> Block:
    """One part of a content array."""
    return read_by_type(text, _PARTS)


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
            raise NotTranslatable(
                f"{DIALECT} has no content part for a {type(block).__name__} block", fix="convert the request first"
            )


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


class _Beside(tuple[Block, ...]):
    """Words and calls in one row, which remember the arrays they stood in side by side."""

    words: object = None
    calls: object = None


def _content() -> Member:
    """The blocks of a message, over the three members that hold them."""
    words, calls, answers = "content", "tool_calls", "tool_call_id"

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
        uses = Items(left.get(calls, b""), read_call)
        try:
            if not uses.text.startswith(b"[") or not tuple(uses):
                return said, left
        except Misfit:
            return said, left
        del left[calls]
        row = (Text(said),) if isinstance(said, str) else tuple(said or ())
        if said is not None and not row:
            left[words] = texts[words]
        if isinstance(said, Items) and len(row) == 1 and isinstance(row[0], Text) and _plain(row[0]):
            # A lone plain Text beside calls is written as a string; this one was a part, and says so.
            row = (replace(row[0], extra={"type": Json(b'"text"')}),)
        both = _Beside((*row, *uses))
        both.words, both.calls = said, uses
        return both, left

    def write(new: Content, old: Content) -> Members:
        if new is None or isinstance(new, str | Items):
            texts: Members = {words: write_content(new, old, read_part, write_part)}
            return texts if old is None else {calls: None, answers: None, **texts}
        if (result := _result_in(new)) is not None:
            before = _result_in(old) if isinstance(old, tuple) else None
            texts = {words: write_content(result.content, before and before.content, read_part, write_part)}
            if before is None or before.tool_use_id is not result.tool_use_id:
                texts[answers] = dump(result.tool_use_id)
            return texts
        said, uses = _split(new)
        old_said, old_uses = _split(() if old is None or isinstance(old, str) else old)
        texts = {}
        if old is None or isinstance(old, str) or not _same(said, old_said):
            block = said[0] if uses and len(said) == 1 else None
            if block is not None and _plain(block) and isinstance(block, Text):
                texts[words] = dump(block.text)
            elif said or not uses:
                texts[words] = write_array(said, old.words if isinstance(old, _Beside) else old, read_part, write_part)
            else:
                texts[words] = None
        if old is None or not _same(uses, old_uses):
            texts[calls] = write_array(uses, getattr(old, "calls", None), read_call, write_call) if uses else None
        return texts

    return Member("content", (words, calls, answers), read, write)


def _result_in(blocks: Sequence[Block]) -> ToolResult | None:
    """The tool result that these blocks are, if they are one."""
    results = [block for block in blocks if isinstance(block, ToolResult)]
    if not results:
        return None
    result = results[0]
    if len(blocks) > 1:
        raise NotTranslatable("a Chat message holds one tool result and nothing else", fix="convert the request first")
    if result.is_error or result.cache or result.extra:
        raise NotTranslatable("Chat has no word for what a tool result says besides its content")
    return result


def _plain(block: Block) -> bool:
    return isinstance(block, Text) and not block.extra and block.cache is None


def _split(blocks: Sequence[Block]) -> tuple[list[Block], list[ToolUse]]:
    said: list[Block] = [block for block in blocks if not isinstance(block, ToolUse)]
    return said, [block for block in blocks if isinstance(block, ToolUse)]


def _same(new: Sequence[Any], old: Sequence[Any]) -> bool:
    return len(new) == len(old) and all(map(is_, new, old))


MESSAGE = Shape(DIALECT, Message, string("role", "role"), _content(), elsewhere=("choice",))
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


def read_tool(text: bytes) -> Tool:
    """One tool; `NotThisDialect` where its members cannot be told from those of its function."""
    try:
        return TOOL.read(text)
    except Misfit:
        raise NotThisDialect("a tool has a member named like a path into its function", where="$.tools") from None


REQUEST = Shape(
    DIALECT,
    Request,
    string("model", "model"),
    array("messages", "messages", remembered(MESSAGE.read), MESSAGE.write),
    array("tools", "tools", remembered(read_tool), TOOL.write),
    whole_number("max_tokens", "max_completion_tokens"),
    flag("stream", "stream"),
    given={"dialect": DIALECT},
)


def read_usage(plain: dict[str, Any]) -> Usage:
    """Our counts of this dialect's usage."""
    prompt = count(plain, "prompt_tokens")
    read = min(count(plain, "prompt_tokens_details", "cached_tokens"), prompt)
    return Usage(
        input_tokens=prompt - read,
        cache_read=read,
        output_tokens=count(plain, "completion_tokens"),
        thinking_tokens=count(plain, "completion_tokens_details", "reasoning_tokens"),
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
_CHOICE: Final = "choice"
"""In an answer's `extra`: the choice around its message, which is not the message's own and stays out of requests."""
_PLAIN_CHOICE: Final = Json(b'{"index":0,"message":null,"finish_reason":null}')


def _read_choice(text: bytes) -> Message:
    inner = parse_object(text).get("message", b"") if text.startswith(b"{") else b""
    if not inner.startswith(b"{"):
        raise Misfit
    message = MESSAGE.read(inner)
    around = Json(splice(text, {"message": b"null"}))
    return message if around == _PLAIN_CHOICE else replace(message, extra={**message.extra, _CHOICE: around})


def _write_choice(message: Message) -> bytes:
    return splice(_choice_of(message).text, {"message": MESSAGE.write(message)})


def _choice_of(message: Message) -> Json:
    return message.extra.get(_CHOICE, _PLAIN_CHOICE)


def _read_choices(texts: dict[str, bytes]) -> tuple[Sequence[Message], dict[str, bytes]]:
    if not texts["choices"].startswith(b"["):
        raise Misfit
    choices = Items(texts["choices"], _read_choice)
    # Looked at now, as long as a misfit can still be told.
    tuple(choices)
    return choices, {}


def _write_choices(new: Sequence[Message], old: object) -> Members:
    return {"choices": write_array(new, old, _read_choice, _write_choice)}


RESPONSE = Shape(
    DIALECT,
    Response,
    string("id", "id"),
    string("model", "model"),
    Member("output", ("choices",), _read_choices, _write_choices),
    usage("usage", "usage", USAGE),
    fixed={"object": b'"chat.completion"'},
    given={"dialect": DIALECT},
    elsewhere=("stop_reason",),
)


def read_response(text: bytes) -> Response:
    """An answer; why it ended is the choice's own member, said here in our words."""
    response = RESPONSE.read(text)
    return replace(response, stop_reason=_stop_reason(response))


def write_response(response: Response) -> bytes:
    """The JSON of an answer."""
    if response.output and response.stop_reason != _stop_reason(response):
        word = FINISH_BACK.get(response.stop_reason or "", response.stop_reason)
        first, *others = response.output
        choice = Json(splice(_choice_of(first).text, {"finish_reason": dump(word)}))
        response = replace(response, output=(replace(first, extra={**first.extra, _CHOICE: choice}), *others))
    return RESPONSE.write(response)


def _stop_reason(response: Response) -> str | None:
    """What the first choice says; None where it does not."""
    word = _choice_of(response.output[0]).value.get("finish_reason") if response.output else None
    return FINISH.get(word, word) if isinstance(word, str) else None
