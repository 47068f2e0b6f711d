from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.text import counted, shortened, without_colours


@given(st.text())
def test_colours_are_blanked_and_all_else_stays_in_its_place(text):
    assert len(without_colours(text)) == len(text)
    assert without_colours(f"{text} \x1b[1;31mred").endswith(" " * 8 + "red")


def test_numbers_are_said_with_what_they_count():
    assert [counted(1, "line"), counted(2_000, "line"), counted(2, "entry")] == ["1 line", "2,000 lines", "2 entries"]


def test_long_words_are_shortened_on_one_line():
    assert shortened("a\n b", 9) == "a b"
    assert shortened("abcdefghij", 5) == "abcd…"
