"""The front door to every client's transcripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_transcripts import MAIN, OURS, answer, write_lines

from agentforge.transcripts import (
    About,
    Entry,
    Problem,
    entries,
    find_transcripts,
    items,
    read_transcript,
    read_transcripts,
)
from agentforge.wire.errors import OutsideError


@pytest.mark.parametrize("path", sorted(find_transcripts(OURS)), ids=lambda path: path.name)
def test_every_transcript_is_read_without_a_problem_and_names_its_session_first(path: Path) -> None:
    told = list(items(path))
    assert not [item for item in told if isinstance(item, Problem)]
    with_usage = [item for item in told if isinstance(item, Entry) and item.usage is not None]
    first = next(index for index, item in enumerate(told) if isinstance(item, About))
    assert all(told.index(entry) > first for entry in with_usage)
    assert all(entry.response for entry in with_usage)


def test_entries_are_the_items_that_are_entries() -> None:
    assert list(entries(MAIN)) == [item for item in items(MAIN) if isinstance(item, Entry)]


def test_entries_come_one_by_one(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", [answer("a", "r", 1), answer("b", "r", 2)])
    reading = entries(path)
    assert next(reading).response == "a:r"
    with path.open("ab") as file:
        file.write(path.read_bytes().splitlines(keepends=True)[0].replace(b'"a"', b'"c"'))
    assert [entry.response for entry in reading] == ["b:r", "c:r"]


def test_a_file_of_nobody_and_one_that_is_gone_are_problems_and_not_errors(tmp_path: Path) -> None:
    (tmp_path / "song.jsonl").write_text('{"song":1}\n')
    (tmp_path / "noise.jsonl").write_bytes(b"\xff\xfe\x00\x01\n")
    told = {
        name: [str(item) for item in items(tmp_path / name)] for name in ("song.jsonl", "noise.jsonl", "gone.jsonl")
    }
    assert told["song.jsonl"] == [f"{tmp_path}/song.jsonl: no client known here wrote this"]
    assert "binary" in told["noise.jsonl"][0]
    assert "cannot be read" in told["gone.jsonl"][0]


def test_a_torn_last_line_is_a_problem_and_a_last_line_without_a_break_is_none(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", [answer("a", "r", 1)])
    path.write_bytes(path.read_bytes().rstrip())
    assert not [item for item in items(path) if isinstance(item, Problem)]
    path.write_bytes(path.read_bytes()[:-3])
    assert [item.what for item in items(path) if isinstance(item, Problem)] == ["the last line is half written"]


def test_an_empty_file_has_no_transcript_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.touch()
    assert list(read_transcripts(path)) == []
    with pytest.raises(OutsideError, match="no transcript"):
        read_transcript(path)
    with pytest.raises(OutsideError, match="no transcript of elsewhere"):
        read_transcript(MAIN, "elsewhere")
