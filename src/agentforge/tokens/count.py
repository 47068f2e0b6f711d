"""A number of tokens that never forgets how it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot
from typing import Final, Literal, TypeAlias

Method: TypeAlias = Literal["counted", "calibrated", "estimated"]
METHODS: Final[tuple[Method, ...]] = ("counted", "calibrated", "estimated")
"""The strongest first: the provider said so, learnt from what it charged, weighed here."""


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens, how they are known, for which model, and how far they may be off (a share of the value)."""

    value: int
    method: Method
    model: str
    error: float | None = None
    """None: nobody knows how far off."""

    def __add__(self, other: Count) -> Count:
        """Both, known as badly as the worse of them; the errors add up as if they went the same way."""
        if not isinstance(other, Count):
            return NotImplemented
        value = self.value + other.value
        if self.error is None or other.error is None:
            error = None
        else:
            off = self.error * abs(self.value) + other.error * abs(other.value)
            error = off / abs(value) if value else max(self.error, other.error)
        return Count(value, weakest(self.method, other.method), both(self.model, other.model), error)

    def __str__(self) -> str:
        """The figure as it is shown: 12,345 (estimated, claude-opus-5-5, ±8 %)."""
        if self.error is None:
            return f"{self.value:,} ({self.method}, {self.model}, error unknown)"
        if not self.error:
            return f"{self.value:,} ({self.method}, {self.model})"
        share = f"{self.error * 100:.0f}" if self.error >= 0.0095 else f"{self.error * 100:.1g}"
        return f"{self.value:,} ({self.method}, {self.model}, ±{share} %)"


def weakest(one: Method, other: Method) -> Method:
    """The worse known of two."""
    return METHODS[max(METHODS.index(one), METHODS.index(other))]


def both(one: str, other: str) -> str:
    """The models that a sum speaks of."""
    return one if one == other else ", ".join(sorted({*one.split(", "), *other.split(", ")}))


def total(counts: Iterable[Count], model: str, *, at_least: float = 0.0) -> Count:
    """The sum of counts whose errors go different ways, so that they partly cancel; never surer than `at_least`.

    Nothing at all weighs nothing, and that is certain.
    """
    value = 0
    off: float | None = 0.0
    method: Method = "counted"
    of = ""
    for count in counts:
        value += count.value
        off = None if off is None or count.error is None else hypot(off, count.error * count.value)
        if count.method != method:
            method = weakest(method, count.method)
        if count.model != of:
            of = both(of, count.model) if of else count.model
    if not of:
        return Count(0, "counted", model, 0.0)
    error = None if off is None else max(off / value if value else 0.0, at_least)
    return Count(value, method, of, error)
