"""What a text is searched by: the stems of its words, the words as they are written, and which stand together."""

from __future__ import annotations

from collections import Counter

from agentforge.knowledge.search.words import stem, words


def counted(text: str) -> Counter[str]:
    """How often each term stands in a text."""
    found = words(text)
    stems = [stem(word) for word in found]
    terms = Counter(stems)
    terms.update(map(written, found))
    terms.update(map(together, stems, stems[1:]))
    return terms


def written(word: str) -> str:
    """The term for a word in just that form."""
    return f"={word}"


def together(one: str, other: str) -> str:
    """The term for two stems that stand together, in any order."""
    return f"{one} {other}" if one < other else f"{other} {one}"
