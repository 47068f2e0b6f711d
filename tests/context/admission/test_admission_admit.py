import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentforge.context import Settings
from agentforge.context.admission import Call, admit, closing_handle, closing_line
from agentforge.context.recall import answer, parse_query
from agentforge.ledger import handle
from agentforge.wire.memory import key_of
from context.planted import ALL, build_log, json_list, pytest_run

SETTINGS = Settings()
GOLDEN = Path(__file__).parent.parent / "golden"
NONE = Call()
by_name = pytest.mark.parametrize("planted", ALL, ids=lambda planted: f"{planted.name}-{len(planted.text)}")

lines = st.sampled_from(
    [
        "INFO served 12 in 4 ms",
        "ERROR refused",
        "",
        "a,b,c",
        "1,2,3",
        "- key: value",
        "key: 3",
        "def f(x):",
        "    return 1",
        "@@ -1,2 +1,2 @@",
        "+++ b/a.py",
        "# Heading",
        "{}",
        '{"a": 1}',
        "a.py:3:x",
        "\x1b[31mred\x1b[0m",
        "<p>x</p>",
        "a b c d e f g",
    ]
)
odd_lines = lines | st.text(max_size=30) | st.text(min_size=1, max_size=3).map(lambda piece: piece * 700)
hostile = st.lists(odd_lines, max_size=60).flatmap(
    lambda some: st.builds(
        lambda times, end: end.join(some * times), st.sampled_from([1, 8, 60]), st.sampled_from(["\n", "\r\n"])
    )
)
calls = st.builds(
    Call,
    st.sampled_from(["Bash", "Read", "Grep", "Glob", "mcp__a__b"]),
    st.sampled_from([{}, {"command": "pytest -q"}, {"file_path": "a.py"}, {"pattern": "served"}, {"path": "x.yaml"}]),
)


def pieces_shown(text, admitted):
    """The parts of the text that are shown, checked to stand in the answer in their order; and our own lines."""
    rest, own = admitted.text, []
    for start, end in admitted.shown:
        piece = text[start:end].rstrip()
        found = re.search(rf"^{re.escape(piece)}$", rest, re.MULTILINE)
        assert found is not None, piece
        own += rest[: found.start()].split("\n")
        rest = rest[found.end() :]
    return [line for line in (*own, *rest.split("\n")) if line]


@by_name
def test_what_must_be_seen_is_seen(planted):
    admitted = admit(planted.text, planted.call, SETTINGS)
    assert [fact for fact in planted.critical if fact not in admitted.text] == []
    assert admitted.kind == planted.family
    assert admitted.overlooked == 0


@by_name
def test_a_long_result_becomes_less_than_a_fifth(planted):
    assert len(admit(planted.text, planted.call, SETTINGS).text) <= 0.2 * len(planted.text)


@by_name
def test_a_plain_fact_comes_back_by_one_small_recall(planted):
    admitted = admit(planted.text, planted.call, SETTINGS)
    assert planted.plain not in admitted.text
    found = closing_handle(admitted.text)
    assert found == handle(key_of(planted.text.encode()).hex())
    told = answer(planted.text.encode(), parse_query({"handle": found, **planted.query}))
    assert planted.plain in told
    assert len(told) < 600


def test_five_failures_in_three_thousand_tests_are_all_seen():
    planted = pytest_run()
    admitted = admit(planted.text, planted.call, SETTINGS)
    assert [fact for fact in planted.critical if fact not in admitted.text] == []
    assert len(admitted.text) < 4_000


@by_name
def test_law_4_all_that_is_shown_stood_there_and_all_else_is_ours(planted):
    admitted = admit(planted.text, planted.call, SETTINGS)
    own = pieces_shown(planted.text, admitted)
    assert all(line.startswith("[") and line.endswith("]") for line in own), own


@by_name
def test_law_4_a_recall_of_every_gap_gives_the_exact_text_back(planted):
    admitted = admit(planted.text, planted.call, SETTINGS)
    gaps = [line for line in pieces_shown(planted.text, admitted) if line.endswith(" left out]")]
    whole = planted.text.split("\n")
    assert gaps
    for gap in gaps:
        named = gap[1:].removesuffix(" left out]")
        kind, _, span = named.partition(" ")
        asked = {kind.removesuffix("s") + "s": span} if kind in ("line", "lines", "characters") else {"path": named}
        told = answer(planted.text.encode(), parse_query({"handle": "0123456789ab", "limit": 10_000, **asked}))
        shown = [line for line in told.split("\n") if not re.fullmatch(r"\[.*\]", line)]
        assert shown
        if "lines" in asked:
            first = int(span.partition("-")[0])
            assert shown == whole[first - 1 : first - 1 + len(shown)]
        else:
            assert all(line in planted.text for line in shown)


@by_name
def test_law_3_the_same_text_is_admitted_the_same(planted):
    assert admit(planted.text, planted.call, SETTINGS) == admit("".join(list(planted.text)), planted.call, SETTINGS)


@by_name
def test_what_was_admitted_is_not_cut_again(planted):
    admitted = admit(planted.text, planted.call, SETTINGS).text
    assert admit(admitted, planted.call, Settings(admit_above=100)).text == admitted


