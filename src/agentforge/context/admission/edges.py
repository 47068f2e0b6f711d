"""The head and the tail of a text: where it says what it is, and how it ended."""

from __future__ import annotations

from agentforge.context.admission.values import EDGE, Weight
from agentforge.context.text import Pieces, count


def edges(pieces: Pieces, *, head: int, tail: int) -> dict[int, Weight]:
    """The first and the last pieces, the outermost first."""
    number = count(pieces)
    weights: dict[int, Weight] = {index: (EDGE, index) for index in range(min(head, number))}
    for index in range(max(number - tail, 0), number):
        weights[index] = EDGE, min(number - 1 - index, weights.get(index, (EDGE, number))[1])
    return weights


def merged(*several: dict[int, Weight]) -> dict[int, Weight]:
    """All weights; a piece that several speak of has the heaviest."""
    whole: dict[int, Weight] = {}
    for weights in several:
        for index, weight in weights.items():
            known = whole.get(index)
            if known is None or (weight[0], -weight[1]) > (known[0], -known[1]):
                whole[index] = weight
    return whole
