"""What two sessions of a real client cost with the gateway and without: reading code, and large results of tools.

Claude Code runs against the simulated provider, in a network of its own; `make clients` installs it. The scripted agent
asks for what it lacks, and that is in the bill. Dollars are list prices of the tokens that the provider charged.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row

ROOT = Path(__file__).parents[1]
GOALS = {"reading": 0.40, "large results": 0.60}


def rows() -> Iterator[Row]:
    """The figures of each workload; none, with the reason, where the client cannot be run."""
    sys.path.insert(0, str(ROOT / "tests"))
    from agentforge.faces.cli.clients import find_client
    from clients.conftest import INSTALLED
    from clients.driver import namespace

    client = find_client("claude", str(INSTALLED))
    if client is None or namespace() is None:
        reason = "no network namespace" if client else "not installed: make clients"
        print(f"workloads: Claude Code cannot be run here ({reason})", file=sys.stderr)
        return
    for name in GOALS:
        yield from _workload(name, str(client.program))


def _workload(name: str, program: str) -> Iterator[Row]:
    from clients.workloads import WORKLOADS, snapshot, work, worked

    with TemporaryDirectory() as made:
        repository = snapshot(Path(made) / "repository")
        found = []
        for way, gateway in (("direct", None), ("through", [])):
            folder = Path(made) / way
            folder.mkdir()
            found.append(worked(work(program, folder, WORKLOADS[name](folder, repository), gateway)))
    direct, through = found
    same = "same end" if direct.notes == through.notes else "ANOTHER END"
    seen = f"{through.breaks} breaks, {through.recalls} recalls, {through.refetches} calls made again"
    lost = f"{len(through.lost)} facts lost, {same}; goal: {1 - GOALS[name]:.2f}x or less"
    yield Row(f"{name}: direct", direct.dollars, "$", 1.0, f"{direct.requests} requests, peak {direct.peak:,} tokens")
    yield Row(f"{name}: through", through.dollars, "$", through.dollars / direct.dollars, f"{seen}, {lost}")
    yield Row(
        f"{name}: tokens through",
        through.tokens / 1e3,
        "k",
        through.tokens / direct.tokens,
        f"of {direct.tokens:,} direct, all prompts; peak {through.peak:,}",
    )
