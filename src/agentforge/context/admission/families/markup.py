"""HTML and XML: the title, the headings and the words; the tags are left out first."""

from __future__ import annotations

import re
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.signals import signals
from agentforge.context.admission.values import EDGE, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import count, counted, line_count, piece, shortened

_STARTS: Final = re.compile(
    r"\s{0,100}(?:<\?xml|<!doctype|<html|<[a-zA-Z][\w:.-]*(?:\s[^<>]{0,500})?/?>)", re.IGNORECASE
)
_TAG: Final = re.compile(r"<(/?[a-zA-Z][\w:.-]*)")
_HEADING: Final = re.compile(r"<(?:title|h[1-6])\b", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_TAGS: Final = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN: Final = re.compile(r"<(?:script|style|link|meta|svg|path)\b", re.IGNORECASE)


def recognises(subject: Subject) -> bool:
    """Whether it begins with a tag and has many."""
    return _STARTS.match(subject.text) is not None and subject.text.count("</") * 400 > len(subject.text)


def sketch(subject: Subject) -> Sketch:
    """Errors, headings, what was asked for, then the pieces with most words."""
    pieces = subject.pieces
    trouble = signals(subject)
    weights: dict[int, Weight] = {}
    for index in range(count(pieces)):
        line = piece(pieces, index)
        if _HEADING.search(line):
            weights[index] = SHAPE, 0
        elif not _HIDDEN.search(line):
            words = len(_TAGS.sub(" ", line).split())
            if words >= 4:
                weights[index] = EDGE, max(0, 40 - words)
    title = _TITLE.search(subject.text)
    note = f"markup: {counted(line_count(subject.text), 'line')}, {counted(len(_TAG.findall(subject.text)), 'tag')}"
    note += f", title {shortened(title[1], 100)!r}" if title else ""
    weights = merged(weights, trouble.weights, edges(pieces, head=4, tail=2))
    return Sketch(pieces, merged(weights, asked(pieces, subject.low, words_of(subject.call))), (note,))


MARKUP: Final = Family("markup", recognises, sketch)
