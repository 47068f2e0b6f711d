from dataclasses import replace

import pytest
from hypothesis import given

from agentforge.context import SessionView, Settings
from agentforge.context.admission import closing_handle
from agentforge.context.transforms.repeat_reads import CHAIN, REPEAT_READS
from agentforge.context.transforms.results import results_in
from agentforge.wire import DIALECTS
from context.sessions import CHANGED, FILE, SMALL, Turn, request, sessions
from strategies import dialects

VIEW = SessionView(Settings())
READ = Turn("Read", {"file_path": "/p/values.py"}, FILE)
AFTER = replace(READ, result=CHANGED)


def sent(turns, view=VIEW, dialect="anthropic"):
    changed, receipt = REPEAT_READS.run(request(dialect, turns), view)
    return [found.said.text for found in results_in(changed)], receipt.changes


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_second_look_at_the_same_file_points_to_the_first(dialect):
    (first, second), changes = sent([READ, READ], dialect=dialect)
    assert first == FILE
    assert second.startswith("[unchanged: the same as the result of Read /p/values.py above]")
    assert changes[0].kept is not None
    assert changes[0].kept.handle == closing_handle(second)
    assert changes[0].kept.data.decode() == FILE


def test_the_same_text_by_another_call_points_there_too():
    (_, second), _ = sent([READ, Turn("Bash", {"command": "cat -n values.py"}, FILE)])
    assert "the result of Read /p/values.py" in second


def test_a_changed_file_comes_as_the_lines_that_changed():
    (_, second), changes = sent([READ, AFTER])
    assert "-value_80 = compute(value_79, 3)" in second
    assert "+value_80 = compute(value_79, 4)" in second
    assert "@@ -78,5 +78,5 @@" in second
    assert len(second) < 600
    assert changes[0].kept is not None
    assert changes[0].kept.data.decode() == CHANGED


def test_a_line_more_does_not_change_all_that_follow():
    lines = FILE.split("\n")
    grown = [
        *lines[:10],
        "11\tnew = 1",
        *(f"{at + 2}\t{line.partition(chr(9))[2]}" for at, line in enumerate(lines[10:], 10)),
    ]
    (_, second), _ = sent([READ, replace(READ, result="\n".join(grown))])
    assert "+new = 1" in second
    assert second.count("\n+") == 1


def test_a_look_at_what_came_as_a_diff_points_there_and_says_so():
    (_, _, third), _ = sent([READ, AFTER, AFTER])
    assert "shown there as a diff" in third


def test_after_some_diffs_the_whole_comes_again():
    turns = [replace(READ, result=FILE.replace("compute(value_79, 3)", f"compute({at})")) for at in range(CHAIN + 2)]
    texts, _ = sent(turns)
    assert [len(text) > 1_000 for text in texts] == [True, *[False] * CHAIN, True]


def test_short_errors_and_what_was_cut_are_left_alone():
    assert not sent([Turn("Read", {}, SMALL)] * 2)[1]
    assert not sent([replace(READ, failed=True)] * 2)[1]
    cut = f"{FILE[:900]}\n[recall:0123456789ab holds all 159 lines: call recall with it and a pattern, lines or path]"
    assert not sent([replace(READ, result=cut)] * 2)[1]


def test_a_text_with_a_secret_is_sent_as_it_came():
    assert not sent([replace(READ, result=f"{FILE}\napi_key = 'sk-ant-api03-{'aB3' * 31}'")] * 2)[1]


def test_a_file_changed_all_over_comes_whole():
    other = FILE.replace("compute", "work_out")
    assert sent([READ, replace(READ, result=other)])[0][1] == other


def test_what_was_sent_before_we_came_is_pointed_to_but_not_touched():
    texts, changes = sent([READ, READ, READ], replace(VIEW, start=5))
    assert [len(text) < 400 for text in texts] == [False, False, True]
    assert len(changes) == 1


@pytest.mark.parametrize("settings", [Settings(repeat_reads=False), Settings(recall="none")])
def test_it_can_be_switched_off(settings):
    came = request("anthropic", [READ, READ])
    assert REPEAT_READS.run(came, SessionView(settings))[0] is came


@given(dialects, sessions)
def test_law_4_every_change_keeps_the_text_it_replaced_and_is_shorter(dialect, turns):
    _, receipt = REPEAT_READS.run(request(dialect, turns), VIEW)
    for change in receipt.changes:
        assert change.kept is not None
        assert change.kept.data.decode() == change.before
        assert len(change.after) < len(change.before)
