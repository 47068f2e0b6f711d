"""OpenAI Responses' stream of events: read into parts, written from parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from agentforge.wire import responses
from agentforge.wire.jsontext import Json, dump, load
from agentforge.wire.shape import Misfit
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    Assembler,
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
from agentforge.wire.values import Block, Message, Text, Thinking, ToolUse

SAYS_AGAIN: Final = frozenset(
    f"response.{kind}"
    for kind in (
        "queued",
        "in_progress",
        "output_text.done",
        "function_call_arguments.done",
        "custom_tool_call_input.done",
        "reasoning_summary_part.added",
        "reasoning_summary_part.done",
        "reasoning_summary_text.done",
        "reasoning_text.done",
    )
)
"""Events that only tell again, or beforehand, what others say: known, and no parts."""


class ResponsesReader:
    """Reads events; remembers which item and part is which block."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], int] = {}

    def read(self, sse: SseEvent) -> StreamEvent:
        """The event and its parts."""
        plain = load(sse.payload) if sse.data is not None else {}
        try:
            return StreamEvent("openai-responses", sse, tuple(self._parts(plain)))
        except (KeyError, TypeError, AttributeError, Misfit):
            return StreamEvent("openai-responses", sse, ())

    def _parts(self, plain: dict[str, Any]) -> Iterator[Part]:
        item, part = plain.get("output_index", 0), plain.get("content_index", -1)
        match plain.get("type"):
            case "response.created":
                yield Started(words(plain["response"]["id"]), words(plain["response"]["model"]))
            case "response.output_item.added" if plain["item"]["type"] in ("function_call", "custom_tool_call"):
                call = plain["item"]
                empty = Json(b'""' if call["type"] == "custom_tool_call" else b"{}")
                extra = {"type": Json.of(call["type"])} if call["type"] == "custom_tool_call" else {}
                yield self._open((item, -1), ToolUse(words(call["call_id"]), words(call["name"]), empty, extra=extra))
            case "response.output_item.added" if plain["item"]["type"] == "reasoning":
                yield self._open((item, -1), Thinking(""))
            case "response.content_part.added" if plain["part"]["type"] == "output_text":
                yield self._open((item, part), Text(""))
            case "response.output_text.delta":
                yield TextAdded(self._blocks[item, part], words(plain["delta"]))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield ThinkingAdded(self._blocks[item, -1], words(plain["delta"]))
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                yield InputAdded(self._blocks[item, -1], words(plain["delta"]))
            case "response.content_part.done" if (item, part) in self._blocks:
                yield BlockClosed(self._blocks[item, part])
            case "response.output_item.done" if (item, -1) in self._blocks:
                if signature := plain["item"].get("encrypted_content"):
                    yield SignatureAdded(self._blocks[item, -1], words(signature))
                yield BlockClosed(self._blocks[item, -1])
            case "response.completed" | "response.incomplete" if isinstance(plain["response"], dict):
                whole = responses.read_response(dump(plain["response"]))
                yield Finished(whole.stop_reason, whole.usage)
                yield Ended()
            case "response.failed":
                answer = plain.get("response")
                yield failure(answer.get("error") if isinstance(answer, dict) else None, "code")
            case "error":
                yield failure(plain, "code")

    def _open(self, slot: tuple[int, int], block: Block) -> BlockOpened:
        index = self._blocks[slot] = len(self._blocks)
        return BlockOpened(index, block)


