"""Our calls inside a stream of Anthropic's events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from agentforge.gateway.talk import Talk
from agentforge.gateway.treatment import FollowUp
from agentforge.wire import (
    Assembler,
    Json,
    Response,
    SseDecoder,
    SseEvent,
    ToolUse,
    encode_event,
    event_reader,
)
from agentforge.wire.anthropic import read_block
from agentforge.wire.jsontext import dump

_AT_A_GLANCE: Final = 256 * 1024
"""Bytes that may wait for the end of their event to be looked at once more with every chunk."""


class OwnInEvents:
    """An answer that comes as a stream; the events of later rounds go on where those of the first stopped."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._begin()

    def _begin(self) -> None:
        """A round begins."""
        self._decoder = SseDecoder()
        self._heard: list[bytes] = []
        """All of this round, for when it turns out to be ours."""
        self._tail = b""
        """The beginning of an event that is not whole yet."""
        self._is_plain = True
        """So far all lines end as nearly everybody's do, and no event is long: where one ends is told at a glance."""
        self._hidden: set[int] = set()
        """The numbers of the blocks in this round that the client does not get."""
        self._calls_ours = False
        self._others = False
        """The client's tools are called in it too."""
        self._carrying: dict[int, list[SseEvent]] = {}
        """The calls that may carry one of the client's, until they are whole: before, nobody can act on them."""
        self._carried: set[int] = set()
        self._held: list[SseEvent] = []
        """The end of a round that may be ours."""

    def feed(self, chunk: bytes) -> bytes:
        """The events that the client gets."""
        self._heard.append(chunk)
        if self._tail:
            chunk, self._tail = self._tail + chunk, b""
        if self._is_plain:
            self._is_plain = b"\r" not in chunk and len(chunk) <= _AT_A_GLANCE
        if self._is_plain:
            end = chunk.rfind(b"\n\n") + 2
            whole, self._tail = (chunk[:end], chunk[end:]) if end > 1 else (b"", chunk)
            # Most of a stream is words: as long as no tool is called in it, it passes as it is.
            if b"tool_" not in whole and not self._changes:
                return whole
            chunk = whole
        return b"".join(self._passed(event) for event in self._decoder.feed(chunk))

    def end(self) -> bytes | FollowUp:
        """What is left of the stream, or what to ask next."""
        rest = b"".join(event.raw for event in self._decoder.end()) + self._tail
        if not self._hidden and not self._talk.rounds:
            return rest
        last = self._talk.read(_answer(SseDecoder().feed(b"".join(self._heard))))
        if last.is_ours and self._held:
            follow_up = self._talk.go_on(last)
            self._begin()
            return follow_up
        self._talk.close(last)
        held, self._held = self._held, []
        return b"".join(map(self._ending, held)) + rest

    def refuse(self, status: int, body: bytes) -> bytes:  # noqa: ARG002 - the reader's signature
        """The provider's refusal to go on, as it is said in the middle of a stream."""
        return encode_event(SseEvent("error", body.decode("utf-8", "surrogateescape")))

    def release(self) -> bytes:
        """What is held back."""
        carrying = [event for events in self._carrying.values() for event in events]
        return b"".join(event.raw for event in (*carrying, *self._held, *self._decoder.end())) + self._tail

    @property
    def _changes(self) -> bool:
        """Whether what comes from here on is not for the client as it is."""
        return bool(self._hidden or self._carrying or self._carried or self._talk.rounds)

    def _passed(self, event: SseEvent) -> bytes:
        """What of an event the client gets."""
        if event.name == "content_block_start" and b"tool_" in event.raw:
            self._notice(Json(event.payload).value)
        if not self._changes:
            return event.raw
        match event.name:
            case "message_start" if self._talk.rounds:
                return b""
            case "content_block_start" | "content_block_delta" | "content_block_stop":
                return self._of_block(event)
            case "message_delta" | "message_stop" if self._calls_ours and not self._others:
                self._held.append(event)
                return b""
            case "message_delta":
                return self._ending(event)
        return event.raw

    def _notice(self, opened: dict[str, Any]) -> None:
        """Takes in that a tool is called."""
        index, plain = opened.get("index"), opened.get("content_block")
        if not isinstance(index, int) or not isinstance(plain, dict):
            return
        if plain.get("type") == "tool_use" and plain.get("name") in self._talk.own.carries:
            self._carrying[index] = []
            return
        block = read_block(dump(plain))
        if self._talk.own.shown(block) is None:
            self._hidden.add(index)
            self._calls_ours |= isinstance(block, ToolUse)
        else:
            self._others |= isinstance(block, ToolUse)

    def _of_block(self, event: SseEvent) -> bytes:
        """The event under the number that its block has for the client; nothing of what is ours."""
        plain = Json(event.payload).value
        index = plain["index"]
        if index in self._carrying:
            self._carrying[index].append(event)
            return self._unwrapped(index) if event.name == "content_block_stop" else b""
        return b"" if index in self._hidden else self._numbered(event, plain)

    def _unwrapped(self, index: int) -> bytes:
        """The client's call in place of ours, now that it is whole; nothing of one with a fault."""
        events = self._carrying.pop(index)
        (call,) = _answer(events).blocks
        carried = self._talk.own.shown(call)
        if not isinstance(carried, ToolUse):
            self._hidden.add(index)
            self._calls_ours = True
            return b""
        self._others = True
        self._carried.add(index)
        opened = Json(events[0].payload).value
        opened = {**opened, "content_block": {**opened["content_block"], "name": carried.name}}
        arguments = {"type": "input_json_delta", "partial_json": carried.input.text.decode()}
        said = {"type": "content_block_delta", "index": index, "delta": arguments}
        return (
            self._numbered(SseEvent(events[0].name), opened)
            + self._numbered(SseEvent("content_block_delta"), said)
            + self._numbered(events[-1], Json(events[-1].payload).value)
        )

    def _numbered(self, event: SseEvent, plain: dict[str, Any]) -> bytes:
        now = len(self._talk.shown) + plain["index"] - sum(hidden < plain["index"] for hidden in self._hidden)
        return event.raw if event.raw and now == plain["index"] else _said(event, {**plain, "index": now})

    def _ending(self, event: SseEvent) -> bytes:
        """The event with what all rounds put out together."""
        if event.name != "message_delta" or not self._talk.output_tokens:
            return event.raw
        plain = Json(event.payload).value
        usage = plain.get("usage") or {}
        put_out = (usage.get("output_tokens") or 0) + self._talk.output_tokens
        return _said(event, {**plain, "usage": {**usage, "output_tokens": put_out}})


def _answer(events: Iterable[SseEvent]) -> Response:
    """What these events say."""
    reader, assembler = event_reader("anthropic"), Assembler("anthropic")
    for event in events:
        for part in reader.read(event).parts:
            assembler.add(part)
    return assembler.response()


def _said(event: SseEvent, plain: dict[str, Any]) -> bytes:
    return encode_event(SseEvent(event.name, Json.of(plain).text.decode("utf-8", "surrogateescape"), event.id))
