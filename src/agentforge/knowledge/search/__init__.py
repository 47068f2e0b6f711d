"""The search of what there is to know: the items that fit a need, best first."""

from agentforge.knowledge.search.answer import answer, signature
from agentforge.knowledge.search.entries import Entry, entries_of, entry_of
from agentforge.knowledge.search.fusion import Embedder
from agentforge.knowledge.search.labelled import answers
from agentforge.knowledge.search.search import FITS, Hit, Search
from agentforge.knowledge.search.words import words

__all__ = [
    "FITS",
    "Embedder",
    "Entry",
    "Hit",
    "Search",
    "answer",
    "answers",
    "entries_of",
    "entry_of",
    "signature",
    "words",
]
