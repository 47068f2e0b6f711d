from __future__ import annotations

from pathlib import Path

import pytest

from parcels.events import Status
from parcels.feeds import FeedError, parse_csv, parse_jsonl, read_feed

CSV = """number,time,code,place,note
KC4821093753,2026-03-02T10:05,ACC,Shop counter,
KC4821093753,2026-03-02T22:40+01:00,DEP,Hub North,on time
TW0000000125,2026-03-02T12:00,10,Pier 2,
"""


def test_a_csv_feed_is_read_in_the_order_of_its_lines() -> None:
    feed = parse_csv(CSV.splitlines())
    assert [str(scan.event) for scan in feed.scans] == [
        "2026-03-02 10:05 accepted at Shop counter",
        "2026-03-02 21:40 in transit at Hub North (on time)",
        "2026-03-02 12:00 accepted at Pier 2",
    ]


def test_scans_are_grouped_by_parcel() -> None:
    grouped = parse_csv(CSV.splitlines()).by_number()
    assert {str(number): len(events) for number, events in grouped.items()} == {
        "KC4821093753": 2,
        "TW0000000125": 1,
    }


def test_json_lines_say_the_same_as_csv() -> None:
    line = '{"number": "HX0000000037", "time": "2026-03-02T10:05Z", "code": "done"}'
    (scan,) = parse_jsonl(["", line]).scans
    assert scan.event.status is Status.DELIVERED


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("KC4821093754,2026-03-02T10:05,ACC,,", "the check digit is 4, not 3"),
        ("KC4821093753,yesterday,ACC,,", "'yesterday' is not a time"),
        ("KC4821093753,2026-03-02T10:05,XXX,,", "Kestrel Courier has no code 'XXX'"),
        ("KC4821093753,,ACC,,", "time is empty"),
        ("ZZ4821093753,2026-03-02T10:05,ACC,,", "no carrier has the prefix ZZ"),
    ],
)
def test_a_bad_line_is_named(line: str, problem: str) -> None:
    with pytest.raises(FeedError, match=f"feed:2: .*{problem}"):
        parse_csv(["number,time,code,place,note", line])


def test_a_lenient_reader_keeps_the_good_lines() -> None:
    lines = [*CSV.splitlines(), "KC4821093753,soon,ACC,,"]
    feed = parse_csv(lines, strict=False)
    assert len(feed.scans) == 3
    assert [problem.line for problem in feed.problems] == [5]


def test_the_ending_says_how_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "kestrel.csv"
    path.write_text(CSV, encoding="utf-8-sig")
    assert len(read_feed(path).scans) == 3
    with pytest.raises(FeedError, match="cannot tell the format"):
        read_feed(path.rename(tmp_path / "kestrel.txt"))
