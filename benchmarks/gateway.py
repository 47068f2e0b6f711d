"""What the gateway adds to a request: beside a direct connection and a bare pass-through, all taking turns in one run.

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
from urllib.parse import urlsplit

from benchmarks.measure import Row
from benchmarks.pass_through import EVENTS, STREAM, free_port
from benchmarks.wire import request_body

ROUNDS = 12
SINGLE = 20
PARALLEL = 8
BURST = 400
PROXY_GOAL_MS = 3.0


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
    peak: int = 0


def rows() -> Iterator[Row]:
    """The figures of the gateway."""
    body = request_body(random.Random(57))
    request = _request(body)
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
            targets.append(Target(peer, urlsplit(peer).port or 80, int(number) if number else None))
        asyncio.run(_measure(targets, request))
    yield from _told(targets, f"{len(body) / 1000:.0f} KB, {EVENTS} events: ")
    yield Row("gateway: start until it answers", started, "s", None, "goal under 0.5")


def _told(targets: list[Target], what: str) -> Iterator[Row]:
    direct, floor = targets[:2]
    base, base_added = median(direct.took), median(floor.took) - median(direct.took)
    yield Row(f"{what}direct, p50", base * 1e3, "ms", None)
    for one in targets[1:]:
        added = median(one.took) - base
        note = f"goal 2x and under {PROXY_GOAL_MS:g}" if one.name == "gateway" else "the floor"
        yield Row(f"{what}{one.name}, added p50", added * 1e3, "ms", added / base_added, note)
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
            yield Row(f"{one.name}: resident memory", one.peak / 1e6, "MB", None, "goal under 100")


async def _measure(targets: list[Target], request: bytes) -> None:
    for one in targets:
        assert await _answer(one.port, request) == STREAM, f"{one.name} changes the answer"
        await _burst(one, request, 50)
    for _ in range(ROUNDS):
        for one in targets:
            line = await _Line.to(one.port)
            await line.ask(request)
            for _ in range(SINGLE):
                taken, first = await line.ask(request)
                one.took.append(taken)
                one.first.append(first)
            line.close()
        for one in targets[1:]:
            before = _processor_seconds(one.pid)
            start = time.perf_counter()
            await _burst(one, request, BURST // PARALLEL)
            one.rates.append(BURST / (time.perf_counter() - start))
            after = _processor_seconds(one.pid)
            if before is not None and after is not None:
                one.processor.append((after - before) / BURST)
                one.peak = max(one.peak, _resident_bytes(one.pid))


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


def _request(body: bytes) -> bytes:
    sent = json.dumps({**json.loads(body), "stream": True}).encode()
    head = (
        "POST /v1/messages?beta=true HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: benchmark\r\n"
        "anthropic-version: 2023-06-01\r\naccept-encoding: gzip, deflate, br, zstd\r\n"
        f"content-type: application/json\r\ncontent-length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


@contextmanager
def _running(arguments: list[str], port: int, *, core: int) -> Iterator[int]:
    """The process id of a program that answers on that port."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
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
