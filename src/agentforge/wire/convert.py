"""Anthropic Messages said in OpenAI Chat's words and back: requests, answers, streams. What gets lost is reported.

The rows of `losses.LOSSES` are all that may be lost. A request's messages are converted one by one, or, towards Anthropic,
one user turn at a time: what stands before an assistant message never depends on what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, Generic, NamedTuple, NoReturn, TypeVar

from agentforge.wire.codec import EventWriter, event_reader
from agentforge.wire.errors import NotTranslatable
from agentforge.wire.jsontext import Json, dump, load, parse_object
from agentforge.wire.losses import Loss, LossReport, at
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    USAGE_FORMS,
    BlockClosed,
    BlockOpened,
    Ended,
    Failed,
    Finished,
    InputAdded,
    Part,
    Pinged,
    SignatureAdded,
    Started,
    TextAdded,
    ThinkingAdded,
    merge_usage,
)
from agentforge.wire.stream_anthropic import AnthropicWriter
from agentforge.wire.stream_chat import ChatWriter
from agentforge.wire.values import (
    NOTHING,
    Block,
    Content,
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

V = TypeVar("V")
T = TypeVar("T")

MAX_TOKENS: Final = 32_000
"""Asked for where a Chat request sets no limit: Anthropic demands one, and every current model can do this much."""

_BILLING: Final = "x-anthropic-billing-header"
_SHARED: Final = ("temperature", "top_p", "stream")
_STOPS: Final = 4
_FORMAT: Final = "answer"
"""The name of an output format, which Chat demands and Anthropic does not have."""
_FILE: Final = "document.pdf"
"""The name of a document without a title, likewise."""
_NO_ARGUMENTS: Final = Json(b'{"type":"object","properties":{}}')
_TYPE: Final = ("type",)
_SYSTEM: Final = ("system", "developer")
_REASONING: Final = ("reasoning_content", "reasoning")
_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}
_CHOICES_BACK: Final = {theirs: ours for ours, theirs in _CHOICES.items()}
_ENDS_IN_CHAT: Final = ("end_turn", "max_tokens", "tool_use", "refusal")
_ENDS: Final = {"model_context_window_exceeded": "max_tokens", "function_call": "tool_use"}
"""The nearest reason where a dialect does not have one; otherwise it is `end_turn`."""
_ERRORS: Final = {
    "server_error": "api_error",
    "rate_limit_exceeded": "rate_limit_error",
    "insufficient_quota": "billing_error",
    "service_unavailable": "overloaded_error",
}
_ANTHROPIC_ERRORS: Final = {
    *_ERRORS.values(),
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "timeout_error",
}
_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", re.DOTALL)
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")


class Converted(NamedTuple, Generic[V]):
    """A value in the other dialect, and what it could not say."""

    value: V
    losses: tuple[Loss, ...]


def convert_request(request: Request, to: Dialect, *, max_tokens: int = MAX_TOKENS) -> Converted[Request]:
    """The request in another dialect; `max_tokens` stands in where Anthropic demands a limit and none is set."""
    lost = LossReport()
    match request.dialect, to:
        case came, goes if came == goes:
            value = request
        case "anthropic", "openai-chat":
            value = _request_to_chat(request, lost)
        case "openai-chat", "anthropic":
            value = _request_to_anthropic(request, lost, max_tokens)
        case came, goes:
            _refuse(came, goes)
    return Converted(value, lost.losses)


def convert_response(response: Response, to: Dialect, *, created: int = 0) -> Converted[Response]:
    """The answer in another dialect; `created` is the time that Chat wants to be told."""
    lost = LossReport()
    match response.dialect, to:
        case came, goes if came == goes:
            value = response
        case "anthropic", "openai-chat":
            value = _response_to_chat(response, lost, created)
        case "openai-chat", "anthropic":
            value = _response_to_anthropic(response, lost)
        case came, goes:
            _refuse(came, goes)
    return Converted(value, lost.losses)


def _refuse(came: str, goes: str) -> NoReturn:
    raise NotTranslatable(
        f"{came} cannot be turned into {goes}",
        fix="send it to a provider that speaks the client's dialect, or convert between anthropic and openai-chat",
    )


# Requests, Anthropic to Chat


def _request_to_chat(request: Request, lost: LossReport) -> Request:
    left = dict(request.extra)
    extra = {key: left.pop(key) for key in _SHARED if key in left}
    if stops := _take(left, "stop_sequences", list):
        extra["stop"] = Json.of(stops[:_STOPS])
        for number in range(_STOPS, len(stops)):
            lost.add("stop-too-many", f"stop_sequences[{number}]")
    tools = [tool for i, one in enumerate(request.tools or ()) if (tool := _tool_to_chat(one, f"tools[{i}]", lost))]
    if (choice := _take_object(left, "tool_choice")) is not None:
        extra |= _choice_to_chat(choice, {tool.name for tool in tools}, lost)
    if (output := _take_object(left, "output_config")) is not None:
        extra |= _output_to_chat(output, lost)
    if request.stream:
        extra["stream_options"] = Json(b'{"include_usage":true}')
    if "cache_control" in left:
        left.pop("cache_control")
        lost.add("cache-marker", "cache_control")
    lost.add_rest(left, "")
    messages = list(_system_to_chat(request.system, lost))
    for i, message in enumerate(request.messages):
        messages += _message_to_chat(message, f"messages[{i}]", lost)
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
    kind = _take(choice, "type", str)
    name = _take(choice, "name", str) if kind == "tool" else None
    serial = _take(choice, "disable_parallel_tool_use", bool)
    lost.add_rest(choice, "tool_choice")
    if not names:
        lost.add("tool-choice", "tool_choice")
        return {}
    extra = {"parallel_tool_calls": Json(b"false")} if serial else {}
    if name in names:
        extra["tool_choice"] = Json.of({"type": "function", "function": {"name": name}})
    elif kind in _CHOICES:
        extra["tool_choice"] = Json.of(_CHOICES[kind])
    else:
        lost.add("tool-choice", "tool_choice")
    return extra


def _output_to_chat(output: dict[str, Json], lost: LossReport) -> dict[str, Json]:
    extra: dict[str, Json] = {}
    if (effort := _take(output, "effort", str)) is not None:
        extra["reasoning_effort"] = Json.of(effort)
    form = _members(output.get("format"))
    if form.get("type") == Json(b'"json_schema"') and "schema" in form:
        del output["format"]
        inner = _object({"name": Json.of(_FORMAT), "schema": form["schema"], "strict": Json(b"true")})
        extra["response_format"] = _object({"type": form["type"], "json_schema": inner})
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


def _message_to_chat(message: Message, where: str, lost: LossReport) -> Sequence[Message]:
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
            if said:
                lost.add("result-order", place)
            results.append(Message("tool", (_result_to_chat(block, place, moved, lost),)))
        elif part := _part_to_chat(block, place, lost) if role == "user" else _text_to_chat(block, place, lost):
            if calls:
                lost.add("text-after-call", place)
            said.append(part)
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
    source = _members(block.source)
    kind, data, media_type = (_string(source, key) for key in ("type", "data", "media_type"))
    title = _string(block.extra, "title") if block.media == "document" else None
    part: Text | Media | None = None
    used: tuple[str, ...] = _TYPE
    if kind == "base64" and data is not None and media_type is not None:
        url = f"data:{media_type};base64,{data}"
        if block.media == "image":
            part = Media("image", Json.of({"url": url}))
        else:
            part = Media("document", Json.of({"filename": title or _FILE, "file_data": url}))
            used = ("type", "title")
        lost.add_rest(source, f"{where}.source", but=("type", "data", "media_type"))
    elif kind == "url" and block.media == "image" and "url" in source:
        part = Media("image", _object({"url": source["url"]}))
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
    block: Text | Media | ToolUse | ToolResult, where: str, lost: LossReport, but: tuple[str, ...] = _TYPE
) -> None:
    if block.cache is not None:
        lost.add("cache-marker", f"{where}.cache_control")
    lost.add_rest(block.extra, where, but=but)


# Requests, Chat to Anthropic


def _request_to_anthropic(request: Request, lost: LossReport, max_tokens: int) -> Request:
    left = dict(request.extra)
    extra = {key: left.pop(key) for key in _SHARED if key in left}
    if (heat := _number(extra.get("temperature"))) is not None and heat > 1:
        lost.add("temperature", "temperature")
        extra["temperature"] = Json(b"1")
    limit = request.max_tokens
    if limit is None and (older := _number(left.get("max_tokens"))) is not None:
        del left["max_tokens"]
        limit = int(older)
    if (stop := _take(left, "stop", str)) or (stops := _take(left, "stop", list)):
        extra["stop_sequences"] = Json.of([stop] if stop else stops)
    tools = [
        tool for i, one in enumerate(request.tools or ()) if (tool := _tool_to_anthropic(one, f"tools[{i}]", lost))
    ]
    extra |= _choice_to_anthropic(left, {tool.name for tool in tools}, lost)
    if output := _output_to_anthropic(left, lost):
        extra["output_config"] = _object(output)
    lost.add_rest(_take_object(left, "stream_options") or {}, "stream_options", but=("include_usage",))
    if _number(left.get("n")) == 1:
        del left["n"]
    lost.add_rest(left, "")
    first = next((i for i, one in enumerate(request.messages) if one.role not in _SYSTEM), len(request.messages))
    return Request(
        "anthropic",
        request.model,
        tuple(_messages_to_anthropic(request.messages, first, lost)),
        system=_join([_said_to_anthropic(request.messages[i], f"messages[{i}]", lost) for i in range(first)]),
        tools=tuple(tools) or None,
        max_tokens=max_tokens if limit is None else limit,
        stream=request.stream,
        extra=extra,
    )


def _choice_to_anthropic(left: dict[str, Json], names: set[str], lost: LossReport) -> dict[str, Json]:
    said = "tool_choice" in left
    choice: dict[str, Any] = {}
    if (word := _take(left, "tool_choice", str)) in _CHOICES_BACK:
        choice["type"] = _CHOICES_BACK[word]
    elif (picked := _take_object(left, "tool_choice")) is not None:
        function = _members(picked.get("function"))
        if _string(picked, "type") == "function" and (name := _string(function, "name")) in names:
            choice |= {"type": "tool", "name": name}
            lost.add_rest(picked, "tool_choice", but=("type", "function"))
            lost.add_rest(function, "tool_choice.function", but=("name",))
    if said and not (choice and names):
        lost.add("tool-choice", "tool_choice")
    if _take(left, "parallel_tool_calls", bool) is False:
        if names and choice.get("type") != "none":
            choice = {"type": "auto"} | choice | {"disable_parallel_tool_use": True}
        else:
            lost.add("tool-choice", "parallel_tool_calls")
    return {"tool_choice": Json.of(choice)} if choice and names else {}


def _output_to_anthropic(left: dict[str, Json], lost: LossReport) -> dict[str, Json]:
    output: dict[str, Json] = {}
    if (effort := _take(left, "reasoning_effort", str)) is not None:
        if effort in ("none", "minimal"):
            lost.add("effort", "reasoning_effort")
            effort = "low"
        output["effort"] = Json.of(effort)
    form = _members(left.get("response_format"))
    schema = _members(form.get("json_schema"))
    kind = _string(form, "type")
    if kind == "json_schema" and "schema" in schema:
        del left["response_format"]
        output["format"] = _object({"type": form["type"], "schema": schema.pop("schema")})
        if _string(schema, "name") == _FORMAT:
            del schema["name"]
        if schema.get("strict") == Json(b"true"):
            del schema["strict"]
        lost.add_rest(schema, "response_format.json_schema")
        lost.add_rest(form, "response_format", but=("type", "json_schema"))
    elif kind == "text":
        del left["response_format"]
        lost.add_rest(form, "response_format", but=_TYPE)
    return output


def _tool_to_anthropic(tool: Tool, where: str, lost: LossReport) -> Tool | None:
    if not tool.name or tool.extra.get("type", Json(b"")).text:
        lost.add("tool-kind", where)
        return None
    lost.add_rest(tool.extra, where, but=("function/strict",))
    extra = {"strict": tool.extra["function/strict"]} if "function/strict" in tool.extra else NOTHING
    return Tool(tool.name, tool.description, tool.input_schema or _NO_ARGUMENTS, cache=tool.cache, extra=extra)


def _messages_to_anthropic(messages: Sequence[Message], first: int, lost: LossReport) -> Iterator[Message]:
    turn = _UserTurn(lost)
    for i in range(first, len(messages)):
        message, where = messages[i], f"messages[{i}]"
        if message.role != "assistant":
            turn.add(message, where)
            continue
        yield from turn.close()
        turn = _UserTurn(lost)
        content = _said_to_anthropic(message, where, lost)
        if content:
            yield Message("assistant", content)
        else:
            lost.add("empty-message", where)
    yield from turn.close()


class _UserTurn:
    """All that is said between two of the assistant's messages, in the order that Anthropic demands."""

    def __init__(self, lost: LossReport) -> None:
        self._lost = lost
        self._results: list[Block] = []
        self._said: list[Content] = []
        self._system: list[Content] = []
        self._early: list[str] = []

    def add(self, message: Message, where: str) -> None:
        """Take in one message."""
        block = message.blocks[0] if message.blocks else None
        if message.role == "tool" and isinstance(block, ToolResult):
            if self._said:
                self._lost.add("result-order", where)
            self._lost.add_rest(message.extra, where)
            words = _words_to_anthropic(block.content, where, self._lost)
            self._results.append(ToolResult(_id(block.tool_use_id, f"{where}.tool_call_id", self._lost), words))
        elif message.role in _SYSTEM:
            if content := _said_to_anthropic(message, where, self._lost):
                self._system.append(content)
                self._early.append(where)
            else:
                self._lost.add("empty-message", where)
            return
        else:
            if message.role != "user":
                self._lost.add("role", f"{where}.role")
            if content := _said_to_anthropic(message, where, self._lost):
                self._said.append(content)
            else:
                self._lost.add("empty-message", where)
        for early in self._early:
            self._lost.add("system-order", early)
        self._early.clear()

    def close(self) -> Iterator[Message]:
        """The messages of the turn."""
        if self._results:
            yield Message("user", (*self._results, *_blocks(self._said.pop(0) if self._said else None)))
        yield from (Message("user", content) for content in self._said)
        if self._system:
            yield Message("system", _join(self._system))


