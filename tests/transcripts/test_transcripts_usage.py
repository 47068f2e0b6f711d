"""The usage report over folders: what it adds up to, and what it names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from recorded_transcripts import OURS, SHOP, answer, corpus, write_lines

from agentforge.transcripts import Totals, usage_report


def test_the_parts_add_up_to_the_totals() -> None:
    report = usage_report(OURS)
    for parts in (report.by_model.values(), report.by_day.values(), [each.totals for each in report.sessions]):
        assert sum(part.answers for part in parts) == report.totals.answers
        assert sum(part.total for part in parts) == report.totals.total
    assert (report.totals.answers, report.totals.input, report.totals.output) == (23, 2332, 485)
    assert (report.totals.cache_creation, report.totals.cache_creation_1h, report.totals.cache_creation_5m) == (
        3810,
        500,
        3310,
    )
    assert report.totals.cache_read == 12765
    assert report.totals.cache_share == 12765 / (2332 + 3810 + 12765)


def test_a_session_tells_what_its_first_call_weighed_and_where_it_ran() -> None:
    by_id = {each.session[:4]: each for each in usage_report(SHOP).sessions}
    assert (by_id["1111"].first_call, by_id["1111"].prompts, by_id["1111"].cwd) == (2510, 4, "/home/dev/shop")
    assert by_id["1111"].path.endswith("11111111-1111-4111-8111-111111111111.jsonl")
    assert by_id["2222"].parent.startswith("1111")


def test_an_empty_folder_and_one_that_is_not_there_give_an_empty_report(tmp_path: Path) -> None:
    assert usage_report(tmp_path).totals == Totals()
    (problem,) = usage_report(tmp_path / "gone").problems
    assert "no such folder" in problem.what


def test_bad_files_are_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    write_lines(tmp_path / "good.jsonl", [answer("m", "r", 5)])
    (tmp_path / "binary.jsonl").write_bytes(os.urandom(4096) + b"\n")
    (tmp_path / "utf16.jsonl").write_bytes(json.dumps(answer("n", "r", 5)).encode("utf-16"))
    (tmp_path / "bom.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(answer("o", "r", 5)).encode() + b"\r\n")
    (tmp_path / "torn.jsonl").write_bytes(json.dumps(answer("p", "r", 5)).encode() + b"\n" + b'{"type":"assist')
    (tmp_path / "other.jsonl").write_text('{"song":1}\n')
    (tmp_path / "empty.jsonl").touch()
    os.mkfifo(tmp_path / "pipe.jsonl")
    report = usage_report(tmp_path)
    assert (report.totals.output, report.files, report.others) == (15, 3, 2)
    assert [(Path(each.path).name, each.line) for each in report.problems] == [
        ("binary.jsonl", 0),
        ("pipe.jsonl", 0),
        ("torn.jsonl", 2),
        ("utf16.jsonl", 0),
    ]


def test_recordings_give_one_report_with_and_without_a_cache(tmp_path: Path) -> None:
    folder = corpus("claude_code", "transcripts_sanitized")
    first = usage_report(folder, cache=tmp_path)
    assert first == usage_report(folder, cache=tmp_path) == usage_report(folder)
    assert not first.problems
    assert not first.skipped
    assert first.others == 2


@pytest.mark.parametrize("told", ["-1", "1" + "0" * 30, '"x"'])
def test_a_number_of_tokens_that_cannot_be_is_a_problem_with_its_line_and_the_rest_is_counted(
    told: str, tmp_path: Path
) -> None:
    good = json.dumps(answer("m", "r", 5))
    codex = '{"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":%s}}}}'
    (tmp_path / "claude.jsonl").write_text(f"{good}\n{good.replace('10', told, 1)}\n")
    (tmp_path / "codex.jsonl").write_text('{"type":"session_meta","payload":{"id":"s"}}\n' + codex % told + "\n")
    part = {"type": "step-finish", "id": "p", "tokens": {"input": json.loads(told)}}
    export = {"info": {"id": "ses_1"}, "messages": [{"info": {"id": "m"}, "parts": [part]}]}
    (tmp_path / "ses_1.json").write_text(json.dumps(export))
    report = usage_report(tmp_path, cache=tmp_path / "cache")
    assert (report.totals.input, report.totals.output) == (10, 5)
    assert [(Path(each.path).name, each.line) for each in report.problems] == [
        ("claude.jsonl", 2),
        ("codex.jsonl", 2),
        ("ses_1.json", 0),
    ]
