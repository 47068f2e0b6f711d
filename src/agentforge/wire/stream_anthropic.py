"""Anthropic's stream of events: read into parts, written from parts."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final

from agentforge.wire.anthropic import USAGE, read_block, write_block
from agentforge.wire.jsontext import Json, dump, load
from agentforge.wire.shape import Misfit
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    BlockClosed,
    BlockOpened,
    CitationAdded,
    CompactionAdded,
    Ended,
    Failed,
    Finished,
    InputAdded,
    Part,
    Pinged,
    SignatureAdded,
    Started,
    StreamEvent,
    TextAdded,
    ThinkingAdded,
    failure,
    words,
)
from agentforge.wire.values import Thinking, Usage

_STARTED: Final = ("id", "type", "role", "model", "content", "stop_reason", "usage")
_BESIDE: Final = ("context_management", "input_transformations", "diagnostics")
"""Members of the answer that its last but one event tells beside the others."""


class AnthropicReader:
    """Reads events; they say all themselves, so nothing is remembered between them."""

    def read(self, sse: SseEvent) -> StreamEvent:
        """The event and its parts."""
        plain = load(sse.payload) if sse.data is not None else None
        try:
            return StreamEvent("anthropic", sse, tuple(_parts(plain)))
        except (KeyError, TypeError, AttributeError, Misfit):
            return StreamEvent("anthropic", sse, ())


def _parts(plain: Any) -> list[Part]:
    match plain:
        case {"type": "message_start", "message": {"id": str(id_), "model": str(model)} as message} if (
            message.get("role", "assistant") == "assistant" and message.get("type", "message") == "message"
        ):
            return [Started(id_, model, _usage(message.get("usage")), _others(message, _STARTED))]
        case {"type": "content_block_start", "index": int(index), "content_block": dict(block)}:
            if block.get("signature") == "":  # thinking opens with one, and says the real one at its end
                del block["signature"]
            return [BlockOpened(index, read_block(dump(block)))]
        case {"type": "content_block_delta", "index": int(index), "delta": {"type": kind} as delta}:
            match kind:
                case "text_delta":
                    return [TextAdded(index, words(delta["text"]))]
                case "thinking_delta":
                    return [ThinkingAdded(index, words(delta["thinking"]))]
                case "signature_delta":
                    return [SignatureAdded(index, words(delta["signature"]))]
                case "input_json_delta":
                    return [InputAdded(index, words(delta["partial_json"]))]
                case "citations_delta":
                    return [CitationAdded(index, Json.of(delta["citation"]))]
                case "compaction_delta":
                    return [CompactionAdded(index, _others(delta, ("type",)))]
        case {"type": "content_block_stop", "index": int(index)}:
            return [BlockClosed(index)]
        case {"type": "message_delta", "delta": dict(delta)}:
            reason = delta.get("stop_reason")
            told = {
                **_others(delta, ("stop_reason", *_BESIDE)),
                **{k: Json.of(plain[k]) for k in _BESIDE if k in plain},
            }
            return [Finished(None if reason is None else words(reason), _usage(plain.get("usage")), told)]
        case {"type": "message_stop"}:
            return [Ended()]
        case {"type": "ping"}:
            return [Pinged()]
        case {"type": "error"}:
            return [failure(plain.get("error"))]
    return []


def _others(plain: dict[str, Any], known: Container[str]) -> dict[str, Json]:
    return {key: Json.of(value) for key, value in plain.items() if key not in known}


def _usage(plain: Any) -> Usage | None:
    if plain is not None and not isinstance(plain, dict):
        raise TypeError(plain)
    return None if plain is None else USAGE.read(dump(plain))


class AnthropicWriter:
    """Writes parts as events."""

    def write(self, part: Part) -> list[SseEvent]:
        """The events that say this part."""
        plain = self._plain(part)
        return [event(str(plain["type"]), plain)]

    def _plain(self, part: Part) -> dict[str, Any]:
        match part:
            case Started(id_, model, usage, extra):
                message = {
                    "id": id_,
                    "type": "message",
                    "role": "assistant",
                    "model": model,
                    "content": [],
                    "stop_reason": None,
                    "stop_sequence": None,
                    "usage": load(USAGE.write(usage or Usage())),
                    **_plain_of(extra),
                }
                return {"type": "message_start", "message": message}
            case BlockOpened(index, block):
                opened = load(write_block(block))
                if isinstance(block, Thinking) and not block.redacted:
                    opened.setdefault("signature", "")
                return {"type": "content_block_start", "index": index, "content_block": opened}
            case TextAdded(index, text):
                return _delta(index, {"type": "text_delta", "text": text})
            case ThinkingAdded(index, text):
                return _delta(index, {"type": "thinking_delta", "thinking": text})
            case SignatureAdded(index, signature):
                return _delta(index, {"type": "signature_delta", "signature": signature})
            case InputAdded(index, text):
                return _delta(index, {"type": "input_json_delta", "partial_json": text})
            case CitationAdded(index, citation):
                return _delta(index, {"type": "citations_delta", "citation": citation.value})
            case CompactionAdded(index, members):
                return _delta(index, {"type": "compaction_delta", **_plain_of(members)})
            case BlockClosed(index):
                return {"type": "content_block_stop", "index": index}
            case Finished(stop_reason, usage, extra):
                told = _plain_of(extra)
                beside: dict[str, Any] = {key: told.pop(key) for key in _BESIDE if key in told}
                return {
                    "type": "message_delta",
                    "delta": {"stop_reason": stop_reason, "stop_sequence": None, **told},
                    "usage": load(USAGE.write(usage or Usage())),
                    **beside,
                }
            case Ended():
                return {"type": "message_stop"}
            case Pinged():
                return {"type": "ping"}
            case Failed(kind, message):
                return {"type": "error", "error": {"type": kind, "message": message}}


def _plain_of(extra: Mapping[str, Json]) -> dict[str, Any]:
    return {key: json.value for key, json in extra.items() if json.text}


def _delta(index: int, delta: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def event(name: str | None, plain: Any) -> SseEvent:
    """An event with that name and JSON."""
    return SseEvent(name=name, data=Json.of(plain).text.decode())
