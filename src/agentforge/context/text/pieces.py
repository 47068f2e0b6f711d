"""A text in pieces that lie side by side, and how a run of them is called, so that it can be asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final, Protocol

LONG_LINE: Final = 1_000
"""A longer line is dealt with in parts."""
PART: Final = 200
_NUMBERED: Final = re.compile(r" {0,8}(\d{1,7})(?:\t|→)")
_EACH_NUMBER: Final = re.compile(r"^ {0,8}\d{1,7}(?:\t|→)", re.MULTILINE)


class Pieces(Protocol):
    """A text cut up. Piece i goes from `starts[i]` to `starts[i + 1]`; the last of the starts is the text's end."""

    text: str
    starts: Sequence[int]

    def name(self, first: int, last: int) -> str:
        """How the pieces from the first to the last are called, both included."""


def count(pieces: Pieces) -> int:
    """How many pieces there are."""
    return len(pieces.starts) - 1


def piece(pieces: Pieces, index: int) -> str:
    """The text of a piece."""
    return pieces.text[pieces.starts[index] : pieces.starts[index + 1]]


def piece_at(pieces: Pieces, position: int) -> int:
    """The piece that a character stands in."""
    return min(bisect_right(pieces.starts, position), count(pieces)) - 1


def line_count(text: str) -> int:
    """How many lines a text has; a line end at its end begins no other."""
    return text.count("\n") + (not text.endswith("\n"))


def first_number(text: str) -> int:
    """The number of the first line: 1, or what a reader wrote before each line of the file it read."""
    first = _NUMBERED.match(text)
    if first is None:
        return 1
    number = int(first[1])
    second = _NUMBERED.match(text, text.find("\n") + 1) if "\n" in text else None
    return number if second is None or int(second[1]) == number + 1 else 1


def is_numbered(text: str) -> bool:
    """Whether a reader wrote a number before each line."""
    second = _NUMBERED.match(text, text.find("\n") + 1) if _NUMBERED.match(text) and "\n" in text else None
    return second is not None and int(second[1]) == first_number(text) + 1


def without_numbers(text: str) -> str:
    """The text without the number before each line."""
    return _EACH_NUMBER.sub("", text)


class Lines:
    """A text in its lines, each with its line end; very long lines in parts."""

    def __init__(self, text: str) -> None:
        self.text = text
        lines = text.split("\n")
        lengths = [len(line) + 1 for line in lines]
        starts = list(accumulate(lengths, initial=0))
        starts[-1] = len(text)
        if not lines[-1] and len(lines) > 1:
            starts.pop()
        self._lines: Sequence[int] = starts
        if max(lengths) > LONG_LINE + 1:
            starts = [part for a, b in pairwise(starts) for part in _parts(a, b)] + starts[-1:]
        self.starts: Sequence[int] = starts
        self._first = first_number(text)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._lines) - 1

    def name(self, first: int, last: int) -> str:
        """As in `lines 12-340`; parts of a line by their characters."""
        start, end = self.starts[first], self.starts[last + 1]
        a, b = self._at(start), self._at(end - 1)
        if start == self._lines[a] and end == self._lines[b + 1]:
            return f"line {a + self._first}" if a == b else f"lines {a + self._first}-{b + self._first}"
        return f"characters {start + 1}-{end}"

    def _at(self, position: int) -> int:
        return min(bisect_right(self._lines, position), self.lines) - 1


def _parts(start: int, end: int) -> Sequence[int]:
    if end - start <= LONG_LINE:
        return (start,)
    return range(start, end - PART // 2, PART)
