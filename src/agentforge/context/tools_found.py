"""Tools found by words or by name, in the few lines that a model needs to call them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import log
from typing import Final

from agentforge.context.tool_signature import descriptions, properties, signature
from agentforge.wire import Tool

ROOM: Final = 2_400
"""Characters of an answer: about 600 tokens."""
MOST: Final = 5
"""Tools in an answer."""
_SAID: Final = 200
_SAID_OF_A_PARAMETER: Final = 90
_FIELDS: Final = (("name", 3.0, 0.3), ("description", 1.0, 0.75), ("parameters", 1.0, 0.75), ("their words", 0.7, 0.75))
"""Each with its weight, and how much its length counts."""
_SATURATION: Final = 1.2
_FAR_BEHIND: Final = 0.25
"""Of the best one's score: what has less is not worth the room."""
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")
_IDLE: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be by can do for from get has have how i if in into is it its me my of on or our so "
        "that the their them then there these this to tool tools use using want was we what when where which will "
        "with you your mcp api",
    )
)
"""Words that tell nothing about a tool."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A tool as it is searched."""

    tool: Tool
    counts: tuple[Counter[str], ...]
    """Words by how often they stand there, field by field."""


class ToolsFound:
    """A search over tools; the same tools and the same words give the same answer."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._entries = [_Entry(tool, tuple(Counter(words(text)) for text in _texts(tool))) for tool in tools]
        self._usual = [
            sum(entry.counts[at].total() for entry in self._entries) / max(len(self._entries), 1) or 1.0
            for at in range(len(_FIELDS))
        ]
        self._having = Counter(word for entry in self._entries for word in set().union(*entry.counts))

    def answer(self, query: str) -> str:
        """What a model is told that asks for tools by `query`."""
        named = self._named(query)
        is_whole = any(tool.name.lower() in query.lower() for tool in named)
        found = named if is_whole else [*named, *(tool for tool in self._ranked(query) if tool not in named)]
        found = found[:MOST]
        if not found:
            return (
                f"None of the {len(self._entries)} tools fits these words. Say what it acts on (an issue, a page, a "
                "file) and what it does (create, list, search)."
            )
        lines = ["Call with call_tool:"]
        room = ROOM - len(lines[0])
        for at, tool in enumerate(found):
            told = _told(tool, whole=at == 0 or tool in named)
            if len(told) > room:
                told = _told(tool, whole=False)
            if at and len(told) > room:
                continue
            lines.append(told)
            room -= len(told) + 1
        return "\n".join(lines)

    def nearest(self, name: str) -> tuple[str, ...]:
        """The names that come closest to one that does not exist."""
        names = [entry.tool.name for entry in self._entries]
        close = get_close_matches(name, names, n=3, cutoff=0.75)
        return tuple(dict.fromkeys([*self._names(self._named(name)), *close, *self._names(self._ranked(name))]))[:3]

    def _names(self, tools: Sequence[Tool]) -> list[str]:
        return [tool.name for tool in tools]

    def _named(self, query: str) -> list[Tool]:
        """The tools that the query names, whole or by what follows their server's name."""
        asked = [word.lower() for word in re.split(r"[\s,;\"'`()]+", query) if len(word) > 2]
        found = []
        for word in dict.fromkeys(asked):
            same = [one.tool for one in self._entries if one.tool.name.lower() == word]
            found += same or [one.tool for one in self._entries if one.tool.name.lower().rpartition("__")[2] == word]
        return found

    def _ranked(self, query: str) -> list[Tool]:
        asked = list(dict.fromkeys(words(query)))[:64]
        scores = [(self._score(entry, asked), at) for at, entry in enumerate(self._entries)]
        best = max(scores, default=(0.0, 0))[0]
        fitting = [(-score, at) for score, at in scores if score > 0 and score >= _FAR_BEHIND * best]
        return [self._entries[at].tool for _, at in sorted(fitting)]

    def _score(self, entry: _Entry, asked: Sequence[str]) -> float:
        score = 0.0
        for word in asked:
            weight = 0.0
            for counts, usual, (_, worth, length) in zip(entry.counts, self._usual, _FIELDS, strict=True):
                if times := counts.get(word, 0):
                    weight += worth * times / (1 - length + length * counts.total() / usual)
            if weight:
                having = self._having[word]
                tells = log(1 + (len(self._entries) - having + 0.5) / (having + 0.5))
                score += tells * weight * (_SATURATION + 1) / (weight + _SATURATION)
        return score


def words(text: str) -> list[str]:
    """The words of a text or an identifier, those that tell nothing left out, in the singular."""
    found = (word.lower() for word in _WORD.findall(text))
    return [_singular(word) for word in found if word not in _IDLE]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _texts(tool: Tool) -> Iterator[str]:
    """The texts of a tool, field by field."""
    given = properties(tool)
    yield tool.name
    yield tool.description or ""
    yield " ".join(given)
    yield " ".join(descriptions(given).values())


def _told(tool: Tool, *, whole: bool) -> str:
    """A tool as a model reads it: how it is called and what it does; `whole`: and what its parameters mean."""
    lines = [signature(tool)]
    if tool.description:
        lines.append("  " + clipped(tool.description, _SAID))
    if whole:
        said: Mapping[str, str] = descriptions(properties(tool))
        lines += [f"  {name}: {clipped(text, _SAID_OF_A_PARAMETER)}" for name, text in said.items()]
    return "\n".join(lines)


def clipped(text: str, most: int) -> str:
    """A text in one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
