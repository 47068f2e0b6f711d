"""What a search found: every file with its number of matches, and the first matches of each."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from agentforge.context.admission.asked import words_of
from agentforge.context.admission.edges import merged
from agentforge.context.admission.values import ASKED, EDGE, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import count, counted, piece

MOST_FILES: Final = 30
_MATCH: Final = re.compile(
    # The hour of a time, as in 2026-01-31T10:15:00, is no file, and its minute no line.
    r"^(?![^:\s]{0,80}\d{4}-\d\d-\d\dT\d\d:)"
    r"(?P<file>(?=[^:]*[A-Za-z])[^\s:][^:\s]{0,250}?)[:-](?P<line>\d{1,7})[:-]"
)
_DEFINES: Final = re.compile(
    r"[:-]\s*(?:export |public |async |pub )*(?:def|class|func|function|fn|struct|interface|type) "
)
_SEARCHES: Final = re.compile(r"(?:^|[|;&(]\s*|\bgit\s+)(?:grep|rg|ag|ack|egrep|fgrep)\b")


def recognises(subject: Subject) -> bool:
    """Whether nearly all lines begin with a file and a line number."""
    searched = subject.call.tool.lower() in ("grep", "search") or _SEARCHES.search(subject.call.command) is not None
    return subject.share(_MATCH.match) >= (0.5 if searched else 0.9) and len(subject.sample) > 3


def sketch(subject: Subject) -> Sketch:
    """A match of each file, then the next of each, as far as they fit."""
    pieces = subject.pieces
    weights: dict[int, Weight] = {}
    seen: Counter[str] = Counter()
    words = words_of(subject.call)
    for index in range(count(pieces)):
        line = piece(pieces, index)
        found = _MATCH.match(line)
        if found is None:
            continue
        file = found["file"]
        defines = re.search(
            r"[:-]\s*(?:export |public |async |pub )*(?:def|class|func|function|fn|struct|interface|type) ", line
        )
        named = defines is not None and any(word in line.lower() for word in words)
        weights[index] = (ASKED if named else SHAPE if seen[file] < 2 else EDGE), seen[file]
        seen[file] += 1
    listed = ", ".join(f"{file} {number}" for file, number in seen.most_common(MOST_FILES))
    more = f" and {counted(len(seen) - MOST_FILES, 'more file')}" if len(seen) > MOST_FILES else ""
    note = f"{counted(seen.total(), 'matching line')} in {counted(len(seen), 'file')}: {listed}{more}"
    return Sketch(pieces, merged(weights), (note,))


MATCHES: Final = Family("matches", recognises, sketch)
