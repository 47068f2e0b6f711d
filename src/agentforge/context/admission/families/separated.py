"""Tables of values between commas, tabs, semicolons or bars: columns in figures, and the rows that differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.outliers import study
from agentforge.context.admission.values import ODD, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import Lines, count, counted, is_rule, piece_at, separator_of, split, values_of

MOST_COLUMNS: Final = 40


def recognises(subject: Subject) -> bool:
    """Whether nearly all lines have as many values as the first, and at least two."""
    return len(subject.sample) >= 5 and separator_of(subject.sample) != ""


def sketch(subject: Subject) -> Sketch:
    """The header, the rows that stand out in a column, the first and the last."""
    separator = separator_of(subject.sample)
    pieces = Lines(subject.text)
    rows, places = _rows(subject.unnumbered, separator)
    header = rows[0]
    at = places
    if count(pieces) != pieces.lines:
        starts = list(accumulate((len(line) + 1 for line in subject.lines), initial=0))
        at = [piece_at(pieces, starts[place]) for place in places]
    width = len(header)
    body = rows[1:]
    columns = {
        name or f"column {column + 1}": values_of([row[column] if column < len(row) else None for row in body])
        for column, name in enumerate(header[:MOST_COLUMNS])
    }
    found = study(columns)
    weights: dict[int, Weight] = {at[row + 1]: weight for row, weight in found.weights.items()}
    uneven = [row for row, values in enumerate(body) if len(values) != width]
    for rank, row in enumerate(uneven if len(uneven) * 20 <= len(body) else ()):
        weights.setdefault(at[row + 1], (ODD, rank))
    weights = merged(weights, {at[0]: (SHAPE, 0)}, edges(pieces, head=4, tail=2))
    note = f"table: {counted(len(body), 'row')}, {counted(width, 'column')}; {'; '.join(found.notes)}"
    return Sketch(pieces, merged(weights, asked(pieces, subject.low, words_of(subject.call))), (note,))


def _rows(lines: Sequence[str], separator: str) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    places: list[int] = []
    for place, line in enumerate(lines):
        if line.strip() and not (separator == "|" and is_rule(line)):
            rows.append(split(line, separator))
            places.append(place)
    return rows, places


SEPARATED: Final = Family("table", recognises, sketch)
