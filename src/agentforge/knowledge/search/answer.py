"""What was found, in the few lines that a model needs, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from agentforge.knowledge.search.entries import Entry
from agentforge.knowledge.search.search import Hit

_LONGEST: Final = 600
"""Characters of a signature."""
_SAID: Final = 240
_SAID_OF_A_PARAMETER: Final = 90
_FAR_BEHIND: Final = 0.25
"""Of the best one's score: what has less is not worth the room."""


def answer(hits: Sequence[Hit], *, of: int, budget: int, weigh: Callable[[str], int]) -> str:
    """A line or two for each hit, more for the first, as many as the budget has room for; or that nothing fits."""
    if not hits:
        return (
            f"None of the {of:,} items fits these words. Say what it acts on (an issue, a page, a file) and what it "
            "does (create, list, search)."
        )
    told: list[str] = []
    for hit in hits:
        if hit.score < _FAR_BEHIND * hits[0].score:
            break
        forms = (_whole(hit.entry), _short(hit.entry)) if not told else (_short(hit.entry),)
        for form in forms:
            if weigh("\n".join([*told, form])) <= budget:
                told.append(form)
                break
    return "\n".join(told) or "What fits cannot be told in so few tokens."


def signature(entry: Entry) -> str:
    """How an item is called, in one line; of what is no tool, its kind and name."""
    if entry.kind != "tool":
        return f"{entry.kind} {clipped(entry.name, _LONGEST)}"
    called = entry.signature or f"{entry.name}({', '.join(name for name, _ in entry.parameters)})"
    return clipped(called, _LONGEST)


def _short(entry: Entry) -> str:
    said = f"\n  {clipped(entry.description, _SAID)}" if entry.description.strip() else ""
    return signature(entry) + said


def _whole(entry: Entry) -> str:
    said = (f"  {name}: {clipped(text, _SAID_OF_A_PARAMETER)}" for name, text in entry.parameters if text.strip())
    return "\n".join([_short(entry), *said])


def clipped(text: str, most: int) -> str:
    """A text in one line of at most so many characters."""
    line = " ".join(text[: most * 4].split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
