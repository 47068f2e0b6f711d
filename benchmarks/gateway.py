"""What the gateway adds to a request: beside a direct connection and a bare pass-through, all taking turns in one run.

The gateway runs with its default plan, and each session goes through it from its first message, so that its results
are treated. Sessions are asked twice over: the same request again, and requests that each bring one more result.

`AGENTFORGE_BENCH_LITELLM` may name a Python that has `litellm[proxy]`: it is then measured beside.
`AGENTFORGE_BENCH_PEER` may name one more: the base URL of another proxy that is already in front of the upstream at
`AGENTFORGE_BENCH_UPSTREAM` (host:port, where the upstream of this run will listen), and `AGENTFORGE_BENCH_PEER_PID` its
process, for its figures of processor time and memory. `AGENTFORGE_BENCH_SOAK` sets how many requests the soak has.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

from benchmarks.context import results, turn
from benchmarks.measure import Row
from benchmarks.pass_through import EVENTS, STREAM, free_port
from benchmarks.wire import request_body

ROUNDS = 8
"""Of as many sessions that grow."""
SINGLE = 20
GROWN = 5
"""Requests with a new result each, in a session that grows."""
BEFORE = 15
"""Results before them."""
PARALLEL = 8
BURST = 160
PROXY_GOAL_MS = 3.0
KEY = "sk-benchmark-0123456789abcdef0123456789"
"""Any key: the upstream asks for none."""


@dataclass(slots=True)
class Target:
    """One way to the upstream."""

    name: str
    port: int
    pid: int | None = None
    took: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    grown: list[float] = field(default_factory=list)
    grown_processor: list[float] = field(default_factory=list)
    same: bool = True
    """Its answers are those of the upstream, byte for byte."""
    peak: int = 0


def rows() -> Iterator[Row]:
    """The figures of the gateway."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        upstream = int(os.environ.get("AGENTFORGE_BENCH_UPSTREAM", f":{free_port()}").rpartition(":")[2])
        stack.enter_context(_running(["-m", "benchmarks.pass_through", "upstream", str(upstream)], upstream, core=0))
        targets = [Target("direct", upstream)]
        floor = free_port()
        command = ["-m", "benchmarks.pass_through", "floor", str(floor), str(upstream)]
        targets.append(Target("bare pass-through", floor, stack.enter_context(_running(command, floor, core=1))))
        ours = free_port()
        command = ["-m", "agentforge.faces.cli", "gateway", "--port", str(ours), "--json"]
        command += ["--anthropic", f"http://127.0.0.1:{upstream}", "--ledger", str(Path(folder) / "ledger.db")]
        start = time.perf_counter()
        pid = stack.enter_context(_running(command, ours, core=1))
        started = time.perf_counter() - start
        targets.append(Target("gateway", ours, pid))
        if peer := os.environ.get("AGENTFORGE_BENCH_PEER"):
            number = os.environ.get("AGENTFORGE_BENCH_PEER_PID")
            targets.append(Target(peer, urlsplit(peer).port or 80, int(number) if number else None, same=False))
        if python := os.environ.get("AGENTFORGE_BENCH_LITELLM"):
            port = free_port()
            pid = stack.enter_context(_litellm(python, port, upstream, Path(folder)))
            targets.append(Target("LiteLLM", port, pid, same=False))
        size = asyncio.run(_measure(targets))
    yield from _told(targets, f"{size / 1000:.0f} KB, {EVENTS} events: ")
    yield Row("gateway: start until it answers", started, "s", None, "goal under 0.5")


