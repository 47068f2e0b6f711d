"""A ledger in one SQLite file."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from agentforge.ledger.events import EVERYWHERE, Collected, Event, Finding, Ledger, Scope, Stored, digits
from agentforge.ledger.file import LedgerFile, check_command
from agentforge.ledger.redact import may_hold_secrets, redact, redact_value
from agentforge.ledger.upkeep import check, collect, collectable, is_intact, unpacked
from agentforge.wire.errors import BlobMissing, LedgerCorrupt, LedgerError

_DAY: Final = 86_400 * 10**9
LONGEST_KEEP: Final = 100_000
"""Days. Times are 64-bit nanoseconds and reach back for not much more."""
_PAGE: Final = 500
"""Events read at once."""
_MOST_WORDS: Final = 32

# Not the wire's `dump`: it writes bytes as base64, where no redaction would find a secret, and NaN as null.
_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)

_EVENT: Final = """
    events.seq, events.kind, events.at, events.project, events.session, events.data, events.text,
    (SELECT group_concat(hash, ' ') FROM (
        SELECT blobs.hash FROM refs JOIN blobs ON blobs.id = refs.blob WHERE refs.seq = events.seq ORDER BY refs.place
    ))
"""
_HELD: Final = "(:every OR EXISTS (SELECT 1 FROM holds WHERE holds.blob = blobs.id AND holds.project = :project))"


def open_ledger(path: str | Path, *, patience: float = 5.0, create: bool = True) -> Ledger:
    """The ledger at this path, made if there is none unless `create` forbids; waits so many seconds for others."""
    return SqliteLedger(Path(path).expanduser(), patience=patience, create=create)


class SqliteLedger:
    """A ledger in one file, for any number of processes at once; threads of one process take turns.

    Acknowledged is committed: a kill at any moment loses nothing that was acknowledged, and leaves nothing half-done.
    A power cut may take the last few commits with it (see `file.py`). Do not carry it across a fork.
    """

    def __init__(self, path: Path, *, patience: float = 5.0, create: bool = True) -> None:
        self.path = path
        self._file = LedgerFile(path, patience=patience, create=create)
        self._salt: bytes = self._file.read("SELECT value FROM settings WHERE name = 'salt'")[0][0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; the file is closed."""
        self._file.close()

    def append(self, events: Iterable[Event]) -> tuple[int, ...]:
        """The numbers of these events, all of which are now committed; if it raises, none is."""
        try:
            rows = [(self._row(event), event.blobs) for event in events]
        except RecursionError:
            raise LedgerError("an event's data is nested too deeply to be stored", where=str(self.path)) from None
        if not rows:
            return ()
        with self._file.writing() as db:
            return tuple(self._add(db, row, blobs) for row, blobs in rows)

    def _row(self, event: Event) -> tuple[str, int, str, str | None, str, str]:
        """The event as it is stored. Most hold nothing like a secret and are let through after one look."""
        try:
            data = _JSON.encode(dict(event.data))
        except ValueError:
            raise LedgerError(
                f"an event's data is no JSON: {_odd_number(event.data, 'data')}",
                where=f"{self.path}: {event.kind}",
                fix="store such a number as null or as text",
            ) from None
        kind, project, session, text = event.kind, event.project, event.session, event.text
        try:
            clean = not may_hold_secrets("\n".join((kind, project, session or "", text, data)).encode())
        except UnicodeEncodeError:
            clean = False
        if not clean:
            data = _storable(_JSON.encode(redact_value(dict(event.data), self._salt)))
            kind, project, text = self._words(kind), self._words(project), self._words(text)
            session = None if session is None else self._words(session)
        return kind, event.at, project, session, data, text

    def _add(
        self, db: sqlite3.Connection, row: tuple[str, int, str, str | None, str, str], blobs: tuple[str, ...]
    ) -> int:
        seq = db.execute(
            "INSERT INTO events (kind, at, project, session, data, text) VALUES (?, ?, ?, ?, ?, ?)", row
        ).lastrowid
        assert seq is not None
        for place, hash in enumerate(blobs):
            named = db.execute(
                "INSERT INTO refs SELECT ?, ?, id FROM blobs JOIN holds ON blob = id WHERE hash = ? AND project = ?",
                (seq, place, hash, row[2]),
            )
            if not named.rowcount:
                raise self._missing(f"an event names the blob {hash}, which its project did not put")
        return seq

    def events(
        self,
        *,
        project: Scope,
        kind: str | None = None,
        session: str | None = None,
        since: int | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[Event]:
        """The events in their order: of a kind, of a session, not before the time `since`, past the number `after`."""
        wanted = {
            "project": None if project is EVERYWHERE else self._words(project),
            "kind": None if kind is None else self._words(kind),
            "session": None if session is None else self._words(session),
        }
        filters = [f"{name} = :{name}" for name, value in wanted.items() if value is not None]
        if since is not None:
            filters.append("at >= :since")
        where = " AND ".join(["seq > :after", *filters])
        query = f"SELECT {_EVENT} FROM events WHERE {where} ORDER BY seq LIMIT :page"  # noqa: S608 - our own words only
        left = limit
        while left is None or left > 0:
            page = _PAGE if left is None else min(left, _PAGE)
            rows = self._file.read(query, {**wanted, "since": since, "after": after, "page": page})
            yield from map(_event, rows)
            if len(rows) < page:
                return
            after = rows[-1][0]
            left = None if left is None else left - len(rows)

    def search(self, query: str, *, project: Scope, limit: int = 20) -> tuple[Event, ...]:
        """The events whose text has all words of the query (the first 32 count), best first. Any text is a query."""
        words = [word for word in re.findall(r"[^\s\"\0]+", _storable(query)) if any(map(str.isalnum, word))]
        if not words:
            return ()
        found = self._file.read(
            f"SELECT {_EVENT} FROM words JOIN events ON events.seq = words.rowid "  # noqa: S608 - our own words only
            "WHERE words MATCH :match AND (:every OR project = :project) ORDER BY rank, events.seq DESC LIMIT :limit",
            {"match": " ".join(f'"{word}"' for word in words[:_MOST_WORDS]), "limit": limit, **self._scope(project)},
        )
        return tuple(map(_event, found))

    def put(self, data: bytes, *, project: str, at: int) -> Stored:
        """The hash under which these bytes, less their secrets, are now stored; the same bytes are stored once."""
        clean = redact(data, self._salt)
        hash = hashlib.sha256(clean.text).hexdigest()
        with self._file.writing() as db:
            known = db.execute("SELECT id FROM blobs WHERE hash = ?", (hash,)).fetchone()
            blob = known[0] if known else self._add_blob(db, hash, clean.text)
            db.execute(
                "INSERT INTO holds (project, blob, at) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                (self._words(project), blob, at),
            )
        return Stored(hash, len(clean.text), clean.found)

    def _add_blob(self, db: sqlite3.Connection, hash: str, data: bytes) -> int | None:
        packed = zlib.compress(data, 1)
        shorter = len(packed) < len(data)
        return db.execute(
            "INSERT INTO blobs (hash, size, packed, body) VALUES (?, ?, ?, ?)",
            (hash, len(data), shorter, packed if shorter else data),
        ).lastrowid

    def get(self, hash: str, *, project: Scope) -> bytes:
        """The bytes stored under a hash, checked against it; `BlobMissing` if that project did not put them."""
        rows = self._file.read(
            f"SELECT size, packed, body FROM blobs WHERE hash = :hash AND {_HELD}",  # noqa: S608 - our own words only
            {"hash": hash, **self._scope(project)},
        )
        if not rows:
            raise self._missing(f"nothing is stored under {hash}")
        data = unpacked(*rows[0])
        if not is_intact(hash, data):
            raise LedgerCorrupt(f"the blob {hash} is damaged", where=str(self.path), fix=check_command(self.path))
        return data

    def resolve(self, handle: str, *, project: Scope) -> str:
        """The hash a handle stands for; `BlobMissing` if there is none, or more than one."""
        start = digits(handle)
        found = self._file.read(
            "SELECT hash FROM blobs WHERE hash >= :start AND hash < :end "  # noqa: S608 - our own words only
            f"AND {_HELD} ORDER BY hash LIMIT 3",
            {"start": start, "end": start + "g", **self._scope(project)},  # g comes after every digit
        )
        if len(found) > 1:
            raise self._missing(f"{handle} could be {' or '.join(row[0] for row in found)}: use more digits")
        if not found:
            raise self._missing(f"nothing is stored under {handle}")
        return str(found[0][0])

    def gc(self, *, keep_days: float, now: int, dry_run: bool = False) -> Collected:
        """What went: events older than that, then blobs as old that no event is left to name. Freed pages go back."""
        if not 0 <= keep_days <= LONGEST_KEEP:
            raise LedgerError(
                f"events cannot be kept for {keep_days} days",
                where=str(self.path),
                fix=f"name 0 to {LONGEST_KEEP:,} days",
            )
        before = now - round(keep_days * _DAY)
        return collectable(self._file, before) if dry_run else collect(self._file, before)

    def check(self) -> tuple[Finding, ...]:
        """Everything that is wrong: damaged pages, broken links, a search index that lies, blobs unlike their hash."""
        return tuple(check(self._file))

    def _words(self, text: str) -> str:
        return _storable(redact(text, self._salt).text)

    def _scope(self, project: Scope) -> dict[str, Any]:
        every = project is EVERYWHERE
        return {"every": every, "project": None if project is EVERYWHERE else self._words(project)}

    def _missing(self, what: str) -> BlobMissing:
        return BlobMissing(what, where=str(self.path), fix=check_command(self.path))


def _event(row: tuple[Any, ...]) -> Event:
    seq, kind, at, project, session, data, text, blobs = row
    return Event(kind, at, project, session, json.loads(data), text, tuple(blobs.split()) if blobs else (), seq)


def _odd_number(value: Any, place: str) -> str:
    """Where a value has a number that JSON has no words for, and which; empty where it has none."""
    if isinstance(value, float):
        return "" if isfinite(value) else f"{place} is {value}"
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        inner = ((f".{key}", item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        inner = ((f"[{at}]", item) for at, item in enumerate(value))
    return next((found for step, item in inner if (found := _odd_number(item, f"{place}{step}"))), "")


def _storable(text: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate pair, as in names of broken files, becomes its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
