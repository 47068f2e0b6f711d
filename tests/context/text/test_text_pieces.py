from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.text import (
    Lines,
    count,
    first_number,
    is_numbered,
    line_count,
    piece,
    piece_at,
    without_numbers,
)

texts = st.lists(st.text(max_size=20) | st.just("long " * 500), max_size=9).map("\n".join)


@given(texts)
def test_the_pieces_make_up_the_text(text):
    pieces = Lines(text)
    assert "".join(piece(pieces, index) for index in range(count(pieces))) == text
    assert all(
        piece_at(pieces, pieces.starts[index]) == index for index in range(count(pieces)) if piece(pieces, index)
    )


def test_pieces_are_called_by_their_lines():
    pieces = Lines("a\nb\nc\n")
    assert (count(pieces), pieces.name(0, 0), pieces.name(1, 2)) == (3, "line 1", "lines 2-3")


def test_parts_of_a_long_line_are_called_by_their_characters():
    pieces = Lines("short\n" + "x" * 1_500)
    assert pieces.name(0, 0) == "line 1"
    assert pieces.name(1, 1) == "characters 7-206"
    assert pieces.name(1, count(pieces) - 1) == "line 2"


def test_the_numbers_a_reader_wrote_are_the_lines_names():
    for text in ("40\ta\n41\tb\n42\tc", "    40→a\n    41→b\n    42→c"):
        assert is_numbered(text)
        assert first_number(text) == 40
        assert Lines(text).name(1, 2) == "lines 41-42"
        assert without_numbers(text) == "a\nb\nc"


def test_numbers_that_do_not_count_are_values():
    text = "40\ta\n99\tb"
    assert not is_numbered(text)
    assert first_number(text) == 1


def test_a_line_end_at_the_end_begins_no_line():
    assert [line_count(text) for text in ("", "a", "a\n", "a\nb")] == [1, 1, 1, 2]
