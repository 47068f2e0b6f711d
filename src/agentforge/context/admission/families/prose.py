"""Prose and Markdown: the headings, the first words under each, and the paragraphs that were asked for."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.values import EDGE, ODD, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import count, counted, is_numbered, line_count, piece, without_numbers

WHOLE: Final = 8_000
"""Characters up to which a document passes whole."""
_SUFFIXES: Final = frozenset((".md", ".mdx", ".rst", ".txt", ".adoc", ".markdown"))
_HEADING: Final = re.compile(r"^#{1,6} \S|^[=~-]{4,}\s*$")
_WARNS: Final = re.compile(
    r"\b(?:warning|caution|danger|important|breaking|must not|never|deprecated)\b[:!*]|^> \[!", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"[a-z]{2,},? [a-z]{2,} [\w'-]+ [a-z]{2,}.*[.:;?!,]?")


def recognises(subject: Subject) -> bool:
    """Whether it is a document by its name, or lines of sentences with headings or paragraphs."""
    if PurePath(subject.call.path).suffix.lower() in _SUFFIXES:
        return True
    if len(subject.sample) < 5:
        return False
    if not any(_HEADING.match(line) for line in subject.unnumbered[:200]):
        return not subject.call.command and subject.share(_SENTENCE.search) >= 0.85
    return subject.share(lambda line: _SENTENCE.search(line) or _HEADING.match(line)) >= 0.5


def sketch(subject: Subject) -> Sketch:
    """Headings, what warns, what was asked for, the first lines of each part, the beginning."""
    pieces = subject.pieces
    numbered = is_numbered(subject.text)
    weights: dict[int, Weight] = {}
    headings = since = 0
    for index in range(count(pieces)):
        line = piece(pieces, index).rstrip("\r\n")
        bare = without_numbers(line) if numbered else line
        if bare.startswith("#") and _HEADING.match(bare):
            weights[index] = SHAPE, 0
            headings, since = headings + 1, 0
        elif bare.strip():
            since += 1
            weights[index] = EDGE, since
        if _WARNS.search(bare):
            weights[index] = ODD, 0
    note = f"document: {counted(line_count(subject.text), 'line')}, {counted(headings, 'heading')}"
    weights = merged(weights, edges(pieces, head=6, tail=2), asked(pieces, subject.low, words_of(subject.call)))
    return Sketch(pieces, weights, (note,))


PROSE: Final = Family("document", recognises, sketch, lambda _: WHOLE, room=1.5)
