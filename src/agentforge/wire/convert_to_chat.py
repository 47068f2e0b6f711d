"""A request in Anthropic's words, said in OpenAI Chat's: message by message, none depends on what follows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from agentforge.wire.jsontext import Json
from agentforge.wire.losses import LossReport, json_object, members, string, take, take_members
from agentforge.wire.values import (
    NOTHING,
    Block,
    Content,
    Media,
    Message,
    Other,
    Request,
    Text,
    Thinking,
    Tool,
    ToolReference,
    ToolResult,
    ToolUse,
)

SHARED: Final = frozenset({"temperature", "top_p", "stream"})
"""Members that both dialects call the same; a `stream` that stands in `extra` is a plain false."""
CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}
"""Who chooses the tool, in Anthropic's word and in Chat's."""
FORMAT: Final = "answer"
"""The name of an output format, which Chat demands and Anthropic does not have."""
FILE: Final = "document.pdf"
"""The name of a document without a title, likewise."""
TYPE: Final = ("type",)
_BILLING: Final = "x-anthropic-billing-header"
_STOPS: Final = 4


def request_to_chat(request: Request, lost: LossReport) -> Request:
    """The request in Chat's words."""
    left = dict(request.extra)
    extra = {key: left.pop(key) for key in SHARED if key in left}
    if stops := take(left, "stop_sequences", list):
        extra["stop"] = Json.of(stops[:_STOPS])
        for number in range(_STOPS, len(stops)):
            lost.add("stop-too-many", f"stop_sequences[{number}]")
    tools = [tool for i, one in enumerate(request.tools or ()) if (tool := _tool_to_chat(one, f"tools[{i}]", lost))]
    if (choice := take_members(left, "tool_choice")) is not None:
        extra |= _choice_to_chat(choice, {tool.name for tool in tools}, lost)
    if (output := take_members(left, "output_config")) is not None:
        extra |= _output_to_chat(output, lost)
    if request.stream:
        extra["stream_options"] = Json(b'{"include_usage":true}')
    if "cache_control" in left:
        left.pop("cache_control")
        lost.add("cache-marker", "cache_control")
    lost.add_rest(left, "")
    messages = list(_system_to_chat(request.system, lost))
    unread: set[str | None] = set()
    for i, message in enumerate(request.messages):
        messages += _message_to_chat(message, f"messages[{i}]", unread, lost)
    return Request(
        "openai-chat",
        request.model,
        tuple(messages),
        tools=tuple(tools) or None,
        max_tokens=request.max_tokens,
        stream=request.stream,
        extra=extra,
    )


def _choice_to_chat(choice: dict[str, Json], names: set[str], lost: LossReport) -> dict[str, Json]:
    kind = take(choice, "type", str)
    name = take(choice, "name", str) if kind == "tool" else None
    serial = take(choice, "disable_parallel_tool_use", bool)
    lost.add_rest(choice, "tool_choice")
    if not names:
        lost.add("tool-choice", "tool_choice")
        return {}
    extra = {"parallel_tool_calls": Json(b"false")} if serial else {}
    if name in names:
        extra["tool_choice"] = Json.of({"type": "function", "function": {"name": name}})
    elif kind in CHOICES:
        extra["tool_choice"] = Json.of(CHOICES[kind])
    else:
        lost.add("tool-choice", "tool_choice")
    return extra


def _output_to_chat(output: dict[str, Json], lost: LossReport) -> dict[str, Json]:
    extra: dict[str, Json] = {}
    if (effort := take(output, "effort", str)) is not None:
        extra["reasoning_effort"] = Json.of(effort)
    form = members(output.get("format"))
    if form.get("type") == Json(b'"json_schema"') and "schema" in form:
        del output["format"]
        inner = json_object({"name": Json.of(FORMAT), "schema": form["schema"], "strict": Json(b"true")})
        extra["response_format"] = json_object({"type": form["type"], "json_schema": inner})
        lost.add_rest(form, "output_config.format", but=("type", "schema"))
    lost.add_rest(output, "output_config")
    return extra


def _tool_to_chat(tool: Tool, where: str, lost: LossReport) -> Tool | None:
    if tool.input_schema is None or not tool.name:
        lost.add("tool-kind", where)
        return None
    if tool.cache is not None:
        lost.add("cache-marker", f"{where}.cache_control")
    if tool.deferred:
        lost.add("deferred", f"{where}.defer_loading")
    custom = tool.extra.get("type") == Json(b'"custom"')
    lost.add_rest(tool.extra, where, but=("strict", "type") if custom else ("strict",))
    extra = {"function/strict": tool.extra["strict"]} if "strict" in tool.extra else NOTHING
    return Tool(tool.name, tool.description, tool.input_schema, extra=extra)


