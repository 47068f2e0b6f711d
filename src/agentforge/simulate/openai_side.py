"""The OpenAI endpoints of the simulated provider: chat completions, responses, models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from agentforge.simulate.answering import answered, aside_text
from agentforge.simulate.asked import LARGEST
from agentforge.simulate.catalogue import openai_models
from agentforge.simulate.openai_form import CALLS, check_chat, check_responses, items_of, schema_of
from agentforge.simulate.rendering import Plain, chat_segments
from agentforge.simulate.reply import Refusal, Reply, invalid, streamed, whole
from agentforge.simulate.script import Failure, Turn
from agentforge.simulate.weighing import weigh
from agentforge.tokens import counter_for
from agentforge.wire import (
    Block,
    Content,
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
from agentforge.wire.stream import Failed

if TYPE_CHECKING:
    from agentforge.simulate.provider import Provider

_PATHS: Final[dict[str, Dialect]] = {"/chat/completions": "openai-chat", "/responses": "openai-responses"}
_MODELS: Final = re.compile(r".*/models(?:/([^/]+))?\Z", re.DOTALL)
_PING: Final = encode_event(SseEvent(comments=("ping",)))


def speaks(path: str, headers: Mapping[str, str]) -> bool:
    """True for requests that OpenAI's endpoints answer."""
    if path.endswith(tuple(_PATHS)):
        return True
    return bool(_MODELS.match(path)) and "anthropic-version" not in headers and "x-api-key" not in headers


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
    told = {"x-request-id": request_id}
    account = headers.get("authorization", "").removeprefix("Bearer").strip()
    if not account:
        raise Refusal(401, "invalid_request_error", "You didn't provide an API key.", code="invalid_api_key")
    dialect = next((dialect for end, dialect in _PATHS.items() if path.endswith(end)), None)
    if method not in (("POST",) if dialect else ("GET", "HEAD")):
        raise Refusal(405, "invalid_request_error", f"Not allowed to {method} on {path}.", code="method_not_supported")
    if dialect is None:
        found = _MODELS.match(path)
        listed = Json.of(openai_models(unquote((found and found[1]) or ""))).text
        return whole(200, b"" if method == "HEAD" else listed, told)
    if len(body) > LARGEST:
        raise Refusal(413, "invalid_request_error", "The request body is too large.", code="request_too_large")
    plain = Json(body).value
    if not isinstance(plain, dict):
        raise invalid("We could not parse the JSON body of your request as an object.")
    if not isinstance(plain.get("model"), str):
        raise invalid("you must provide a model parameter", code="missing_required_parameter")
    (check_chat if dialect == "openai-chat" else check_responses)(plain)
    return _completion(provider, dialect, plain, account, body, now, told)


def _completion(
    provider: Provider, dialect: Dialect, plain: Plain, account: str, body: bytes, now: float, told: Mapping[str, str]
) -> Reply:
    name, number, streaming = plain["model"], _answers(plain), bool(plain.get("stream"))
    segments = chat_segments(plain, weigh(dialect, name, plain))
    said = provider.says(dialect, body, number, account=account, aside=_aside(provider, plain))
    turn, failure = said.turn, said.failure
    if failure and (failure.after is None or not streaming):
        refused = refuse(Refusal(failure.status, failure.kind, failure.message), told["x-request-id"])
        return replace(refused, headers={**refused.headers, **failure.headers})
    charge = provider.automatic_cache.charge(f"{account}|{name}", segments, now=now)
    ended = answered(
        turn,
        _blocks(dialect, turn, number, sha256(body).hexdigest()),
        name,
        thought=counter_for(name).text(turn.thinking or "").value,
        limit=_limit(plain),
        stops=_stops(plain),
    )
    usage = Usage(
        input_tokens=charge.uncached,
        cache_read=charge.read,
        output_tokens=ended.tokens,
        thinking_tokens=ended.thinking,
        extra={key: Json.of(value) for key, value in (turn.usage or {}).items()},
    )
    response = Response(
        dialect=dialect,
        id=("chatcmpl-" if dialect == "openai-chat" else "resp_") + told["x-request-id"].removeprefix("req_"),
        model=name,
        output=(Message("assistant", _content(dialect, ended.blocks)),),
        stop_reason="end_turn" if ended.stop_sequence else ended.stop_reason,
        usage=None if turn.usage is None else usage,
        extra={"created" if dialect == "openai-chat" else "created_at": Json.of(int(now))},
    )
    whole_body = encode_response(response)
    charged = Json(whole_body).value.get("usage")
    if not streaming:
        return whole(200, whole_body, told, usage=charged, wait=turn.wait, cut=said.cut)
    writer = event_writer(dialect)
    shows_usage = dialect != "openai-chat" or (plain.get("stream_options") or {}).get("include_usage")
    shown = response if shows_usage else replace(response, usage=None)
    events = [encode_event(event) for part in parts_of(shown) for event in writer.write(part)]
    if failure:
        events[failure.after :] = _failing(dialect, failure)
    return streamed(turn, events, told, ping=_PING, cut=said.cut, usage=charged)


def _failing(dialect: Dialect, failure: Failure) -> list[bytes]:
    return [encode_event(event) for event in event_writer(dialect).write(Failed(failure.kind, failure.message))]


def _blocks(dialect: Dialect, turn: Turn, number: int, digest: str) -> list[Block]:
    blocks: list[Block] = []
    if turn.thinking is not None and dialect == "openai-responses":
        blocks.append(Thinking(turn.thinking, f"sealed-{digest[:32]}"))
    if turn.text:
        blocks.append(Text(turn.text))
    for place, call in enumerate(turn.calls):
        blocks.append(ToolUse(call.id or f"call_t{number:03}_{place}_{digest[:12]}", call.name, Json.of(call.input)))
    return blocks


def _content(dialect: Dialect, blocks: tuple[Block, ...]) -> Content:
    """The blocks, or in Chat, where an answer of words alone is a string, its words."""
    match blocks:
        case () | (Text(),) if dialect == "openai-chat":
            return "".join(block.text for block in blocks if isinstance(block, Text))
    return blocks


def _limit(plain: Plain) -> int | None:
    named = (plain.get(name) for name in ("max_output_tokens", "max_completion_tokens", "max_tokens"))
    return next((limit for limit in named if limit is not None), None)


def _stops(plain: Plain) -> list[str]:
    stop: Any = plain.get("stop")
    listed = stop if isinstance(stop, list) else [stop]
    return [one for one in listed if isinstance(one, str)]


def _answers(plain: Plain) -> int:
    """How many answers the conversation has: runs of the model's own messages and items."""
    own = [item.get("role") == "assistant" or item.get("type") in (*CALLS, "reasoning") for item in items_of(plain)]
    return sum(1 for at, mine in enumerate(own) if mine and (at == 0 or not own[at - 1]))


def _aside(provider: Provider, plain: Plain) -> str | None:
    """The answer to a request beside the conversation: a wanted form, or no tools for a script that calls some."""
    schema = schema_of(plain)
    if schema or (provider.script.uses_tools and not plain.get("tools")):
        return aside_text(schema, provider.script.aside)
    return None
