import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.recall import answer, parse_query
from agentforge.wire.errors import UsageError

LINES = [f"line {at} says {'ERROR' if at % 40 == 7 else 'fine'}" for at in range(1, 201)]
LOG = "\n".join(LINES)
TABLE = "id,state,size\n" + "\n".join(f"{at},{'lost' if at == 77 else 'ok'},{at * 3}" for at in range(150))
ROWS = [{"id": at, "state": "lost" if at == 77 else "ok", "note": f"first {at}\nsecond {at}"} for at in range(150)]


def ask(text, **asked):
    return answer(text.encode(), parse_query({"handle": "recall:0123456789ab", **asked}))


def test_lines_come_to_the_letter_under_their_numbers():
    assert ask(LOG, lines="30-32") == "[lines 30-32 of 200]\n" + "\n".join(LINES[29:32])
    assert ask(LOG, lines="-2").endswith("\n".join(LINES[-2:]))


def test_lines_of_a_numbered_text_are_those_the_reader_gave():
    text = "\n".join(f"{at}\tx = {at}" for at in range(500, 600))
    assert "520\tx = 520\n521\tx = 521" in ask(text, lines="520-521")


def test_a_pattern_gives_the_lines_that_match_and_how_many():
    told = ask(LOG, pattern="says ERR.R$")
    assert told.count("ERROR") == 5
    assert "[line 47]\nline 47 says ERROR" in told
    assert told.endswith("[5 of 200 lines match]")
    assert ask(LOG, pattern="ERROR", lines="1-50").endswith("[2 of 50 lines match]")


def test_a_pattern_that_matches_nothing_is_tried_in_any_case():
    told = ask(LOG, pattern="error")
    assert "line 7 says ERROR" in told
    assert "in any case" in told
    assert "[nothing matches]" in ask(LOG, pattern="absent")


def test_a_pattern_beyond_the_engine_is_taken_as_plain_words():
    told = ask(LOG + "\n(?=x)", pattern="(?=x)")
    assert "line 201]\n(?=x)" in told
    assert "taken as plain words" in told


def test_a_long_line_is_shown_around_its_matches():
    text = "a" * 5_000 + " needle one " + "b" * 5_000 + " needle two " + "c" * 5_000
    told = ask(text, pattern="needle")
    assert "needle one" in told
    assert "needle two" in told
    assert len(told) < 1_500
    assert "[1 of 1 line matches]" in told


def test_characters_are_counted_over_the_whole_text():
    assert ask("abc\ndef", characters="3-5") == "[characters 3-5 of 7]\nc\nd"


def test_paths_give_exact_json():
    assert ask(json.dumps({"a": ROWS}), path="a[77].state") == '[a[77].state]\n"lost"'
    assert '[a[4]]\n{"id": 4' in ask(json.dumps({"a": ROWS}), path="a[3-4]")


def test_a_text_inside_json_is_asked_line_by_line():
    text = json.dumps({"output": LOG})
    assert ask(text, path="output", lines="47") == f"[lines 47-47 of 200]\n{LINES[46]}"
    assert "line 7 says ERROR" in ask(text, path="output", pattern="ERROR")
    assert ask(text, path="output", characters="1-4").endswith("line")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (TABLE, "77,lost,231"),
        (json.dumps(ROWS), json.dumps(ROWS[77])),
        (json.dumps({"rows": ROWS, "n": 150}, indent=1), '"id": 77'),
        ("\n".join(map(json.dumps, ROWS)), json.dumps(ROWS[77])),
    ],
)
def test_a_condition_gives_the_records_it_holds_for(text, row):
    told = ask(text, where="state=lost")
    assert row in told
    assert "second 76" not in told
    assert len(told) < 300


def test_a_condition_under_a_path():
    assert "[a[77]]" in ask(json.dumps({"a": ROWS, "b": ROWS}), path="a", where="state=lost")


@pytest.mark.parametrize(
    ("text", "asked", "says"),
    [
        (LOG, {"lines": "900-910"}, "it has 1 to 200"),
        (LOG, {"path": "a"}, "not JSON"),
        (LOG, {"where": "a=1"}, "needs records"),
        (TABLE, {"where": "colour=red"}, "there are id, state, size"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_can(text, asked, says):
    with pytest.raises(UsageError) as caught:
        ask(text, **asked)
    assert says in str(caught.value)


def test_an_answer_is_small_and_says_what_it_left_out():
    told = ask(LOG * 20)
    assert len(told) < 2_300
    assert "more left out" in told
    assert "pattern, lines, path or where" in told
    assert len(ask("x" * 90_000, lines="1")) < 2_300


def test_bytes_that_are_no_text_are_answered_all_the_same():
    assert "\ufffd" in answer(b"\xff\xfe line", parse_query({"handle": "0123456789ab", "lines": "1"}))


@given(st.text(max_size=200), st.text(max_size=12), st.integers(1, 9))
def test_law_4_lines_come_back_exactly(text, pattern, first):
    lines = text.removesuffix("\n").split("\n")
    if first <= len(lines) and not text[:1].isdigit() and text[:1] != " ":
        assert ask(text, lines=f"{first}-{first}").split("\n", 1)[1] == lines[first - 1]
    assert len(ask(text, pattern=pattern)) < 2_400
