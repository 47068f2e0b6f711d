"""What it takes to read and write a request of 250 KB, its chain, and the events of a stream."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentforge.wire import (
    Json,
    Message,
    Request,
    SseDecoder,
    Text,
    ToolResult,
    ToolUse,
    chain_of,
    decode_request,
    encode_event,
    encode_request,
    event_reader,
    event_writer,
    parts_of,
)
from agentforge.wire.values import Response, Usage
from benchmarks.measure import Row, seconds

ROUNDS = 41
MESSAGES = 57
TOOLS = 76
WORDS = ("the", "of", "test", "file", "façade", "returns", "fails", "import", "value", "line", "path", "when", "None")


def rows() -> Iterator[Row]:
    """The figures of the wire room."""
    body = request_body(random.Random(57))
    name = f"{len(body) / 1000:.0f} KB request: "

    def floor() -> str:
        return json.dumps(json.loads(body))

    def untouched() -> bytes:
        return encode_request(decode_request("anthropic", body))

    def one_changed() -> bytes:
        return encode_request(with_last_words(decode_request("anthropic", body), "other words"))

    def visited_and_changed() -> bytes:
        request = decode_request("anthropic", body)
        visit(request)
        return encode_request(with_last_words(request, "other words"))

    strangers = iter([request_body(random.Random(1000 + seed)) for seed in range(ROUNDS + 1)])

    def never_seen() -> bytes:
        request = decode_request("anthropic", next(strangers))
        visit(request)
        return encode_request(with_last_words(request, "other words"))

    def chain() -> object:
        return chain_of(decode_request("anthropic", body))

    works = (floor, untouched, one_changed, visited_and_changed, never_seen, chain)
    base, *times = seconds(*works, rounds=ROUNDS)
    yield Row(name + "json.loads + json.dumps", base * 1e3, "ms", 1.0, "the floor of the next five")
    for what, goal, taken in (
        ("read and written untouched", "goal 0.3x", times[0]),
        ("one block changed", "goal 1.0x", times[1]),
        ("all visited, one block changed", "goal 1.0x; its messages were read before, as in a session", times[2]),
        ("all visited, one block changed, all new", "goal 1.0x; no message of it was read before", times[3]),
        ("read, and its prefix chain", "", times[4]),
    ):
        yield Row(name + what, taken * 1e3, "ms", taken / base, goal)
    yield from stream_rows(random.Random(58))


def stream_rows(chance: random.Random) -> Iterator[Row]:
    """The figures of a streamed answer."""
    stream = stream_body(chance)
    decoder = SseDecoder()
    events = [*decoder.feed(stream), *decoder.end()]
    payloads = [event.payload for event in events]

    def floor() -> None:
        for payload in payloads:
            json.loads(payload)

    def split() -> None:
        fresh = SseDecoder()
        for at in range(0, len(stream), 4096):
            fresh.feed(stream[at : at + 4096])

    def read() -> None:
        reader = event_reader("anthropic")
        for event in events:
            reader.read(event)

    base, splitting, reading = (taken / len(events) for taken in seconds(floor, split, read))
    yield Row("stream event: json.loads", base * 1e6, "us", 1.0, "the floor of the next two")
    yield Row("stream event: split from bytes", splitting * 1e6, "us", splitting / base)
    yield Row("stream event: read into parts", reading * 1e6, "us", reading / base)


def visit(request: Request) -> int:
    """How many blocks and tools there are, every one of them looked at."""
    number = len(list(request.tools or ()))
    for blocks in (request.system, *(message.blocks for message in request.messages)):
        for block in blocks or ():
            number += len(block.content or "") if isinstance(block, ToolResult) else 1
    return number


def with_last_words(request: Request, words: str) -> Request:
    """The request, saying something else at its end."""
    last = request.messages[-1]
    result = last.blocks[-1]
    assert isinstance(result, ToolResult)
    blocks = (*last.blocks[:-1], replace(result, content=words))
    return replace(request, messages=(*request.messages[:-1], replace(last, content=blocks)))


def request_body(chance: random.Random) -> bytes:
    """A request as a coding agent sends it in the middle of a session, set out as its client would."""
    plain = {
        "model": "claude-sonnet-5",
        "system": [{"type": "text", "text": prose(chance, 2000), "cache_control": {"type": "ephemeral"}}],
        "tools": [tool(chance, number) for number in range(TOOLS)],
        "messages": list(turns(chance)),
        "max_tokens": 32000,
        "thinking": {"type": "adaptive"},
        "stream": True,
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def turns(chance: random.Random) -> Iterator[dict[str, Any]]:
    """A question, then calls and their results in turn."""
    yield {"role": "user", "content": prose(chance, 60)}
    for number in range(MESSAGES // 2):
        uses = [f"toolu_{number:04}{letter}" for letter in "ab"[: 1 + number % 2]]
        yield {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": prose(chance, 60), "signature": chance.randbytes(192).hex()},
                {"type": "text", "text": prose(chance, 40)},
                *(
                    {"type": "tool_use", "id": id_, "name": "Read", "input": {"path": id_, "limit": 200}}
                    for id_ in uses
                ),
            ],
        }
        yield {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": id_, "content": [{"type": "text", "text": prose(chance, 365)}]}
                for id_ in uses
            ],
        }


def tool(chance: random.Random, number: int) -> dict[str, Any]:
    """A tool with a few described parameters."""
    properties = {
        f"parameter_{at}": {"type": "string", "description": prose(chance, 12)} for at in range(chance.randint(2, 8))
    }
    schema = {"type": "object", "properties": properties, "required": ["parameter_0"], "additionalProperties": False}
    return {"name": f"mcp__server__tool_{number}", "description": prose(chance, 70), "input_schema": schema}


def prose(chance: random.Random, words: int) -> str:
    """That many words, with the quotes and line ends that code has."""
    return "".join(chance.choice(WORDS) + chance.choice((" ", " ", " ", "\n", '" ', ", ")) for _ in range(words))


def stream_body(chance: random.Random) -> bytes:
    """The events of a long answer with a call in it."""
    blocks = (Text(prose(chance, 700)), ToolUse("toolu_1", "Write", Json.of({"text": prose(chance, 700)})))
    answer = Response("anthropic", "msg_1", "m", (Message("assistant", blocks),), "tool_use", Usage(9, 9000, 90))
    writer = event_writer("anthropic")
    return b"".join(encode_event(event) for part in parts_of(answer, piece=20) for event in writer.write(part))
