"""YAML, TOML, INI and the like: the keys that stand outermost, and the values unlike others of the same key."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePath
from typing import Any, Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.outliers import study
from agentforge.context.admission.signals import signals, with_context
from agentforge.context.admission.values import ODD, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import counted, line_count, value_of

_SUFFIXES: Final = frozenset((".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".properties"))
_KEY: Final = re.compile(
    r"^(?P<indent>\s*(?:- )*)"
    r"(?P<key>[\w./$@-]{1,60}|\"[^\"]{1,60}\"|'[^']{1,60}')\s*(?::(?=\s|$)|=)\s*(?P<value>.*)$"
)
_SECTION: Final = re.compile(r"^\s*\[[^\]]+\]\s*$|^---\s*$")
_REMARK: Final = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK|BUG|WARNING|IMPORTANT|DANGER|CRITICAL|DEPRECATED)\b"
)  # the remarks of others


def recognises(subject: Subject) -> bool:
    """Whether nearly all lines are keys with values, list items, sections or remarks."""
    share = subject.share(_is_keyed)
    return (
        share >= (0.5 if PurePath(subject.call.path).suffix.lower() in _SUFFIXES else 0.9) and len(subject.sample) > 4
    )


def sketch(subject: Subject) -> Sketch:
    """What stands out among the values of a key, remarks, sections and outer keys, head and tail."""
    pieces = subject.pieces
    lines = subject.unnumbered
    trouble = signals(subject)
    shape: dict[int, Weight] = {}
    columns: defaultdict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    # A line's piece is its number here as long as no line is in parts; if some are, only the outliers are off by them.
    whole = len(pieces.starts) - 1 >= len(lines) - 1 and max(map(len, lines)) <= 1_000
    known: dict[str, tuple[str | Any, ...] | None] = {}
    for index, line in enumerate(lines if whole else ()):
        if line in known:
            found = known[line]
        else:
            match = _KEY.match(line)
            found = known[line] = match and match.group("indent", "key", "value")
        if found is None:
            if _SECTION.match(line):
                shape[index] = SHAPE, 0
        else:
            depth = len(found[0])
            columns[depth, found[1]].append((index, found[2]))
            if depth == 0 and not found[2]:
                shape[index] = SHAPE, 1
        if "#" in line and _REMARK.search(line):
            shape[index] = ODD, 0
    odd, notes = _odd(columns)
    weights = merged(trouble.weights, shape, odd, edges(pieces, head=8, tail=4))
    # A value makes sense with the name of what it belongs to, which stands above it.
    with_context(weights, pieces, [*odd, *trouble.weights], before=3, after=1, weight=SHAPE)
    note = f"settings: {counted(line_count(subject.text), 'line')}"
    note += "".join(f"; {said}" for said in (*notes, trouble.note) if said)
    return Sketch(pieces, merged(weights, asked(pieces, subject.low, words_of(subject.call))), (note,))


def _odd(columns: dict[tuple[int, str], list[tuple[int, str]]]) -> tuple[dict[int, Weight], list[str]]:
    weights: dict[int, Weight] = {}
    notes: list[str] = []
    for (_, key), lines in columns.items():
        if len(lines) < 6:
            continue
        known = {value: value_of(value.split(" #")[0].strip("\"' \r")) for value in {value for _, value in lines}}
        found = study({key: [known[value] for _, value in lines]})
        weights = merged(weights, {lines[row][0]: weight for row, weight in found.weights.items()})
        if len(notes) < 10:
            notes.append(f"{len(lines)} times {found.notes[0]}")
    return weights, notes


def _is_keyed(line: str) -> bool:
    return bool(_KEY.match(line) or _SECTION.match(line)) or line.lstrip().startswith(("#", "- ", ";"))


KEYED: Final = Family("settings", recognises, sketch)