def _said_to_anthropic(message: Message, where: str, lost: LossReport) -> Content:
    """What a message says, tool results aside."""
    refusal = _string(message.extra, "refusal")
    for key in _REASONING:
        if _string(message.extra, key):
            lost.add("thinking", f"{where}.{key}")
    lost.add_rest(message.extra, where, but=("refusal", *_REASONING) if refusal is not None else _REASONING)
    content = _words_to_anthropic(message.content, where, lost)
    return (*_blocks(content), Text(refusal)) if refusal else content


def _words_to_anthropic(content: Content, where: str, lost: LossReport) -> Content:
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
    lost.add_rest(call.extra, where, but=_TYPE if custom else ())
    return ToolUse(_id(call.id, f"{where}.id", lost), call.name, arguments)


def _part_to_anthropic(block: Block, where: str, lost: LossReport) -> Text | Media | None:
    match block:
        case Text(text=text, cache=cache):
            lost.add_rest(block.extra, where, but=_TYPE)
            return Text(text, cache) if text else None
        case Other(type="refusal", body=body) if (refusal := _string(_members(body), "refusal")) is not None:
            lost.add_rest(_members(body), where, but=("type", "refusal"))
            return Text(refusal) if refusal else None
        case Media(media=media, source=source, cache=cache) if media != "audio":
            key, url_key = ("image_url", "url") if media == "image" else ("file", "file_data")
            members = _members(source)
            url = _string(members, url_key)
            said: dict[str, Any] = {}
            if found := _DATA_URL.fullmatch(url or ""):
                said = {"type": "base64", "media_type": found[1], "data": found[2]}
            elif url and media == "image" and url.startswith(("https://", "http://")):
                said = {"type": "url", "url": url}
            if not said:
                lost.add("media-source", where)
                return None
            name = _string(members, "filename") if media == "document" else None
            lost.add_rest(members, f"{where}.{key}", but=(url_key,) if name is None else (url_key, "filename"))
            lost.add_rest(block.extra, where)
            title = {"title": Json.of(name)} if name and name != _FILE else NOTHING
            return Media(media, Json.of(said), cache, title)
        case _:
            lost.add("block", where)
            return None


