"""What it takes to ask ten MCP servers what they offer, and to read and index 1,000 persona files."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from agentforge.knowledge import Catalogue, ParsedFiles, Server, Setup, Source, read_setup
from agentforge.knowledge.mcp import Probed, probe
from benchmarks.measure import Row, seconds

ROOT = Path(__file__).parents[1]
CLIENTS = ROOT / ".clients"
SERVERS = ROOT / "tests" / "data" / "real_servers.json"
SHARED = ROOT.parent / "shared" / "corpora" / "personas"
PERSONAS = 1_000
BODY = "You sort the mail of one district.\n\n- Heavy parcels first.\n- Ask before you open a letter.\n" * 60
"""About what a public persona weighs."""
ROUNDS = 3


def rows() -> Iterator[Row]:
    """The figures of the knowledge room."""
    yield from _servers()
    with TemporaryDirectory() as made:
        yield from _personas(Path(made))


def _servers() -> Iterator[Row]:
    servers = list(_installed())
    name = f"{len(servers)} MCP servers, listed in parallel"
    if not servers:
        yield Row(name, 0, "s", None, "(none is installed: `make clients` gets them)")
        return
    with TemporaryDirectory() as made:
        times: list[float] = []
        found: list[tuple[Probed, ...]] = []
        for number in range(ROUNDS):
            start = perf_counter()
            found.append(probe(servers, timeout=60, cache_dir=Path(made) / str(number), clock=time.time))
            times.append(perf_counter() - start)
        failed = [row.server.name for row in found[-1] if row.status != "ok"]
        slowest = median(max(row.seconds for row in each) for each in found)
        note = f"of the slowest server's own {slowest:.2f} s; goal: under 10 s on two cores"
        yield Row(name, median(times), "s", median(times) / slowest, f"failed: {failed}; {note}" if failed else note)
        start = perf_counter()
        probe(servers, timeout=60, cache_dir=Path(made) / "0", clock=time.time)
        yield Row(f"{len(servers)} MCP servers, from the cache", perf_counter() - start, "s", None, "once")


def _installed() -> Iterator[Server]:
    """The servers of the tests that are here."""
    named: Mapping[str, Mapping[str, Any]] = json.loads(SERVERS.read_bytes())
    source = Source("claude-code", "project", str(ROOT / ".mcp.json"))
    for name, said in named.items():
        if "pypi" in said:
            command = (str(CLIENTS / "servers" / "bin" / said["pypi"]), *said["arguments"])
            there = Path(command[0]).is_file()
        else:
            manifest = CLIENTS / "node_modules" / said["npm"] / "package.json"
            there = manifest.is_file() and shutil.which("node") is not None
            programs = json.loads(manifest.read_bytes())["bin"] if there else ""
            program = programs if isinstance(programs, str) else next(iter(programs.values()))
            command = ("node", str(manifest.parent / program), *said["arguments"])
        if there:
            yield Server(name, "stdio", source, command)


def _personas(folder: Path) -> Iterator[Row]:
    agents, origin = folder / "project" / ".claude" / "agents", _lay(folder / "project" / ".claude" / "agents")
    paths = sorted(agents.rglob("*.md"))
    parsed = ParsedFiles()
    setup = _read(folder, parsed)
    saved = parsed.dump()
    first, again, floor = seconds(
        lambda: Catalogue([_read(folder)]),
        lambda: Catalogue([_read(folder, ParsedFiles.load(saved))]),
        lambda: [path.read_bytes() for path in paths],
        rounds=7,
    )
    size = sum(path.stat().st_size for path in paths)
    name = f"{len(setup.items):,} persona files ({size / 1e6:.1f} MB{origin}): "
    beside = f"of {floor * 1e3:.0f} ms for the bytes alone; "
    yield Row(name + "read, indexed", first, "s", first / floor, beside + "goal: under 2 s")
    yield Row(name + "again, unchanged", again, "s", again / floor, beside + "parsed files kept from the last run")


def _lay(agents: Path) -> str:
    """Where the persona files come from: public ones again and again, or our own."""
    public = [path.read_bytes() for path in sorted(SHARED.rglob("agents/*.md"))]
    public += [path.read_bytes() for path in sorted(SHARED.glob("*/categories/*/*.md"))]
    agents.mkdir(parents=True)
    for at in range(PERSONAS):
        text = f"---\nname: persona-{at}\ndescription: Sorts the mail of district {at}.\n---\n{BODY}".encode()
        if public:
            text = public[at % len(public)].replace(b"\nname: ", b"\nname: p%d-" % at, 1)
        (agents / f"p{at:04}.md").write_bytes(text)
    return ", public" if public else ""


def _read(folder: Path, parsed: ParsedFiles | None = None) -> Setup:
    return read_setup("claude-code", folder / "project", folder / "home", {}, parsed=parsed)
