"""What recording costs: events one by one and in batches, against bare SQLite in the same run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from agentforge.ledger import Event, open_ledger
from benchmarks.measure import Row

EVENTS = 4000
BATCH = 100


def rows() -> Iterator[Row]:
    """The figures of the ledger room."""
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        bare = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        bare.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE events (data TEXT) STRICT")
        number = count(1)

        def event() -> Event:
            at = next(number)
            return Event("response", at, "parcels", "session-1", {"model": "m", "input_tokens": at, "output_tokens": 7})

        data = '{"model":"m","input_tokens":123,"output_tokens":7}'
        floor = _each(lambda: bare.execute("INSERT INTO events VALUES (?)", (data,)))
        single = _each(lambda: ledger.append([event()]))
        batched = _each(lambda: ledger.append([event() for _ in range(BATCH)]), EVENTS // BATCH) / BATCH
        bare.close()
    yield Row("ledger: bare SQLite, one row a commit", 1 / floor, "/s", 1.0, "the floor")
    yield Row("ledger: appends, one event a commit", 1 / single, "/s", floor / single, "rate against the floor's")
    yield Row(f"ledger: appends, {BATCH} events a commit", 1 / batched, "/s", floor / batched, "the same")


def _each(work: Callable[[], object], times: int = EVENTS) -> float:
    """Seconds for one, the middle of five rounds."""
    rounds = []
    for _ in range(5):
        start = perf_counter()
        for _ in range(times // 5):
            work()
        rounds.append((perf_counter() - start) / (times // 5))
    return sorted(rounds)[2]