@given(hostile, calls)
@example("[" * 3_000 + "]" * 3_000, NONE)
@example('{"a":' * 90 + "1" + "}" * 90, NONE)
@example(json.dumps([{"a": "b" * 9_000, "c": "\\n" * 3_000}] * 3), NONE)
@example("[" + "9" * 5_000 + "]", NONE)
@example(json.dumps([10**400] * 30 + [1e308] * 400 + [5]), NONE)
@example("\r".join(f"{at}%" for at in range(3_000)), NONE)
@example("\x00\x01\ufffd" * 4_000, NONE)
@example("İ" * 3_000 + "\nERROR\n" * 900, NONE)
@example(", ".join(["a"] * 9_000), NONE)
def test_any_text_is_admitted_exactly_and_never_grows(text, call):
    admitted = admit(text, call, Settings(admit_above=300, admit_to=300))
    assert len(admitted.text) <= len(text)
    assert admit(text, call, Settings(admit_above=300, admit_to=300)) == admitted
    if admitted.cut:
        assert closing_handle(admitted.text)
        assert all(line.startswith("[") and line.endswith("]") for line in pieces_shown(text, admitted))
        assert len(admitted.text) <= 2.5 * 300 * 2 + 600
    else:
        assert admitted.text == text


def test_a_json_of_five_million_characters_on_one_line_is_cut_to_its_odd_records():
    rows = [{"id": at, "state": "lost" if at == 40_000 else "fine", "note": "x" * 40} for at in range(70_000)]
    text = json.dumps(rows)
    assert len(text) > 5_000_000
    admitted = admit(text, NONE, SETTINGS)
    assert '"state": "lost"' in admitted.text
    assert len(admitted.text) < 1_500


def test_colours_hide_no_error():
    text = "\n".join(f"step {at} done" for at in range(400)) + "\n\x1b[1;31mERROR\x1b[0m disk gone\n" + "x\n" * 500
    assert "\x1b[1;31mERROR\x1b[0m disk gone" in admit(text, NONE, SETTINGS).text


@pytest.mark.parametrize(
    ("text", "call", "settings", "why"),
    [
        ("x" * 4_000, NONE, SETTINGS, "short"),
        ("ERROR\n" * 1_300, Call(failed=True), SETTINGS, "short"),
        ("word\n" * 2_000, Call("recall", {"handle": "recall:0123456789ab"}), SETTINGS, "recalled"),
        ("word\n" * 2_000, Call("mcp__agentforge__recall"), SETTINGS, "recalled"),
        (
            "word\n" * 2_000,
            Call("Bash", {"command": "agentforge recall 0123456789ab --lines 1-40"}),
            SETTINGS,
            "recalled",
        ),
        ("word\n" * 2_000, Call("Skill"), SETTINGS, "read whole"),
        ("word\n" * 2_000, Call("Read", {"file_path": "/p/CLAUDE.md"}), SETTINGS, "instructions"),
        ("word\n" * 2_000, NONE, Settings(recall="none"), "no way to recall"),
        ("word\n" * 2_000, NONE, Settings(admit=False), "off"),
        ("word and words\n" * 300 + f"api_key = 'sk-ant-api03-{'aB3' * 31}'", NONE, SETTINGS, "secrets"),
    ],
)
def test_some_results_pass_whole(text, call, settings, why):
    admitted = admit(text, call, settings)
    assert admitted.text == text
    assert not admitted.cut
    assert why in admitted.reason


def test_a_very_long_error_is_cut_all_the_same():
    assert admit("ERROR here\n" * 4_000, Call(failed=True), SETTINGS).cut


def test_the_way_back_is_told_as_the_session_can_go_it():
    log = build_log()
    assert "call recall with it" in admit(log.text, log.call, SETTINGS).text
    assert "run `agentforge recall " in admit(log.text, log.call, Settings(recall="shell")).text


def test_more_errors_than_there_is_room_for_are_counted():
    text = "\n".join(f"ERROR {chr(97 + at % 26) * (1 + at // 26)} is gone" for at in range(900))
    admitted = admit(text, NONE, SETTINGS)
    assert admitted.overlooked > 0
    assert f"[{admitted.overlooked:,} more that stand out found no room here]" in admitted.text
    assert len(admitted.text) < 2.5 * 3_000 + 200


def test_a_closing_line_is_known_again():
    for recall in ("tool", "shell"):
        line = closing_line("recall:0123456789ab", "3 lines", recall)
        assert closing_handle(f"words\n{line}") == "recall:0123456789ab"
    assert closing_handle("[recall:0123456789ab holds] nothing") is None


@pytest.mark.parametrize(
    "planted", [json_list(number=380), build_log(), pytest_run(3, 430)], ids=["json", "build", "pytest"]
)
def test_a_build_is_what_it_was(planted):
    golden = GOLDEN / f"{planted.name.split()[0]}.txt"
    assert admit(planted.text, planted.call, SETTINGS).text + "\n" == golden.read_text(encoding="utf-8")
