"""The usage report over any folder of transcripts: one answer is one message id and request id, its last line wins."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from agentforge.transcripts.events import Problem
from agentforge.transcripts.find import find_transcripts
from agentforge.transcripts.index import Counted, Index
from agentforge.transcripts.report import UsageReport
from agentforge.transcripts.scan import Progress, count_files
from agentforge.transcripts.sums import Sums
from agentforge.transcripts.tally import Tally, problems_of

_tally = msgspec.msgpack.Decoder(Tally).decode


def usage_report(
    folders: Path | Iterable[Path],
    *,
    cache: Path | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> UsageReport:
    """What the transcripts below the folders say was used.

    With a `cache` folder the next report reads only what is new. `workers` is all cores unless said otherwise.
    """
    roots = [Path(folder).absolute() for folder in ((folders,) if isinstance(folders, Path) else folders)]
    problems: list[Problem] = []
    problems += (Problem("there is no such folder", path=str(root)) for root in roots if not root.exists())
    found = (path for root in roots if root.exists() for path in find_transcripts(root, problems.append))
    paths = list(dict.fromkeys(found))
    index = _index(cache, problems)
    try:
        known = _known(index, problems) if index else {}
        sums = Sums()
        new: list[Counted] = []
        for row, is_new in count_files(known, paths, workers=workers, on_progress=on_progress):
            _add(sums, row, problems)
            if is_new and not row.failure:
                new.append(row)
        if index:
            _keep(index, new, _gone(known, paths, roots), problems)
    finally:
        if index:
            index.close()
    return sums.report(problems)


def _index(cache: Path | None, problems: list[Problem]) -> Index | None:
    if cache is None:
        return None
    try:
        return Index(cache)
    except (OSError, sqlite3.Error) as error:
        problems.append(Problem(f"the cache cannot be used, so everything was read: {error}", path=str(cache)))
        return None


def _known(index: Index, problems: list[Problem]) -> dict[str, Counted]:
    try:
        return {row.path: row for row in index.rows()}
    except (sqlite3.Error, msgspec.DecodeError) as error:
        problems.append(
            Problem(f"the cache is damaged, so everything was read; delete it: {error}", path=str(index.path))
        )
        return {}


def _keep(index: Index, new: list[Counted], gone: list[str], problems: list[Problem]) -> None:
    try:
        index.keep(new)
        index.drop(gone)
    except sqlite3.Error as error:
        problems.append(Problem(f"the cache could not be written: {error}"))


def _gone(known: dict[str, Counted], paths: list[Path], roots: list[Path]) -> list[str]:
    there = {str(path) for path in paths}
    return [path for path in known if path not in there and any(Path(path).is_relative_to(root) for root in roots)]


def _add(sums: Sums, row: Counted, problems: list[Problem]) -> None:
    if row.failure:
        problems.append(Problem(row.failure, path=row.path))
        return
    if not row.client:
        sums.others += 1
        return
    tally = _tally(row.tally)
    problems += problems_of(tally, row.path)
    if row.torn:
        problems.append(Problem("the last line is half written", row.torn, row.path))
    sums.add(tally, row)