def _system_to_chat(system: Content, lost: LossReport) -> Iterator[Message]:
    if isinstance(system, str):
        yield Message("system", system)
        return
    blocks = list(enumerate(system or ()))
    if blocks and isinstance(blocks[0][1], Text) and blocks[0][1].text.startswith(_BILLING):
        lost.add("billing-header", "system[0]")
        del blocks[0]
    if texts := [text for i, block in blocks if (text := _text_to_chat(block, f"system[{i}]", lost))]:
        yield Message("system", tuple(texts))


def _message_to_chat(message: Message, where: str, unread: set[str | None], lost: LossReport) -> Sequence[Message]:
    lost.add_rest(message.extra, where)
    role = message.role
    if role not in ("user", "assistant", "system"):
        lost.add("role", f"{where}.role")
        role = "user"
    if isinstance(message.content, str):
        return (Message(role, message.content),)
    results: list[Message] = []
    moved: list[Block] = []
    said: list[Block] = []
    calls: list[Block] = []
    for i, block in enumerate(message.blocks):
        place = f"{where}.content[{i}]"
        if isinstance(block, ToolUse) and role == "assistant":
            _report_block(block, place, lost)
            calls.append(ToolUse(block.id, block.name, block.input))
        elif isinstance(block, ToolResult) and role == "user":
            if block.tool_use_id in unread:
                lost.add("orphan", place)
                continue
            if said:
                lost.add("result-order", place)
            results.append(Message("tool", (_result_to_chat(block, place, moved, lost),)))
        elif part := _part_to_chat(block, place, lost) if role == "user" else _text_to_chat(block, place, lost):
            if calls:
                lost.add("text-after-call", place)
            said.append(part)
        elif isinstance(block, Other) and block.type == "tool_use":
            unread.add(string(members(block.body), "id"))
    if content := (*moved, *said, *calls):
        return (*results, Message(role, content))
    if not results:
        lost.add("empty-message", where)
    return results


def _result_to_chat(result: ToolResult, where: str, moved: list[Block], lost: LossReport) -> ToolResult:
    _report_block(result, where, lost)
    if result.is_error:
        lost.add("result-error", f"{where}.is_error")
    if result.content is None or isinstance(result.content, str):
        return ToolResult(result.tool_use_id, result.content or "")
    texts: list[Block] = []
    for i, block in enumerate(result.content):
        place = f"{where}.content[{i}]"
        part = _part_to_chat(block, place, lost)
        if isinstance(part, Media):
            lost.add("result-media", place)
            moved.append(part)
        elif part is not None:
            texts.append(part)
    return ToolResult(result.tool_use_id, tuple(texts) or "")


def _part_to_chat(block: Block, where: str, lost: LossReport) -> Text | Media | None:
    if not isinstance(block, Media):
        return _text_to_chat(block, where, lost)
    source = members(block.source)
    kind, data, media_type = (string(source, key) for key in ("type", "data", "media_type"))
    title = string(block.extra, "title") if block.media == "document" else None
    part: Text | Media | None = None
    used: tuple[str, ...] = TYPE
    if kind == "base64" and data is not None and media_type is not None:
        url = f"data:{media_type};base64,{data}"
        if block.media == "image":
            part = Media("image", Json.of({"url": url}))
        else:
            part = Media("document", Json.of({"filename": title or FILE, "file_data": url}))
            used = ("type", "title")
        lost.add_rest(source, f"{where}.source", but=("type", "data", "media_type"))
    elif kind == "url" and block.media == "image" and "url" in source:
        part = Media("image", json_object({"url": source["url"]}))
        lost.add_rest(source, f"{where}.source", but=("type", "url"))
    elif kind == "text" and data is not None:
        lost.add("document-text", where)
        part = Text(data)
        lost.add_rest(source, f"{where}.source", but=("type", "data"))
    if part is None:
        lost.add("media-source", where)
    else:
        _report_block(block, where, lost, but=used)
    return part


def _text_to_chat(block: Block, where: str, lost: LossReport) -> Text | None:
    match block:
        case Text(text=text):
            _report_block(block, where, lost)
            return Text(text)
        case Thinking():
            lost.add("thinking", where)
        case ToolReference():
            lost.add("tool-reference", where)
        case _:
            lost.add("block", where)
    return None


def _report_block(
    block: Text | Media | ToolUse | ToolResult, where: str, lost: LossReport, but: tuple[str, ...] = TYPE
) -> None:
    if block.cache is not None:
        lost.add("cache-marker", f"{where}.cache_control")
    lost.add_rest(block.extra, where, but=but)
