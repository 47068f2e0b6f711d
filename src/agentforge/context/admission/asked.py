"""What a call asks for, and where the text speaks of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from agentforge.context.admission.values import ASKED, Call, Weight
from agentforge.context.text import Pieces, piece_at

MOST_WORDS: Final = 24
MOST_HITS: Final = 6
"""Of a word that stands in more places, only the first few count: it tells nothing apart."""
_WORD: Final = re.compile(r"[A-Za-z_][\w./-]{2,60}|\d{3,}")
_TELLING: Final = re.compile(r"[_./-]\w|[a-z][A-Z]|\d|^[A-Z]{2,}")
"""What makes a word of prose a name: snake_case, camelCase, a path, a number."""
_QUOTED: Final = re.compile(r"[`\"']([^`\"'\n]{3,60})[`\"']")
_REMINDER: Final = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
_PROMPT: Final = 4_000
_USUAL_WORDS: Final = """
about after again all also and any are bash been before bin but can cat check code could dev did does done
each echo every false file files find fix for from get git give grep had has have head her here him his home
how into its just know let like line lines list look main make many may more most much must need new none not
now null off once one only open other our out over please print pytest python read run same see set she should
show some src such sure tail take tell test tests than that the their them then there these they this those
tmp too true try two use used using usr very want was way well were what when where which while who why will
with work would write you your
"""
_USUAL: Final = frozenset(_USUAL_WORDS.split())


def words_of(call: Call) -> tuple[str, ...]:
    """The words of a call, in small letters: those of its input first, then the names in the user's latest words."""
    found: dict[str, None] = {}
    for said in _strings(call.input):
        for word in _WORD.findall(said[:2_000]):
            for part in (word, word.rpartition("/")[2]):
                _add(found, part)
    prompt = _REMINDER.sub(" ", call.prompt)[:_PROMPT]
    for word in (*_QUOTED.findall(prompt), *(word for word in _WORD.findall(prompt) if _TELLING.search(word))):
        _add(found, word.rstrip("."))
    return tuple(found)[:MOST_WORDS]


def asked(pieces: Pieces, low: str, words: tuple[str, ...]) -> dict[int, Weight]:
    """The pieces that hold these words; the word that is rarest comes first."""
    weights: dict[int, Weight] = {}
    for word in words:
        hits: list[int] = []
        position = low.find(word)
        while position >= 0 and len(hits) <= MOST_HITS:
            index = piece_at(pieces, position)
            hits.append(index)
            position = low.find(word, pieces.starts[index + 1])
        for index in hits[:MOST_HITS] if len(hits) <= MOST_HITS else hits[:2]:
            rank = len(hits)
            weights[index] = min(weights.get(index, (ASKED, rank)), (ASKED, rank))
    return weights


def _add(found: dict[str, None], word: str) -> None:
    low = word.lower().strip("./-")
    if len(low) > 2 and low not in _USUAL:
        found.setdefault(low)


def _strings(value: Any, depth: int = 3) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth - 1)
