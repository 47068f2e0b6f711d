"""The Anthropic endpoints of the simulated provider: messages, count_tokens, models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from agentforge.simulate.abilities import Abilities, abilities_of
from agentforge.simulate.promptcache import Segment
from agentforge.simulate.refusals import Asked, Refusal, check, invalid, too_long
from agentforge.simulate.rendering import Plain, anthropic_segments, blocks_of
from agentforge.simulate.reply import Reply, streamed, whole
from agentforge.simulate.script import Turn
from agentforge.simulate.signing import BINDING_BETA, dropped, faults, prefix_of, sign
from agentforge.simulate.toolsearch import answer_search
from agentforge.tokens import counter_for, known_models
from agentforge.tokens import model as model_of
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

_PING: Final = encode_event(SseEvent(name="ping", data='{"type":"ping"}'))
_TURN_ID: Final = re.compile(r"toolu_t(\d+)_")
_COMPACTION: Final = "CRITICAL: Respond with TEXT ONLY"


def refuse(refusal: Refusal, request_id: str) -> Reply:
    """The reply that says no."""
    error: Plain = {"type": refusal.kind, "message": refusal.message}
    if refusal.code:
        error["details"] = {"error_code": refusal.code}
    body = {"type": "error", "error": error, "request_id": request_id}
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
    said = {"request-id": request_id}
    if path in ("", "/api/hello"):
        return whole(200, b"" if method == "HEAD" else b"{}", said)
    if not (headers.get("x-api-key") or headers.get("authorization")):
        raise Refusal(401, "authentication_error", "x-api-key header is required")
    if "/v1/models" in path and method in ("GET", "HEAD"):
        return whole(200, Json.of(_models(path.partition("/v1/models")[2].strip("/"))).text, said)
    if not path.endswith(("/v1/messages", "/v1/messages/count_tokens")):
        raise Refusal(404, "not_found_error", "Not found")
    if method != "POST":
        raise Refusal(405, "invalid_request_error", "Method Not Allowed")
    if "anthropic-version" not in headers:
        raise invalid("anthropic-version: header is required")
    plain = Json(body).value
    if not isinstance(plain, dict):
        raise invalid("The request body must be a JSON object")
    if not isinstance(plain.get("model"), str):
        raise invalid("model: Field required")
    model = model_of(plain["model"])
    if not model.known:
        raise Refusal(404, "not_found_error", f"model: {plain['model']}")
    betas = frozenset(part.strip() for part in headers.get("anthropic-beta", "").split(",") if part.strip())
    counting = path.endswith("/count_tokens")
    asked = Asked(plain, abilities_of(model), betas, counting, provider.enforce_prefix)
    check(asked)
    segments, transformations = _rendered(provider, asked)
    tokens = sum(segment.tokens for segment in segments)
    if tokens > asked.model.window:
        raise too_long(tokens, asked.model.window)
    if counting:
        return whole(200, Json.of({"input_tokens": tokens}).text, said)
    return _message(provider, asked, segments, transformations, headers, body, now, said)


def _message(
    provider: Provider,
    asked: Asked,
    segments: Sequence[Segment],
    transformations: Sequence[Plain],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    said: Mapping[str, str],
) -> Reply:
    plain, model = asked.body, asked.model
    number = _turn_number(plain)
    turn = provider.turn_for(plain, number, aside=_is_aside(plain))
    if failure := provider.failure_for(turn, body):
        refused = refuse(Refusal(failure.status, failure.type, failure.message), said["request-id"])
        return replace(refused, headers={**refused.headers, **failure.headers})
    space = f"{headers.get('x-api-key') or headers.get('authorization')}|{model.model}"
    charge = provider.prompt_cache.charge(
        space, segments, minimum=model.cache_minimum, now=now, answered=now + turn.wait
    )
    blocks = _blocks(asked, turn, number, sha256(body).hexdigest())
    blocks, stop_reason, written, thought = _within_limit(asked, blocks, turn)
    usage = Usage(
        input_tokens=charge.uncached,
        cache_read=charge.read,
        cache_write=charge.write_5m + charge.write_1h,
        cache_write_1h=charge.write_1h,
        output_tokens=written,
        thinking_tokens=thought,
        extra={"service_tier": Json(b'"standard"')} | {key: Json.of(value) for key, value in turn.usage.items()},
    )
    extra: dict[str, Json] = {"stop_sequence": Json(b"null")}
    if "context_management" in plain:
        extra["context_management"] = Json.of({"applied_edits": []})
    if BINDING_BETA in asked.betas:
        extra["input_transformations"] = Json.of(list(transformations))
    response = Response(
        "anthropic",
        "msg_" + said["request-id"].removeprefix("req_"),
        plain["model"],
        (Message("assistant", blocks),),
        stop_reason,
        usage,
        extra,
    )
    charged = Json(encode_response(response)).value["usage"]
    if not plain.get("stream"):
        return whole(200, encode_response(response), said, usage=charged)
    writer = event_writer("anthropic")
    events = [_complete(event, extra) for part in parts_of(response) for event in writer.write(part)]
    events.insert(1, _PING)
    return streamed(turn, events, _PING, provider.cut_for(turn, body), said, usage=charged)


def _rendered(provider: Provider, asked: Asked) -> tuple[list[Segment], list[Plain]]:
    """The prompt's segments, and what became of thinking that is not where it was."""
    found = [fault for fault in faults(asked.body, asked.model.model) if fault.reason != "tampered"]
    binding = (asked.body.get("thinking") or {}).get("block_binding") or {}
    gone = dropped(found, drop_block=binding.get("prefix_mismatch_behavior") == "drop_block")
    transformations = [
        {
            "type": "thinking_dropped" if (fault.message, fault.block) in gone else "thinking_mismatch_allowed",
            "path": fault.path,
            "reason": fault.reason,
        }
        for fault in found
    ]
    weigh = provider.weigher("anthropic", asked.model.model)
    segments = anthropic_segments(asked.body, weigh, gone=gone)
    prompt = counter_for(asked.model.model).family.tool_prompt
    if asked.body.get("tools"):
        forced = (asked.body.get("tool_choice") or {}).get("type") in ("any", "tool")
        segments.insert(0, Segment(b"tool use", prompt.forced if forced else prompt.auto))
    return segments, transformations


