"""Logs and any other output of programs: errors with what stands around them, and what is unlike the rest."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.outliers import far_out
from agentforge.context.admission.signals import Signals, signals, templates, with_context
from agentforge.context.admission.values import ERROR, ODD, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import Pieces, count, counted, line_count

HEAD: Final = 6
TAIL: Final = 14
OUTERMOST: Final = 2
"""So many lines of the head and of the tail stay though they repeat others."""
MANY: Final = 12
"""So many lines of one pattern are a crowd."""
MOST_CROWDS: Final = 6
MOST_LONERS: Final = 24
_NUMBER: Final = re.compile(r"\d(?<![\w.:-]\d)\d*(?:\.\d+)?(?=(?:ms|s|us|ns|kb|mb|gb|b|%)?(?![\w:-]))")


def recognises(_: Subject) -> bool:
    """True: it takes whatever no other family does."""
    return True


def sketch(subject: Subject) -> Sketch:
    """The errors and their surroundings, lines of their own kind, one of each crowd, head and tail."""
    pieces = subject.pieces
    trouble = signals(subject)
    return Sketch(
        pieces,
        merged(output_weights(subject, trouble), asked(pieces, subject.low, words_of(subject.call))),
        (output_note("output", subject, trouble),),
    )


def output_weights(subject: Subject, trouble: Signals) -> dict[int, Weight]:
    """What each line of an output weighs, given what speaks of trouble in it."""
    pieces = subject.pieces
    crowded, followers = crowds(subject)
    weights = edges(pieces, head=HEAD, tail=TAIL)
    worst = [index for index, (weight, rank) in trouble.weights.items() if weight == ERROR and rank < 2]
    with_context(weights, pieces, worst, before=1, after=3, weight=SHAPE)
    last = count(pieces) - OUTERMOST
    lone = {index: it for index, it in weights.items() if index not in followers or not OUTERMOST <= index < last}
    return merged(trouble.weights, crowded, lone)


def output_note(kind: str, subject: Subject, trouble: Signals) -> str:
    """As in `output: 812 lines; 5 lines with errors`."""
    said = f"{kind}: {counted(line_count(subject.text), 'line')}"
    return f"{said}; {trouble.note}" if trouble.note else said


def crowds(subject: Subject) -> tuple[dict[int, Weight], set[int]]:
    """What matters among lines that are much alike, and all that are: lines that many others only repeat.

    The first line of each pattern matters, a number far from those in its place, and lines of a kind of their own.
    """
    pieces, low = subject.pieces, subject.low
    crowd = _by_template(subject)
    large = {kind: lines for kind, lines in crowd.items() if len(lines) >= MANY}
    weights: dict[int, Weight] = {}
    for rank, kind in enumerate(sorted(large, key=lambda kind: -len(large[kind]))[:MOST_CROWDS]):
        weights[large[kind][0]] = SHAPE, rank
        for at, index in enumerate(_far_lines(pieces, low, large[kind])):
            weights[index] = ODD, at
    followers = {index for lines in large.values() for index in lines}
    if len(followers) >= 0.7 * count(pieces):
        loners = [lines[0] for kind, lines in crowd.items() if len(lines) == 1 and kind]
        if len(loners) <= MOST_LONERS:
            weights.update({index: (ODD, MANY + rank) for rank, index in enumerate(loners)})
    return weights, followers


def _by_template(subject: Subject) -> dict[str, list[int]]:
    """The lines by what is left of them without their numbers and hashes."""
    starts, low = subject.pieces.starts, subject.low
    whole: defaultdict[str, list[int]] = defaultdict(list)
    groups = list(subject.alike.values())
    kinds = templates(low[starts[lines[0]] : starts[lines[0] + 1]] for lines in groups)
    for kind, lines in zip(kinds, groups, strict=True):
        whole[kind].extend(lines)
    return {kind: sorted(lines) for kind, lines in whole.items()}


def _far_lines(pieces: Pieces, low: str, lines: list[int]) -> list[int]:
    """The lines of a crowd with a number far from the others in its place."""
    rows = [_NUMBER.findall(low[pieces.starts[index] : pieces.starts[index + 1]]) for index in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    fits = [at for at, row in enumerate(rows) if len(row) == width]
    far: dict[int, None] = {}
    for column in range(min(width, 12)):
        for at in far_out([float(rows[row][column]) for row in fits]):
            far.setdefault(lines[fits[at]])
    return list(far)


LOGS: Final = Family("output", recognises, sketch)
