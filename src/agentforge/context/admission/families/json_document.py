"""JSON: its keys and sizes, what its lists have in common, and the records that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import merged
from agentforge.context.admission.outliers import Study, study
from agentforge.context.admission.signals import level, template
from agentforge.context.admission.values import EDGE, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import MISSING, Node, counted

ALIKE: Final = 6
"""So many values of one kind side by side are records."""
MOST_COLUMNS: Final = 30
MOST_NOTES: Final = 6


def recognises(subject: Subject) -> bool:
    """Whether the whole text is one JSON object or array."""
    return subject.document is not None


def sketch(subject: Subject) -> Sketch:
    """The odd records, the members near the top, the first and last of each list."""
    pieces = subject.document
    assert pieces is not None
    weights: dict[int, Weight] = {}
    root = pieces.root
    kind = "an object" if isinstance(root.value, dict) else "an array"
    notes = [f"JSON: {kind} of {counted(len(root.value), 'member')}"]
    recorded: set[int] = set()
    for node in pieces.divided:
        found = _study_records(node)
        if found is not None and len(notes) <= MOST_NOTES:
            notes.append(f"{node.path or 'each'}: {counted(len(node.value), 'record')}; {'; '.join(found.notes)}")
        if found is not None:
            weights = merged(weights, _of_records(node, found))
            recorded.update(node.pieces)
    low = subject.low.replace("\\n", "  ").replace("\\t", "  ")
    kinds: Counter[str] = Counter()
    for index, node in enumerate(pieces.nodes):
        if index not in recorded:
            said = low[pieces.starts[index] : pieces.starts[index + 1]] if node.part else node.value
            trouble = level(said[:2_000].lower()) if isinstance(said, str) else 0
            kind = template(said[:200]) if trouble else ""
            weights.setdefault(index, (trouble or (EDGE if node.part else SHAPE), kinds[kind] if kind else node.depth))
            kinds[kind] += 1
    return Sketch(pieces, merged(weights, asked(pieces, low, words_of(subject.call))), tuple(notes))


def _of_records(node: Node, found: Study) -> dict[int, Weight]:
    weights = {node.pieces[row]: weight for row, weight in found.weights.items()}
    last = len(node.pieces) - 1
    for rank, row in enumerate((0, last, 1)):
        if 0 <= row <= last:
            weights.setdefault(node.pieces[row], (SHAPE if row == 0 else EDGE, rank))
    return weights


def _study_records(node: Node) -> Study | None:
    """What the records of a container say; None where it holds none."""
    values = list(node.value.values()) if isinstance(node.value, dict) else node.value
    if len(values) < ALIKE:
        return None
    columns = columns_of(values)
    return study(columns) if columns else None


def columns_of(values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
    """The values of like records by key, one level deep; empty where they are not alike."""
    objects = sum(isinstance(value, dict) for value in values)
    if objects >= 0.7 * len(values):
        flat = [_flat(value) if isinstance(value, dict) else {} for value in values]
        keys: dict[str, None] = {}
        for record in flat:
            keys.update(dict.fromkeys(record))
        return {key: [record.get(key, MISSING) for record in flat] for key in list(keys)[:MOST_COLUMNS]}
    if sum(isinstance(value, list) for value in values) >= 0.7 * len(values):
        rows = [value if isinstance(value, list) else [] for value in values]
        width = min(max(map(len, rows)), MOST_COLUMNS)
        return {f"[{at}]": [row[at] if at < len(row) else MISSING for row in rows] for at in range(width)}
    if not any(isinstance(value, dict | list) for value in values) and _of_one_type(values):
        return {"values": values}
    return {}


def _of_one_type(values: Sequence[Any]) -> bool:
    return sum(type(a) is type(b) for a, b in pairwise(values)) >= 0.7 * (len(values) - 1)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    if not any(isinstance(value, dict) for value in record.values()):
        return record
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict) and len(value) <= MOST_COLUMNS:
            flat.update({f"{key}.{inner}": item for inner, item in value.items()})
        else:
            flat[key] = value
    return flat


JSON: Final = Family("json", recognises, sketch)
