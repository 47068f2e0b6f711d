import json
import re

import pytest

from agentforge.context import Settings
from agentforge.simulate.whatif import Plan, load_plan, whatif
from agentforge.simulate.whatif.files import WORTH_A_POOL
from agentforge.wire.errors import OutsideError
from simulate.whatif.told import reading, told

DEFAULT = load_plan("default")


@pytest.fixture
def folder(tmp_path):
    """Two sessions and a file of nobody's."""
    told(tmp_path / "said" / "one.jsonl", reading(3))
    told(tmp_path / "said" / "two.jsonl", reading(2), id="88888888-1111-4111-8111-111111111111", prompt="Another.")
    (tmp_path / "said" / "three.jsonl").write_text("{}\n", encoding="utf-8")
    return tmp_path / "said"


def test_every_session_below_a_folder_is_replayed_under_every_plan(folder):
    report = whatif([folder], [DEFAULT])
    assert report.plans == ("direct", "default")
    assert sorted(row.sums["direct"].requests for row in report.rows) == [3, 4]
    assert report.skipped == ((str(folder / "three.jsonl"), "no client known here wrote it"),)
    assert report.method == "calibrated"
    assert report.off.tokens < 0.01
    assert report.totals["default"].dollars < report.totals["direct"].dollars


def test_what_was_replayed_is_not_replayed_again_and_says_the_same(folder, tmp_path):
    first = whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    again = whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    assert (first.remembered, again.remembered) == (0, 3)
    assert (first.rows, first.totals) == (again.rows, again.totals)


def test_a_replay_that_was_stopped_goes_on_where_it_was(folder, tmp_path):
    class Stopped(Exception):
        pass

    def stop(progress):
        raise Stopped

    with pytest.raises(Stopped):
        whatif([folder], [DEFAULT], cache=tmp_path / "cache", on_progress=stop)
    report = whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    assert report.remembered == 1
    assert report.totals == whatif([folder], [DEFAULT]).totals


def test_only_the_new_plan_and_the_changed_file_are_replayed(folder, tmp_path):
    seen = []
    whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    told(folder / "two.jsonl", reading(4), id="88888888-1111-4111-8111-111111111111", prompt="Another.")
    whatif([folder], [DEFAULT], cache=tmp_path / "cache", on_progress=seen.append)
    assert seen[-1].total == (folder / "two.jsonl").stat().st_size
    other = Plan("other", Settings(admit_above=900, admit_to=500))
    report = whatif([folder], [other, DEFAULT], cache=tmp_path / "cache")
    assert report.plans == ("direct", "other", "default")
    assert report.totals["other"].cuts >= report.totals["default"].cuts > 0


def test_a_half_written_state_is_replayed_again(folder, tmp_path):
    first = whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    again = whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    assert (again.remembered, again.totals) == (0, first.totals)


def test_many_processes_come_to_the_same(tmp_path):
    note = json.dumps({"type": "summary", "leafUuid": "u1", "summary": "x" * WORTH_A_POOL}) + "\n"
    for number in range(2):
        path = told(tmp_path / f"{number}.jsonl", reading(3), id=f"{number:08}-1111-4111-8111-111111111111")
        path.write_text(path.read_text(encoding="utf-8") + note, encoding="utf-8")
    many, one = (whatif([tmp_path], [DEFAULT], workers=workers) for workers in (2, 1))
    assert (many.rows, many.totals) == (one.rows, one.totals)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00\xff" * 99,
        b'{"type":"user"',
        b'{"type":"user","sessionId":"s","message":{"content":[[[[[[1]]]]]]}}\n' * 3,
    ],
    ids=["empty", "binary", "torn", "odd"],
)
def test_bad_input_is_told_and_stops_nothing(folder, text):
    (folder / "bad.jsonl").write_bytes(text)
    report = whatif([folder], [DEFAULT])
    assert len(report.rows) == 2
    assert str(folder / "bad.jsonl") in [path for path, _ in report.skipped]


def test_a_folder_without_transcripts_gives_an_empty_report(tmp_path):
    report = whatif([tmp_path], [DEFAULT])
    assert (report.rows, report.files) == ((), 0)


def test_where_nothing_can_be_kept_the_error_names_the_way_out(folder, tmp_path):
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    with pytest.raises(OutsideError, match="cannot be kept") as error:
        whatif([folder], [DEFAULT], cache=tmp_path / "cache")
    assert "--fresh" in error.value.fix


def test_charges_that_cannot_be_true_stop_nothing(tmp_path):
    path = told(tmp_path / "a.jsonl", reading(2))
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"output_tokens": \d+', f'"output_tokens": {10**15}', text), encoding="utf-8")
    assert len(whatif([tmp_path], [DEFAULT]).rows) == 1
    path.write_text(re.sub(r'"output_tokens": \d+', '"output_tokens": -5', text), encoding="utf-8")
    refused = whatif([tmp_path], [DEFAULT])
    assert (refused.rows, [why for _, why in refused.skipped]) == ((), ["nobody answers in it"])
    path.write_text(re.sub(r'"cache_creation_input_tokens": \d+', f'"cache_creation_input_tokens": {10**15}', text))
    assert len(whatif([tmp_path], [DEFAULT]).rows) == 1


def test_times_that_cannot_be_true_stop_nothing(tmp_path):
    path = told(tmp_path / "a.jsonl", reading(2))
    text = path.read_text(encoding="utf-8")
    for time in ("0001-01-01T00:00:00", "yesterday", ""):
        path.write_text(re.sub(r'"timestamp": "[^"]*"', f'"timestamp": "{time}"', text), encoding="utf-8")
        assert len(whatif([tmp_path], [DEFAULT]).rows) == 1


def test_arguments_nested_deep_stop_nothing(tmp_path):
    path = told(tmp_path / "a.jsonl", reading(2))
    deep = '{"a":' * 900 + "1" + "}" * 900
    text = path.read_text(encoding="utf-8").replace('"input": {', f'"input": {{"deep": {deep}, ')
    path.write_text(text, encoding="utf-8")
    assert len(whatif([tmp_path], [DEFAULT]).rows) == 1
