"""How well documents match a request: as a whole, and part by part, as a task often names several things at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agentforge.knowledge.search.postings import Postings
from agentforge.knowledge.search.related import related
from agentforge.knowledge.search.spelling import Spelling
from agentforge.knowledge.search.terms import together, written
from agentforge.knowledge.search.words import LONGEST, stem, words

MOST_WORDS: Final = 64
"""Words of a request that are searched."""
_AS_WRITTEN: Final = 0.4
"""What the very form of a word adds to its stem."""
_TOGETHER: Final = 0.4
"""What it adds that two words stand together in a text, which the request has next to each other or nearly so."""
_RELATED: Final = 0.4
_CORRECTED: Final = 0.6
_PART: Final = 0.5
"""How much the best match to one part counts beside the match to the whole."""
_ENOUGH: Final = 50
"""Documents that telling words have found, from which on common words only order them and bring no more."""
_FAR_BEHIND: Final = 0.05
"""Of the best match: what has less is not looked at any closer."""
_PARTS: Final = re.compile(
    r"[.?!;\n](?=\s|$)|\s(?:then|also|after that|finally|lastly|additionally|next)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Match:
    """Documents by how well they match, at most 1 each."""

    scores: dict[int, float]
    """Beside the best of them."""
    fits: dict[int, float]
    """Beside a document that has all the words."""


def match(postings: Postings, spelling: Spelling, request: str) -> Match:
    """The documents that match a request."""
    whole: dict[int, float] = {}
    parts: list[dict[int, float]] = []
    counted: set[str] = set()
    full = 0.0
    asked_for = list(_parts(request))
    for asked in asked_for:
        terms = _terms(postings, spelling, asked)
        full += sum(postings.tells(root) for root in dict.fromkeys(map(stem, asked)))
        part: dict[int, float] = {} if len(asked_for) > 1 else whole
        for term, weight in sorted(terms.items(), key=lambda one: (-one[1], one[0])):
            # A word that stands in several parts is one wish: it counts in each part, and once in the whole.
            once = part is whole or term in counted
            _add(postings.impacts(term), weight, (part,) if once else (part, whole))
        counted.update(terms)
        if sum(stem(word) in postings for word in asked) > 1:
            parts.append(part)
    best = max(whole.values(), default=0.0)
    scores = {number: score / best for number, score in whole.items() if score > _FAR_BEHIND * best}
    if len(parts) > 1:
        nearest: dict[int, float] = {}
        for part in parts:
            top = max(part.values())
            for number, score in part.items():
                if score > _FAR_BEHIND * top:
                    nearest[number] = max(nearest.get(number, 0.0), score / top)
        scores = {
            number: (1 - _PART) * whole.get(number, 0.0) / best + _PART * near for number, near in nearest.items()
        }
    return Match(scores, {number: min(1.0, whole.get(number, 0.0) / full) for number in scores})


def _parts(request: str) -> Iterator[list[str]]:
    """The words of each part of a request, once each."""
    left = MOST_WORDS
    for text in _PARTS.split(request[:LONGEST]):
        asked = list(dict.fromkeys(words(text or "")))[:left]
        left -= len(asked)
        if asked:
            yield asked


def _add(impacts: Mapping[int, float], weight: float, sums: Sequence[dict[int, float]]) -> None:
    """Adds what a term is worth to sums by document; where enough are found already, to those only."""
    part = sums[0]
    if len(part) > _ENOUGH and len(impacts) > len(part):
        impacts = {number: impacts[number] for number in part if number in impacts}
    for one in sums:
        get = one.get
        for number, impact in impacts.items():
            one[number] = get(number, 0.0) + weight * impact


def _terms(postings: Postings, spelling: Spelling, asked: Sequence[str]) -> dict[str, float]:
    """The terms that words are searched by, each with its weight."""
    terms: dict[str, float] = {}
    roots = {word: stem(word) for word in asked}
    for word, root in roots.items():
        if root in postings:
            terms[root] = postings.tells(root)
            if (form := written(word)) in postings:
                terms[form] = _AS_WRITTEN * postings.tells(form)
        else:
            for near, likeness in spelling.near(word, lambda other: stem(other) in postings):
                other = stem(near)
                terms[other] = max(terms.get(other, 0.0), _CORRECTED * likeness * postings.tells(other))
    row = list(roots.values())
    for one, other in (*pairwise(row), *zip(row, row[2:], strict=False)):
        if (pair := together(one, other)) in postings:
            terms[pair] = _TOGETHER * min(postings.tells(pair), postings.tells(one) + postings.tells(other))
    known = set(row)
    for root in known:
        for other in related().get(root, frozenset()) - known:
            if other in postings:
                worth = _RELATED * min(postings.tells(other), postings.tells(root))
                terms[other] = max(terms.get(other, 0.0), worth)
    return terms
