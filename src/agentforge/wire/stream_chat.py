"""OpenAI Chat's stream of chunks: read into parts, written from parts."""

from __future__ import annotations

from typing import Any

from agentforge.wire.chat import FINISH, FINISH_BACK, USAGE
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
from agentforge.wire.values import Text, Thinking, ToolUse

_DONE = "[DONE]"
_REASONING = ("reasoning_content", "reasoning")
"""Where OpenAI-compatible servers put a model's reasoning; OpenAI's own Chat has none."""


class ChatReader:
    """Reads chunks; remembers which block is open, as a chunk does not say it."""

    def __init__(self) -> None:
        self._started = False
        self._open: int | None = None
        self._kind: object = None
        self._blocks = 0
        self._calls: dict[int, tuple[str, int]] = {}

    def read(self, sse: SseEvent) -> StreamEvent:
        """The chunk and its parts."""
        if sse.data is None:
            return StreamEvent("openai-chat", sse, (Pinged(),))
        if sse.data.strip() == _DONE:
            return StreamEvent("openai-chat", sse, (Ended(),))
        plain = load(sse.payload)
        before = self._started, self._open, self._kind, self._blocks
        try:
            return StreamEvent("openai-chat", sse, tuple(self._parts(plain)))
        except (KeyError, TypeError, AttributeError, Misfit):
            # A chunk that says nothing opens nothing either.
            self._started, self._open, self._kind, self._blocks = before
            return StreamEvent("openai-chat", sse, ())

    def _parts(self, plain: dict[str, Any]) -> list[Part]:
        error = plain.get("error")
        if error or (error is not None and not plain.get("choices")):
            return [failure(error)]
        parts: list[Part] = []
        if not self._started:
            self._started = True
            parts.append(Started(str(plain.get("id", "")), str(plain.get("model", ""))))
        usage = plain.get("usage")
        counts = USAGE.read(dump(usage)) if isinstance(usage, dict) else None
        for choice in plain.get("choices") or ():
            if choice.get("index", 0) != 0:
                continue
            delta = choice.get("delta") or {}
            for key in _REASONING:
                if delta.get(key):
                    parts += self._turn_to("thinking", Thinking(""))
                    parts.append(ThinkingAdded(self._blocks - 1, words(delta[key])))
                    break
            if delta.get("content"):
                parts += self._turn_to("text", Text(""))
                parts.append(TextAdded(self._blocks - 1, words(delta["content"])))
            for call in delta.get("tool_calls") or ():
                function = call.get("function") or {}
                slot, id_ = call.get("index", 0), str(call.get("id") or "")
                known_id, block = self._calls.get(slot, ("", -1))
                # Some servers give every call the same index, others return to a call after they began the next one.
                if block < 0 or (id_ and id_ != known_id):
                    parts += self._turn_to(
                        ("call", slot, id_), ToolUse(id_, str(function.get("name") or ""), Json(b"{}"))
                    )
                    block = self._blocks - 1
                    self._calls[slot] = (id_, block)
                if function.get("arguments"):
                    parts.append(InputAdded(block, words(function["arguments"])))
            if (reason := choice.get("finish_reason")) is not None:
                parts += self._close()
                parts.append(Finished(FINISH.get(words(reason), reason), counts))
                counts = None
        return [*parts, Finished(None, counts)] if counts else parts

    def _turn_to(self, kind: object, block: Text | Thinking | ToolUse) -> list[Part]:
        if self._kind == kind:
            return []
        parts = self._close()
        self._kind, self._open, self._blocks = kind, self._blocks, self._blocks + 1
        return [*parts, BlockOpened(self._open, block)]

    def _close(self) -> list[Part]:
        closed, self._open, self._kind = self._open, None, None
        return [] if closed is None else [BlockClosed(closed)]


class ChatWriter:
    """Writes parts as chunks."""

    def __init__(self, *, created: int = 0, include_usage: bool = True) -> None:
        self._head: dict[str, Any] = {"object": "chat.completion.chunk", "created": created}
        self._include_usage = include_usage
        self._calls: dict[int, int] = {}

    def write(self, part: Part) -> list[SseEvent]:
        """The chunks that say this part; none where this dialect has no words for it."""
        match part:
            case Started(id=id_, model=model):
                self._head = {"id": id_, **self._head, "model": model}
                return [self._delta({"role": "assistant", "content": ""})]
            case BlockOpened(_, Text(text)) if text:
                return [self._delta({"content": text})]
            case BlockOpened(index, ToolUse(id_, name)):
                slot = self._calls[index] = len(self._calls)
                function = {"name": name, "arguments": ""}
                call = {"index": slot, "id": id_, "type": "function", "function": function}
                return [self._delta({"tool_calls": [call]})]
            case TextAdded(_, text):
                return [self._delta({"content": text})]
            case ThinkingAdded(_, text):
                return [self._delta({_REASONING[0]: text})]
            case InputAdded(index, text) if index in self._calls:
                call = {"index": self._calls[index], "function": {"arguments": text}}
                return [self._delta({"tool_calls": [call]})]
            case Finished(stop_reason=stop_reason, usage=usage):
                events = []
                if stop_reason is not None:
                    events.append(self._delta({}, FINISH_BACK.get(stop_reason, stop_reason)))
                if usage is not None and self._include_usage:
                    events.append(_chunk({**self._head, "choices": [], "usage": load(USAGE.write(usage))}))
                return events
            case Ended():
                return [SseEvent(data=_DONE)]
            case Failed(kind, message):
                return [_chunk({"error": {"type": kind, "message": message}})]
            case Pinged():
                return [SseEvent(comments=("ping",))]
            case BlockOpened() | BlockClosed() | SignatureAdded() | InputAdded() | CitationAdded() | CompactionAdded():
                return []

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> SseEvent:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _chunk({**self._head, "choices": [choice]})


def _chunk(plain: dict[str, Any]) -> SseEvent:
    return SseEvent(data=Json.of(plain).text.decode())
