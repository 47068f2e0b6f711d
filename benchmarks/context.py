"""What it takes to admit tool results: one of each kind, and a whole request of a session that grows."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from agentforge.context import SessionView, Settings
from agentforge.context.admission import Call, admit
from agentforge.context.recall import answer, parse_query
from agentforge.context.transforms.admit_results import ADMIT_RESULTS
from agentforge.context.transforms.repeat_reads import REPEAT_READS
from agentforge.wire import Request, decode_request, encode_request
from benchmarks.measure import Row, seconds
from benchmarks.wire import prose

VIEW = SessionView(Settings())
PAIRS = 30


def rows() -> Iterator[Row]:
    """The figures of the context room."""
    yield from admission_rows(random.Random(40))
    yield from request_rows()
    yield from recall_rows(random.Random(41))


def admission_rows(chance: random.Random) -> Iterator[Row]:
    """What a result of each kind takes when it is first seen, scaled to 50 KB; what it was cut to."""
    for name, call, text in results(chance):
        shown = admit(text, call, VIEW.settings).text

        def first_sight(text: str = text, call: Call = call) -> object:
            return admit(text, call, VIEW.settings)

        def floor(text: str = text) -> object:
            return json.dumps(text)

        base, taken = seconds(floor, first_sight, rounds=11)
        scaled = taken * 50_000 / len(text) * 1e3
        note = f"json.dumps of it is 1; {len(text) / 1000:.0f} KB to {len(shown) / len(text):.1%}"
        yield Row(f"admit 50 KB of {name}", scaled, "ms", taken / base, note)


def request_rows() -> Iterator[Row]:
    """What the transforms take on a request of a session: all of it new, only its last message new, none."""
    bodies = [session(random.Random(seed)) for seed in range(24)]
    fresh = iter(bodies)
    grown = [_grown(bodies[0], number) for number in range(24)]
    growing = iter(grown)

    def floor() -> bytes:
        return encode_request(decode_request("anthropic", bodies[0]))

    def cold() -> bytes:
        return sent(decode_request("anthropic", next(fresh)))

    def warm() -> bytes:
        return sent(decode_request("anthropic", next(growing)))

    def seen() -> bytes:
        return sent(decode_request("anthropic", bodies[0]))

    base, new, last_new, known = seconds(floor, cold, warm, seen, rounds=21)
    small = len(sent(decode_request("anthropic", bodies[0]))) / len(bodies[0])
    name = f"{len(bodies[0]) / 1000:.0f} KB request, {PAIRS} results: "
    yield Row(name + "read and written, none changed", base * 1e3, "ms", 1.0, "the floor of the next three")
    yield Row(name + "transformed, all new", new * 1e3, "ms", new / base, f"sent: {small:.0%} of its bytes")
    yield Row(
        name + "transformed, last message new", last_new * 1e3, "ms", last_new / base, "goal: 1 ms over the floor"
    )
    yield Row(name + "transformed, seen before", known * 1e3, "ms", known / base)


def recall_rows(chance: random.Random) -> Iterator[Row]:
    """What an answer from 200 KB takes."""
    data = log_text(chance, 3_000).encode()
    plain = parse_query({"handle": "recall:0123456789ab", "pattern": "item 02999"})
    regular = parse_query({"handle": "recall:0123456789ab", "pattern": r"item \d+999 .*ms"})
    words, pattern = seconds(lambda: answer(data, plain), lambda: answer(data, regular), rounds=11)
    name = f"recall from {len(data) / 1000:.0f} KB: "
    yield Row(name + "plain words", words * 1e3, "ms", 1.0, "the floor of the next")
    yield Row(name + "a regular expression", pattern * 1e3, "ms", pattern / words)


def sent(request: Request) -> bytes:
    """The bytes that go out."""
    for transform in (ADMIT_RESULTS, REPEAT_READS):
        request, _ = transform.run(request, VIEW)
    return encode_request(request)


def results(chance: random.Random) -> Iterator[tuple[str, Call, str]]:
    """A long result of each of the usual kinds."""
    rows = [{"id": at, "name": f"item {chance.randrange(9999)}", "size": chance.randrange(99)} for at in range(900)]
    tests = "".join(f"tests/test_a.py::test_case_{at} PASSED   [{at // 9}%]\n" for at in range(900))
    code = "".join(f"def part_{at}(a, b):\n    c = a + b * {at}\n    return c\n\n\n" for at in range(800))
    keyed = "".join(f"- name: part-{at}\n  size: {at % 9}\n  state: running\n" for at in range(900))
    table = "id,name,size\n" + "".join(f"{row['id']},{row['name']},{row['size']}\n" for row in rows * 2)
    yield "log", Call("Bash", {"command": "cat app.log"}), log_text(chance, 800)
    yield "test run", Call("Bash", {"command": "pytest -v"}), tests + "=== 900 passed in 3s ==="
    yield "JSON", Call("mcp__a__list"), json.dumps(rows)
    yield "table", Call("Bash", {"command": "cat a.csv"}), table
    yield "YAML", Call("Read", {"file_path": "a.yaml"}), keyed
    yield "source", Call("Read", {"file_path": "a.py"}), code
    yield "prose", Call("Read", {"file_path": "a.md"}), prose(chance, 9_000)


def log_text(chance: random.Random, lines: int) -> str:
    """A log with an error in it."""
    text = [
        f"2026-01-01 10:{at % 60:02}:00 INFO served item {at:05} in {chance.randrange(90)} ms" for at in range(lines)
    ]
    text[lines // 2] = "2026-01-01 10:00:00 ERROR database refused"
    return "\n".join(text)


def session(chance: random.Random) -> bytes:
    """A request in the middle of a session, with results of 8 KB, every fifth of them read before."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Mend the shop."}]
    for number in range(PAIRS):
        text = log_text(chance, 140) if number % 5 else f"file of {chance.random()}\n" + "x = 1\n" * 600
        messages += turn(number, text)
    return json.dumps({"model": "claude-sonnet-5", "max_tokens": 9, "messages": messages}, ensure_ascii=False).encode()


def turn(number: int, text: str) -> list[dict[str, Any]]:
    """A call and its result."""
    use = {"type": "tool_use", "id": f"toolu_{number}", "name": "Bash", "input": {"command": f"step {number}"}}
    result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": text}
    return [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]


def _grown(body: bytes, number: int) -> bytes:
    plain = json.loads(body)
    plain["messages"] += turn(100 + number, log_text(random.Random(1_000 + number), 140))
    return json.dumps(plain, ensure_ascii=False).encode()