def _told(targets: list[Target], what: str) -> Iterator[Row]:
    floor = targets[1]
    yield from _added(targets, what + "the same again, ", [one.took for one in targets])
    yield from _added(targets, what + "a new result, ", [one.grown for one in targets])
    for one in targets:
        yield Row(f"{one.name}: first byte p99, 1 connection", quantiles(one.first, n=100)[98] * 1e3, "ms")
    for one in targets[1:]:
        note = "goal over 250, on one core" if one.name == "gateway" else ""
        yield Row(
            f"{one.name}: requests/s, {PARALLEL} connections",
            median(one.rates),
            "/s",
            median(one.rates) / median(floor.rates),
            note,
        )
    for one in targets[1:]:
        if one.processor:
            ratio = median(one.processor) / median(floor.processor)
            yield Row(f"{one.name}: processor time a request", median(one.processor) * 1e3, "ms", ratio)
            grown, floors = median(one.grown_processor), median(floor.grown_processor)
            yield Row(f"{one.name}: the same, with a new result", grown * 1e3, "ms", grown / floors)
            yield Row(f"{one.name}: resident memory", one.peak / 1e6, "MB", None, "goal under 100")


def _added(targets: list[Target], what: str, all_took: list[list[float]]) -> Iterator[Row]:
    direct, floor = median(all_took[0]), median(all_took[1])
    yield Row(f"{what}direct, p50", direct * 1e3, "ms", None)
    for one, took in zip(targets[1:], all_took[1:], strict=True):
        added = median(took) - direct
        note = f"goal 2x and under {PROXY_GOAL_MS:g}" if one.name == "gateway" else ""
        note = "the floor" if one is targets[1] else note
        yield Row(f"{what}{one.name}, added p50", added * 1e3, "ms", added / (floor - direct), note)


async def _measure(targets: list[Target]) -> int:
    opening, request, *_ = _session(0)
    for one in targets:
        await _answer(one.port, opening)
        assert await _answer(one.port, request) == STREAM or not one.same, f"{one.name} changes the answer"
        await _burst(one, request, 20)
    for number in range(ROUNDS):
        await _grow(targets, _session(number + 1))
        for one in targets:
            line = await _Line.to(one.port)
            await line.ask(request)
            for _ in range(SINGLE):
                taken, first = await line.ask(request)
                one.took.append(taken)
                one.first.append(first)
            line.close()
        for one in targets[1:]:
            if not one.same and number > 1:
                continue  # seconds each
            before = _processor_seconds(one.pid)
            start = time.perf_counter()
            await _burst(one, request, BURST // PARALLEL)
            one.rates.append(BURST / (time.perf_counter() - start))
            after = _processor_seconds(one.pid)
            if before is not None and after is not None:
                one.processor.append((after - before) / BURST)
                one.peak = max(one.peak, _resident_bytes(one.pid))
    return len(request)


async def _grow(targets: list[Target], session: list[bytes]) -> None:
    """Takes down how long the requests of a session that grows take, and what they cost."""
    opening, before, *grown = session
    lines = [await _Line.to(one.port) for one in targets]
    for line in lines:
        await line.ask(opening)
        await line.ask(before)
    for one, line in zip(targets, lines, strict=True):
        start = _processor_seconds(one.pid)
        for request in grown:
            one.grown.append((await line.ask(request))[0])
        # What is worked out beside and after the answers counts too.
        await asyncio.sleep(0.2)
        end = _processor_seconds(one.pid)
        if start is not None and end is not None:
            one.grown_processor.append((end - start) / len(grown))
        line.close()


async def _burst(target: Target, request: bytes, each: int) -> None:
    async def one() -> None:
        line = await _Line.to(target.port)
        for _ in range(each):
            await line.ask(request)
        line.close()

    await asyncio.gather(*(one() for _ in range(PARALLEL)))


class _Line(asyncio.Protocol):
    """A connection that is kept open, with as little work as can be on our side of it."""

    def __init__(self) -> None:
        self.tail = b""
        self.first: float | None = None
        self.done: asyncio.Future[None]

    @classmethod
    async def to(cls, port: int) -> _Line:
        _, line = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.first is None:
            self.first = time.perf_counter()
        self.tail = (self.tail + data)[-7:]
        if self.tail == b"\r\n0\r\n\r\n":
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("the connection ended before the answer"))

    async def ask(self, request: bytes) -> tuple[float, float]:
        """Seconds to the last byte, and to the first."""
        self.done = asyncio.get_running_loop().create_future()
        self.tail, self.first = b"", None
        start = time.perf_counter()
        self.transport.write(request)
        await self.done
        end = time.perf_counter()
        assert self.first is not None
        return end - start, self.first - start

    def close(self) -> None:
        self.transport.close()


