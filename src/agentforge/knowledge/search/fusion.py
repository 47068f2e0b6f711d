"""Meanings beside words: a plug-in point for embeddings, fused by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import nlargest
from math import sqrt
from typing import Final, Protocol

_DAMPING: Final = 60
"""How little the first ranks differ; the usual value of reciprocal rank fusion."""


class Embedder(Protocol):
    """Turns texts into vectors of one length, whose angle says how near their meanings are."""

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text."""
        ...


class Meanings:
    """Documents by their vectors."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[int, tuple[float, ...]] = {}
        self._awaited: dict[int, str] = {}

    def put(self, number: int, text: str) -> None:
        """Takes a document in; it is embedded together with others before the next search."""
        self._awaited[number] = text

    def drop(self, number: int) -> None:
        """Takes a document out."""
        self._awaited.pop(number, None)
        self._vectors.pop(number, None)

    def near(self, query: str, most: int) -> dict[int, float]:
        """The documents nearest to a query, nearest first, each with its likeness, at most 1."""
        if self._awaited:
            vectors = self._embedder.embed(list(self._awaited.values()))
            self._vectors.update(zip(self._awaited, map(_unit, vectors), strict=True))
            self._awaited.clear()
        asked = _unit(self._embedder.embed([query])[0])
        near = (
            (sum(a * b for a, b in zip(asked, vector, strict=True)), -number)
            for number, vector in self._vectors.items()
        )
        return {-number: min(1.0, likeness) for likeness, number in nlargest(most, near) if likeness > 0}


def fused(scores: Mapping[int, float], near: Sequence[int], most: int) -> dict[int, float]:
    """One score by the ranks in both orders, at most 1."""
    best = nlargest(most, scores, key=lambda number: (scores[number], -number))
    found: dict[int, float] = {}
    for order in (best, near):
        for rank, number in enumerate(order, 1):
            found[number] = found.get(number, 0.0) + (_DAMPING + 1) / (_DAMPING + rank) / 2
    return found


def _unit(vector: Sequence[float]) -> tuple[float, ...]:
    length = sqrt(sum(one * one for one in vector))
    return tuple(one / length for one in vector) if length else tuple(vector)
