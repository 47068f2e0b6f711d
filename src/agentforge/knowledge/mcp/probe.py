"""Starts configured servers, asks each what it offers, and stops it: one row a server, whatever the server does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from agentforge.knowledge.items import Server
from agentforge.knowledge.mcp.asking import ask
from agentforge.knowledge.mcp.cache import Cache, open_cache
from agentforge.knowledge.mcp.fingerprint import fingerprint
from agentforge.knowledge.mcp.limits import PARALLEL
from agentforge.knowledge.mcp.probed import Probed
from agentforge.wire.errors import MissingExtra

INHERITED: Final = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
"""What a server gets of our environment, which is what the official client gives; the rest may hold secrets."""

Clock: TypeAlias = Callable[[], float]
OnProgress: TypeAlias = Callable[[Probed], None]


def probe(
    servers: Sequence[Server],
    *,
    timeout: float,
    cache_dir: Path | None,
    clock: Clock,
    cwd: Path | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[Probed, ...]:
    """A row for each server, in their order.

    `timeout`: seconds each server has to start, and again to list. `clock`: seconds since the epoch. `cwd`: the project
    the servers are started in. `on_progress` is called with each row as soon as it is there.
    """
    return asyncio.run(
        probe_all(servers, timeout=timeout, cache_dir=cache_dir, clock=clock, cwd=cwd, on_progress=on_progress)
    )


async def probe_all(
    servers: Sequence[Server],
    *,
    timeout: float,
    cache_dir: Path | None,
    clock: Clock,
    cwd: Path | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[Probed, ...]:
    """The same as `probe`, for who runs an event loop."""
    cache = None if cache_dir is None else open_cache(cache_dir)
    rows: dict[int, Probed] = {}

    def done(number: int, row: Probed) -> None:
        rows[number] = row
        if on_progress is not None:
            on_progress(row)

    left: list[int] = []
    for number, server in enumerate(servers):
        row = _without_starting(server, cache, cwd, clock)
        if row is None:
            left.append(number)
        else:
            done(number, row)
    if left:
        _need_client()
        turns = asyncio.Semaphore(PARALLEL)

        async def take_turn(number: int) -> None:
            async with turns:
                done(number, await _ask(servers[number], timeout, cache, cwd, clock))

        async with asyncio.TaskGroup() as group:
            for number in left:
                group.create_task(take_turn(number))
    return tuple(rows[number] for number in range(len(servers)))


def recalled(
    servers: Sequence[Server], *, cache_dir: Path, clock: Clock, cwd: Path | None = None
) -> tuple[Probed, ...]:
    """The rows of earlier probes that still hold; no server is started and nothing is written."""
    found = (_without_starting(server, Cache(cache_dir), cwd, clock) for server in servers)
    return tuple(row for row in found if row is not None and row.status == "ok")


def _without_starting(server: Server, cache: Cache | None, cwd: Path | None, clock: Clock) -> Probed | None:
    """The row of a server that need not, or cannot, be started."""
    if not server.enabled:
        return Probed(server, "skipped", problem="it is switched off")
    if server.transport == "ws":
        return Probed(server, "skipped", problem="the official client does not speak WebSocket")
    if not (server.command if server.transport == "stdio" else server.url):
        missing = "command" if server.transport == "stdio" else "url"
        return Probed(server, "failed", problem=f"its configuration has no {missing}")
    if cache is None:
        return None
    return cache.recall(server, _fingerprint(server, cwd), clock())


async def _ask(server: Server, timeout: float, cache: Cache | None, cwd: Path | None, clock: Clock) -> Probed:
    """The row of a server that is started now."""
    # Before the start: what an update changes meanwhile is to be asked for again.
    before = "" if cache is None else _fingerprint(server, cwd)
    row = await ask(server, env=_environment(server), cwd=cwd, timeout=timeout, clock=clock)
    if cache is not None and row.status == "ok":
        why = cache.keep(row, before, clock())
        if why:
            row = replace(row, problem="; ".join(filter(None, (row.problem, why))))
    return row


def _fingerprint(server: Server, cwd: Path | None) -> str:
    return fingerprint(server, _environment(server), cwd or Path.cwd())


def _environment(server: Server) -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | dict(server.env)


def _need_client() -> None:
    """Nothing; the official client is there, and keeps what it thinks of bad servers to itself."""
    import logging

    try:
        import mcp.client.sse
        import mcp.client.streamable_http  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "MCP servers cannot be asked: the package `mcp` is not installed",
            fix="pip install 'agentforge-context[mcp]', or in a clone: pip install -e '.[mcp]'",
        ) from error
    for name in ("mcp", "client"):  # its two roots; without a handler the warnings would go to the user's terminal
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
