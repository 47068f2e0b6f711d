"""Lines of files that others are still writing."""

from __future__ import annotations

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from agentforge.transcripts.lines import lines_of


@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\n", b"")), max_size=8), st.booleans())
def test_every_line_is_told_with_its_number_and_the_offset_behind_it(texts: list[bytes], whole: bool) -> None:
    content = b"\n".join(texts) + (b"\n" if whole and texts else b"")
    end = 0
    for number, line in enumerate(lines_of(BytesIO(content)), 1):
        assert line.text is not None
        assert line.text == content[end : line.end]
        assert (line.number, line.whole) == (number, line.text.endswith(b"\n"))
        end = line.end
    assert end == len(content)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(4, 20))
def test_a_line_longer_than_the_longest_is_not_taken_and_the_next_is(sizes: list[int], longest: int) -> None:
    content = b"".join(b"x" * size + b"\n" for size in sizes)
    told = [(None if line.text is None else len(line.text) - 1) for line in lines_of(BytesIO(content), longest=longest)]
    assert told == [size if size < longest else None for size in sizes]


def test_a_long_line_without_an_end_is_passed_over() -> None:
    (line,) = lines_of(BytesIO(b"x" * 100), longest=8)
    assert (line.text, line.end, line.whole) == (None, 100, False)
