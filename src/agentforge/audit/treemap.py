"""Weights as boxes that fill a box: areas in proportion, each as square as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; x to the right, y down."""

    x: float
    y: float
    width: float
    height: float

    def share_of(self, whole: Box) -> Box:
        """The same rectangle in hundredths of another that holds it."""
        return Box(
            100 * (self.x - whole.x) / whole.width,
            100 * (self.y - whole.y) / whole.height,
            100 * self.width / whole.width,
            100 * self.height / whole.height,
        )


def squarify(weights: Sequence[float], within: Box) -> tuple[Box, ...]:
    """A box for each weight, in their order; the heaviest stands at the top left.

    Rows are laid along the shorter side of what is left, and each takes weights for as long as that makes its boxes
    more square (Bruls, Huizing and van Wijk, 2000).
    """
    assert all(weight > 0 for weight in weights), "only what weighs something has a box"
    order = sorted(range(len(weights)), key=lambda at: (-weights[at], at))
    scale = within.width * within.height / sum(weights) if weights else 0.0
    areas = [weights[at] * scale for at in order]
    boxes: list[Box] = []
    left = within
    while len(boxes) < len(areas):
        first = len(boxes)
        side = min(left.width, left.height)
        end, row = first + 1, areas[first]
        while end < len(areas) and _worst(areas[first], areas[end], row + areas[end], side) <= _worst(
            areas[first], areas[end - 1], row, side
        ):
            row += areas[end]
            end += 1
        placed, left = _lay(areas[first:end], row, left, last=end == len(areas))
        boxes += placed
    by_weight = dict(zip(order, boxes, strict=True))
    return tuple(by_weight[at] for at in range(len(weights)))


def _worst(largest: float, smallest: float, row: float, side: float) -> float:
    """How long the least square box of a row is for its width."""
    return max(side * side * largest / (row * row), row * row / (side * side * smallest))


def _lay(areas: Sequence[float], row: float, within: Box, *, last: bool) -> tuple[list[Box], Box]:
    """A row along the shorter side, and what is left beside it."""
    tall = within.width >= within.height
    side, depth = (within.height, within.width) if tall else (within.width, within.height)
    # The last row takes all that is left, so that rounding leaves no gap and lets nothing stand out.
    across = depth if last else min(row / side, depth)
    boxes: list[Box] = []
    start = 0.0
    for area in areas:
        length = max(0.0, min(side * area / row, side - start))
        boxes.append(
            Box(within.x, within.y + start, across, length) if tall else Box(within.x + start, within.y, length, across)
        )
        start += length
    rest = depth - across
    if tall:
        return boxes, Box(within.x + across, within.y, rest, within.height)
    return boxes, Box(within.x, within.y + across, within.width, rest)
