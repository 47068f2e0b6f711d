"""What stands where: terms by document and field, scored as BM25F.

Its idf never falls to zero, as a database's does for a word that half of a small catalogue has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Final, NamedTuple

SATURATION: Final = 2.0
"""How slowly more of the same word stops counting."""


class Field(NamedTuple):
    """What a word in a field is worth, and how much the field's length takes from that."""

    weight: float
    length: float


class Postings:
    """Documents by term. A change costs the changed document; scores of a term are worked out when it is asked for."""

    def __init__(self, *fields: Field) -> None:
        self._fields = fields
        self._documents: dict[int, tuple[Mapping[str, float], ...]] = {}
        self._lengths: dict[int, tuple[float, ...]] = {}
        self._totals = [0.0] * len(fields)
        self._having: dict[str, dict[int, list[tuple[int, float]]]] = {}
        self._impacts: dict[str, dict[int, float]] = {}

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, term: object) -> bool:
        return term in self._having

    def put(self, number: int, counts: tuple[Mapping[str, float], ...]) -> None:
        """Takes a document in, in place of the one of that number: how often each term stands in each field."""
        if number in self._documents:
            self.drop(number)
        lengths = tuple(sum(field.values()) for field in counts)
        self._documents[number], self._lengths[number] = counts, lengths
        self._count(lengths, 1)
        for at, field in enumerate(counts):
            for term, times in field.items():
                self._having.setdefault(term, {}).setdefault(number, []).append((at, times))

    def drop(self, number: int) -> None:
        """Takes a document out."""
        counts = self._documents.pop(number)
        self._count(self._lengths.pop(number), -1)
        for term in set().union(*counts):
            del self._having[term][number]
            if not self._having[term]:
                del self._having[term]

    def _count(self, lengths: Sequence[float], sign: int) -> None:
        self._totals = [total + sign * length for total, length in zip(self._totals, lengths, strict=True)]
        self._impacts.clear()

    def fields(self, number: int) -> tuple[Mapping[str, float], ...]:
        """A document as it was put."""
        return self._documents[number]

    def tells(self, term: str) -> float:
        """How much a term tells: the more, the fewer documents have it."""
        having = len(self._having.get(term, ()))
        return log(1 + (len(self) - having + 0.5) / (having + 0.5))

    def impacts(self, term: str) -> Mapping[int, float]:
        """The documents that have a term, each with what that is worth there, at most `SATURATION` + 1."""
        found = self._impacts.get(term)
        if found is None:
            found = self._impacts[term] = self._worked_out(term)
        return found

    def _worked_out(self, term: str) -> dict[int, float]:
        usual = [total / max(len(self), 1) or 1.0 for total in self._totals]
        found: dict[int, float] = {}
        for number, places in self._having.get(term, {}).items():
            worth = 0.0
            lengths = self._lengths[number]
            for at, times in places:
                weight, share = self._fields[at]
                worth += weight * times / (1 - share + share * lengths[at] / usual[at])
            found[number] = worth * (SATURATION + 1) / (worth + SATURATION)
        return found
