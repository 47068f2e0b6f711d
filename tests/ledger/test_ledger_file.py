import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from agentforge.ledger import EVERYWHERE, Event, open_ledger
from agentforge.ledger.migrations import MIGRATIONS
from agentforge.wire.errors import (
    LedgerBusy,
    LedgerCorrupt,
    LedgerError,
    LedgerFull,
    LedgerReadOnly,
    LedgerTooNew,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "l.db"


def fill(path, events=200):
    with open_ledger(path) as ledger:
        ledger.append([Event("turn", n, "p", data={"n": f"{n:0200}"}, text=f"word{n}") for n in range(events)])
        ledger.put(b"a blob " * 99, project="p", at=1)


def use(path, patience=0.1):
    with open_ledger(path, patience=patience) as ledger:
        list(ledger.events(project=EVERYWHERE))
        ledger.append([Event("turn", 1, "p", text="w")])


def refused(kind, path, look=use):
    """The error of that kind, which names the file and a next step; nothing of the file has changed."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(kind) as caught:
        look(path)
    assert type(caught.value) is kind
    assert str(path) in str(caught.value)
    assert caught.value.fix
    assert (path.read_bytes() if path.is_file() else None) == before
    return caught.value


def test_a_new_ledger_and_its_folders_can_be_read_by_their_owner_only(tmp_path):
    path = tmp_path / "new" / "folder" / "l.db"
    with open_ledger(path) as ledger:
        ledger.append([Event("turn", 1, "p")])
        modes = {name.name: stat.S_IMODE(name.stat().st_mode) for name in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}
        assert "l.db-wal" in modes
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_an_empty_file_becomes_a_ledger_and_odd_names_are_fine(tmp_path):
    for name in ("empty.db", "with space?mode=ro#x%20.db", "é.db"):
        (tmp_path / name).touch()
        use(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    "content", [b"x", b"xy", b"{}\n" * 5000, b"SQLite format 3\x00" + b"\x00" * 5000, b"\x00" * 8192]
)
def test_a_file_that_is_not_sqlite_is_no_ledger(path, content):
    path.write_bytes(content)
    refused(LedgerCorrupt, path)
    assert [name.name for name in path.parent.iterdir()] == ["l.db"]


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_another_programs_database_is_not_touched(path, mode):
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode = {mode}")
        db.execute("CREATE TABLE events (mine TEXT)")
        db.commit()
    assert "another program" in str(refused(LedgerCorrupt, path))
    assert [name.name for name in path.parent.iterdir()] == ["l.db"]


def test_a_file_that_is_just_being_born_is_no_strangers(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 0")
    assert path.stat().st_size > 0
    use(path)


def test_a_folder_is_no_ledger(tmp_path):
    refused(LedgerCorrupt, tmp_path)


def test_a_path_below_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    refused(LedgerReadOnly, tmp_path / "file" / "l.db")


def test_a_truncated_ledger_is_corrupt(path):
    fill(path)
    path.write_bytes(path.read_bytes()[: 3 * 4096 + 100])
    assert "ledger check" in refused(LedgerCorrupt, path).fix


def test_a_ledger_with_a_damaged_page_is_corrupt_where_it_is_read(path):
    fill(path)
    whole = path.read_bytes()
    damaged = []
    for page in range(1, len(whole) // 4096):
        path.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[page * 4096 + 4096 :])
        try:
            with open_ledger(path) as ledger:
                findings = ledger.check()
                assert findings, page
                list(ledger.events(project=EVERYWHERE))
        except LedgerCorrupt as error:
            damaged.append(str(error))
    assert len(damaged) > 3
    assert all(str(path) in error and "ledger check" in error for error in damaged)


def test_a_ledger_of_a_newer_version_is_left_alone(path):
    fill(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    error = refused(LedgerTooNew, path)
    assert "pip install -U" in error.fix
    assert "ledger check" in error.fix


def test_a_ledger_another_process_holds_is_busy_and_reading_goes_on(path):
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with open_ledger(path, patience=0.05) as ledger:
            assert len(list(ledger.events(project="p"))) == 200
            with pytest.raises(LedgerBusy, match="ledger check") as caught:
                ledger.append([Event("turn", 1, "p")])
            assert caught.value.where == str(path)
            other.execute("ROLLBACK")
            ledger.append([Event("turn", 1, "p")])


@pytest.fixture
def shared_folder():
    """A folder that an ordinary user can reach; when the tests run as root, they become one for a while."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_read_only_file_is_named(shared_folder):
    path = shared_folder / "l.db"
    fill(path)
    path.chmod(0o400)
    error = refused(LedgerReadOnly, path)
    assert error.fix == f"chmod u+rw {path}, then agentforge ledger check {path}"


def test_a_read_only_folder_is_named(shared_folder):
    path = shared_folder / "in" / "l.db"
    fill(path)
    path.parent.chmod(0o500)
    error = refused(LedgerReadOnly, path)
    assert f"chmod u+rw {path.parent}" in error.fix
    path.parent.chmod(0o700)


def test_a_folder_where_nothing_may_be_made_is_named(shared_folder):
    (shared_folder / "in").mkdir(mode=0o500)
    refused(LedgerReadOnly, shared_folder / "in" / "l.db")
    refused(LedgerReadOnly, shared_folder / "in" / "deeper" / "l.db")


def test_a_file_that_becomes_read_only_under_an_open_ledger_is_read_only(path):
    fill(path)
    with open_ledger(path) as ledger:
        ledger._file._db.execute("PRAGMA query_only = ON")
        with pytest.raises(LedgerReadOnly, match="ledger check"):
            ledger.append([Event("turn", 1, "p")])


def test_a_full_database_keeps_what_it_has_and_goes_on_when_there_is_room(path):
    fill(path)
    with open_ledger(path) as ledger:
        db = ledger._file._db
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerFull, match="make room, then agentforge ledger check") as caught:
            ledger.append([Event("turn", n, "p", data={"n": "x" * 5000}) for n in range(10)])
        assert caught.value.where == str(path)
        db.execute("PRAGMA max_page_count = 100000")
        assert len(list(ledger.events(project="p"))) == 200
        ledger.append([Event("turn", 1, "p")])
        assert ledger.check() == ()


