"""The text that is shown: the pieces that matter, a label for every gap, our notes, and the way back to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agentforge.context.admission.values import ODD, Sketch, Weight
from agentforge.context.text import Pieces, count

MUST: Final = 2.5
"""What must stay may take so many times the room."""
LABEL: Final = 28
"""About what the label of a gap takes."""
GAP: Final = 60
"""A gap of so many characters or fewer is not worth a label, and is closed."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A text as it is shown, and where it stands as it was."""

    text: str
    shown: tuple[tuple[int, int], ...]
    overlooked: int


def compose(sketch: Sketch, room: int, closing: str) -> Composed:
    """What fits in the room, most important first; the closing line comes last."""
    pieces = sketch.pieces
    taken = sum(len(note) + 3 for note in sketch.notes) + len(closing) + 1
    chosen, overlooked = _choose(pieces, sketch.weights, room - taken, int(room * MUST) - taken)
    if overlooked:
        closing = f"[{overlooked:,} more that stand out found no room here]\n{closing}"
    runs = _runs(pieces, chosen)
    out = [f"[{note}]" for note in sketch.notes]
    done = 0
    for first, last in runs:
        if first > done:
            out.append(f"[{pieces.name(done, first - 1)} left out]")
        out.append(pieces.text[pieces.starts[first] : pieces.starts[last + 1]].rstrip())
        done = last + 1
    if done < count(pieces):
        out.append(f"[{pieces.name(done, count(pieces) - 1)} left out]")
    shown = tuple((pieces.starts[first], pieces.starts[last + 1]) for first, last in runs)
    return Composed("\n".join((*out, closing)), shown, overlooked)


def _choose(pieces: Pieces, weights: Mapping[int, Weight], room: int, wide: int) -> tuple[set[int], int]:
    """The pieces that fit, and how many that must stay did not."""
    starts = pieces.starts
    chosen: set[int] = set()
    overlooked = 0
    used = 0
    # The heaviest first; among equals by rank, then by place.
    for index, (weight, _) in sorted(weights.items(), key=lambda item: (-item[1][0], item[1][1], item[0])):
        beside = (index - 1 in chosen) + (index + 1 in chosen)
        cost = starts[index + 1] - starts[index] + LABEL * (1 - beside)
        if used + cost <= (wide if weight >= ODD else room):
            chosen.add(index)
            used += cost
        elif weight >= ODD:
            overlooked += 1
    return chosen, overlooked


def _runs(pieces: Pieces, chosen: set[int]) -> list[tuple[int, int]]:
    """The chosen pieces in runs; a gap that is not worth a label is closed."""
    runs: list[tuple[int, int]] = []
    for index in sorted(chosen):
        if runs and pieces.starts[index] - pieces.starts[runs[-1][1] + 1] <= GAP:
            runs[-1] = runs[-1][0], index
        else:
            runs.append((index, index))
    if runs and pieces.starts[runs[0][0]] <= GAP:
        runs[0] = 0, runs[0][1]
    if runs and pieces.starts[-1] - pieces.starts[runs[-1][1] + 1] <= GAP:
        runs[-1] = runs[-1][0], count(pieces) - 1
    return runs
