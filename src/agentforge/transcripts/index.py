"""What was counted before, kept in a cache folder: the next run reads only what is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

FORMAT: Final = 2
"""Counted up whenever what is kept changes its form or its meaning: older caches are dropped."""
_TABLE: Final = """CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, row BLOB)
WITHOUT ROWID"""


class Counted(msgspec.Struct, array_like=True):
    """A file as far as it was counted."""

    path: str
    size: int = 0
    mtime: int = 0
    client: str = ""
    """Empty: no known client's."""
    offset: int = 0
    lines: int = 0
    mark: bytes = b""
    """A hash of the bytes before the offset, by which a file that only grew is known."""
    torn: int = 0
    """The number of a half-written last line; 0: there is none."""
    failure: str = ""
    """Why it could not be read; such a row is not kept."""
    reader: bytes = b""
    tally: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Counted).decode


class Index:
    """The cache: one row a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = path = folder / "transcripts.sqlite3"
        try:
            self._database = _opened(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink()  # Damaged: it holds nothing that cannot be counted again.
            self._database = _opened(path)
        path.chmod(0o600)

    def rows(self) -> Iterator[Counted]:
        """What is kept of every file."""
        for (row,) in self._database.execute("SELECT row FROM file"):
            yield _decode(row)

    def keep(self, rows: Iterable[Counted]) -> None:
        """Keep these rows instead of what was kept of the same files."""
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)",
                ((row.path, row.size, row.mtime, _encode(row)) for row in rows),
            )

    def drop(self, paths: Iterable[str]) -> None:
        """Forget files that are gone."""
        with self._database:
            self._database.executemany("DELETE FROM file WHERE path = ?", ((path,) for path in paths))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10)
    try:
        with database:
            if database.execute("PRAGMA user_version").fetchone() != (FORMAT,):
                database.execute("DROP TABLE IF EXISTS file")
                database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute(_TABLE)
    except sqlite3.Error:
        database.close()
        raise
    return database
