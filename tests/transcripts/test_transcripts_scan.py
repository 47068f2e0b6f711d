"""Counting files: what is read again, what is not, and on how many cores."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_transcripts import SHOP, answer, write_lines

from agentforge.transcripts import Progress, Totals, usage_report
from agentforge.transcripts.index import Counted
from agentforge.transcripts.scan import count_file


def test_a_line_too_long_is_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", [answer("m", "r", 5)])
    line = path.read_bytes()
    with path.open("r+b") as file:
        file.write(line + b'{"type":"user","message":"')
        file.seek(100 << 20, os.SEEK_CUR)  # A hole: long to read, and nothing on the disk.
        file.write(b'"}\n' + line.replace(b'"m"', b'"n"'))
    report = usage_report(tmp_path)
    assert report.totals.output == 10
    assert [(each.line, each.what) for each in report.problems] == [
        (2, "this line is too long to be taken into memory")
    ]


def test_the_next_run_reads_only_what_is_new(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    old = write_lines(folder / "old.jsonl", [answer("a", "r", 1)])
    grown = write_lines(folder / "grown.jsonl", [answer(f"b{number}", "r", 1) for number in range(50)])
    first: list[Progress] = []
    usage_report(folder, cache=cache, on_progress=first.append)
    assert first[-1] == Progress(old.stat().st_size + grown.stat().st_size, first[-1].done)
    with grown.open("ab") as file:
        file.write(json.dumps(answer("c", "r", 7)).encode() + b"\n")
    second: list[Progress] = []
    report = usage_report(folder, cache=cache, on_progress=second.append)
    assert second[-1].done < 600
    assert report.totals.output == 58
    assert report == usage_report(folder)


def test_a_half_written_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    path = write_lines(folder / "s.jsonl", [answer("a", "r", 1)])
    line = json.dumps(answer("b", "r", 2)).encode() + b"\n"
    with path.open("ab") as file:
        file.write(line[:40])
    torn = usage_report(folder, cache=cache)
    assert [(each.line, each.what) for each in torn.problems] == [(2, "the last line is half written")]
    assert usage_report(folder, cache=cache) == torn
    with path.open("ab") as file:
        file.write(line[40:])
    whole = usage_report(folder, cache=cache)
    assert (whole.totals.output, whole.problems) == (3, ())


def test_a_file_written_anew_is_read_anew_and_one_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    path = write_lines(folder / "s.jsonl", [answer("a", "r", 1)])
    usage_report(folder, cache=cache)
    write_lines(path, [answer("x", "r", 4), answer("y", "r", 4)])
    assert usage_report(folder, cache=cache).totals.output == 8
    path.unlink()
    assert usage_report(folder, cache=cache).totals == Totals()


def test_several_processes_say_what_one_says(tmp_path: Path) -> None:
    for number in range(9):
        filler = {"type": "api-request-blob", "sessionId": "s1", "message": "x" * 4_000_000}
        write_lines(tmp_path / f"{number}.jsonl", [answer(f"m{number}", "r", number), filler, answer("m", "r", number)])
    alone, together = usage_report(tmp_path, workers=1), usage_report(tmp_path, workers=2)
    assert alone == together
    assert alone.totals.output == sum(range(9)) + 8


@given(st.data())
def test_counting_in_pieces_is_counting_at_once(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = (SHOP / "11111111-1111-4111-8111-111111111111.jsonl").read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    path = tmp_path_factory.mktemp("grow") / "11111111-1111-4111-8111-111111111111.jsonl"
    row: Counted | None = None
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        with path.open("ab") as file:
            file.write(whole[start:end])
        row = count_file(path, row)
    assert row is not None
    at_once = count_file(path)
    assert row.tally == at_once.tally
    assert (row.offset, row.lines, row.torn) == (at_once.offset, at_once.lines, 0)
