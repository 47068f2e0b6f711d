"""The words of a vocabulary that an unknown word may stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

SHORTEST: Final = 4
"""Letters of a word that is corrected; shorter ones are near to everything."""
_NEAR: Final = 0.5
"""The share of letter triples that two words have in common, from which they are near."""
_SHARED: Final = 2
"""Triples in common, below which two words are not looked at any closer."""
_MOST: Final = 3


class Spelling:
    """Words by their letter triples."""

    def __init__(self) -> None:
        self._triples: dict[str, set[str]] = {}
        self._known: dict[str, None] = {}
        self._split = 0

    def learn(self, words: Iterable[str]) -> None:
        """Takes words into the vocabulary."""
        self._known.update(dict.fromkeys(words))

    def near(self, word: str, there: Callable[[str], bool]) -> tuple[tuple[str, float], ...]:
        """The words nearest to one, of those that are still there, each with how near it is: 1 is the same."""
        if len(word) < SHORTEST or not word.isalpha():
            return ()
        self._catch_up()
        mine = _triples(word)
        shared = Counter(other for triple in mine for other in self._triples.get(triple, ()))
        likely = (
            (_likeness(word, mine, other, common), other)
            for other, common in shared.items()
            if common >= _SHARED and there(other)
        )
        best = sorted(((-how, other) for how, other in likely if how >= _NEAR))[:_MOST]
        return tuple((other, -how) for how, other in best)

    def _catch_up(self) -> None:
        """Splits the words that are new: most searches have no unknown word, and need none of this."""
        for known in islice(self._known, self._split, None):
            for triple in _triples(known) if len(known) >= SHORTEST else ():
                self._triples.setdefault(triple, set()).add(known)
        self._split = len(self._known)


def _likeness(word: str, mine: set[str], other: str, common: int) -> float:
    if sorted(word) == sorted(other):
        return 0.9  # two letters that changed places spoil most triples
    if other.startswith(word) or (word.startswith(other) and len(other) > SHORTEST):
        return max(0.7, len(word) / len(other) if len(word) < len(other) else len(other) / len(word))
    return 2 * common / (len(mine) + len(_triples(other)))


def _triples(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
