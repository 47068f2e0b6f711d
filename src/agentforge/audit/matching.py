"""Which known text each line of another one comes from: the longest runs of lines first, then runs of words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

MOST_PLACES: Final = 48
"""So many places of one line are tried: a line that stands everywhere tells nothing."""
SHORTEST_RUN: Final = 3
"""Words, for a part of a line to be known by them."""
_WORD: Final = re.compile(r"\S+")
_TELLING: Final = re.compile(r"\w.*\w", re.DOTALL)


class Known:
    """Texts to be found again, each under the number it was added as."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._lines: list[list[str]] = [text.split("\n") for text in texts]
        self._at: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, lines in enumerate(self._lines):
            for at, line in enumerate(lines):
                places = self._at[line]
                if len(places) < MOST_PLACES and _TELLING.search(line):
                    places.append((number, at))
        self._taken: set[tuple[int, int]] = set()
        self._words: list[list[str]] = []
        self._runs: dict[tuple[str, ...], list[tuple[int, int]]] = {}

    def of_lines(self, lines: Sequence[str]) -> list[int | None]:
        """For each line (without its break) the text it comes from, or None.

        A line that says nothing by itself goes with the one before it, or else with the one behind it.
        """
        found: list[int | None] = [None] * len(lines)
        at = 0
        while at < len(lines):
            number, start, length = self._longest(lines, at)
            for step in range(length):
                found[at + step] = number
                self._taken.add((number, start + step))
            at += max(length, 1)
        return _joined(lines, found)

    def of_words(self, words: Sequence[str]) -> list[int | None]:
        """For each word of a line that is not known whole, the text whose run of words it is in, or None."""
        if not self._runs:
            self._index_words()
        found: list[int | None] = [None] * len(words)
        at = 0
        while at <= len(words) - SHORTEST_RUN:
            best: tuple[int, int] = (0, -1)
            for number, start in self._runs.get(tuple(words[at : at + SHORTEST_RUN]), ()):
                length = _common(words, at, self._words[number], start)
                best = max(best, (length, -number - 1))
            for step in range(best[0]):
                found[at + step] = -best[1] - 1
            at += max(best[0], 1)
        return found

    def _longest(self, lines: Sequence[str], at: int) -> tuple[int, int, int]:
        """Text, line and length of the longest run that begins here; the one not met yet, the earlier one first."""
        best, length = (0, 0), 0
        rank: tuple[int, bool, int] = (0, False, 0)
        for number, start in self._at.get(lines[at], ()):
            run = _common(lines, at, self._lines[number], start)
            new = (run, (number, start) not in self._taken, -number)
            if new > rank:
                rank, best, length = new, (number, start), run
        return (*best, length)

    def _index_words(self) -> None:
        self._words = [_WORD.findall("\n".join(lines)) for lines in self._lines]
        runs: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(self._words):
            for at in range(len(words) - SHORTEST_RUN + 1):
                places = runs[tuple(words[at : at + SHORTEST_RUN])]
                if len(places) < MOST_PLACES:
                    places.append((number, at))
        self._runs = dict(runs)


def _common(one: Sequence[str], at: int, other: Sequence[str], start: int) -> int:
    most = min(len(one) - at, len(other) - start)
    length = 1
    while length < most and one[at + length] == other[start + length]:
        length += 1
    return length


def _joined(lines: Sequence[str], found: list[int | None]) -> list[int | None]:
    for at, line in enumerate(lines):
        if found[at] is None and at and not _TELLING.search(line):
            found[at] = found[at - 1]
    for at in range(len(lines) - 2, -1, -1):
        if found[at] is None and not _TELLING.search(lines[at]):
            found[at] = found[at + 1]
    return found
