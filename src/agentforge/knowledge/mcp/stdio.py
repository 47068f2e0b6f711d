"""A server as a child process: started alone in its session, read within limits, and stopped with all its children."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from agentforge.knowledge.mcp.family import alive, family_of, tell
from agentforge.knowledge.mcp.limits import GRACE, MESSAGE, MIB, OUTPUT, STDERR_TAIL, WAITING
from agentforge.knowledge.mcp.reading import Lines, TooLong, read_message
from agentforge.knowledge.mcp.tap import Tap

if TYPE_CHECKING:
    from mcp.shared.message import SessionMessage

GLANCE = 0.01
"""Seconds between two looks at who still lives."""


class Child(asyncio.SubprocessProtocol):
    """A server process: what it wrote and has not been read yet, the end of its stderr, and whether it lives."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.ended = False
        """The process is gone."""
        self.gone = False
        """The process is gone, and so is everyone who held an end of its pipes."""
        self.closed = False
        """Nothing more will be read from it."""
        self.own_end: int | None = None
        """Its exit status, where it ended before it was told to."""
        self.told = False
        self.cut = ""
        """Why nothing more is read from it, where that was not its own choice."""
        self.stderr = bytearray()
        self._lines = Lines(MESSAGE)
        self._queue: deque[bytes] = deque()
        self.waiting = 0
        """Bytes that were read from the pipe and not by anyone yet."""
        self._written = 0
        self._news = asyncio.Event()
        self._transport: asyncio.SubprocessTransport | None = None

    @property
    def transport(self) -> asyncio.SubprocessTransport:
        """The process and its pipes."""
        assert self._transport is not None
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing; the process runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Nothing; takes in what came on stdout or stderr."""
        if fd == 2:
            self.stderr += data[-STDERR_TAIL:]
            del self.stderr[:-STDERR_TAIL]
            return
        if self.closed:
            return
        self._written += len(data)
        try:
            lines = self._lines.feed(data)
        except TooLong:
            self._close(f"sends a message longer than {MESSAGE // MIB} MiB")
            return
        if self._written > OUTPUT:
            self._close(f"writes more than {OUTPUT // MIB} MiB to stdout")
            return
        if self._lines.skipped:
            self.tap.flaw("writes what is no message to stdout")
        self._queue += lines
        self.waiting += sum(map(len, lines))
        if self.waiting > WAITING:
            self._out().pause_reading()
        if lines:
            self._news.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        """Nothing; a pipe ended."""
        if fd == 1:
            self.closed = True
            self._news.set()

    def process_exited(self) -> None:
        """Nothing; the process is gone."""
        if not self.told:
            self.own_end = self.transport.get_returncode()
        self.ended = True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Nothing; the process is gone and all its pipes have ended."""
        self.gone = True

    def _close(self, why: str) -> None:
        self.cut = why
        self.stop_reading()

    def stop_reading(self) -> None:
        """Nothing; whatever still comes is thrown away, so that a flood cannot hold up the end."""
        self.closed = True
        self._queue.clear()
        self.waiting = 0
        self._resume()
        self._news.set()

    def _out(self) -> asyncio.ReadTransport:
        return cast("asyncio.ReadTransport", self.transport.get_pipe_transport(1))

    def _resume(self) -> None:
        out = self._out()
        if not out.is_reading() and not out.is_closing():
            out.resume_reading()

    async def receive(self) -> SessionMessage | Exception:
        """The next message; the stream ends when the process closes its stdout."""
        from anyio import EndOfStream
        from anyio.lowlevel import checkpoint
        from mcp.shared.message import SessionMessage

        while True:
            await checkpoint()  # a flood of lines must not keep the other servers, or the clock, from their turn
            while not self._queue:
                if self.closed:
                    raise EndOfStream
                self._news.clear()
                await self._news.wait()
            line = self._queue.popleft()
            self.waiting -= len(line)
            if self.waiting <= WAITING:
                self._resume()
            message, flaw = read_message(line)
            if flaw:
                self.tap.flaw(flaw)
            if message is not None:
                return SessionMessage(message)

    async def send(self, item: SessionMessage, /) -> None:
        """Nothing; writes a message to the server's stdin."""
        from anyio import BrokenResourceError

        pipe = cast("asyncio.WriteTransport", self.transport.get_pipe_transport(0))
        if pipe.is_closing() or pipe.get_write_buffer_size() > WAITING:
            raise BrokenResourceError
        pipe.write(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")

    async def aclose(self) -> None:
        """Nothing: `running` closes the pipes when it stops the process."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        from anyio import EndOfStream

        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@asynccontextmanager
async def running(command: Sequence[str], env: Mapping[str, str], cwd: Path | None, tap: Tap) -> AsyncIterator[Child]:
    """The process while it runs; on the way out it is stopped with its whole family, whatever the reason."""
    _, child = await asyncio.get_running_loop().subprocess_exec(
        lambda: Child(tap), *command, env=dict(env), cwd=cwd, start_new_session=True
    )
    try:
        yield child
    finally:
        await _stop(child)


async def _stop(child: Child) -> None:
    """Nothing; closes stdin, waits, asks, and kills. Should even the waiting be cancelled, it kills at once."""
    from anyio import CancelScope

    pid = child.transport.get_pid()
    family = family_of(pid)
    try:
        with CancelScope(shield=True):
            child.stop_reading()
            stdin = child.transport.get_pipe_transport(0)
            if stdin is not None:
                stdin.close()
            await _within_grace(lambda: child.ended)
            family |= family_of(pid)
            child.told = True
            tell(family, pid, signal.SIGTERM)
            await _within_grace(lambda: child.ended and not alive(family, pid))
    finally:
        tell(family | family_of(pid), pid, signal.SIGKILL)
        try:
            with CancelScope(shield=True):
                await _within_grace(lambda: child.gone)  # its last words may still be in the pipe
        finally:
            child.transport.close()


async def _within_grace(done: Callable[[], bool]) -> None:
    now = asyncio.get_running_loop().time
    deadline = now() + GRACE
    while not done() and now() < deadline:
        await asyncio.sleep(GLANCE)
