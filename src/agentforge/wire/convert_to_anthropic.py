"""A request in OpenAI Chat's words, said in Anthropic's: one user turn after the other, none depends on a later one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from agentforge.wire.convert_to_chat import CHOICES, FILE, FORMAT, SHARED, TYPE
from agentforge.wire.jsontext import ABSENT, Json, elements
from agentforge.wire.losses import LossReport, at, json_object, members, number, string, take, take_members
from agentforge.wire.values import (
    NOTHING,
    Block,
    Content,
    Media,
    Message,
    Other,
    Request,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)

REASONING: Final = ("reasoning_content", "reasoning")
"""Where OpenAI-compatible servers put a model's reasoning; OpenAI's own Chat has none."""
_CHOICES_BACK: Final = {theirs: ours for ours, theirs in CHOICES.items()}
_NO_ARGUMENTS: Final = Json(b'{"type":"object","properties":{}}')
_SYSTEM: Final = ("system", "developer")
_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", re.DOTALL)
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")


def request_to_anthropic(request: Request, lost: LossReport, max_tokens: int) -> Request:
    """The request in Anthropic's words."""
    left = dict(request.extra)
    extra = {key: left.pop(key) for key in SHARED if key in left}
    if (number(extra, "temperature") or 0) > 1:
        lost.add("temperature", "temperature")
        extra["temperature"] = Json(b"1")
    limit = request.max_tokens
    if limit is None and isinstance(older := number(left, "max_tokens"), int):
        del left["max_tokens"]
        limit = older
    stop = take(left, "stop", str)
    if stops := [stop] if stop else take(left, "stop", list):
        extra["stop_sequences"] = Json.of(stops)
    tools = [
        tool for i, one in enumerate(request.tools or ()) if (tool := _tool_to_anthropic(one, f"tools[{i}]", lost))
    ]
    extra |= _choice_to_anthropic(left, {tool.name for tool in tools}, lost)
    if output := _output_to_anthropic(left, lost):
        extra["output_config"] = json_object(output)
    lost.add_rest(take_members(left, "stream_options") or {}, "stream_options", but=("include_usage",))
    if number(left, "n") == 1:
        del left["n"]
    lost.add_rest(left, "")
    first = next((i for i, one in enumerate(request.messages) if one.role not in _SYSTEM), len(request.messages))
    return Request(
        "anthropic",
        request.model,
        tuple(_messages_to_anthropic(request.messages, first, lost)),
        system=joined([_said_to_anthropic(request.messages[i], f"messages[{i}]", lost) for i in range(first)]),
        tools=tuple(tools) or None,
        max_tokens=max_tokens if limit is None else limit,
        stream=request.stream,
        extra=extra,
    )


def _choice_to_anthropic(left: dict[str, Json], names: set[str], lost: LossReport) -> dict[str, Json]:
    said = left.get("tool_choice", ABSENT).text not in (b"", b"null")
    choice: dict[str, Any] = {}
    if (word := take(left, "tool_choice", str)) in _CHOICES_BACK:
        choice["type"] = _CHOICES_BACK[word]
    elif (picked := take_members(left, "tool_choice")) is not None:
        function = members(picked.get("function"))
        if string(picked, "type") == "function" and (name := string(function, "name")) in names:
            choice |= {"type": "tool", "name": name}
            lost.add_rest(picked, "tool_choice", but=("type", "function"))
            lost.add_rest(function, "tool_choice.function", but=("name",))
    if said and not (choice and names):
        lost.add("tool-choice", "tool_choice")
    if take(left, "parallel_tool_calls", bool) is False:
        if names and choice.get("type") != "none":
            choice = {"type": "auto"} | choice | {"disable_parallel_tool_use": True}
        else:
            lost.add("tool-choice", "parallel_tool_calls")
    return {"tool_choice": Json.of(choice)} if choice and names else {}


