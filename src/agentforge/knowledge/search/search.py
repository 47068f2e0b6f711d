"""The items that fit a need, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log1p
from typing import Final

from agentforge.knowledge.search.entries import Entry
from agentforge.knowledge.search.fusion import Embedder, Meanings, fused
from agentforge.knowledge.search.matching import match
from agentforge.knowledge.search.past import Past
from agentforge.knowledge.search.postings import Field, Postings
from agentforge.knowledge.search.spelling import Spelling
from agentforge.knowledge.search.terms import counted
from agentforge.knowledge.search.words import words

FITS: Final = 0.12
"""The share of a query that an item has to meet; what meets less is no answer."""
_FIELDS: Final = (
    Field(3.0, 0.5),
    Field(1.0, 0.75),
    Field(0.5, 0.75),
    Field(0.5, 0.75),
    Field(1.0, 0.3),
    Field(1.5, 0.3),
    Field(0.8, 0.75),
)
"""Name, description, parameters, what is said of them, server, aliases, past queries that led to it."""
_USED: Final = 0.02
_POOL: Final = 50
_IDENTIFIER: Final = re.compile(r"[^\s,;\"'`()\[\]{}?!]+")
_SAID_AS_NAME: Final = re.compile(r"[_:./-]|[a-z][A-Z]")


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found."""

    entry: Entry
    score: float
    fit: float
    """The share of the query that it meets: 0 nothing, 1 all. An embedder's likeness counts alike."""


class Search:
    """A search over entries. The same entries, put in the same order, give the same answers."""

    def __init__(self, entries: Iterable[Entry] = (), *, embedder: Embedder | None = None) -> None:
        self._postings = Postings(*_FIELDS)
        self._entries: dict[int, Entry] = {}
        self._numbers: dict[str, int] = {}
        self._named: dict[str, dict[int, None]] = {}
        self._spelling = Spelling()
        self._past = Past()
        self._meanings = Meanings(embedder) if embedder else None
        self._next = 0
        for entry in entries:
            self.put(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, id: object) -> bool:
        return id in self._numbers

    def put(self, entry: Entry) -> bool:
        """Takes an entry in, in the place of one with its id; whether anything had to change."""
        number = self._numbers.get(entry.id)
        if number is None:
            number, self._next = self._next, self._next + 1
        elif self._entries[number] == entry:
            self._entries[number] = entry
            return False
        else:
            self._forget(number)
        self._entries[number], self._numbers[entry.id] = entry, number
        for name in _names(entry):
            self._named.setdefault(name, {})[number] = None
        counts = (*map(counted, _texts(entry)), self._past.led_to(entry.id))
        self._postings.put(number, counts)
        for text in _texts(entry):
            self._spelling.learn(words(text))
        if self._meanings:
            self._meanings.put(number, f"{entry.name}: {entry.description}")
        return True

    def drop(self, id: str) -> None:
        """Takes an entry out; what was learnt of it stays, for when it comes back."""
        self._forget(self._numbers.pop(id))

    def _forget(self, number: int) -> None:
        entry = self._entries.pop(number)
        for name in _names(entry):
            del self._named[name][number]
            if not self._named[name]:
                del self._named[name]
        self._postings.drop(number)
        if self._meanings:
            self._meanings.drop(number)

    def bring_to(self, entries: Sequence[Entry]) -> int:
        """Makes these the entries; how many had to be put or dropped."""
        wanted = {entry.id for entry in entries}
        gone = [id for id in self._numbers if id not in wanted]
        for id in gone:
            self.drop(id)
        return len(gone) + sum(self.put(entry) for entry in entries)

    def learn(self, query: str, used: Iterable[str]) -> None:
        """Takes in that a query led to these items: best one search and what came of it, not a whole task."""
        for id in self._past.learn(query, used):
            number = self._numbers.get(id)
            if number is not None:
                self._postings.put(number, (*self._postings.fields(number)[:-1], self._past.led_to(id)))

    def find(self, query: str, *, limit: int = 5, kinds: Sequence[str] = ()) -> list[Hit]:
        """The items that fit, best first; none where nothing does."""
        ranked = self.rank(query, limit=limit, kinds=kinds)
        return [hit for hit in ranked if hit.fit >= FITS]

    def rank(self, query: str, *, limit: int = 10, kinds: Sequence[str] = ()) -> list[Hit]:
        """The items that have anything to do with a query, best first."""
        scores, fits = self._scored(query)
        if self._meanings:
            near = self._meanings.near(query, _POOL)
            scores = fused(scores, list(near), _POOL)
            fits = {number: max(fits.get(number, 0.0), near.get(number, 0.0)) for number in scores}
        for place, number in enumerate(reversed(self._asked_by_name(query)), 2):
            scores[number], fits[number] = float(place), 1.0
        fitting = scores.items()
        if kinds:
            fitting = {number: score for number, score in fitting if self._entries[number].kind in kinds}.items()
        best = nlargest(limit, fitting, key=lambda one: (one[1], -one[0]))
        return [Hit(self._entries[number], score, fits.get(number, 0.0)) for number, score in best]

    def _scored(self, query: str) -> tuple[dict[int, float], dict[int, float]]:
        """Scores, and the share of the query that is met."""
        matched = match(self._postings, self._spelling, query)
        scores, fits = matched.scores, matched.fits
        most = max((self._entries[number].uses for number in scores), default=0)
        if most:
            for number in scores:
                scores[number] += _USED * log1p(self._entries[number].uses) / log1p(most)
        return scores, fits

    def _asked_by_name(self, query: str) -> list[int]:
        """The entries whose name the query is, or which it names as only an identifier is written."""
        asked = [query.strip()]
        asked += [word.rstrip(".:") for word in _IDENTIFIER.findall(query) if _SAID_AS_NAME.search(word)]
        return list(dict.fromkeys(n for name in asked for n in sorted(self._named.get(name.casefold(), ()))))


def _names(entry: Entry) -> set[str]:
    """What an entry is called: by its id, its name, and its name without its server's."""
    return {text.casefold() for text in (entry.id, entry.name, entry.name.rpartition("__")[2]) if text}


def _texts(entry: Entry) -> Iterator[str]:
    yield entry.name
    yield entry.description
    yield " ".join(name for name, _ in entry.parameters)
    yield " ".join(said for _, said in entry.parameters)
    yield entry.server
    yield " ".join(entry.aliases)
