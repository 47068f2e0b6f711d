"""Asks the MCP servers of a set-up, with a progress bar that names those still awaited."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Final

import click

from agentforge.faces.cli.audit_view import cut
from agentforge.faces.cli.printing import SOON

if TYPE_CHECKING:
    from agentforge.knowledge import Setup
    from agentforge.knowledge.mcp import Probed

SECONDS: Final = 30.0
"""For a server to start, and again to list, unless MCP_TIMEOUT says otherwise, in milliseconds, as to Claude Code."""
MOST_NAMED: Final = 40
"""Characters of the names still awaited."""


def asked(setup: Setup, root: Path, env: Mapping[str, str]) -> Sequence[Probed]:
    """The set-up's servers as they answer."""
    from agentforge.knowledge.mcp import probe

    if not setup.servers:
        return ()
    cache = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentforge" / "mcp"
    names = [server.name for server in setup.servers]
    with awaiting(names, f"Asking the MCP servers of {setup.client}") as done:
        return probe(
            setup.servers,
            timeout=patience(env),
            cache_dir=cache,
            clock=time.time,
            cwd=root,
            on_progress=lambda row: done(row.server.name),
        )


def patience(env: Mapping[str, str]) -> float:
    """How many seconds a server has."""
    told = env.get("MCP_TIMEOUT", "")
    return int(told) / 1000 if told.isdecimal() and int(told) else SECONDS


@contextmanager
def awaiting(names: Sequence[str], doing: str) -> Iterator[Callable[[str], None]]:
    """Takes the names of those that are done; in a terminal, the others are shown once a second has passed."""
    left, lock = list(names), Lock()
    with ExitStack() as open_bar:
        shown: list[Callable[[int], None]] = []

        def awaited(_: int | None) -> str:
            return f"awaiting {cut(', '.join(left), MOST_NAMED)}" if left else ""

        def show() -> None:
            with lock:
                made = click.progressbar(
                    length=len(names),
                    label=doing,
                    file=sys.stderr,
                    show_eta=False,
                    item_show_func=awaited,
                )
                shown.append(open_bar.enter_context(made).update)
                shown[0](len(names) - len(left))

        def done(name: str) -> None:
            with lock:
                left.remove(name)
                for update in shown:
                    update(1)

        # A server that hangs reports nothing, so a clock has to start the bar.
        clock = Timer(SOON, show)
        if sys.stderr.isatty():
            clock.start()
        try:
            yield done
        finally:
            clock.cancel()
            if clock.ident is not None:
                clock.join()