LIMITED = """
import resource, sys
from agentforge.ledger import Event, open_ledger
from agentforge.wire.errors import LedgerFull
with open_ledger(sys.argv[1]) as ledger:
    done = 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    try:
        while True:
            ledger.append([Event("turn", done, "p", data={"n": "x" * 1000})])
            done += 1
    except LedgerFull as error:
        print(done, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ledger.append([Event("turn", done, "p")])
    assert ledger.check() == ()
"""


def test_a_disk_that_takes_no_more_loses_nothing_acknowledged(path):
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    done, _, message = result.stdout.partition(" ")
    assert int(done) > 10
    assert str(path) in message
    with open_ledger(path) as ledger:
        assert [event.at for event in ledger.events(project="p")] == list(range(int(done) + 1))


WRITER = """
import sys
from agentforge.ledger import Event, open_ledger
path, name = sys.argv[1:]
with open_ledger(path) as ledger:
    n = 0
    while True:
        blob = ledger.put(f"{name} {n} ".encode() * 50, project="p", at=n).hash
        for seq in ledger.append([Event(name, n, "p", text=f"word{n}", blobs=(blob,)) for _ in range(1 + n % 3)]):
            print(seq, n, blob, flush=True)
        n += 1
"""


def test_kill_9_in_the_middle_of_writes_loses_nothing_acknowledged(path):
    acknowledged: list[list[str]] = []
    for round_ in range(5):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"w{name}"], stdout=subprocess.PIPE, text=True)
            for name in range(2)
        ]
        acknowledged += [writers[0].stdout.readline().split() for _ in range(20 + 31 * round_)]
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            acknowledged += [
                line.split() for line in writer.communicate()[0].splitlines(keepends=True) if line[-1] == "\n"
            ]
    with open_ledger(path) as ledger:
        events = {event.seq: event for event in ledger.events(project="p")}
        for seq, n, blob in acknowledged:
            assert events[int(seq)].at == int(n)
            assert events[int(seq)].blobs == (blob,)
            assert f" {n} ".encode() in ledger.get(blob, project="p")
        assert len({seq for seq, _, _ in acknowledged}) == len(acknowledged) > 300
        assert ledger.check() == ()


MANY = """
import sys
from agentforge.ledger import Event, open_ledger
sys.stdin.readline()
with open_ledger(sys.argv[1], patience=60) as ledger:
    for n in range(200):
        print(*ledger.append([Event(sys.argv[2], n, "p", text="w")]))
"""


def test_four_processes_make_one_ledger_at_once_and_append_side_by_side(path):
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", MANY, str(path), str(name)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in range(4)
    ]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    numbers = [int(number) for worker in workers for number in worker.communicate(timeout=120)[0].split()]
    assert [worker.returncode for worker in workers] == [0, 0, 0, 0]
    assert len(set(numbers)) == len(numbers) == 800
    with open_ledger(path) as ledger:
        events = list(ledger.events(project="p"))
        assert sorted(numbers) == [event.seq for event in events]
        for name in "0123":
            assert [event.at for event in events if event.kind == name] == list(range(200))
        assert ledger.check() == ()


def test_two_connections_of_one_process_do_not_take_each_others_locks(path):
    with open_ledger(path) as first:
        first.append([Event("turn", 1, "p")])
        with open_ledger(path):
            pass
        script = "import sys; from agentforge.ledger import open_ledger; open_ledger(sys.argv[1]).close()"
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
        first.append([Event("turn", 2, "p")])
        assert (path.parent / "l.db-wal").exists()
    with open_ledger(path) as again:
        assert [event.at for event in again.events(project="p")] == [1, 2]


def test_what_sqlite_says_otherwise_still_names_the_ledger(path):
    fill(path)
    with open_ledger(path) as ledger, pytest.raises(LedgerError, match=r"no such table.*ledger check"):
        ledger._file.read("SELECT * FROM absent")


@pytest.mark.parametrize("kind", ["empty", "newborn", "missing"])
def test_a_file_is_not_made_a_ledger_where_that_is_forbidden(path, kind):
    if kind == "empty":
        path.touch()
    elif kind == "newborn":
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 0")
    refused(LedgerError if kind == "missing" else LedgerCorrupt, path, lambda path: open_ledger(path, create=False))
    assert path.exists() == (kind != "missing")
    assert len(list(path.parent.iterdir())) == path.exists()


def test_a_ledger_that_is_there_opens_where_none_may_be_made(path):
    fill(path, 3)
    with open_ledger(path, create=False) as ledger:
        assert len(list(ledger.events(project=EVERYWHERE))) == 3
