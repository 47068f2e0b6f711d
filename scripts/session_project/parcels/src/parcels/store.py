"""The SQLite file in which parcels and their scans are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from parcels.events import FINAL, Event, Status
from parcels.feeds import Feed
from parcels.numbers import TrackingNumber
from parcels.parcel import Parcel

VERSION = 3

MIGRATIONS: dict[int, str] = {
    1: """
        CREATE TABLE parcel (
            number    TEXT PRIMARY KEY,
            zone      TEXT NOT NULL,
            handed_in TEXT NOT NULL,
            reference TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE TABLE event (
            number TEXT NOT NULL REFERENCES parcel (number) ON DELETE CASCADE,
            seq    INTEGER NOT NULL,
            at     TEXT NOT NULL,
            status TEXT NOT NULL,
            place  TEXT NOT NULL DEFAULT '',
            note   TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (number, seq)
        ) STRICT;
    """,
    2: """
        CREATE UNIQUE INDEX event_once ON event (number, at, status, place);
        CREATE INDEX parcel_reference ON parcel (reference);
    """,
    3: """
        CREATE TABLE unclaimed (
            number TEXT NOT NULL,
            at     TEXT NOT NULL,
            status TEXT NOT NULL,
            place  TEXT NOT NULL DEFAULT '',
            note   TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (number, at, status, place)
        ) STRICT;
    """,
}
"""What each version of the file added to the one before."""

LATEST = """
    SELECT number, status, at FROM (
        SELECT number, status, at,
               ROW_NUMBER() OVER (PARTITION BY number ORDER BY seq DESC) AS nth
        FROM event
    ) WHERE nth = 1
"""
"""The status of every parcel that was scanned at least once."""


class StoreError(Exception):
    """The file cannot be used, or a parcel is not in it."""


@dataclass(frozen=True, slots=True)
class Import:
    """What an import changed."""

    parcels: int
    new: int
    known: int
    unclaimed: int

    def __str__(self) -> str:
        return (
            f"{self.new} new scans for {self.parcels} parcels, "
            f"{self.known} known already, {self.unclaimed} for parcels we do not have"
        )


class Store:
    """An open file of parcels; use it in a `with` block."""

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self._path}: {error}") from error

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; the file can be used by others afterwards."""
        self._db.close()

    # Parcels

    def add(self, parcel: Parcel) -> None:
        """Nothing; the parcel and its scans are in the file, also scans that came before it."""
        number = str(parcel.number)
        with self._transaction():
            try:
                self._db.execute(
                    "INSERT INTO parcel (number, zone, handed_in, reference) VALUES (?, ?, ?, ?)",
                    (number, parcel.zone, _text(parcel.handed_in), parcel.reference),
                )
            except sqlite3.IntegrityError:
                raise StoreError(f"{number} is in {self._path} already") from None
            for event in parcel.events:
                self._append(number, event)
            claimed = self._db.execute(
                "SELECT at, status, place, note FROM unclaimed WHERE number = ? ORDER BY at",
                (number,),
            ).fetchall()
            for row in claimed:
                self._append(number, _event(row))
            self._db.execute("DELETE FROM unclaimed WHERE number = ?", (number,))

    def get(self, number: TrackingNumber) -> Parcel:
        """The parcel with this number, with all its scans."""
        row = self._db.execute(
            "SELECT number, zone, handed_in, reference FROM parcel WHERE number = ?",
            (str(number),),
        ).fetchone()
        if row is None:
            raise StoreError(f"{number} is not in {self._path}")
        return self._parcel(row)

    def remove(self, number: TrackingNumber) -> bool:
        """Whether there was such a parcel; it is gone now, with its scans."""
        cursor = self._db.execute("DELETE FROM parcel WHERE number = ?", (str(number),))
        return cursor.rowcount == 1

    def has(self, number: TrackingNumber) -> bool:
        """Whether the parcel is in the file."""
        query = "SELECT 1 FROM parcel WHERE number = ?"
        return self._db.execute(query, (str(number),)).fetchone() is not None

    def count(self) -> int:
        """How many parcels are in the file."""
        (count,) = self._db.execute("SELECT COUNT(*) FROM parcel").fetchone()
        return int(count)

    # Lists

    def all(self) -> Iterator[Parcel]:
        """Every parcel, by hand-in and number."""
        yield from self._select("", ())

    def with_status(self, *statuses: Status) -> Iterator[Parcel]:
        """The parcels that have one of these statuses now."""
        marks = ", ".join("?" * len(statuses))
        condition = f"COALESCE(latest.status, ?) IN ({marks})"
        yield from self._select(condition, (Status.CREATED.value, *(s.value for s in statuses)))

    def open(self) -> Iterator[Parcel]:
        """The parcels whose journey has not ended."""
        yield from self.with_status(*(status for status in Status if status not in FINAL))

    def of_carrier(self, prefix: str) -> Iterator[Parcel]:
        """The parcels of one carrier."""
        yield from self._select("parcel.number LIKE ? || '%'", (prefix.upper(),))

    def for_reference(self, reference: str) -> Iterator[Parcel]:
        """The parcels of one order."""
        yield from self._select("parcel.reference = ?", (reference,))

    def handed_in_between(self, first: datetime, last: datetime) -> Iterator[Parcel]:
        """The parcels handed in from `first` to before `last`."""
        condition = "parcel.handed_in >= ? AND parcel.handed_in < ?"
        yield from self._select(condition, (_text(first), _text(last)))

    def status_counts(self) -> dict[Status, int]:
        """How many parcels have each status now; statuses that no parcel has are left out."""
        rows = self._db.execute(
            f"""
            SELECT COALESCE(latest.status, ?) AS status, COUNT(*)
            FROM parcel LEFT JOIN ({LATEST}) AS latest USING (number)
            GROUP BY 1
            """,
            (Status.CREATED.value,),
        )
        counts = {Status(status): int(count) for status, count in rows}
        return {status: counts[status] for status in Status if status in counts}

    # Scans

    def append(self, number: TrackingNumber, events: Iterable[Event]) -> int:
        """How many of the scans were new."""
        if not self.has(number):
            raise StoreError(f"{number} is not in {self._path}")
        with self._transaction():
            return sum(self._append(str(number), event) for event in events)

    def load(self, feed: Feed) -> Import:
        """What changed; scans of parcels that we do not have yet are kept for later."""
        parcels = new = known = unclaimed = 0
        with self._transaction():
            for number, events in feed.by_number().items():
                if not self.has(number):
                    unclaimed += sum(self._keep(str(number), event) for event in events)
                    continue
                added = sum(self._append(str(number), event) for event in events)
                parcels += added > 0
                new += added
                known += len(events) - added
        return Import(parcels, new, known, unclaimed)

    def unclaimed(self) -> list[tuple[TrackingNumber, int]]:
        """Numbers that feeds told of but nobody handed in, with how many scans each has."""
        rows = self._db.execute(
            "SELECT number, COUNT(*) FROM unclaimed GROUP BY number ORDER BY number"
        )
        return [(TrackingNumber.parse(number), int(count)) for number, count in rows]

    # Inside

    def _select(self, condition: str, values: tuple[object, ...]) -> Iterator[Parcel]:
        where = f"WHERE {condition}" if condition else ""
        rows = self._db.execute(
            f"""
            SELECT parcel.number, zone, handed_in, reference
            FROM parcel LEFT JOIN ({LATEST}) AS latest USING (number)
            {where}
            ORDER BY handed_in, parcel.number
            """,
            values,
        ).fetchall()
        for row in rows:
            yield self._parcel(row)

    def _parcel(self, row: tuple[str, str, str, str]) -> Parcel:
        number, zone, handed_in, reference = row
        events = self._db.execute(
            "SELECT at, status, place, note FROM event WHERE number = ? ORDER BY seq",
            (number,),
        )
        parcel = Parcel(
            TrackingNumber.parse(number), zone, datetime.fromisoformat(handed_in), reference
        )
        parcel.add_all(_event(event) for event in events)
        return parcel

    def _append(self, number: str, event: Event) -> bool:
        cursor = self._db.execute(
            """
            INSERT INTO event (number, seq, at, status, place, note)
            SELECT ?1, COALESCE(MAX(seq), 0) + 1, ?2, ?3, ?4, ?5 FROM event WHERE number = ?1
            ON CONFLICT (number, at, status, place) DO NOTHING
            """,
            (number, _text(event.at), event.status.value, event.place, event.note),
        )
        return cursor.rowcount == 1

    def _keep(self, number: str, event: Event) -> bool:
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO unclaimed (number, at, status, place, note) "
            "VALUES (?, ?, ?, ?, ?)",
            (number, _text(event.at), event.status.value, event.place, event.note),
        )
        return cursor.rowcount == 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(f"{self._path} was written by a newer version ({version})")
        for step in range(version + 1, VERSION + 1):
            self._db.executescript(
                f"BEGIN; {MIGRATIONS[step]} PRAGMA user_version = {step}; COMMIT;"
            )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _event(row: tuple[str, str, str, str]) -> Event:
    at, status, place, note = row
    return Event(datetime.fromisoformat(at), Status(status), place, note)
