"""One server, from its start to its end: its row says what it offers, or how it failed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agentforge.knowledge.items import Server
from agentforge.knowledge.mcp.conversation import Heard, greet, list_everything, open_session
from agentforge.knowledge.mcp.discretion import hide, secrets_of
from agentforge.knowledge.mcp.limits import GRACE
from agentforge.knowledge.mcp.listing import tools_of
from agentforge.knowledge.mcp.probed import Probed, Status
from agentforge.knowledge.mcp.remote import connected
from agentforge.knowledge.mcp.stdio import Child, running
from agentforge.knowledge.mcp.tap import Tap
from agentforge.wire.errors import OutsideError

if TYPE_CHECKING:
    from mcp import ClientSession


SILENT: Final = frozenset({"opencode"})
"""Clients that servers cannot ask back; some servers list fewer tools for them."""


@dataclass(slots=True)
class Visit:
    """What becomes known while a server is asked."""

    tap: Tap = field(default_factory=Tap)
    heard: Heard = field(default_factory=Heard)
    child: Child | None = None
    seconds: float | None = None
    """None: it could not be asked yet."""
    late: bool = False
    failures: list[str] = field(default_factory=list)


async def ask(
    server: Server, *, env: Mapping[str, str], cwd: Path | None, timeout: float, clock: Callable[[], float]
) -> Probed:
    """The server's row."""
    from anyio import move_on_after
    from httpx2 import TimeoutException

    visit = Visit()
    began = clock()
    with move_on_after(2 * timeout + 4 * GRACE) as whole:
        try:
            async with (
                _reach(server, env, cwd, timeout, visit) as streams,
                open_session(visit.tap, streams, elicits=server.source.client not in SILENT) as session,
            ):
                await _converse(session, visit, timeout, lambda: clock() - began)
        except* TimeoutException:
            visit.late = True
        except* Exception as failures:  # noqa: BLE001 - whatever a server does to the client library costs its row only
            visit.failures += [_words(failure, visit) for failure in _leaves(failures)]
    visit.late |= whole.cancelled_caught
    return _row(server, visit, timeout, clock() - began)


async def _converse(session: ClientSession, visit: Visit, timeout: float, passed: Callable[[], float]) -> None:
    from anyio import move_on_after

    with move_on_after(timeout) as start:
        await greet(session, visit.tap, visit.heard)
        visit.seconds = passed()
    visit.late = start.cancelled_caught
    if visit.seconds is not None:
        with move_on_after(timeout) as listing:
            await list_everything(session, visit.tap, visit.heard)
        visit.late = listing.cancelled_caught


@asynccontextmanager
async def _reach(
    server: Server, env: Mapping[str, str], cwd: Path | None, timeout: float, visit: Visit
) -> AsyncIterator[tuple[Any, Any]]:
    if server.transport == "stdio":
        async with running(server.command, env, cwd, visit.tap) as child:
            visit.child = child
            yield child, child
    else:
        async with connected(server, visit.tap, timeout=timeout) as streams:
            yield streams


def _row(server: Server, visit: Visit, timeout: float, passed: float) -> Probed:
    heard = visit.heard
    status: Status = "ok" if heard.tools is not None else "timeout" if visit.late else "failed"
    tools = heard.tools if heard.tools is not None else tools_of(heard.entries, visit.tap.flaw)
    problems = list(dict.fromkeys(visit.failures))
    if visit.late:
        what = "stopped answering" if visit.seconds is not None else "did not start"
        problems.insert(0, f"{what} within {timeout:g} s")
    if visit.tap.problem:
        problems.append(visit.tap.problem)
    secrets = secrets_of(server)
    return Probed(
        server,
        status,
        tools,
        heard.prompts,
        heard.resources,
        heard.offers_resources,
        heard.instructions,
        heard.protocol,
        heard.program,
        heard.version,
        passed if visit.seconds is None else visit.seconds,
        hide("; ".join(problems), secrets),
        hide(visit.child.stderr.decode(errors="replace"), secrets) if visit.child is not None else "",
    )


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure


def _words(failure: BaseException, visit: Visit) -> str:
    """What went wrong, for the row."""
    import httpx2
    from mcp import MCPError
    from mcp_types import CONNECTION_CLOSED

    if isinstance(failure, OutsideError):
        return failure.what
    if isinstance(failure, httpx2.HTTPStatusError):
        return f"HTTP {failure.response.status_code} {failure.response.reason_phrase}".rstrip()
    if isinstance(failure, httpx2.TransportError):
        return f"cannot be reached: {failure}"
    if isinstance(failure, OSError) and visit.child is None:
        return f"cannot be started: {failure.strerror or failure}" + (
            f": {failure.filename}" if failure.filename else ""
        )
    if isinstance(failure, MCPError) and failure.code == CONNECTION_CLOSED:
        if visit.child is not None and visit.child.cut:
            return visit.child.cut
        code = visit.child.own_end if visit.child is not None else None
        ended = "" if code is None else f" (exit status {code})" if code >= 0 else f" (killed by signal {-code})"
        return f"ended before it was asked{ended}" if visit.seconds is None else f"ended while it was asked{ended}"
    return f"{type(failure).__name__}: {failure}"[:300]
