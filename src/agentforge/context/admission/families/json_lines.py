"""JSON lines: a record a line, the same to us as a list of records."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.families.json_document import columns_of
from agentforge.context.admission.outliers import study
from agentforge.context.admission.values import Family, Sketch, Subject, Weight
from agentforge.context.text import Lines, counted, piece_at


def recognises(subject: Subject) -> bool:
    """Whether nearly every line is a JSON object or array."""
    return subject.text[:1] in ("{", "[") and len(subject.sample) > 3 and subject.share(_fits) > 0.9


def sketch(subject: Subject) -> Sketch:
    """The odd records, the first and the last."""
    pieces = Lines(subject.text)
    rows: list[int] = []
    values: list[Any] = []
    position = 0
    for line in subject.text.split("\n"):
        value = _read(line)
        if value is not None:
            rows.append(piece_at(pieces, position))
            values.append(value)
        position += len(line) + 1
    found = study(columns_of(values)) if values else None
    weights: dict[int, Weight] = {}
    notes = f"JSON lines: {counted(len(values), 'record')}"
    if found is not None:
        weights = {rows[row]: weight for row, weight in found.weights.items()}
        notes = "; ".join((notes, *found.notes))
    return Sketch(
        pieces,
        merged(weights, edges(pieces, head=3, tail=2), asked(pieces, subject.low, words_of(subject.call))),
        (notes,),
    )


def _fits(line: str) -> bool:
    return line[0] in "{[" and (len(line) >= 400 or line.rstrip()[-1] in "}]")


def _read(line: str) -> Any:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


JSON_LINES: Final = Family("json lines", recognises, sketch)
