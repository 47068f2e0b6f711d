"""What works on this machine: a list of checks, each with what was found and the next command to run."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

from agentforge.faces.cli.clients import PACKAGES, find_client

State = Literal["ok", "warn", "missing"]

DISTRIBUTION: Final = "agentforge-context"
_EXTRA = re.compile(r"""(?P<name>[\w.-]+).*;.*extra\s*==\s*['"](?P<extra>[\w-]+)['"]""")


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and how it stands: `warn` needs mending, `missing` is optional and not here."""

    name: str
    state: State
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks look at, so that a test can hand in another."""

    environ: Mapping[str, str]
    here: Path
    home: Path
    encoding: str
    terminal: bool
    columns: int

    @property
    def path(self) -> str:
        """PATH, then the clients that `make clients` installed here."""
        return os.pathsep.join(filter(None, [self.environ.get("PATH"), str(self.here / ".clients" / "bin")]))


def this_machine() -> Machine:
    """The machine we run on."""
    return Machine(
        environ=os.environ,
        here=Path.cwd(),
        home=Path.home(),
        encoding=sys.stdout.encoding or "unknown",
        terminal=sys.stdout.isatty(),
        columns=shutil.get_terminal_size().columns,
    )


def examine(machine: Machine) -> list[Check]:
    """Every check, made side by side, in the order of the list."""
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("python", check_python),
        *((f"extra {name}", partial(check_extra, name, needs)) for name, needs in extras().items()),
        ("token ranks", check_ranks),
        ("sqlite", check_sqlite),
        ("terminal", partial(check_terminal, machine)),
        ("config folder", partial(check_config_folder, machine)),
        *((name, partial(check_client, name, machine)) for name in PACKAGES),
        ("network sandbox", partial(check_sandbox, machine)),
    ]
    with ThreadPoolExecutor(len(checks)) as pool:
        return list(pool.map(lambda check: _made(*check), checks))


def _made(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding; the others still count
        return Check(name, "warn", f"the check itself failed: {type(error).__name__}: {error}")


def check_python() -> Check:
    """Which Python runs this."""
    return Check("python", "ok", f"{sys.version.split()[0]} ({sys.executable})")


def extras() -> dict[str, list[str]]:
    """The optional parts and the distributions each needs, as this installation declares them."""
    try:
        requires = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    needs: dict[str, list[str]] = {}
    for found in filter(None, map(_EXTRA.match, requires)):
        if found["extra"] not in ("all", "dev"):
            needs.setdefault(found["extra"], []).append(found["name"])
    return needs


def check_extra(name: str, needs: list[str]) -> Check:
    """Whether the distributions of an optional part are installed."""
    found, absent = [], []
    for need in needs:
        try:
            found.append(f"{need} {metadata.version(need)}")
        except metadata.PackageNotFoundError:
            absent.append(need)
    if absent:
        fix = f"pip install '{DISTRIBUTION}[{name}]'"
        return Check(f"extra {name}", "missing", f"not installed: {', '.join(absent)}", fix)
    return Check(f"extra {name}", "ok", ", ".join(found))


def check_ranks() -> Check:
    """Whether the token ranks came with the package."""
    import agentforge

    folder = Path(agentforge.__file__).parent / "tokens" / "data"
    ranks = sorted(folder.glob("o200k*"))
    if ranks:
        return Check(
            "token ranks", "ok", f"{ranks[0].name}, {ranks[0].stat().st_size / 1e6:.1f} MB, no download needed"
        )
    fix = f"pip install --force-reinstall --no-deps {DISTRIBUTION}"
    return Check("token ranks", "warn", f"no o200k ranks in {folder}: tokens cannot be counted", fix)


def check_sqlite() -> Check:
    """Whether this SQLite can hold a ledger: full-text search, strict tables, a write-ahead log."""
    lacking = []
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "probe.db")) as db:
        if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            lacking.append("WAL")
        for feature, statement in {
            "STRICT": "CREATE TABLE probe (x INTEGER) STRICT",
            "FTS5": "CREATE VIRTUAL TABLE words USING fts5(body)",
        }.items():
            try:
                db.execute(statement)
            except sqlite3.OperationalError:
                lacking.append(feature)
    if lacking:
        found = f"{sqlite3.sqlite_version} lacks {', '.join(lacking)}"
        return Check("sqlite", "warn", found, "use a Python built with SQLite 3.37 or newer, with FTS5")
    return Check("sqlite", "ok", f"{sqlite3.sqlite_version} with FTS5, STRICT and WAL")


def check_terminal(machine: Machine) -> Check:
    """Whether tables will be readable here."""
    if machine.encoding.lower().replace("-", "") != "utf8":
        return Check("terminal", "warn", f"writes {machine.encoding}, not UTF-8", "export PYTHONUTF8=1")
    if not machine.terminal:
        return Check("terminal", "ok", f"not a terminal, {machine.encoding}")
    colors = "no colours (NO_COLOR)" if machine.environ.get("NO_COLOR") else "colours"
    return Check("terminal", "ok", f"{machine.columns} columns, {colors}, {machine.encoding}")


def check_config_folder(machine: Machine) -> Check:
    """Whether ~/.agentforge can be written, or made; nothing is created."""
    folder = machine.home / ".agentforge"
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Check("config folder", "ok", f"{folder} ({'writable' if nearest == folder else 'will be made'})")
    what = "cannot be written" if nearest.is_dir() else "is not a folder"
    fix = f"chmod u+rwx {nearest}" if nearest.is_dir() else f"mv {nearest} {nearest}.old"
    return Check("config folder", "warn", f"{nearest} {what}", fix)


def check_client(name: str, machine: Machine) -> Check:
    """Whether that coding agent is installed, and which version."""
    client = find_client(name, machine.path)
    if client is None:
        return Check(name, "missing", "not on PATH", f"npm install -g {PACKAGES[name]}")
    return Check(name, "ok", f"{client.version or 'version not told in time'} ({client.program})")


def check_sandbox(machine: Machine) -> Check:
    """Whether a process can be cut off from every network, as the tests that drive real clients do."""
    name = "network sandbox"
    program = shutil.which("unshare", path=machine.path)
    if program is None:
        return Check(name, "missing", "no unshare here (it is Linux only): tests of real clients will be skipped")
    for options in ("-n", "-rn"):
        try:
            done = subprocess.run(  # noqa: S603 - the system's own program, fixed words
                [program, options, "true"], capture_output=True, timeout=1.0, check=False, env=dict(machine.environ)
            )
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0:
            return Check(name, "ok", f"unshare {options} works")
    fix = "run the tests of real clients as root, or allow user namespaces"
    return Check(name, "missing", "unshare -n is not permitted: tests of real clients will be skipped", fix)
