"""A stream in Anthropic's events, said in OpenAI Chat's chunks, and back, event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentforge.wire.codec import EventWriter, event_reader
from agentforge.wire.convert import refusal
from agentforge.wire.convert_answers import end_in_anthropic, end_in_chat, report_answer
from agentforge.wire.convert_to_anthropic import REASONING
from agentforge.wire.jsontext import Json, dump, load
from agentforge.wire.losses import Loss, LossReport
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
_CHUNK: Final = ("id", "object", "model", "choices", "usage")
_CHOICE: Final = ("index", "delta", "finish_reason")
_DELTA: Final = ("role", "content", "tool_calls", "refusal", *REASONING)
_STARTED: Final = ("id", "type", "role", "model", "content", "stop_reason", "usage")
_FINISHED: Final = ("type", "delta", "usage", "stop_reason")
_EVENTS: Final = ("content_block_start", "content_block_delta", "content_block_stop", "message_stop", "ping")
_DELTAS: Final = ("text_delta", "thinking_delta", "signature_delta", "input_json_delta")


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
                raise refusal(came, goes)
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
            report_answer(block, f"content[{index}]", self._texts, self._calls, self._lost)
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
            return (Finished(end_in_chat(self._reason, self._lost), usage), Ended())
        reason = end_in_anthropic(self._reason, self._lost, calls=self._calls > 0, refused=self._refused)
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


def _unread(plain: Mapping[str, Any], read: Sequence[str]) -> dict[str, Json]:
    return {key: Json.of(value) for key, value in plain.items() if key not in read}