def _output_to_anthropic(left: dict[str, Json], lost: LossReport) -> dict[str, Json]:
    output: dict[str, Json] = {}
    if (effort := take(left, "reasoning_effort", str)) is not None:
        if effort in ("none", "minimal"):
            lost.add("effort", "reasoning_effort")
            effort = "low"
        output["effort"] = Json.of(effort)
    form = members(left.get("response_format"))
    schema = members(form.get("json_schema"))
    kind = string(form, "type")
    if kind == "json_schema" and "schema" in schema:
        del left["response_format"]
        output["format"] = json_object({"type": form["type"], "schema": schema.pop("schema")})
        if string(schema, "name") == FORMAT:
            del schema["name"]
        if schema.get("strict") == Json(b"true"):
            del schema["strict"]
        lost.add_rest(schema, "response_format.json_schema")
        lost.add_rest(form, "response_format", but=("type", "json_schema"))
    elif kind == "text":
        del left["response_format"]
        lost.add_rest(form, "response_format", but=TYPE)
    return output


def _tool_to_anthropic(tool: Tool, where: str, lost: LossReport) -> Tool | None:
    if not tool.name or tool.extra.get("type", ABSENT).text:
        lost.add("tool-kind", where)
        return None
    lost.add_rest(tool.extra, where, but=("function/strict",))
    extra = {"strict": tool.extra["function/strict"]} if "function/strict" in tool.extra else NOTHING
    return Tool(tool.name, tool.description, tool.input_schema or _NO_ARGUMENTS, cache=tool.cache, extra=extra)


def _messages_to_anthropic(messages: Sequence[Message], first: int, lost: LossReport) -> Iterator[Message]:
    unread: set[str | None] = set()
    turn = _UserTurn(unread, lost)
    for i in range(first, len(messages)):
        message, where = messages[i], f"messages[{i}]"
        if message.role != "assistant":
            turn.add(message, where)
            continue
        yield from turn.close()
        turn = _UserTurn(unread, lost)
        calls = message.extra.get("tool_calls", ABSENT).text
        unread |= {string(members(Json(call)), "id") for call in elements(calls)} if calls[:1] == b"[" else set()
        content = _said_to_anthropic(message, where, lost)
        if content is None:
            lost.add("empty-message", where)
        else:
            yield Message("assistant", content)
    yield from turn.close()


class _UserTurn:
    """All that is said between two of the assistant's messages, in the order that Anthropic demands."""

    def __init__(self, unread: set[str | None], lost: LossReport) -> None:
        self._unread = unread
        self._lost = lost
        self._results: list[Block] = []
        self._said: list[Content] = []
        self._system: list[Content] = []
        self._early: list[str] = []

    def add(self, message: Message, where: str) -> None:
        """Take in one message."""
        block = message.blocks[0] if message.blocks else None
        if message.role == "tool" and isinstance(block, ToolResult):
            if block.tool_use_id in self._unread:
                self._lost.add("orphan", where)
                return
            if self._said:
                self._lost.add("result-order", where)
            self._lost.add_rest(message.extra, where)
            words = words_to_anthropic(block.content, where, self._lost)
            id_ = safe_id(block.tool_use_id, f"{where}.tool_call_id", self._lost)
            self._results.append(ToolResult(id_, words or (None if words is None else "")))
        else:
            if message.role not in ("user", *_SYSTEM):
                self._lost.add("role", f"{where}.role")
            content = _said_to_anthropic(message, where, self._lost)
            if content is None:
                self._lost.add("empty-message", where)
            elif message.role in _SYSTEM:
                self._system.append(content)
                self._early.append(where)
                return
            else:
                self._said.append(content)
        for early in self._early:
            self._lost.add("system-order", early)

    def close(self) -> Iterator[Message]:
        """The messages of the turn."""
        if self._results:
            yield Message("user", (*self._results, *blocks_of(self._said.pop(0) if self._said else None)))
        yield from (Message("user", content) for content in self._said)
        if self._system:
            yield Message("system", joined(self._system))