def _blocks(asked: Asked, turn: Turn, number: int, digest: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if turn.thinking is not None and _thinks(asked):
        signature = sign(asked.model.model, prefix_of(asked.body))
        blocks.append(Thinking(turn.thinking if _shows_thinking(asked) else "", signature))
    if turn.search is not None:
        found = answer_search(asked.body, turn.search, f"srvtoolu_{digest[:20]}")
        blocks += [Other(str(block["type"]), Json.of(block)) for block in found]
    if turn.text:
        blocks.append(Text(turn.text))
    for place, call in enumerate(turn.calls):
        blocks.append(ToolUse(call.id or f"toolu_t{number:03}_{place}_{digest[:12]}", call.name, Json.of(call.input)))
    return (*blocks, *(Other(str(raw.value.get("type", "")), raw) for raw in turn.blocks))


def _thinks(asked: Asked) -> bool:
    kind = (asked.body.get("thinking") or {}).get("type")
    return kind != "disabled" if kind else asked.model.adaptive_only


def _shows_thinking(asked: Asked) -> bool:
    display = (asked.body.get("thinking") or {}).get("display")
    return display in ("summarized", "updates") if display or asked.model.adaptive_only else True


def _within_limit(asked: Asked, blocks: tuple[Block, ...], turn: Turn) -> tuple[tuple[Block, ...], str, int, int]:
    """The answer within `max_tokens`: its blocks, why it ended, its tokens, and those of its thinking."""
    counts = counter_for(asked.model.model)
    thought = counts.text(turn.thinking or "").value if any(isinstance(block, Thinking) for block in blocks) else 0
    heft = [0 if isinstance(b, Thinking) else counts.message(Message("assistant", (b,))).count.value for b in blocks]
    limit = asked.body["max_tokens"]
    natural = turn.stop_reason or ("tool_use" if any(isinstance(block, ToolUse) for block in blocks) else "end_turn")
    if thought + sum(heft) <= limit:
        return blocks, natural, thought + sum(heft), thought
    kept: list[Block] = []
    left = limit - thought
    for block, tokens in zip(blocks, heft, strict=True):
        if left <= 0 and not isinstance(block, Thinking):
            break
        if tokens <= left or isinstance(block, Thinking):
            kept.append(block)
        elif isinstance(block, Text):
            kept.append(replace(block, text=block.text[: max(len(block.text) * left // tokens, 1)]))
        left -= tokens
    return tuple(kept) if limit else (), "max_tokens", limit, min(thought, limit)


def _turn_number(plain: Plain) -> int:
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


def _is_aside(plain: Plain) -> bool:
    """A request beside the conversation: no tools, or the client's own call for a summary."""
    last = blocks_of(plain["messages"][-1]["content"])
    return not plain.get("tools") or bool(last and str(last[-1].get("text", "")).startswith(_COMPACTION))


def _complete(event: SseEvent, extra: Mapping[str, Json]) -> bytes:
    """An event with the members of the answer that the parts do not carry."""
    if event.name not in ("message_start", "message_delta") or len(extra) == 1:
        return encode_event(event)
    plain = Json(event.payload).value
    if event.name == "message_start" and "input_transformations" in extra:
        plain["message"]["input_transformations"] = extra["input_transformations"].value
    if event.name == "message_delta" and "context_management" in extra:
        plain["context_management"] = extra["context_management"].value
    return encode_event(SseEvent(event.name, Json.of(plain).text.decode()))


def _models(name: str) -> Plain:
    if not name:
        data = [_model_row(one.id) for one in known_models() if one.id.startswith("claude-")]
        return {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}
    if not model_of(name).known:
        raise Refusal(404, "not_found_error", f"model: {name}")
    return _model_row(name)


def _model_row(name: str) -> Plain:
    abilities: Abilities = abilities_of(model_of(name))
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": abilities.window,
        "max_tokens": abilities.max_output,
    }