def _arguments(arguments: Json, where: str, lost: LossReport) -> Json:
    """A tool call's input as the object that Anthropic demands; some servers write no arguments as no text."""
    plain = arguments.value
    if isinstance(plain, dict):
        return Json(arguments.text)
    if isinstance(plain, str) and not plain.strip():
        return Json(b"{}")
    lost.add("arguments", where)
    return Json.of({"_raw": plain if isinstance(plain, str) else arguments.text.decode()})


def _id(id_: str, where: str, lost: LossReport) -> str:
    """The id of a call, in the signs Anthropic allows; the same for the call and its result."""
    if _ID.fullmatch(id_):
        return id_
    lost.add("tool-id", where)
    return re.sub(r"[^A-Za-z0-9_-]", "_", id_) + "_" + sha256(id_.encode()).hexdigest()[:8]


# Answers


def _response_to_chat(response: Response, lost: LossReport, created: int) -> Response:
    said = ""
    texts = 0
    reasons = ""
    calls: list[Block] = []
    for i, block in enumerate(response.blocks):
        where = f"content[{i}]"
        _report_answer(block, where, texts, len(calls), lost)
        match block:
            case Text(text=text):
                said, texts = said + text, texts + 1
            case Thinking(text=text):
                reasons += text
            case ToolUse(id=id_, name=name, input=arguments):
                calls.append(ToolUse(id_, name, arguments))
    extra = {} if texts else {"message/content": Json(b"null")}
    if reasons:
        extra["message/reasoning_content"] = Json.of(reasons)
    content: Content = (*((Text(said),) if texts else ()), *calls) if calls else said if texts else None
    lost.add_rest(response.extra, "")
    return Response(
        "openai-chat",
        response.id,
        response.model,
        (Message("assistant", content, extra),),
        _end_in_chat(response.stop_reason, lost),
        _usage(response.usage, "anthropic", lost),
        {"created": Json.of(created)},
    )


