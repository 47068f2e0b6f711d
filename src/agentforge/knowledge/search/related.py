"""Words that are used for one another when people ask for tools; written by hand, a group a line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from agentforge.knowledge.search.words import stem


@cache
def related() -> Mapping[str, frozenset[str]]:
    """For a stem the stems that stand in a group with it."""
    found: dict[str, set[str]] = {}
    text = files(__package__).joinpath("data/related.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        group = {stem(word) for word in line.split()}
        for word in group:
            found.setdefault(word, set()).update(group - {word})
    return {word: frozenset(others) for word, others in found.items()}
