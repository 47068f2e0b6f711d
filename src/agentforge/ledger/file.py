"""A ledger's file: opened, read and written, or a clear word why not. A file that is no ledger is left as it is."""

from __future__ import annotations

import errno
import os
import shlex
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from agentforge.ledger.migrations import APPLICATION_ID, MIGRATIONS, migrate, version
from agentforge.wire.errors import LedgerBusy, LedgerCorrupt, LedgerError, LedgerFull, LedgerReadOnly, LedgerTooNew

_OLDEST_SQLITE: Final = (3, 37)
_SMALLEST: Final = 512
"""Bytes in SQLite's smallest page. A file of one byte it would take for an empty one, and write over it."""
_CHECKPOINT_PAGES: Final = 4000
"""16 MB of log between two waits for the disk; SQLite's own 1000 pages are 250 commits here."""
_LARGEST_LOG: Final = 64 << 20

_NO_SPACE: Final = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
"""How a quota or a limit on file size comes out; a full disk has a code of its own."""

Values = tuple[Any, ...] | dict[str, Any]


class LedgerFile:
    """A connection that any thread may use, one at a time."""

    def __init__(self, path: Path, *, patience: float, create: bool = True) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._db = _connect(path, patience, create=create)

    def read(self, query: str, values: Values = ()) -> list[Any]:
        """All rows at once: no read stays open and keeps the write-ahead log from shrinking."""
        with self._turn, refusals(self.path):
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection inside a transaction: committed at the end, or undone."""
        with self._turn, refusals(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite undoes some failures itself
                    self._db.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        """Nothing; free pages, and the write-ahead log, are given back to the disk."""
        with self._turn, refusals(self.path):
            # As a script, because `execute` takes one step of a statement that has no columns, and so frees one page.
            self._db.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Nothing; the connection is closed."""
        with self._turn, refusals(self.path):
            self._db.close()


def _connect(path: Path, patience: float, *, create: bool) -> sqlite3.Connection:
    """A connection in autocommit mode to the ledger at this path, which is brought up to date first.

    `synchronous=NORMAL` with a write-ahead log: what was committed outlives a kill of this process at any moment. Only
    a power cut can lose the last commits, never damage older ones; waiting for the disk each time costs 13 times more.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise LedgerError(
            f"SQLite {sqlite3.sqlite_version} is too old for strict tables",
            where=str(path),
            fix="use a Python with SQLite 3.37 or newer",
        )
    with refusals(path):
        if create:
            _make(path)
        elif not path.exists():
            raise LedgerError("there is no ledger", where=str(path), fix="name a ledger that is there")
        _inspect(path, create=create)
        db = sqlite3.connect(
            _uri(path, "mode=rw"), uri=True, timeout=patience, isolation_level=None, check_same_thread=False
        )
        try:
            if not create and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise _a_strangers(path)
            if not db.execute("PRAGMA page_count").fetchone()[0]:
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # later it would be too late
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA cell_size_check = ON")
            if version(db) > len(MIGRATIONS):
                raise _too_new(path, version(db))
            migrate(db)
            _use_wal(db, patience)
            db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            db.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Nothing; what SQLite or the disk refuses inside comes out as an error with the file and the next command."""
    try:
        yield
    except sqlite3.Error as error:
        refusal = _refusal(error, path)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(error: sqlite3.Error, path: Path) -> LedgerError | None:
    """The error of our tree for one of SQLite's; None for a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    where, check = str(path), check_command(path)
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerBusy("another process holds it", where=where, fix=f"try again; if it stays so, {check}")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return LedgerReadOnly(f"cannot be written: {error}", where=where, fix=f"allow writing, then {check}")
        case sqlite3.SQLITE_FULL:
            return LedgerFull("the disk is full", where=where, fix=f"make room, then {check}")
        case sqlite3.SQLITE_IOERR if code in _NO_SPACE:
            return LedgerFull(
                "the disk takes no more: full, or a limit reached", where=where, fix=f"make room, then {check}"
            )
        case sqlite3.SQLITE_CORRUPT:
            return LedgerCorrupt(f"is damaged: {error}", where=where, fix=f"keep a copy, then {check}")
        case sqlite3.SQLITE_NOTADB:
            return _no_sqlite(path)
        case sqlite3.SQLITE_MISUSE:
            return None
        case _:
            return LedgerError(str(error), where=where, fix=check)


def _make(path: Path) -> None:
    """A file and folders only their owner can read, where there are none."""
    try:
        for folder in reversed(path.parents):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            # Only who made it opens it outside SQLite: closing a file drops every lock this process has on it.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return  # another process was faster
    except OSError as error:
        refusal = LedgerFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else LedgerReadOnly
        raise refusal(f"cannot be made: {error.strerror}", where=str(path), fix="name a place you may write") from error


def _inspect(path: Path, *, create: bool) -> None:
    """Nothing, if the file may be opened as a ledger; judged from outside, so that a stranger's stays as it is."""
    if path.is_dir():
        raise LedgerCorrupt("is no ledger: a folder", where=str(path), fix="name a file")
    for place in (path, path.parent):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            what = "its folder cannot be written" if place != path else "cannot be written"
            raise LedgerReadOnly(
                what, where=str(path), fix=f"chmod u+rw {shlex.quote(str(place))}, then {check_command(path)}"
            )
    size = path.stat().st_size
    if size == 0 and not create:
        raise LedgerCorrupt("is no ledger: empty", where=str(path), fix="name a ledger")
    if size == 0:
        return
    if size < _SMALLEST:
        raise _no_sqlite(path)
    with closing(sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True)) as db:
        try:
            owner, steps = db.execute("PRAGMA application_id").fetchone()[0], version(db)
            newborn = not owner and not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise
            return  # so looks, for a moment, a file that another process is just extending; the real opening will tell
    if owner != APPLICATION_ID and not (newborn and create):
        raise _a_strangers(path)
    if steps > len(MIGRATIONS):
        raise _too_new(path, steps)


def _use_wal(db: sqlite3.Connection, patience: float) -> None:
    """Nothing; readers no longer wait for writers. SQLite does not itself wait for others when it switches."""
    deadline = time.monotonic() + patience
    while True:
        try:
            mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
    # Without a write-ahead log, as on some network disks, NORMAL would not be safe.
    db.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")


def _no_sqlite(path: Path) -> LedgerCorrupt:
    return LedgerCorrupt("is no ledger: not a SQLite file", where=str(path), fix="name another file")


def _a_strangers(path: Path) -> LedgerCorrupt:
    return LedgerCorrupt("is no ledger: a SQLite file of another program", where=str(path), fix="name another file")


def _too_new(path: Path, found: int) -> LedgerTooNew:
    return LedgerTooNew(
        f"has schema {found}; this version of AgentForge knows {len(MIGRATIONS)}",
        where=str(path),
        fix=f"pip install -U agentforge-context, then {check_command(path)}",
    )


def check_command(path: Path) -> str:
    """The command that looks a ledger over."""
    return f"agentforge ledger check {shlex.quote(str(path))}"


def _uri(path: Path, how: str) -> str:
    return f"{path.absolute().as_uri()}?{how}"
