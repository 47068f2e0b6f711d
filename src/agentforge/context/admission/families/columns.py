"""Tables set out in columns by spaces, as `ps`, `kubectl` and `docker` print them."""

from __future__ import annotations

import re
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.outliers import study
from agentforge.context.admission.values import SHAPE, Family, Sketch, Subject
from agentforge.context.text import MISSING, Lines, counted, piece_at, value_of

_HEADER: Final = re.compile(r"^\s*[A-Z%#][A-Z0-9%#()/_:-]*(?: [A-Z()]+)*(?:\s{2,}|\t)\s*[A-Z%]")
_GAP: Final = re.compile(r"\s{2,}|\t")


def recognises(subject: Subject) -> bool:
    """Whether a header in capitals stands over rows of as many columns."""
    lines = subject.sample
    if len(lines) < 6 or not _HEADER.match(lines[0]):
        return False
    width = len(_GAP.split(lines[0].strip()))
    return width >= 2 and sum(abs(len(_GAP.split(line.strip())) - width) <= 1 for line in lines) >= 0.8 * len(lines)


def sketch(subject: Subject) -> Sketch:
    """The header, the rows that stand out in a column, the first and the last."""
    pieces = Lines(subject.text)
    header = _GAP.split(subject.lines[0].strip())
    rows: list[list[str]] = []
    at: list[int] = []
    position = 0
    for line in subject.lines:
        if line.strip() and position:
            rows.append(_GAP.split(line.strip()))
            at.append(piece_at(pieces, position))
        position += len(line) + 1
    found = study(
        {
            name: [value_of(row[column]) if column < len(row) else MISSING for row in rows]
            for column, name in enumerate(header)
        }
    )
    weights = merged(
        {at[row]: weight for row, weight in found.weights.items()},
        {0: (SHAPE, 0)},
        edges(pieces, head=4, tail=2),
        asked(pieces, subject.low, words_of(subject.call)),
    )
    note = f"table: {counted(len(rows), 'row')}, {counted(len(header), 'column')}; {'; '.join(found.notes)}"
    return Sketch(pieces, weights, (note,))


COLUMNS: Final = Family("columns", recognises, sketch)
