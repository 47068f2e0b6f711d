"""The schema as the list of steps that led to it. A step that was released never changes; a new one is added below."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

APPLICATION_ID: Final = 0x41464C47
"""'AFLG' in the file's header: by this a ledger is told from any other SQLite file."""


def m001_events(db: sqlite3.Connection) -> None:
    """Events come first: everything else is told by them.

    AUTOINCREMENT, because a number must never be given twice, also after the newest events were collected. An index
    costs every append more than it seems, so there are two: by project, because every read names one, and by session;
    SQLite appends the number to each, so what they find is already in order. The salt keys the
    fingerprints of secrets; it is born with the ledger and never changes, or equal secrets would stop looking equal.
    """
    db.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID")
    db.execute("INSERT INTO settings VALUES ('salt', randomblob(32))")
    db.execute(
        """
        CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            project TEXT NOT NULL,
            session TEXT,
            data TEXT NOT NULL,
            text TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX events_by_project ON events (project)")
    db.execute("CREATE INDEX events_by_session ON events (session) WHERE session IS NOT NULL")


def m002_blobs(db: sqlite3.Connection) -> None:
    """Blobs by hash, who put them, and which events name them.

    The bytes are stored once whoever puts them; `holds` says which project has them, so that no project reads
    another's by guessing a hash, and when they were last put, so that a collection spares a blob whose event is still
    on its way. `refs` keeps the order in which an event names its blobs.
    """
    db.execute(
        """
        CREATE TABLE blobs (
            id INTEGER PRIMARY KEY,
            hash TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            packed INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE holds (
            project TEXT NOT NULL,
            blob INTEGER NOT NULL REFERENCES blobs,
            at INTEGER NOT NULL,
            PRIMARY KEY (blob, project)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE refs (
            seq INTEGER NOT NULL REFERENCES events ON DELETE CASCADE,
            place INTEGER NOT NULL,
            blob INTEGER NOT NULL REFERENCES blobs,
            PRIMARY KEY (seq, place)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX refs_by_blob ON refs (blob)")


def m003_words(db: sqlite3.Connection) -> None:
    """Full-text search over events' text, which stays in `events`; the index only points at it.

    Triggers keep the two together, so that no writer can forget. Events without text are not in it and cost nothing;
    the view says so to the index's own integrity check.
    """
    db.execute("CREATE VIEW texts AS SELECT seq, text FROM events WHERE text <> ''")
    db.execute(
        "CREATE VIRTUAL TABLE words USING fts5 "
        "(text, content='texts', content_rowid='seq', tokenize='unicode61 remove_diacritics 2')"
    )
    db.execute("INSERT INTO words (words) VALUES ('rebuild')")
    db.execute(
        """
        CREATE TRIGGER words_of_new_event AFTER INSERT ON events WHEN new.text <> '' BEGIN
            INSERT INTO words (rowid, text) VALUES (new.seq, new.text);
        END
        """
    )
    db.execute(
        """
        CREATE TRIGGER words_of_old_event AFTER DELETE ON events WHEN old.text <> '' BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.seq, old.text);
        END
        """
    )


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (m001_events, m002_blobs, m003_words)


def version(db: sqlite3.Connection) -> int:
    """How many steps this file has taken. Kept in its header, which can be read without touching the file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, steps: tuple[Callable[[sqlite3.Connection], None], ...] = MIGRATIONS) -> None:
    """Nothing; every step is taken, all or none. Of several processes one does it and the others find it done."""
    if version(db) >= len(steps):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
        for number, step in enumerate(steps[version(db) :], start=version(db) + 1):
            step(db)
            db.execute("INSERT INTO migrations VALUES (?, ?)", (number, step.__name__))
        db.execute(f"PRAGMA user_version = {max(len(steps), version(db))}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