async def _answer(port: int, request: bytes) -> bytes:
    """The whole body of one answer, chunk by chunk."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    while (await reader.readline()).strip():
        pass
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    writer.close()
    return body


def _session(number: int) -> list[bytes]:
    """The requests of one session: its first words, then many results at once, then one more each time."""
    chance = random.Random(number)
    plain: dict[str, Any] = {**json.loads(request_body(random.Random(57))), "stream": True}
    plain["system"][0]["text"] += f" Session {number}."
    asked: list[dict[str, Any]] = [{"role": "user", "content": f"Mend the shop, number {number}."}]
    requests = [_request({**plain, "messages": asked}, number)]
    # Every text is another one in every session: none is remembered from the session before.
    texts = (text.replace("item ", f"item {chance.random()} ", 1) for _, _, text in _endless(chance, number))
    for at in range(BEFORE):
        asked = [*asked, *turn(at, next(texts)[:6_000])]
    requests.append(_request({**plain, "messages": asked}, number))
    for at in range(GROWN):
        asked = [*asked, *turn(BEFORE + at, next(texts)[: chance.randrange(10_000, 50_000)])]
        requests.append(_request({**plain, "messages": asked}, number))
    return requests


def _endless(chance: random.Random, number: int) -> Iterator[tuple[str, object, str]]:
    """Results of all kinds in turn, each time others."""
    while True:
        for name, call, text in results(chance):
            yield name, call, text.replace("part", f"part_{number}_{chance.randrange(10**6)}").replace("test_a", name)


def _request(plain: dict[str, Any], session: int) -> bytes:
    sent = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    head = (
        "POST /v1/messages?beta=true HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"x-api-key: {KEY}\r\nx-claude-code-session-id: session-{session}\r\n"
        "anthropic-version: 2023-06-01\r\naccept-encoding: gzip, deflate, br, zstd\r\n"
        f"content-type: application/json\r\ncontent-length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


@contextmanager
def _litellm(python: str, port: int, upstream: int, folder: Path) -> Iterator[int]:
    """The process id of LiteLLM's proxy in front of the upstream."""
    model = {"model": "anthropic/claude-sonnet-5", "api_base": f"http://127.0.0.1:{upstream}", "api_key": KEY}
    config = {
        "model_list": [{"model_name": "claude-sonnet-5", "litellm_params": model}],
        "general_settings": {"master_key": KEY},
    }
    file = folder / "litellm.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    start = "from litellm import run_server; run_server()"
    arguments = ["-c", start, "--config", str(file), "--port", str(port), "--host", "127.0.0.1"]
    with _running(arguments, port, core=1, python=python, LITELLM_LOCAL_MODEL_COST_MAP="True") as pid:
        yield pid


@contextmanager
def _running(
    arguments: list[str], port: int, *, core: int, python: str = sys.executable, **environment: str
) -> Iterator[int]:
    """The process id of a program that answers on that port."""
    process = subprocess.Popen([python, *arguments], stdout=subprocess.DEVNULL, env=os.environ | environment)
    try:
        if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(process.pid, {core})
        asyncio.run(_until_answered(process, port))
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def _until_answered(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.write(b"HEAD /api/hello HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 ")
        writer.close()
        return
    raise RuntimeError(f"{process.args} ended with {process.returncode}")


def _processor_seconds(pid: int | None) -> float | None:
    """Of all threads of a process; None where the system does not tell."""
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        return sum(int((one / "schedstat").read_text().split()[0]) for one in threads) / 1e9
    except OSError:
        return None


def _resident_bytes(pid: int | None) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
