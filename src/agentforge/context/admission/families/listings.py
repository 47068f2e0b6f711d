"""Listings of files: how many of which kind in which folder, and the first of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.values import EDGE, Family, Sketch, Subject, Weight
from agentforge.context.text import count, counted, piece

MOST: Final = 24
_LONG: Final = re.compile(r"^[-dlbcps][rwxsStT-]{9}[.+@]?\s+\d+ .* (?P<name>\S.*)$")
_TREE: Final = re.compile(r"^[\s│|]*[├└|`+][─-]{1,3}\s*(?P<name>\S.*)$")
_PATH: Final = re.compile(r"^(?:- )?(?P<name>[\w@.~+/\\()\[\]-][\w@.~+/\\ ()\[\]-]{0,240})$")
_LISTS: Final = re.compile(r"(?:^|[|;&(]\s*)(?:ls|find|tree|fd|git ls-files|dir|du)\b")


def recognises(subject: Subject) -> bool:
    """Whether nearly all lines are paths, as `ls`, `find` and `tree` print them."""
    listed = subject.call.tool.lower() in ("glob", "ls", "list") or _LISTS.search(subject.call.command) is not None
    if len(subject.sample) < 6 or subject.share(_name) < (0.7 if listed else 0.95):
        return False
    return listed or subject.share(_is_unmistakable) > 0.8


def sketch(subject: Subject) -> Sketch:
    """What was asked for, then as many of the first as fit, and the last few; the notes count the rest."""
    pieces = subject.pieces
    weights: dict[int, Weight] = {}
    folders: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for index in range(count(pieces)):
        name = _name(piece(pieces, index).rstrip("\r\n"))
        if not name:
            continue
        folder, _, file = name.rstrip("/").rpartition("/")
        kinds["." + file.rpartition(".")[2] if "." in file[1:] else "others"] += 1
        weights[index] = EDGE, index
        folders[folder] += 1
    of_kinds = ", ".join(f"{kind} {number:,}" for kind, number in kinds.most_common(10))
    of_folders = ", ".join(f"{folder or '.'}/ {number:,}" for folder, number in folders.most_common(MOST))
    more = f" and {counted(len(folders) - MOST, 'more folder')}" if len(folders) > MOST else ""
    note = f"listing: {counted(kinds.total(), 'entry')}: {of_kinds}"
    in_folders = f"in {of_folders}{more}" if len(folders) > 1 else ""
    weights = merged(weights, edges(pieces, head=3, tail=3), asked(pieces, subject.low, words_of(subject.call)))
    return Sketch(pieces, weights, tuple(said for said in (note, in_folders) if said))


def _is_unmistakable(line: str) -> bool:
    """Whether a line is a path though nobody asked for a listing."""
    return ("/" in line and " " not in line.strip()) or bool(_LONG.match(line) or _TREE.match(line))


def _name(line: str) -> str:
    found = _LONG.match(line) or _TREE.match(line) or _PATH.match(line)
    return found["name"] if found else ""


LISTINGS: Final = Family("listing", recognises, sketch)
