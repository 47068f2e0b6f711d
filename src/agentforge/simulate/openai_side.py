"""The OpenAI endpoints of the simulated provider: chat completions, responses, models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from agentforge.simulate.refusals import Refusal, invalid
from agentforge.simulate.rendering import Plain, chat_segments
from agentforge.simulate.reply import Reply, streamed, whole
from agentforge.simulate.script import Turn
from agentforge.tokens import counter_for, known_models
from agentforge.wire import (
    Block,
    Dialect,
    Json,
    Message,
    Response,
    SseEvent,
    Text,
    Thinking,
    ToolUse,
    Usage,
    encode_event,
    encode_response,
    event_writer,
    parts_of,
)

if TYPE_CHECKING:
    from agentforge.simulate.provider import Provider

_PATHS: Final[dict[str, Dialect]] = {"/chat/completions": "openai-chat", "/responses": "openai-responses"}
_PING: Final = encode_event(SseEvent(comments=("ping",)))
_ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
_CALLS: Final = ("function_call", "custom_tool_call")


def speaks(path: str, headers: Mapping[str, str]) -> bool:
    """True for requests that OpenAI's endpoints answer."""
    if path.endswith(tuple(_PATHS)):
        return True
    return "/models" in path and "anthropic-version" not in headers and "x-api-key" not in headers


def refuse(refusal: Refusal, request_id: str) -> Reply:
    """The reply that says no."""
    error = {"message": refusal.message, "type": refusal.kind, "param": None, "code": refusal.code}
    return whole(refusal.status, Json.of({"error": error}).text, {"x-request-id": request_id})


def answer(
    provider: Provider,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    request_id: str,
) -> Reply:
    """The reply to a request; raises `Refusal` where the provider would refuse."""
    said = {"x-request-id": request_id}
    if not headers.get("authorization", "").removeprefix("Bearer").strip():
        raise Refusal(401, "invalid_request_error", "You didn't provide an API key.", code="invalid_api_key")
    dialect = next((dialect for end, dialect in _PATHS.items() if path.endswith(end)), None)
    if dialect is None:
        rows = [{"id": one.id, "object": "model", "created": 0, "owned_by": "simulated"} for one in known_models()]
        return whole(200, Json.of({"object": "list", "data": rows}).text, said)
    if method != "POST":
        raise Refusal(405, "invalid_request_error", f"Not allowed to {method} on {path}", code="method_not_supported")
    plain = Json(body).value
    if not isinstance(plain, dict):
        raise invalid("We could not parse the JSON body of your request as an object.")
    if not isinstance(plain.get("model"), str):
        raise invalid("you must provide a model parameter", code="missing_required_parameter")
    (_check_chat if dialect == "openai-chat" else _check_responses)(plain)
    return _completion(provider, dialect, plain, headers, body, now, said)


def _completion(
    provider: Provider,
    dialect: Dialect,
    plain: Plain,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    said: Mapping[str, str],
) -> Reply:
    number = _answers(plain)
    turn = provider.turn_for(plain, number, aside=not plain.get("tools"))
    if failure := provider.failure_for(turn, body):
        refused = refuse(Refusal(failure.status, failure.type, failure.message), said["x-request-id"])
        return replace(refused, headers={**refused.headers, **failure.headers})
    name = plain["model"]
    segments = chat_segments(plain, provider.weigher(dialect, name))
    charge = provider.automatic_cache.charge(f"{headers['authorization']}|{name}", segments, now=now)
    blocks = _blocks(dialect, turn, number, sha256(body).hexdigest())
    thought = counter_for(name).text(turn.thinking or "").value
    written = counter_for(name).message(Message("assistant", blocks)).count.value
    response = Response(
        dialect,
        ("chatcmpl-" if dialect == "openai-chat" else "resp_") + said["x-request-id"].removeprefix("req_"),
        name,
        (Message("assistant", blocks),),
        turn.stop_reason or ("tool_use" if turn.calls else "end_turn"),
        Usage(
            input_tokens=charge.uncached,
            cache_read=charge.read,
            output_tokens=written + thought,
            thinking_tokens=thought,
            extra={key: Json.of(value) for key, value in turn.usage.items()},
        ),
        {"created" if dialect == "openai-chat" else "created_at": Json.of(int(now))},
    )
    charged = Json(encode_response(response)).value["usage"]
    if not plain.get("stream"):
        return whole(200, encode_response(response), said, usage=charged)
    writer = event_writer(dialect)
    shows_usage = dialect != "openai-chat" or (plain.get("stream_options") or {}).get("include_usage")
    shown = response if shows_usage else replace(response, usage=None)
    events = [encode_event(event) for part in parts_of(shown) for event in writer.write(part)]
    return streamed(turn, events, _PING, provider.cut_for(turn, body), said, usage=charged)


def _blocks(dialect: Dialect, turn: Turn, number: int, digest: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if turn.thinking is not None and dialect == "openai-responses":
        blocks.append(Thinking(turn.thinking, f"sealed-{digest[:32]}"))
    if turn.text:
        blocks.append(Text(turn.text))
    for place, call in enumerate(turn.calls):
        blocks.append(ToolUse(call.id or f"call_t{number:03}_{place}_{digest[:12]}", call.name, Json.of(call.input)))
    return tuple(blocks)


def _answers(plain: Plain) -> int:
    """How many answers the conversation has: runs of the model's own messages and items."""
    own = [_is_models_own(item) for item in _items(plain)]
    return sum(1 for at, mine in enumerate(own) if mine and (at == 0 or not own[at - 1]))


def _is_models_own(item: Plain) -> bool:
    return item.get("role") == "assistant" or item.get("type") in (*_CALLS, "reasoning")


def _items(plain: Plain) -> list[Plain]:
    items: Any = plain.get("messages", plain.get("input"))
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _check_chat(plain: Plain) -> None:
    messages = plain.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("Missing required parameter: 'messages'.", code="missing_required_parameter")
    open_calls: list[str] = []
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            raise invalid(f"Invalid value: '{role}'. Supported values are: {', '.join(_ROLES)}. (messages[{number}])")
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise invalid("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
            open_calls.remove(message["tool_call_id"])
            continue
        _answered(open_calls)
        open_calls = [str(call.get("id")) for call in message.get("tool_calls") or []]
    _answered(open_calls)


def _answered(open_calls: list[str]) -> None:
    if open_calls:
        raise invalid(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(open_calls)}"
        )


def _check_responses(plain: Plain) -> None:
    if not isinstance(plain.get("input"), str | list):
        raise invalid("Missing required parameter: 'input'.", code="missing_required_parameter")
    called = list(_ids(plain, _CALLS))
    answered = list(_ids(plain, tuple(f"{kind}_output" for kind in _CALLS)))
    for one in answered:
        if one not in called:
            raise invalid(f"No tool call found for function call output with call_id {one}.")
    for one in called:
        if one not in answered:
            raise invalid(f"No tool output found for function call {one}.")


def _ids(plain: Plain, kinds: tuple[str, ...]) -> Iterator[str]:
    return (str(item.get("call_id")) for item in _items(plain) if item.get("type") in kinds)
