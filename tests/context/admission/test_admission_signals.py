import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.admission.signals import level, signals, template, templates, troubled, with_context
from agentforge.context.admission.values import ERROR, SHAPE, WARNING, Call, Subject


@pytest.mark.parametrize(
    "line",
    [
        "Error: no such file",
        "2026-01-01 ERROR web: refused",
        "java.lang.NullPointerException: x",
        "KeyError: 'a'",
        'GET /a HTTP/1.1" 503 12',
        "status=500",
        "process exited with code 137",
        "E       assert 1 == 2",
        "Segmentation fault (core dumped)",
        "make: *** [all] Error 2",
        "not ok 3 - adds",
        "npm ERR! missing script",
        "fatal: not a git repository",
        "1 failed, 2 passed",
        "permission denied",
    ],
)
def test_trouble_is_heard_in_many_words(line):
    assert level(line.lower()) == ERROR


@pytest.mark.parametrize(
    "line",
    [
        "0 errors, 0 warnings",
        "no errors found",
        "test_error_handling PASSED",
        "tests/test_errors.py::test_failure PASSED",
        "errors: 0",
        '"error": null',
        "    except ValueError as problem:",
        "timeout: 30",
        "GET /a 200 500ms",
        "process exited with code 0",
        "terrors of the deep",
    ],
)
def test_what_only_sounds_like_trouble_is_none(line):
    assert level(line.lower()) == 0


@pytest.mark.parametrize("line", ["warning: unused", "DeprecationWarning: x", "npm WARN deprecated a@1", "⚠ slow"])
def test_warnings_weigh_less(line):
    assert level(line.lower()) == WARNING


def test_the_first_of_each_kind_comes_first():
    found = signals(Subject("error 1 here\nfine\nerror 2 here\nerror: other\nwarning: x", Call()))
    assert found.weights == {0: (ERROR, 0), 2: (ERROR, 1), 3: (ERROR, 0), 4: (WARNING, 0)}
    assert found.note == "3 lines with errors (2 kinds), 1 line with warnings"


def test_an_exit_code_tells_though_the_words_are_those_of_success():
    assert list(signals(Subject("step a exit code 0\nstep b exit code 0\nstep c exit code 2", Call())).weights) == [2]


def test_many_words_are_looked_through_at_once():
    assert troubled(["ok", "it failed", "fine", "line\nError"]) == {"it failed": ERROR, "line\nError": ERROR}


def test_what_changes_is_no_part_of_a_kind():
    assert template("took 12 ms at 0xdeadbeef") == template("took 7 ms at 0xcafe0000")


def test_context_ends_at_an_empty_line():
    weights = {}
    pieces = Subject("a\n\nb\nc\nd\n\ne", Call()).pieces
    with_context(weights, pieces, [3], before=5, after=5, weight=SHAPE)
    assert weights == {2: (SHAPE, 1), 4: (SHAPE, 1)}


LINES = st.text(st.sampled_from("0123abcdefgxé٣ \t-:.") | st.characters(exclude_characters="\n"))


@given(st.lists(LINES, min_size=1))
def test_many_lines_have_the_templates_that_each_has(lines):
    assert templates(lines) == [template(line) for line in lines]


@given(
    st.lists(
        st.sampled_from(("fine", "no such file", "e   boom", "it failed", "exit code 1", "\u00d7 x", "a 0")) | LINES
    )
)
def test_a_line_speaks_of_trouble_in_any_company(lines):
    low = [line.lower() for line in lines]
    assert troubled(low) == {line: level(line) for line in low if line in troubled([line])}
