"""The Anthropic endpoints of the simulated provider: messages, count_tokens, models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from agentforge.simulate.answering import Answered, answered, aside_text
from agentforge.simulate.asked import Asked, read_asked
from agentforge.simulate.catalogue import anthropic_models
from agentforge.simulate.diagnosis import fingerprint
from agentforge.simulate.promptcache import Charge
from agentforge.simulate.prompting import Prompt, prompt_of
from agentforge.simulate.refusals import check
from agentforge.simulate.rendering import Plain, blocks_of
from agentforge.simulate.reply import Refusal, Reply, streamed, whole
from agentforge.simulate.script import Failure, Turn
from agentforge.simulate.signing import BINDING_BETA, binding_of, sign
from agentforge.simulate.toolsearch import answer_search
from agentforge.tokens import counter_for
from agentforge.wire import (
    Block,
    Json,
    Message,
    Other,
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

PATH: Final = re.compile(r"(?:.*/)?v1/(?:(messages)(/count_tokens)?|models(?:/([^/]+))?)\Z", re.DOTALL)
_PING: Final = encode_event(SseEvent(name="ping", data='{"type":"ping"}'))
_TURN_ID: Final = re.compile(r"toolu_t(\d{1,6})_")
_COMPACTION: Final = "CRITICAL: Respond with TEXT ONLY"


def refuse(refusal: Refusal, request_id: str) -> Reply:
    """The reply that says no."""
    body = {"type": "error", "error": _error(refusal), "request_id": request_id}
    return whole(refusal.status, Json.of(body).text, {"request-id": request_id})


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
    told = {"request-id": request_id}
    if path in ("", "/api/hello") and method in ("GET", "HEAD"):
        return whole(200, b"" if method == "HEAD" else b"{}", told)
    found = PATH.match(path)
    if found is None:
        raise Refusal(404, "not_found_error", "Not found")
    if not account_of(headers):
        raise Refusal(401, "authentication_error", "x-api-key header is required")
    messages, counting, name = found.groups()
    if method not in (("POST",) if messages else ("GET", "HEAD")):
        raise Refusal(405, "invalid_request_error", "Method Not Allowed")
    if not messages:
        listed = Json.of(anthropic_models(unquote(name or ""))).text
        return whole(200, b"" if method == "HEAD" else listed, told)
    said = frozenset(str(block.value.get("type")) for turn in provider.script.said for block in turn.blocks)
    asked = read_asked(headers, body, counting=counting is not None, enforce_prefix=provider.enforce_prefix, said=said)
    check(asked)
    prompt = prompt_of(asked)
    if not counting:
        return _message(provider, asked, prompt, account_of(headers), body, now, told)
    count: Plain = {"input_tokens": prompt.tokens}
    if asked.body.get("context_management"):
        count["context_management"] = {"original_input_tokens": prompt.unedited}
    return whole(200, Json.of(count).text, told)


def account_of(headers: Mapping[str, str]) -> str:
    """Whose request it is: the key, however it was sent; empty where there is none."""
    return headers.get("x-api-key", "").strip() or headers.get("authorization", "").removeprefix("Bearer").strip()


def _message(
    provider: Provider, asked: Asked, prompt: Prompt, account: str, body: bytes, now: float, told: Mapping[str, str]
) -> Reply:
    plain, model = asked.body, asked.model
    number = _answers(plain)
    said = provider.says("anthropic", body, number, account=account, aside=_aside(provider, plain))
    turn, failure, streaming = said.turn, said.failure, bool(plain.get("stream"))
    if failure and (failure.after is None or not streaming):
        refused = refuse(_refusal(failure), told["request-id"])
        return replace(refused, headers={**refused.headers, **failure.headers})
    charge = provider.prompt_cache.charge(
        f"{account}|{model.model}", prompt.segments, minimum=model.cache_minimum, now=now, answered=now + turn.wait
    )
    thought = counter_for(model.model).text(turn.thinking or "").value if _thinks(asked) else 0
    ended = answered(
        turn,
        _blocks(asked, prompt, turn, thought, number, sha256(body).hexdigest()),
        model.model,
        thought=thought,
        limit=plain["max_tokens"],
        stops=plain.get("stop_sequences") or (),
    )
    message_id = "msg_" + told["request-id"].removeprefix("req_")
    extra = _extra(provider, asked, prompt, message_id) | {"stop_sequence": Json.of(ended.stop_sequence)}
    response = Response(
        dialect="anthropic",
        id=message_id,
        model=plain["model"],
        output=(Message("assistant", ended.blocks),),
        stop_reason=ended.stop_reason,
        usage=_usage(turn, charge, ended),
        extra=extra,
    )
    whole_body = encode_response(response)
    charged = Json(whole_body).value.get("usage")
    if not streaming:
        return whole(200, whole_body, told, usage=charged, wait=turn.wait, cut=said.cut)
    writer = event_writer("anthropic")
    events = [_complete(event, response) for part in parts_of(response) for event in writer.write(part)]
    events.insert(1, _PING)
    if failure:
        error = Json.of({"type": "error", "error": _error(_refusal(failure))}).text.decode()
        events[failure.after :] = [encode_event(SseEvent("error", error))]
    return streamed(turn, events, told, ping=_PING, cut=said.cut, usage=charged)


def _refusal(failure: Failure) -> Refusal:
    return Refusal(failure.status, failure.kind, failure.message)


def _error(refusal: Refusal) -> Plain:
    error: Plain = {"type": refusal.kind, "message": refusal.message}
    return error | ({"details": {"error_code": refusal.code}} if refusal.code else {})


def _usage(turn: Turn, charge: Charge, ended: Answered) -> Usage | None:
    if turn.usage is None:
        return None
    return Usage(
        input_tokens=charge.uncached,
        cache_read=charge.read,
        cache_write=charge.write_5m + charge.write_1h,
        cache_write_1h=charge.write_1h,
        output_tokens=ended.tokens,
        thinking_tokens=ended.thinking,
        extra={"service_tier": Json(b'"standard"')} | {key: Json.of(value) for key, value in turn.usage.items()},
    )


def _extra(provider: Provider, asked: Asked, prompt: Prompt, message_id: str) -> dict[str, Json]:
    """The members of an answer that only some requests get."""
    extra: dict[str, Json] = {}
    if asked.body.get("context_management"):
        extra["context_management"] = Json.of({"applied_edits": list(prompt.applied_edits)})
    if BINDING_BETA in asked.betas:
        extra["input_transformations"] = Json.of(list(prompt.transformations))
    opted = asked.body.get("diagnostics")
    if opted is not None:
        print_ = fingerprint(asked.model.model, prompt.segments)
        extra["diagnostics"] = Json.of(provider.diagnoses.explain(opted.get("previous_message_id"), print_))
        provider.diagnoses.keep(message_id, print_)
    return extra


def _blocks(asked: Asked, prompt: Prompt, turn: Turn, thought: int, number: int, digest: str) -> list[Block]:
    blocks: list[Block] = []
    if turn.thinking is not None and _thinks(asked):
        signature = sign(asked.model.model, binding_of(asked.body, prompt.pieces), thought)
        blocks.append(Thinking(turn.thinking if _shows_thinking(asked) else "", signature))
    if turn.search is not None:
        found = answer_search(asked.body, turn.search, f"srvtoolu_{digest[:20]}")
        blocks += [Other(str(block["type"]), Json.of(block)) for block in found]
    if turn.text:
        blocks.append(Text(turn.text))
    for place, call in enumerate(turn.calls):
        blocks.append(ToolUse(call.id or f"toolu_t{number:03}_{place}_{digest[:12]}", call.name, Json.of(call.input)))
    return [*blocks, *(Other(str(raw.value.get("type", "")), raw) for raw in turn.blocks)]


def _thinks(asked: Asked) -> bool:
    kind = (asked.body.get("thinking") or {}).get("type")
    return kind != "disabled" if kind else asked.model.thinks_unasked


def _shows_thinking(asked: Asked) -> bool:
    display = (asked.body.get("thinking") or {}).get("display")
    return display in ("summarized", "updates") if display or asked.model.adaptive_only else True


def _answers(plain: Plain) -> int:
    """How many answers the conversation has; after a compaction, told by the ids of the calls that are left."""
    answers, called = 0, -1
    for message in plain["messages"]:
        if message["role"] != "assistant":
            continue
        answers += 1
        for block in blocks_of(message["content"]):
            if found := _TURN_ID.match(str(block.get("id"))):
                called = max(called, int(found[1]))
    return max(answers, called + 1)


def _aside(provider: Provider, plain: Plain) -> str | None:
    """The answer to a request beside the conversation: a wanted form, the client's own summary, no tools to call."""
    schema = ((plain.get("output_config") or {}).get("format") or {}).get("schema")
    last = blocks_of(plain["messages"][-1]["content"])
    compacts = any(block["type"] == "text" and block["text"].startswith(_COMPACTION) for block in last)
    if schema or compacts or (provider.script.uses_tools and not plain.get("tools")):
        return aside_text(schema, provider.script.aside)
    return None


def _complete(event: SseEvent, response: Response) -> bytes:
    """An event with the members of the answer that the parts do not carry."""
    if event.name not in ("message_start", "message_delta"):
        return encode_event(event)
    plain: dict[str, Any] = Json(event.payload).value
    extra = {key: json.value for key, json in response.extra.items()}
    if event.name == "message_start":
        message = plain["message"]
        message |= {key: extra[key] for key in ("input_transformations", "diagnostics") if key in extra}
    else:
        message = plain
        plain["delta"]["stop_sequence"] = extra["stop_sequence"]
        plain |= {key: extra[key] for key in ("context_management",) if key in extra}
    if response.usage is None:
        del message["usage"]
    return encode_event(SseEvent(event.name, Json.of(plain).text.decode()))