def _report_answer(block: Block, where: str, texts: int, calls: int, lost: LossReport) -> None:
    """What Chat cannot say of this block, behind so many texts and calls."""
    match block:
        case Text():
            if calls or texts:
                lost.add("text-after-call" if calls else "text-joined", where)
            lost.add_rest(block.extra, where, but=_TYPE)
        case Thinking(signature=signature, redacted=redacted):
            if redacted:
                lost.add("thinking", where)
            elif signature:
                lost.add("signature", f"{where}.signature")
            lost.add_rest(block.extra, where, but=_TYPE)
        case ToolUse():
            lost.add_rest(block.extra, where, but=_TYPE)
        case _:
            lost.add("block", where)


def _response_to_anthropic(response: Response, lost: LossReport) -> Response:
    message = response.output[0] if response.output else Message("assistant")
    left = dict(message.extra)
    blocks: list[Block] = []
    for key in _REASONING:
        if reasons := _take(left, f"message/{key}", str):
            # Anthropic's type has a signature always; an empty one says that nobody signed.
            blocks.append(Thinking(reasons, extra={"signature": Json(b'""')}))
            break
    content = _words_to_anthropic(message.content, "choices[0].message", lost)
    blocks += (block for block in _blocks(content) if not isinstance(block, ToolUse))
    if refusal := _take(left, "message/refusal", str):
        blocks.append(Text(refusal))
    calls = [block for block in _blocks(content) if isinstance(block, ToolUse)]
    lost.add_rest(left, "choices[0]", but=("finish_reason",))
    lost.add_rest(response.extra, "")
    return Response(
        "anthropic",
        response.id,
        response.model,
        (Message("assistant", (*blocks, *calls)),),
        _end_in_anthropic(response.stop_reason, lost, calls=bool(calls), refused=bool(refusal)),
        _usage(response.usage, "openai-chat", lost) or Usage(),
        {"stop_sequence": Json(b"null")},
    )


