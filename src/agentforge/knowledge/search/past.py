"""The words of past queries, by the items that they led to."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

from agentforge.knowledge.search.words import stem, words

KEPT: Final = 50
"""Past queries that are remembered of an item; the oldest go first."""


class Past:
    """What was learnt."""

    def __init__(self) -> None:
        self._led: dict[str, deque[Mapping[str, float]]] = {}

    def learn(self, query: str, used: Iterable[str]) -> tuple[str, ...]:
        """The ids, once each, of which there is something new to know."""
        ids = tuple(dict.fromkeys(used))
        counts = Counter(stem(word) for word in words(query))
        # Of a query that led to several items nobody knows which words led to which.
        shared = {word: times / len(ids) for word, times in counts.items()} if ids else {}
        for id in ids if shared else ():
            self._led.setdefault(id, deque(maxlen=KEPT)).append(shared)
        return ids if shared else ()

    def led_to(self, id: str) -> Mapping[str, float]:
        """The words that led to an item, each as often as it did."""
        found: dict[str, float] = {}
        for counts in self._led.get(id, ()):
            for word, times in counts.items():
                found[word] = found.get(word, 0.0) + times
        return found
