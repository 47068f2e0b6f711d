import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agentforge.knowledge.items import Server, Source
from agentforge.knowledge.mcp import probe_all

SOURCE = Source("claude-code", "project", "/p/.mcp.json")


def living(folder: Path) -> list[int]:
    """The processes that left a file there and are no zombies."""
    found = []
    for file in folder.glob("*.pid"):
        try:
            stat = Path(f"/proc/{file.stem}/stat").read_text()
        except FileNotFoundError:
            continue
        if stat.rpartition(")")[2].split()[0] not in "ZX":
            found.append(int(file.stem))
    return found


def test_rows_come_in_the_order_of_the_servers_and_progress_as_they_are_done(script, ask):
    seen = []
    servers = [script("good"), replace(script("good"), name="off", enabled=False), script("looks")]
    rows = ask(*servers, on_progress=lambda row: seen.append(row.server.name))
    assert [row.server.name for row in rows] == ["good", "off", "looks"]
    assert seen[0] == "off"
    assert sorted(seen) == ["good", "looks", "off"]


def test_a_server_that_cannot_be_asked_is_skipped_with_a_reason(script, ask):
    socket = Server("socket", "ws", SOURCE, url="ws://127.0.0.1:1/")
    empty = Server("empty", "stdio", SOURCE)
    off = replace(script("good"), enabled=False)
    rows = ask(socket, empty, off)
    assert [(row.status, row.problem) for row in rows] == [
        ("skipped", "the official client does not speak WebSocket"),
        ("failed", "its configuration has no command"),
        ("skipped", "it is switched off"),
    ]


def test_a_server_sees_its_own_environment_and_the_safe_part_of_ours(script, ask, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_OF_OURS", "not for servers")
    (row,) = ask(script("looks", env={"SAY": "hello"}), cwd=tmp_path)
    names, _, rest = row.instructions.partition(" at ")
    assert rest == f"{tmp_path} hello"
    assert set(names.split()) <= {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "SAY", "LC_CTYPE"}


def test_a_second_probe_of_an_unchanged_server_starts_nothing(script, ask, tmp_path):
    starts = tmp_path / "starts.txt"
    server = script("looks", starts, env={"SAY": "it"})
    (first,) = ask(server, cache_dir=tmp_path / "cache")
    (second,) = ask(server, cache_dir=tmp_path / "cache")
    assert starts.read_text() == "started\n"
    assert second == replace(first, cached=True)
    ask(replace(server, env={"SAY": "other"}), cache_dir=tmp_path / "cache")
    assert starts.read_text() == "started\n" * 2


def test_a_row_of_another_day_is_asked_for_again(script, ask, tmp_path):
    starts = tmp_path / "starts.txt"
    server = script("looks", starts)
    for now in (0.0, 86_399.0, 86_401.0):
        ask(server, cache_dir=tmp_path / "cache", clock=lambda now=now: now)
    assert starts.read_text() == "started\n" * 2


def test_a_row_that_repeats_a_secret_is_not_kept(script, ask, tmp_path):
    (row,) = ask(script("looks", env={"SAY": "sk-a-secret"}), cache_dir=tmp_path)
    assert row.status == "ok"
    assert row.problem.startswith("not cached")
    assert not any(b"sk-a-secret" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_failure_is_asked_for_again(script, ask, tmp_path):
    for _ in range(2):
        (row,) = ask(script("crashes", "initialize"), cache_dir=tmp_path)
        assert (row.status, row.cached) == ("failed", False)


def test_nothing_of_a_server_survives_its_probe(script, ask, tmp_path):
    (row,) = ask(script("stays", tmp_path))
    assert row.status == "ok"
    assert len(list(tmp_path.glob("*.pid"))) == 3
    assert living(tmp_path) == []


def test_a_cancelled_probe_stops_its_servers(script, tmp_path):
    async def cancelled() -> None:
        slow = script("stays", tmp_path)
        hanging = script("hangs", "tools/list")
        task = asyncio.create_task(probe_all([slow, hanging], timeout=60, cache_dir=None, clock=time.time))
        while len(list(tmp_path.glob("*.pid"))) < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert living(tmp_path) == []


PROGRAM = textwrap.dedent("""
    import sys, time
    from agentforge.knowledge.items import Server, Source
    from agentforge.knowledge.mcp import probe

    source = Source("claude-code", "project", "/p/.mcp.json")
    servers = [Server(str(n), "stdio", source, tuple(words.split("|"))) for n, words in enumerate(sys.argv[1:])]
    rows = probe(servers, timeout=60, cache_dir=None, clock=time.time)
    # Not getrusage: what a child is born with, its parent's memory, counts there as its own.
    lines = open("/proc/self/status")
    peak = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
    print(peak, *(row.status for row in rows))
""")


def run_apart(*servers: Server) -> subprocess.Popen[str]:
    words = ["|".join(server.command) for server in servers]
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, text=True)


def test_an_interrupted_program_leaves_no_server_behind(script, tmp_path):
    with run_apart(script("stays", tmp_path), script("hangs", "tools/list")) as program:
        while len(list(tmp_path.glob("*.pid"))) < 3:
            time.sleep(0.01)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=60)
    assert program.returncode in (1, 130, -signal.SIGINT)
    assert living(tmp_path) == []


def test_floods_and_endless_lists_take_a_bounded_memory(script):
    servers = [script("floods", *how) for how in (("stdout", "one"), ("stdout", "brace"), ("stderr", "lines"))]
    with run_apart(*servers, script("many", 20_000), script("many", 100_000)) as program:
        told, _ = program.communicate(timeout=120)
    peak, *statuses = told.split()
    assert statuses == ["ok", "failed", "ok", "ok", "failed"]
    assert int(peak) < 250


def test_an_unwritable_cache_is_named(ask, script, tmp_path):
    from agentforge.wire.errors import OutsideError

    (tmp_path / "file").touch()
    with pytest.raises(OutsideError, match="cannot be kept") as raised:
        ask(script("good"), cache_dir=tmp_path / "file" / "cache")
    assert raised.value.fix


def test_without_the_extra_the_error_names_it(tmp_path):
    (tmp_path / "mcp.py").write_text("raise ImportError")
    program = textwrap.dedent("""
        from agentforge.knowledge.items import Server, Source
        from agentforge.knowledge.mcp import probe
        from agentforge.wire.errors import MissingExtra
        try:
            probe([Server("a", "stdio", Source("c", "user", "f"), ("true",))], timeout=1, cache_dir=None, clock=float)
        except MissingExtra as error:
            print(error.fix)
    """)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("pip install 'agentforge-context[mcp]'")


def test_the_room_is_imported_without_the_client():
    program = "import sys, agentforge.knowledge.mcp; print('mcp' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