def _end_in_chat(reason: str | None, lost: LossReport) -> str | None:
    if reason is None or reason in _ENDS_IN_CHAT:
        return reason
    lost.add("stop-reason", "stop_reason")
    return _ENDS.get(reason, "end_turn")


def _end_in_anthropic(reason: str | None, lost: LossReport, *, calls: bool, refused: bool) -> str:
    """Why it ended; Chat says `stop` where a forced call ended it, or a refusal in so many words."""
    if reason not in (*_ENDS_IN_CHAT, None):
        if reason not in _ENDS:
            lost.add("stop-reason", "choices[0].finish_reason")
        reason = _ENDS.get(reason, "end_turn")
    if reason in ("end_turn", None):
        return "refusal" if refused else "tool_use" if calls else "end_turn"
    return reason


def _usage(usage: Usage | None, came: Dialect, lost: LossReport) -> Usage | None:
    if usage is None:
        return None
    bare = replace(usage, extra=NOTHING, origin=None)
    ours = load(USAGE_FORMS[came].write(bare))
    for key, json in usage.extra.items():
        if json.text[:1] == b"{" and isinstance(ours.get(key), dict):
            told = {name: inner for name, inner in _members(json).items() if ours[key].get(name) != inner.value}
            where = {f"usage.{key}.{name}": inner for name, inner in told.items()}
        else:
            where = {f"usage.{key}": json}
        for place, count in where.items():
            if count.text not in (b"", b"null", b"0", b"{}"):
                lost.add("usage-detail", place)
    if came == "anthropic" and bare.cache_write:
        lost.add("cache-write", "usage.cache_creation_input_tokens")
    return bare