def _said_to_anthropic(message: Message, where: str, lost: LossReport) -> Content:
    """What a message says and calls; none where it says nothing."""
    left = dict(message.extra)
    refusal = take(left, "refusal", str)
    for key in REASONING:
        if take(left, key, str):
            lost.add("thinking", f"{where}.{key}")
    lost.add_rest(left, where)
    if any(isinstance(block, ToolResult) for block in message.blocks):
        lost.add("block", where)
        return None
    content = words_to_anthropic(message.content, where, lost)
    return (*blocks_of(content), Text(refusal)) if refusal else content or None


def words_to_anthropic(content: Content, where: str, lost: LossReport) -> Content:
    """What a Chat message says and calls, in its own order."""
    if content is None or isinstance(content, str):
        return content
    blocks: list[Block] = []
    calls = 0
    for i, block in enumerate(content):
        match block:
            case ToolUse():
                blocks.append(_call_to_anthropic(block, f"{where}.tool_calls[{calls}]", lost))
                calls += 1
            case _ if part := _part_to_anthropic(block, f"{where}.content[{i}]", lost):
                blocks.append(part)
    return tuple(blocks)


def _call_to_anthropic(call: ToolUse, where: str, lost: LossReport) -> ToolUse:
    custom = call.extra.get("type") == Json(b'"custom"')
    arguments = _arguments(call.input, f"{where}.{'custom.input' if custom else 'function.arguments'}", lost)
    lost.add_rest(call.extra, where, but=TYPE if custom else ())
    return ToolUse(safe_id(call.id, f"{where}.id", lost), call.name, arguments)


def _part_to_anthropic(block: Block, where: str, lost: LossReport) -> Text | Media | None:
    match block:
        case Text(text=text, cache=cache):
            lost.add_rest(block.extra, where, but=TYPE)
            return Text(text, cache) if text else None
        case Media(media="image" | "document"):
            return _media_to_anthropic(block, where, lost)
        case Other(type="refusal", body=body) if (words := string(members(body), "refusal")) is not None:
            lost.add_rest(members(body), where, but=("type", "refusal"))
            return Text(words) if words else None
        case _:
            lost.add("block", where)
            return None


def _media_to_anthropic(block: Media, where: str, lost: LossReport) -> Media | None:
    image = block.media == "image"
    inside = members(block.source)
    url = string(inside, "url" if image else "file_data") or ""
    name = None if image else string(inside, "filename")
    if found := _DATA_URL.fullmatch(url):
        source = {"type": "base64", "media_type": found[1], "data": found[2]}
    elif image and url.startswith(("https://", "http://")):
        source = {"type": "url", "url": url}
    else:
        lost.add("media-source", where)
        return None
    known = ("url",) if image else ("file_data",) if name is None else ("file_data", "filename")
    lost.add_rest(inside, at(where, "image_url" if image else "file"), but=known)
    lost.add_rest(block.extra, where)
    extra = {"title": Json.of(name)} if name and name != FILE else NOTHING
    return Media(block.media, Json.of(source), block.cache, extra)


def _arguments(arguments: Json, where: str, lost: LossReport) -> Json:
    """A tool call's input as the object that Anthropic demands; some servers write no arguments as no text."""
    plain = arguments.value
    if isinstance(plain, dict):
        return Json(arguments.text)
    if isinstance(plain, str) and not plain.strip():
        return Json(b"{}")
    lost.add("arguments", where)
    return Json.of({"_raw": plain if isinstance(plain, str) else arguments.text.decode()})


def safe_id(id_: str, where: str, lost: LossReport) -> str:
    """The id of a call, in the signs Anthropic allows; the same for the call and its result."""
    if _ID.fullmatch(id_):
        return id_
    lost.add("tool-id", where)
    return re.sub(r"[^A-Za-z0-9_-]", "_", id_) + "_" + sha256(id_.encode()).hexdigest()[:8]


def blocks_of(content: Content) -> Sequence[Block]:
    """The blocks that say something."""
    return Message("", content).blocks if content else ()


def joined(contents: Sequence[Content]) -> Content:
    """Several contents as one; a single one keeps its form."""
    said = [content for content in contents if content]
    return said[0] if len(said) == 1 else tuple(block for content in said for block in blocks_of(content)) or None