class ResponsesWriter:
    """Writes parts as events: every block becomes an item of its own."""

    def __init__(self, *, created: int = 0) -> None:
        self._created = created
        self._number = -1
        self._so_far = Assembler("openai-responses")
        self._open: dict[int, Block] = {}

    def write(self, part: Part) -> list[SseEvent]:
        """The events that say this part."""
        self._so_far.add(part)
        return [self._event(plain) for plain in self._plain(part)]

    def _plain(self, part: Part) -> Iterator[dict[str, Any]]:
        match part:
            case Started():
                for kind in ("response.created", "response.in_progress"):
                    yield {"type": kind, "response": self._response("in_progress")}
            case BlockOpened(index, block):
                self._open[index] = block
                yield {"type": "response.output_item.added", "output_index": index, "item": self._item(index, False)}
                if isinstance(block, Text):
                    yield self._at("response.content_part.added", index, part=_text_part(""))
                elif isinstance(block, Thinking):
                    yield self._at("response.reasoning_summary_part.added", index, part=_summary_part(""))
            case TextAdded(index, text):
                yield self._at("response.output_text.delta", index, delta=text)
            case ThinkingAdded(index, text):
                yield self._at("response.reasoning_summary_text.delta", index, delta=text)
            case InputAdded(index, text):
                yield self._at(f"response.{self._input_word(index)}.delta", index, delta=text)
            case BlockClosed(index):
                yield from self._closing(index)
            case Ended():
                whole = self._response(None)
                yield {"type": f"response.{whole['status']}", "response": whole}
            case Failed(kind, message):
                failed = self._response("failed") | {"error": {"code": kind, "message": message}}
                yield {"type": "response.failed", "response": failed}
            case SignatureAdded() | CitationAdded() | CompactionAdded() | Finished() | Pinged():
                pass

    def _closing(self, index: int) -> Iterator[dict[str, Any]]:
        block = self._so_far.response().blocks[index]
        match block:
            case Text(text=text):
                yield self._at("response.output_text.done", index, text=text)
                yield self._at("response.content_part.done", index, part=_text_part(text))
            case Thinking(text=text):
                yield self._at("response.reasoning_summary_text.done", index, text=text)
                yield self._at("response.reasoning_summary_part.done", index, part=_summary_part(text))
            case ToolUse(input=given):
                words = given.value if given.text[:1] == b'"' else given.text.decode()
                word = self._input_word(index)
                yield self._at(f"response.{word}.done", index, **{word.rpartition("_")[2]: words})
        yield {"type": "response.output_item.done", "output_index": index, "item": self._item(index, True)}

    def _input_word(self, index: int) -> str:
        custom = "type" in getattr(self._open[index], "extra", ())
        return "custom_tool_call_input" if custom else "function_call_arguments"

    def _at(self, kind: str, index: int, **more: Any) -> dict[str, Any]:
        place = {"type": kind, "item_id": self._item_id(index), "output_index": index}
        if "reasoning" in kind:
            place["summary_index"] = 0
        elif "output_text" in kind or "content_part" in kind:
            place["content_index"] = 0
            if "text" in kind:
                place["logprobs"] = []
        return place | more

    def _item_id(self, index: int) -> str:
        prefix = {Text: "msg", Thinking: "rs", ToolUse: "fc"}.get(type(self._open[index]), "item")
        started = self._so_far.started
        return f"{prefix}_{(started.id if started else '').removeprefix('resp_')}_{index}"

    def _item(self, index: int, done: bool) -> dict[str, Any]:
        block = self._so_far.response().blocks[index] if done else self._open[index]
        if isinstance(block, ToolUse) and not done:
            block = replace(block, input=Json(b'""'))
        if isinstance(block, Text):
            block = replace(block, extra={"type": Json(b'"output_text"'), "annotations": Json(b"[]"), **block.extra})
        item: dict[str, Any] = load(responses.write_items(Message("assistant", (block,)))[0])
        if isinstance(block, Text) and not done:
            item["content"] = []
        return item | {"id": self._item_id(index), "status": "completed" if done else "in_progress"}

    def _response(self, status: str | None) -> dict[str, Any]:
        so_far = self._so_far.response()
        written: dict[str, Any] = load(responses.write_response(replace(so_far, output=())))
        written |= {
            "created_at": self._created,
            "output": [] if status else [self._item(index, True) for index in sorted(self._open)],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
        }
        return written | ({"status": status, "usage": None} if status else {})

    def _event(self, plain: dict[str, Any]) -> SseEvent:
        self._number += 1
        return SseEvent(name=plain["type"], data=Json.of(plain | {"sequence_number": self._number}).text.decode())


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _summary_part(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}
