"""What keeps a ledger's file small and sound: collection of what is old, and a check of everything."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Final

from agentforge.ledger.events import Collected, Finding
from agentforge.ledger.file import LedgerFile
from agentforge.wire.errors import LedgerCorrupt

_BATCH: Final = 500
"""Events deleted at once; between two batches other writers have their turn."""

_SIZE: Final = "length(CAST(data AS BLOB)) + length(CAST(text AS BLOB))"
_KEPT: Final = """
    (holds.at >= :before OR EXISTS (
        SELECT 1 FROM refs JOIN events USING (seq)
        WHERE refs.blob = holds.blob AND events.project = holds.project AND events.at >= :oldest
    ))
"""


def collect(file: LedgerFile, before: int) -> Collected:
    """What went: events before that time, then blobs as old that no event is left to name. Freed pages go back."""
    events, size = _collect_events(file, before)
    with file.writing() as db:
        # Any event that is left counts, however old: another process may just have written it.
        db.execute(f"DELETE FROM holds WHERE NOT {_KEPT}", {"before": before, "oldest": -(2**63)})  # noqa: S608
        blobs = db.execute(
            "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM holds WHERE holds.blob = blobs.id) "
            "RETURNING length(body)"
        ).fetchall()
    file.shrink()
    return Collected(events, len(blobs), size + sum(row[0] for row in blobs), dry_run=False)


def collectable(file: LedgerFile, before: int) -> Collected:
    """The figures `collect` would give, by looking only."""
    events = file.read(f"SELECT count(*), total({_SIZE}) FROM events WHERE at < ?", (before,))[0]  # noqa: S608
    blobs = file.read(
        "SELECT count(*), total(length(body)) FROM blobs "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM holds WHERE holds.blob = blobs.id AND {_KEPT})",
        {"before": before, "oldest": before},
    )[0]
    return Collected(events[0], blobs[0], int(events[1] + blobs[1]), dry_run=True)


def _collect_events(file: LedgerFile, before: int) -> tuple[int, int]:
    events = size = last = 0
    while True:
        with file.writing() as db:
            gone = db.execute(
                "DELETE FROM events WHERE seq IN "  # noqa: S608
                "(SELECT seq FROM events WHERE seq > ? AND at < ? ORDER BY seq LIMIT ?) "
                f"RETURNING seq, {_SIZE}",
                (last, before, _BATCH),
            ).fetchall()
        events, size = events + len(gone), size + sum(row[1] for row in gone)
        if len(gone) < _BATCH:
            return events, size
        last = max(row[0] for row in gone)


def check(file: LedgerFile) -> Iterator[Finding]:
    """Everything that is wrong, part by part; a part too damaged to read is one finding."""
    for part, look in (
        ("pages", _check_pages),
        ("links", _check_links),
        ("search index", _check_words),
        ("blobs", _check_blobs),
    ):
        try:
            for what in look(file):
                yield Finding(what, f"{file.path}: {part}")
        except LedgerCorrupt as error:
            yield Finding(error.what, f"{file.path}: {part}")


def _check_pages(file: LedgerFile) -> list[str]:
    return [row[0] for row in file.read("PRAGMA integrity_check") if row[0] != "ok"]


def _check_links(file: LedgerFile) -> list[str]:
    return [f"row {row[1]} of {row[0]} names what is not there" for row in file.read("PRAGMA foreign_key_check")]


def _check_words(file: LedgerFile) -> list[str]:
    with file.writing() as db:
        db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    return []


def _check_blobs(file: LedgerFile) -> Iterator[str]:
    last = 0
    while rows := file.read(
        "SELECT id, hash, size, packed, body FROM blobs WHERE id > ? ORDER BY id LIMIT 20", (last,)
    ):
        last = rows[-1][0]
        for _, hash, *stored in rows:
            if not is_intact(hash, unpacked(*stored)):
                yield f"the blob {hash} is not what its hash says"


def unpacked(size: int, packed: int, body: bytes) -> bytes:
    """The bytes as they were before packing, and hardly more than they should be; nothing if they are damaged."""
    if not packed:
        return body
    try:
        return zlib.decompressobj().decompress(body, size + 1)
    except zlib.error:
        return b""


def is_intact(hash: str, data: bytes) -> bool:
    """Whether these bytes are the ones the hash was taken of."""
    return hashlib.sha256(data).hexdigest() == hash
