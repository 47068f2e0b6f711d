"""Our calls inside a stream of Chat's chunks.

A chunk does not say when a call is whole, so from our first call on all calls wait for the end of the answer.
"""

from __future__ import annotations

from typing import Any, Final

from agentforge.gateway.asides import BETWEEN
from agentforge.gateway.talk import Talk
from agentforge.gateway.treatment import FollowUp
from agentforge.wire import (
    Assembler,
    Json,
    Response,
    SseDecoder,
    SseEvent,
    Text,
    ToolUse,
    encode_event,
    event_reader,
)

_DONE: Final = "[DONE]"
_OF_THE_ANSWER: Final = ("id", "created")
"""Members that say the same in every chunk of one answer."""


class OwnInChunks:
    """An answer that comes as a stream; the chunks of later rounds go on where those of the first stopped."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._first: SseEvent | None = None
        """The answer's first chunk, which says what the answer is called."""
        self._begin()

    def _begin(self) -> None:
        """A round begins."""
        self._decoder = SseDecoder()
        self._events: list[SseEvent] = []
        self._slots: dict[int, tuple[str, int]] = {}
        """By their index, the id and the number of the calls; some servers give every call the same index."""
        self._begun = 0
        self._streamed = 0
        """Calls that began before any of ours: they pass as they come."""
        self._holds = False
        self._calls: list[tuple[int, dict[str, Any]]] = []
        """What is held of calls, with their numbers."""
        self._has_spoken = False
        self._is_decided = False
        self._is_ours = False
        self._held: list[SseEvent] = []
        """The end of a round that is ours."""

    def feed(self, chunk: bytes) -> bytes:
        """The chunks that the client gets."""
        return b"".join(self._passed(event) for event in self._decoder.feed(chunk))

    def end(self) -> bytes | FollowUp:
        """What is left of the stream, or what to ask next."""
        rest = b"".join(event.raw for event in self._decoder.end())
        if not self._holds and not self._talk.rounds:
            return rest
        calls = self._decided()
        last = self._talk.read(self._answer())
        if last.is_ours:
            follow_up = self._talk.go_on(last)
            self._begin()
            return follow_up
        self._talk.close(last)
        held, self._held = self._held, []
        return calls + b"".join(event.raw for event in held) + rest

    def refuse(self, status: int, body: bytes) -> bytes:  # noqa: ARG002 - the reader's signature
        """The provider's refusal to go on, as it is said in the middle of a stream."""
        return encode_event(SseEvent(data=body.decode("utf-8", "surrogateescape")))

    def release(self) -> bytes:
        """What is held back."""
        calls = b"" if self._is_decided else b"".join(self._call(entry) for _, entry in self._calls)
        return calls + b"".join(event.raw for event in (*self._held, *self._decoder.end()))

    def _passed(self, event: SseEvent) -> bytes:
        """What of an event the client gets."""
        self._events.append(event)
        if event.data is None:
            return event.raw
        if self._first is None:
            self._first = event
        if event.data.strip() == _DONE:
            calls = self._decided()
            return calls + self._unless_ours(event)
        if not self._holds and not self._talk.rounds and b'"tool_calls"' not in event.raw:
            return event.raw
        plain = Json(event.payload).value
        choices = plain.get("choices") if isinstance(plain, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        delta = choice.get("delta")
        if choice.get("index", 0) != 0:
            return event.raw
        passing = self._passing(delta) if isinstance(delta, dict) else None
        if not self._holds and not self._talk.rounds:
            return event.raw
        return self._rewritten(event, plain, choice, passing)

    def _passing(self, delta: dict[str, Any]) -> dict[str, Any]:
        """What of a delta passes at once; calls wait from our first one on."""
        entries = delta.get("tool_calls")
        if not isinstance(entries, list):
            return delta
        passing = []
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            number = self._number(entry)
            if number < self._streamed:
                passing.append(entry)
            else:
                self._calls.append((number, entry))
        rest = {key: value for key, value in delta.items() if key != "tool_calls"}
        return {**rest, "tool_calls": passing} if passing else rest

    def _number(self, entry: dict[str, Any]) -> int:
        """Which call of the answer an entry belongs to."""
        slot, id_ = entry.get("index", 0), str(entry.get("id") or "")
        known = self._slots.get(slot)
        if known is None or (id_ and id_ != known[0]):
            known = self._slots[slot] = id_, self._begun
            self._begun += 1
            name = (entry.get("function") or {}).get("name")
            self._holds |= name in self._talk.own.answers or name in self._talk.own.carries
            self._streamed += not self._holds
        return known[1]

    def _rewritten(
        self, event: SseEvent, plain: dict[str, Any], choice: dict[str, Any], passing: dict[str, Any] | None
    ) -> bytes:
        """A chunk as the client gets it, behind the calls that waited for it."""
        ends = choice.get("finish_reason") is not None
        calls = self._decided() if ends else b""
        if self._is_ours:
            self._held.append(event)
            if not passing:
                return b""
            choice = {**choice, "finish_reason": None}
        now = {**plain, **self._named(plain)} if self._talk.rounds else dict(plain)
        if passing is not None:
            delta = self._continued(passing) if self._talk.rounds else passing
            if not delta and not ends and not plain.get("usage"):
                return b""
            now["choices"] = [{**choice, "delta": delta}, *plain["choices"][1:]]
        usage = plain.get("usage")
        if isinstance(usage, dict) and self._talk.output_tokens:
            now["usage"] = self._summed(usage)
        return calls + (event.raw if now == plain else _chunk(now))

    def _continued(self, delta: dict[str, Any]) -> dict[str, Any]:
        """What a later round says, as the client reads it: the answer began already."""
        rest = {key: value for key, value in delta.items() if key != "role" and value not in ("", None)}
        if isinstance(rest.get("content"), str):
            if not self._has_spoken and any(isinstance(block, Text) and block.text for block in self._talk.shown):
                rest["content"] = BETWEEN + rest["content"]
            self._has_spoken = True
        return rest

    def _decided(self) -> bytes:
        """The client's calls among those that waited, now that all are whole; whether we go on is known from here."""
        if self._is_decided:
            return b""
        self._is_decided = True
        last = self._talk.read(self._answer())
        self._is_ours = last.is_ours
        uses = [block for block in last.said.blocks if isinstance(block, ToolUse)]
        out, slots = b"", {number: number for number in range(self._streamed)}
        carried = set()
        for number, entry in self._calls:
            use = uses[number] if number < len(uses) else None
            shown = None if use is None else self._talk.own.shown(use)
            if use is None or not isinstance(shown, ToolUse) or number in carried:
                continue
            slot = slots.setdefault(number, len(slots))
            now = {**entry, "index": slot}
            if shown is not use:
                carried.add(number)
                now["function"] = {"name": shown.name, "arguments": shown.input.text.decode()}
            out += self._call(now)
        return out

    def _unless_ours(self, event: SseEvent) -> bytes:
        if not self._is_ours:
            return event.raw
        self._held.append(event)
        return b""

    def _summed(self, usage: dict[str, Any]) -> dict[str, Any]:
        """The usage with what all rounds put out together."""
        more = self._talk.output_tokens
        counts = {
            key: usage[key] + more for key in ("completion_tokens", "total_tokens") if isinstance(usage.get(key), int)
        }
        return {**usage, **counts}

    def _named(self, plain: dict[str, Any]) -> dict[str, Any]:
        """What the answer is called by its first chunk."""
        first = Json(self._first.payload).value if self._first else {}
        return {key: first[key] for key in _OF_THE_ANSWER if key in first and key in plain}

    def _call(self, entry: dict[str, Any]) -> bytes:
        """A chunk with one entry of a call."""
        first = Json(self._first.payload).value if self._first else {}
        choice = {"index": 0, "delta": {"tool_calls": [entry]}, "finish_reason": None}
        return _chunk({**{key: value for key, value in first.items() if key != "usage"}, "choices": [choice]})

    def _answer(self) -> Response:
        """What was said in this round."""
        reader, assembler = event_reader("openai-chat"), Assembler("openai-chat")
        for event in self._events:
            for part in reader.read(event).parts:
                assembler.add(part)
        return assembler.response()


def _chunk(plain: dict[str, Any]) -> bytes:
    return encode_event(SseEvent(data=Json.of(plain).text.decode("utf-8", "surrogateescape")))
