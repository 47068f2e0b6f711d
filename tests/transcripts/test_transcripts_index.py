"""The cache: what is kept, and what happens when it cannot be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from recorded_transcripts import SHOP, answer, write_lines

from agentforge.transcripts import usage_report


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    write_lines(folder / "s.jsonl", [answer("a", "r", 1)])
    cache.mkdir()
    (cache / "transcripts.sqlite3").write_bytes(b"no database" * 100)
    report = usage_report(folder, cache=cache)
    assert (report.totals.output, report.problems) == (1, ())
    assert usage_report(folder, cache=cache) == report


def test_a_cache_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    write_lines(tmp_path / "s.jsonl", [answer("a", "r", 1)])
    (tmp_path / "cache").touch()
    report = usage_report(tmp_path, cache=tmp_path / "cache")
    assert report.totals.output == 1
    assert "cache cannot be used" in report.problems[0].what


def test_the_cache_holds_no_text_of_the_transcripts(tmp_path: Path) -> None:
    usage_report(SHOP, cache=tmp_path)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"lose a cent" not in kept
    assert b"round(total)" not in kept
    assert (tmp_path / "transcripts.sqlite3").stat().st_mode & 0o077 == 0


def test_a_cache_that_is_damaged_further_in_is_named_and_costs_only_time(tmp_path: Path) -> None:
    write_lines(tmp_path / "s.jsonl", [answer("a", "r", 1)])
    usage_report(tmp_path, cache=tmp_path / "cache")
    with closing(sqlite3.connect(tmp_path / "cache" / "transcripts.sqlite3")) as database, database:
        database.execute("UPDATE file SET row = ?", (b"no row",))
    report = usage_report(tmp_path, cache=tmp_path / "cache")
    assert report.totals.output == 1
    assert "the cache is damaged" in report.problems[0].what
