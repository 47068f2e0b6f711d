from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit.matching import Known

LINES = st.lists(st.sampled_from(["one letter", "two parcels", "", "-", "three stamps", "four cards"]), max_size=30)


def test_lines_are_known_wherever_they_stand():
    known = Known(["first line\nsecond line", "third line"])
    assert known.of_lines(["third line", "nobody's", "first line", "second line"]) == [1, None, 0, 0]


def test_the_longer_run_has_a_line_that_two_texts_have():
    known = Known(["# Status\nletters", "# Status\nparcels\nstamps"])
    assert known.of_lines(["# Status", "parcels", "stamps"]) == [1, 1, 1]


def test_the_same_line_of_two_texts_is_once_of_each():
    assert Known(["- sort: sorts", "- sort: sorts"]).of_lines(["- sort: sorts", "- sort: sorts"]) == [0, 1]


def test_a_line_that_says_nothing_goes_with_the_one_before_it_or_else_behind_it():
    known = Known(["first line", "second line"])
    assert known.of_lines(["", "first line", "", "---", "second line"]) == [0, 0, 0, 0, 1]
    assert Known(["letters"]).of_lines(["", "nobody's", ""]) == [None, None, None]


def test_a_line_that_was_cut_off_is_known_by_its_words():
    known = Known(["- clerk: weighs letters and parcels before they go"])
    words = ["-", "clerk:", "weighs", "letters", "and", "pa…"]
    assert known.of_words(words) == [0, 0, 0, 0, 0, None]


def test_two_words_alone_are_not_enough():
    assert Known(["sort the letters now"]).of_words(["the", "letters", "burn"]) == [None, None, None]


@given(st.lists(LINES, max_size=5), LINES)
def test_every_line_gets_an_answer_and_only_texts_that_have_it_are_named(texts, asked):
    found = Known(["\n".join(lines) for lines in texts]).of_lines(asked)

    assert len(found) == len(asked)
    for line, number in zip(asked, found, strict=True):
        if number is not None and len(line) > 1:
            assert line in texts[number]
    assert all(
        number is not None
        for line, number in zip(asked, found, strict=True)
        if len(line) > 1 and any(line in one for one in texts)
    )
