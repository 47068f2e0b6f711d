"""Diffs: each file and hunk with its counts, then as many of the changed lines as fit."""

from __future__ import annotations

import re
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import merged
from agentforge.context.admission.values import ASKED, EDGE, ODD, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import count, counted, piece

MOST_FILES: Final = 40
WHOLE: Final = 8_000
"""Characters up to which a diff passes whole: who asked for it wants to read it."""
TASTE: Final = 8
"""Changed lines of a hunk that come before the rest of any."""
_FILE: Final = re.compile(r"^diff --git a/(\S+)|^\+\+\+ (?:b/)?(\S+)|^Index: (\S+)")
_HEAD: Final = re.compile(
    r"^(?:diff --git|index |--- |\+\+\+ |new file|deleted file|rename |similarity |Binary files|Index: )"
)
_HUNK: Final = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_COMMIT: Final = re.compile(r"^commit [0-9a-f]{7,40}|^(?:Author|Date|Merge):? ")
_TELLING: Final = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|BUG)\b|^[<=>]{7}(?: |$)")  # what others left to do; conflicts


def recognises(subject: Subject) -> bool:
    """Whether it has hunks, and files that they belong to."""
    return "\n@@ -" in subject.text and ("\n+++ " in subject.text or subject.text.startswith(("diff ", "--- ", "+++ ")))


def sketch(subject: Subject) -> Sketch:
    """Files, hunks, and changed lines; what did not change comes last."""
    pieces = subject.pieces
    weights: dict[int, Weight] = {}
    changes: dict[str, list[int]] = {}
    file = changes.setdefault("", [0, 0])
    inside, within = False, 0
    for index in range(count(pieces)):
        line = piece(pieces, index)
        named = _FILE.match(line)
        if named is not None:
            file = changes.setdefault(next(group for group in named.groups() if group), [0, 0])
        if _HEAD.match(line) or _COMMIT.match(line):
            weights[index] = (SHAPE, 0) if line.startswith(("diff ", "Index: ", "commit ")) else (EDGE, 0)
            inside, within = False, 0
        elif not inside and line.startswith("    ") and line.strip():
            # What a commit says of itself.
            weights[index] = SHAPE, 0
        elif _HUNK.match(line):
            weights[index] = SHAPE, 0
            inside, within = True, 0
        elif line.startswith(("+", "-")):
            file[line.startswith("-")] += 1
            weights[index] = SHAPE, within // TASTE
            within += 1
            if _TELLING.search(line[1:]):
                weights[index] = ODD, 0
        else:
            weights[index] = EDGE, 1 + within // TASTE
    files = {name: (added, gone) for name, (added, gone) in changes.items() if name}
    listed = ", ".join(f"{name} +{added} -{gone}" for name, (added, gone) in list(files.items())[:MOST_FILES])
    more = f" and {counted(len(files) - MOST_FILES, 'more file')}" if len(files) > MOST_FILES else ""
    note = f"diff of {counted(len(files), 'file')}: {listed}{more}"
    hits = asked(pieces, subject.low, words_of(subject.call))
    return Sketch(pieces, merged(weights, {index: (ASKED, rank) for index, (_, rank) in hits.items()}), (note,))


DIFFS: Final = Family("diff", recognises, sketch, lambda _: WHOLE, room=2.0)
