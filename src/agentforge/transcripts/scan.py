"""Counting files: all cores where it pays, and only what is new since the last time."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from agentforge.transcripts.events import Client
from agentforge.transcripts.find import HEAD, client_of_head
from agentforge.transcripts.index import Counted
from agentforge.transcripts.lines import lines_of
from agentforge.transcripts.read import READERS, LineReader, is_torn, read_line, reads_by_line, stranger, whole
from agentforge.transcripts.tally import Tally

WORTH_A_POOL: Final = 32 << 20
"""Below so many bytes starting processes costs more than they save."""
BATCH: Final = 4 << 20
MARK: Final = 4096


@dataclass(frozen=True, slots=True)
class Progress:
    """How far counting has come, in bytes that had to be read."""

    done: int
    total: int


def count_files(
    old: dict[str, Counted],
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Iterator[tuple[Counted, bool]]:
    """Each file as it is counted now, and whether that is new."""
    todo: list[tuple[int, str, Counted | None]] = []
    for path in paths:
        name = str(path)
        before = old.get(name)
        try:
            size, mtime = _size(path)
        except OSError as error:
            yield Counted(name, failure=f"cannot be read: {error.strerror}"), True
            continue
        if before is not None and (before.size, before.mtime) == (size, mtime):
            yield before, False
        else:
            todo.append((size - (before.offset if before is not None and size > before.offset else 0), name, before))
    total = sum(size for size, _, _ in todo)
    done = 0
    for size, rows in _counted(todo, total, workers or os.cpu_count() or 1):
        done += size
        on_progress(Progress(done, total))
        for row in rows:
            yield row, True


def _size(path: Path) -> tuple[int, int]:
    told = path.stat()
    if not stat.S_ISREG(told.st_mode):
        raise OSError(0, "it is no file")
    size, mtime = told.st_size, told.st_mtime_ns
    if path.suffix == ".db":  # What a database was told last stands in its journal.
        journal = path.with_name(path.name + "-wal")
        if journal.exists():
            told = journal.stat()
            size, mtime = size + told.st_size, max(mtime, told.st_mtime_ns)
    return size, mtime


def _counted(
    todo: list[tuple[int, str, Counted | None]], total: int, workers: int
) -> Iterator[tuple[int, list[Counted]]]:
    if workers < 2 or total < WORTH_A_POOL or len(todo) < 2:
        for size, path, before in todo:
            yield size, [count_file(Path(path), before)]
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    # Fresh processes: a fork of one that has threads may hang.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        running = {pool.submit(_count_batch, batch): size for size, batch in _batches(todo)}
        for future in as_completed(running):
            yield running[future], future.result()


def _batches(todo: list[tuple[int, str, Counted | None]]) -> Iterator[tuple[int, list[tuple[str, Counted | None]]]]:
    """Batches of about the same size, the biggest files first, so that none is left to one core at the end."""
    batch: list[tuple[str, Counted | None]] = []
    filled = 0
    for size, path, before in sorted(todo, key=lambda each: -each[0]):
        batch.append((path, before))
        filled += size
        if filled >= BATCH:
            yield filled, batch
            batch, filled = [], 0
    if batch:
        yield filled, batch


def _count_batch(batch: list[tuple[str, Counted | None]]) -> list[Counted]:
    return [count_file(Path(path), before) for path, before in batch]


def count_file(path: Path, before: Counted | None = None) -> Counted:
    """A file counted, going on from where it was counted before if it only grew."""
    try:
        size, mtime = _size(path)
        with path.open("rb") as file:
            row = Counted(str(path), size, mtime)
            if before is not None and before.client and _only_grew(file, before, size):
                row.client, row.offset, row.lines = before.client, before.offset, before.lines
                row.reader, row.tally = before.reader, before.tally
            else:
                head = file.read(HEAD)
                row.client = client_of_head(head) or ""
                row.failure = "" if row.client else stranger(head)
            if row.client:
                _count(file, path, row)
            return row
    except OSError as error:
        return Counted(str(path), failure=f"cannot be read: {error.strerror}")


def _only_grew(file: BinaryIO, before: Counted, size: int) -> bool:
    return bool(before.mark) and size > before.size and _mark(file, before.offset) == before.mark


def _mark(file: BinaryIO, offset: int) -> bytes:
    start = max(offset - MARK, 0)
    file.seek(start)
    return blake2b(file.read(offset - start), digest_size=16).digest()


def _count(file: BinaryIO, path: Path, row: Counted) -> None:
    client: Client = row.client  # type: ignore[assignment]
    tally = msgspec.msgpack.decode(row.tally, type=Tally) if row.tally else Tally()
    if reads_by_line(client, path):
        kind = READERS[client]
        reader = msgspec.msgpack.decode(row.reader, type=kind) if row.reader else kind()
        _count_lines(file, row, reader, tally)
        row.reader = msgspec.msgpack.encode(reader)
        row.mark = _mark(file, row.offset)
    else:
        file.seek(0)
        for item in whole(client, file, path):
            tally.take(item)
    tally.weigh()
    row.tally = msgspec.msgpack.encode(tally)


def _count_lines(file: BinaryIO, row: Counted, reader: LineReader, tally: Tally) -> None:
    file.seek(max(row.offset - 1, 0))
    # Where the last line counted had no end yet, what follows is the rest of it.
    unended = row.offset > 0 and file.read(1) != b"\n"
    for line in lines_of(file, number=row.lines - unended):
        if is_torn(line):
            row.torn = line.number
            return
        for item in read_line(reader, line):
            tally.take(item)
        row.offset, row.lines = line.end, line.number
