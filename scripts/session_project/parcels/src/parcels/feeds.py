"""Feeds: what carriers send us, as CSV or as JSON lines, read into scans."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from parcels.carriers import UnknownCarrier, carrier_of
from parcels.events import Event, parse_time
from parcels.numbers import BadNumber, TrackingNumber

COLUMNS = ("number", "time", "code", "place", "note")
REQUIRED = COLUMNS[:3]


class FeedError(ValueError):
    """A feed that cannot be read; the message begins with file and line."""

    def __init__(self, source: str, line: int, problem: str) -> None:
        super().__init__(f"{source}:{line}: {problem}")
        self.source = source
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Scan:
    """One line of a feed: a scan, and whose it is."""

    number: TrackingNumber
    event: Event


@dataclass(frozen=True, slots=True)
class Feed:
    """All scans of a feed in the order of its lines, and the lines that made no sense."""

    scans: tuple[Scan, ...]
    problems: tuple[FeedError, ...] = ()

    def by_number(self) -> dict[TrackingNumber, list[Event]]:
        """The scans of each parcel, in the order of the feed."""
        grouped: dict[TrackingNumber, list[Event]] = {}
        for scan in self.scans:
            grouped.setdefault(scan.number, []).append(scan.event)
        return grouped


def read_feed(path: Path, *, strict: bool = True) -> Feed:
    """The feed in a file; the ending says how it is written (.csv, .jsonl)."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        return parse_csv(text.splitlines(), path.name, strict=strict)
    if path.suffix == ".jsonl":
        return parse_jsonl(text.splitlines(), path.name, strict=strict)
    raise FeedError(path.name, 0, f"cannot tell the format from the ending {path.suffix!r}")


def parse_csv(lines: Iterable[str], source: str = "feed", *, strict: bool = True) -> Feed:
    """The feed in lines of CSV, the first of which names the columns."""
    reader = csv.DictReader(lines)
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
    if missing:
        raise FeedError(source, 1, f"missing columns: {', '.join(missing)}")
    return _gather(((reader.line_num, row) for row in reader), source, strict)


def parse_jsonl(lines: Iterable[str], source: str = "feed", *, strict: bool = True) -> Feed:
    """The feed in lines of JSON, one object each; empty lines are skipped."""
    return _gather(_objects(lines, source), source, strict)


def _objects(lines: Iterable[str], source: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for count, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise FeedError(source, count, f"not JSON: {error.msg}") from error
        if not isinstance(row, dict):
            raise FeedError(source, count, f"expected an object, found {type(row).__name__}")
        yield count, row


def _gather(rows: Iterable[tuple[int, Mapping[str, object]]], source: str, strict: bool) -> Feed:
    scans: list[Scan] = []
    problems: list[FeedError] = []
    for line, row in rows:
        try:
            scans.append(_scan(row))
        except (BadNumber, UnknownCarrier, ValueError) as error:
            problem = FeedError(source, line, str(error))
            if strict:
                raise problem from error
            problems.append(problem)
    return Feed(tuple(scans), tuple(problems))


def _scan(row: Mapping[str, object]) -> Scan:
    for name in REQUIRED:
        if not str(row.get(name) or "").strip():
            raise ValueError(f"{name} is empty")
    number = TrackingNumber.parse(str(row["number"]))
    status = carrier_of(number).status_for(str(row["code"]))
    return Scan(
        number,
        Event(
            at=parse_time(str(row["time"])),
            status=status,
            place=str(row.get("place") or "").strip(),
            note=str(row.get("note") or "").strip(),
        ),
    )