# Streams


class StreamConverter:
    """Says one dialect's stream in the other's events, as they come; one converter for one stream.

    Of arguments that are no JSON, a stream passes on the text as it is: by the time it breaks, its start is gone.
    """

    def __init__(self, came: Dialect, goes: Dialect, *, created: int = 0, include_usage: bool = True) -> None:
        """`created` and `include_usage` are what Chat's chunks say of the time, and whether they tell the usage."""
        self._came = came
        self._goes = goes
        self._reader = event_reader(came)
        match came, goes:
            case "anthropic", "openai-chat":
                self._writer: EventWriter = ChatWriter(created=created, include_usage=include_usage)
            case "openai-chat", "anthropic":
                self._writer = AnthropicWriter()
            case _:
                _refuse(came, goes)
        self._lost = LossReport()
        self._started = False
        self._over = False
        self._open: dict[int, Block] = {}
        self._texts = 0
        self._calls = 0
        self._refused = False
        self._finished = False
        self._reason: str | None = None
        self._usage: Usage | None = None

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost so far; paths are those of the whole answer."""
        return self._lost.losses

    def feed(self, sse: SseEvent) -> list[SseEvent]:
        """The events that say what this one says."""
        if self._over or not sse.complete:
            return []
        if sse.data is None:
            return [SseEvent(comments=sse.comments)] if sse.comments else []
        if sse.data.strip() != "[DONE]":
            sse = self._look_over(sse)
        return [event for part in self._reader.read(sse).parts for event in self._say(part)]

    def end(self) -> list[SseEvent]:
        """What is still owed where the stream stopped without saying so; nothing where it was cut."""
        return [event for part in self._closing() for event in self._writer.write(part)] if self._finished else []

    def _say(self, part: Part) -> Iterator[SseEvent]:
        if self._over:
            return
        if isinstance(part, Pinged) and not self._started:
            yield SseEvent(comments=("ping",))
            return
        if not self._started and not isinstance(part, Failed | Started):
            yield from self._say(Started("", ""))
        for said in self._turn(part):
            yield from self._writer.write(said)

    def _turn(self, part: Part) -> Iterable[Part]:
        """The parts that say this one to the other side."""
        match part:
            case Started(id_, model, usage):
                again, self._started, self._usage = self._started, True, usage
                return () if again else (Started(id_, model, None),)
            case BlockOpened(index, block):
                return self._opened(index, block)
            case SignatureAdded(index):
                self._lost.add("signature", f"content[{index}].signature")
            case InputAdded(index, text) if text:
                self._open.pop(index, None)
            case BlockClosed(index):
                use = self._open.pop(index, None)
                if isinstance(use, ToolUse) and self._goes == "openai-chat":
                    return (InputAdded(index, use.input.text.decode()), part)
            case Finished(reason, usage):
                self._finished = True
                self._reason = reason or self._reason
                self._usage = merge_usage(self._came, self._usage, usage)
                return ()
            case Ended():
                return self._closing()
            case Failed(kind, message):
                self._over = True
                return (Failed(self._error(kind), message),)
            case _:
                pass
        return (part,)

    def _opened(self, index: int, block: Block) -> Iterable[Part]:
        self._open[index] = block
        if self._goes == "openai-chat":
            _report_answer(block, f"content[{index}]", self._texts, self._calls, self._lost)
        self._texts += isinstance(block, Text)
        self._calls += isinstance(block, ToolUse)
        match block:
            case Thinking(text=text) if text:
                return (BlockOpened(index, replace(block, text="")), ThinkingAdded(index, text))
            case Text(text=text) if text and self._goes == "anthropic":
                return (BlockOpened(index, replace(block, text="")), TextAdded(index, text))
            case _:
                return (BlockOpened(index, block),)

    def _closing(self) -> Sequence[Part]:
        self._over = True
        usage = _usage(self._usage, self._came, self._lost)
        if self._goes == "openai-chat":
            return (Finished(_end_in_chat(self._reason, self._lost), usage), Ended())
        reason = _end_in_anthropic(self._reason, self._lost, calls=self._calls > 0, refused=self._refused)
        return (*(BlockClosed(index) for index in self._open), Finished(reason, usage), Ended())

    def _error(self, kind: str) -> str:
        if self._goes == "openai-chat" or kind in _ANTHROPIC_ERRORS:
            return kind
        if kind not in _ERRORS:
            self._lost.add("error-type", "error.type")
        return _ERRORS.get(kind, "api_error")

    def _look_over(self, sse: SseEvent) -> SseEvent:
        """The event as its reader should see it, once what that reader passes over is reported."""
        match load(sse.payload):
            case {"choices": list(choices)} as chunk if self._came == "openai-chat":
                self._lost.add_rest(_unread(chunk, _CHUNK), "")
                refusals = [self._look_over_choice(choice) for choice in choices if isinstance(choice, dict)]
                return SseEvent(data=dump(chunk).decode()) if any(refusals) else sse
            case {"type": "message_start", "message": dict(message)}:
                self._lost.add_rest(_unread(message, _STARTED), "")
            case {"type": "message_delta", "delta": dict(delta)} as event:
                self._lost.add_rest(_unread(event | delta, _FINISHED), "")
            case {"error": dict(error)}:
                self._lost.add_rest(_unread(error, ("type", "message")), "error")
            case {"type": "content_block_delta", "delta": {"type": kind}} if kind not in _DELTAS:
                self._lost.add("stream-event", f"content_block_delta.{kind}")
            case {"type": str(kind)} if kind in _EVENTS:
                pass
            case {"type": str(kind)}:
                self._lost.add("stream-event", kind)
            case _:
                self._lost.add("stream-event", "")
        return sse

    def _look_over_choice(self, choice: dict[str, Any]) -> bool:
        """True for a refusal, which is turned into plain words here."""
        number = choice.get("index", 0)
        if number != 0:
            self._lost.add("choice", f"choices[{number}]")
            return False
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self._lost.add_rest(_unread(choice, _CHOICE), "choices[0]")
        self._lost.add_rest(_unread(delta, _DELTA), "choices[0].message")
        for call in delta.get("tool_calls") or ():
            where = f"choices[0].message.tool_calls[{call.get('index', 0)}]"
            self._lost.add_rest(_unread(call, ("index", "id", "type", "function")), where)
            self._lost.add_rest(_unread(call.get("function") or {}, ("name", "arguments")), f"{where}.function")
        if not delta.get("refusal"):
            return False
        self._refused = True
        delta["content"] = (delta.get("content") or "") + delta["refusal"]
        return True


_CHUNK: Final = ("id", "object", "model", "choices", "usage")
_CHOICE: Final = ("index", "delta", "finish_reason")
_DELTA: Final = ("role", "content", "tool_calls", "refusal", *_REASONING)
_STARTED: Final = ("id", "type", "role", "model", "content", "stop_reason", "usage")
_FINISHED: Final = ("type", "delta", "usage", "stop_reason")
_EVENTS: Final = ("content_block_start", "content_block_delta", "content_block_stop", "message_stop", "ping")
_DELTAS: Final = ("text_delta", "thinking_delta", "signature_delta", "input_json_delta")


def _unread(plain: Mapping[str, Any], read: Sequence[str]) -> dict[str, Json]:
    return {key: Json.of(value) for key, value in plain.items() if key not in read}


# Members, taken out of what is left to report


def _take(left: dict[str, Json], key: str, kind: type[T]) -> T | None:
    """The member if it is of that kind, taken out; else it stays, to be reported."""
    json = left.get(key)
    if json is None or not json.text or not isinstance(json.value, kind):
        return None
    del left[key]
    return json.value


def _take_object(left: dict[str, Json], key: str) -> dict[str, Json] | None:
    json = left.get(key)
    if json is None or json.text[:1] != b"{":
        return None
    del left[key]
    return _members(json)


def _members(json: Json | None) -> dict[str, Json]:
    if json is None or json.text[:1] != b"{":
        return {}
    return {key: Json(text) for key, text in parse_object(json.text).items()}


def _string(members: Mapping[str, Json], key: str) -> str | None:
    json = members.get(key)
    return json.value if json is not None and json.text[:1] == b'"' else None


def _number(json: Json | None) -> float | None:
    plain = json.value if json is not None and json.text else None
    return plain if isinstance(plain, int | float) and not isinstance(plain, bool) else None


def _object(members: Mapping[str, Json]) -> Json:
    return Json(b"{%s}" % b",".join(dump(key) + b":" + json.text for key, json in members.items()))


def _blocks(content: Content) -> Sequence[Block]:
    return Message("", content).blocks if content else ()


def _join(contents: Sequence[Content]) -> Content:
    """Several contents as one; a single one keeps its form."""
    said = [content for content in contents if content]
    return said[0] if len(said) == 1 else tuple(block for content in said for block in _blocks(content)) or None
