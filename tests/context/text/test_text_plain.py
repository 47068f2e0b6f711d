from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.text import counted, places, shortened, without_colours, without_digits


@given(st.text())
def test_colours_are_blanked_and_all_else_stays_in_its_place(text):
    assert len(without_colours(text)) == len(text)
    assert without_colours(f"{text} \x1b[1;31mred").endswith(" " * 8 + "red")


def test_numbers_are_said_with_what_they_count():
    assert [counted(1, "line"), counted(2_000, "line"), counted(2, "entry")] == ["1 line", "2,000 lines", "2 entries"]


def test_long_words_are_shortened_on_one_line():
    assert shortened("a\n b", 9) == "a b"
    assert shortened("abcdefghij", 5) == "abcd…"


@given(st.text(st.characters() | st.sampled_from("0123456789é")))
def test_only_western_digits_are_left_out(text):
    assert without_digits(text) == "".join(letter for letter in text if letter not in "0123456789")


@given(st.text("abé"), st.lists(st.text("ab", min_size=1, max_size=2), max_size=3))
def test_every_place_of_a_word_is_found(text, words):
    assert sorted(set(places(words, text))) == [
        at for at in range(len(text)) if any(text.startswith(word, at) for word in words)
    ]
