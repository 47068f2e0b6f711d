"""A stream in Anthropic's events, said in OpenAI Chat's chunks, and back, event by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentforge.wire import chat
from agentforge.wire.codec import EventWriter, event_reader
from agentforge.wire.convert import refusal
from agentforge.wire.convert_answers import end_in_anthropic, end_in_chat, report_answer, usage_in_chat
from agentforge.wire.convert_to_anthropic import REASONING, safe_id
from agentforge.wire.jsontext import Json, dump, load
from agentforge.wire.losses import Loss, LossReport
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    BlockClosed,
    BlockOpened,
    CitationAdded,
    Ended,
    Failed,
    Finished,
    InputAdded,
    Part,
    Pinged,
    SignatureAdded,
    Started,
    ThinkingAdded,
    merge_usage,
)
from agentforge.wire.stream_anthropic import AnthropicWriter
from agentforge.wire.stream_chat import ChatWriter
from agentforge.wire.values import Block, Dialect, Text, Thinking, ToolUse, Usage

_ERRORS: Final = {
    "server_error": "api_error",
    "rate_limit_exceeded": "rate_limit_error",
    "insufficient_quota": "billing_error",
    "service_unavailable": "overloaded_error",
}
"""Kinds of errors that Anthropic calls otherwise."""
_ANTHROPIC_ERRORS: Final = {
    *_ERRORS.values(),
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "timeout_error",
}
# What the readers take in; the rest is reported, if it says something.
_STARTED: Final = ("id", "type", "role", "model", "content", "stop_reason", "usage")
_FINISHED: Final = ("type", "delta", "usage", "stop_reason")
_FAILED: Final = ("type", "message")
_CHUNK: Final = ("id", "object", "model", "choices", "usage", "error")
_CHOICE: Final = ("index", "delta", "finish_reason")
_DELTA: Final = ("role", "content", "tool_calls", "refusal", *REASONING)
_CALL: Final = ("index", "id", "type", "function")
_FUNCTION: Final = ("name", "arguments")


class StreamConverter:
    """Says one stream in the other dialect's events, as they come; what was charged waits for the end.

    Arguments that are no JSON object go on as they are: by the time a stream shows it, their beginning is gone.
    """

    def __init__(self, came: Dialect, goes: Dialect, *, created: int = 0, include_usage: bool = True) -> None:
        """`created` is the time Chat's chunks tell; `include_usage` is false where their client did not ask for it."""
        match came, goes:
            case "anthropic", "openai-chat":
                self._writer: EventWriter = ChatWriter(created=created, include_usage=include_usage)
            case "openai-chat", "anthropic":
                self._writer = AnthropicWriter()
            case _:
                raise refusal(came, goes)
        self._came = came
        self._reader = event_reader(came)
        self._lost = LossReport()
        self._started = False
        self._over = False
        self._open: dict[int, Block] = {}
        self._bare_calls: dict[int, ToolUse] = {}
        """Open calls of whose arguments nothing came yet."""
        self._texts = 0
        self._calls = 0
        self._refused = False
        self._finished = False
        self._stop_reason: str | None = None
        self._usage: Usage | None = None

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost so far; the paths are those of the whole answer."""
        return self._lost.losses

    def feed(self, sse: SseEvent) -> list[SseEvent]:
        """The events that say what this one says."""
        if self._over or not sse.complete:
            return []
        if sse.data is None:
            return [SseEvent(comments=sse.comments)] if sse.comments else []
        if self._came == "openai-chat":
            sse = self._watch_chunk(sse)
        parts = self._reader.read(sse).parts
        if self._came == "anthropic":
            self._watch_event(load(sse.payload), understood=bool(parts))
        return self._write(parts)

    def end(self) -> list[SseEvent]:
        """What is owed to a stream that stopped after its last word; nothing where it was cut, so that this shows."""
        return self._write([Ended()]) if self._finished and not self._over else []

    def _write(self, parts: Sequence[Part]) -> list[SseEvent]:
        return [event for part in parts for said in self._convert(part) for event in self._writer.write(said)]

    def _convert(self, part: Part) -> Iterator[Part]:
        """The parts that say this one to the other side."""
        if self._over or (isinstance(part, Pinged) and not self._started):
            return
        if not self._started and not isinstance(part, Failed | Started):
            yield from self._convert(Started("", ""))
        match part:
            case Started(id_, model, usage):
                if not self._started:
                    yield Started(id_, model)
                self._started = True
                self._usage = merge_usage(self._came, self._usage, usage)
            case BlockOpened(index, block):
                yield from self._open_block(index, block)
            case InputAdded(index, text):
                if text:
                    self._bare_calls.pop(index, None)
                yield part
            case BlockClosed(index):
                yield from self._close_block(index)
            case Finished(stop_reason=stop_reason, usage=usage):
                self._finished = True
                self._stop_reason = stop_reason or self._stop_reason
                self._usage = merge_usage(self._came, self._usage, usage)
            case Ended():
                for index in list(self._open):
                    yield from self._close_block(index)
                yield self._finish()
                yield part
                self._over = True
            case Failed(kind, message):
                yield Failed(self._error(kind), message)
                self._over = True
            case CitationAdded(index):
                self._lost.add("member", f"content[{index}].citations")
            case SignatureAdded(index):
                self._lost.add("signature", f"content[{index}].signature")
            case _:
                yield part

    def _open_block(self, index: int, block: Block) -> Iterator[Part]:
        if self._came == "anthropic":
            report_answer(block, f"content[{index}]", self._texts, self._calls, self._lost)
        self._open[index] = block
        self._texts += isinstance(block, Text)
        if isinstance(block, ToolUse):
            if self._came == "openai-chat":
                where = f"choices[0].message.tool_calls[{self._calls}].id"
                block = replace(block, id=safe_id(block.id, where, self._lost))
            self._calls += 1
            self._bare_calls[index] = block
        if isinstance(block, Thinking) and block.text:
            yield BlockOpened(index, replace(block, text=""))
            yield ThinkingAdded(index, block.text)
        else:
            yield BlockOpened(index, block)

    def _close_block(self, index: int) -> Iterator[Part]:
        self._open.pop(index, None)
        call = self._bare_calls.pop(index, None)
        if call is not None and self._came == "anthropic":
            # Anthropic opens a call with an empty object; to Chat's clients no text at all is no JSON.
            yield InputAdded(index, call.input.text.decode())
        yield BlockClosed(index)

    def _finish(self) -> Finished:
        if self._came == "anthropic":
            return Finished(end_in_chat(self._stop_reason, self._lost), usage_in_chat(self._usage, self._lost))
        reason = end_in_anthropic(self._stop_reason, self._lost, calls=self._calls > 0, refused=self._refused)
        return Finished(reason, self._lost.bare_usage(self._usage, chat.USAGE))

    def _error(self, kind: str) -> str:
        if self._came == "anthropic" or kind in _ANTHROPIC_ERRORS:
            return kind
        if kind not in _ERRORS:
            self._lost.add("error-type", "error.type")
        return _ERRORS.get(kind, "api_error")

    def _watch_event(self, plain: Any, *, understood: bool) -> None:
        """Report what Anthropic's reader passes over."""
        match plain:
            case {"type": "message_start", "message": dict(message)} if understood:
                self._lost.add_rest(_unread(message, _STARTED), "")
            case {"type": "message_delta", "delta": dict(delta)} if understood:
                self._lost.add_rest(_unread(plain | delta, _FINISHED), "")
            case {"type": "error", "error": dict(error)} if understood:
                self._lost.add_rest(_unread(error, _FAILED), "error")
            case {"type": kind} if not understood:
                inner = _dict(plain.get("delta")).get("type")
                self._lost.add("stream-event", f"{kind}.{inner}" if inner else str(kind))
            case _ if not understood:
                self._lost.add("stream-event", "")

    def _watch_chunk(self, sse: SseEvent) -> SseEvent:
        """Report what Chat's reader passes over; a refusal, which it does not know, becomes plain words."""
        if (sse.data or "").strip() == "[DONE]":
            return sse
        chunk = load(sse.payload)
        if not isinstance(chunk, dict):
            self._lost.add("stream-event", "")
            return sse
        self._lost.add_rest(_unread(chunk, _CHUNK), "")
        self._lost.add_rest(_unread(_dict(chunk.get("error")), _FAILED), "error")
        refused = False
        for choice in map(_dict, _list(chunk.get("choices"))):
            number = choice.get("index", 0)
            if number != 0:
                self._lost.add("choice", f"choices[{number}]")
                continue
            delta = _dict(choice.get("delta"))
            self._lost.add_rest(_unread(choice, _CHOICE), "choices[0]")
            self._lost.add_rest(_unread(delta, _DELTA), "choices[0].message")
            for call in map(_dict, _list(delta.get("tool_calls"))):
                where = f"choices[0].message.tool_calls[{call.get('index', 0)}]"
                self._lost.add_rest(_unread(call, _CALL), where)
                self._lost.add_rest(_unread(_dict(call.get("function")), _FUNCTION), f"{where}.function")
            if words := delta.pop("refusal", None):
                delta["content"] = f"{delta.get('content') or ''}{words}"
                refused = self._refused = True
        return SseEvent(data=dump(chunk).decode()) if refused else sse


def _unread(plain: Mapping[str, Any], read: Sequence[str]) -> dict[str, Json]:
    return {key: Json.of(value) for key, value in plain.items() if key not in read}


def _dict(plain: Any) -> dict[str, Any]:
    return plain if isinstance(plain, dict) else {}


def _list(plain: Any) -> list[Any]:
    return plain if isinstance(plain, list) else []
