"""Rows of figures, and how they are measured: medians of runs that take turns."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure."""

    name: str
    figure: float
    unit: str
    ratio: float | None = None
    """The figure over that of its floor or peer in the same run."""
    note: str = ""
    """What the peer is, and the goal."""


def seconds(*works: Work, rounds: int = 41) -> list[float]:
    """The median seconds of each piece of work; they take turns, so that a slow moment hits all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for work, times in zip(works, taken, strict=True):
                start = perf_counter()
                work()
                times.append(perf_counter() - start)
    finally:
        gc.enable()
    return [median(times) for times in taken]
