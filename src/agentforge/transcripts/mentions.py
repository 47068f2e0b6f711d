"""A second look at a few transcripts: which words the agents themselves ever wrote, in answers and in calls."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from agentforge.transcripts.read import entries
from agentforge.transcripts.report import SessionUsage

MOST_SESSIONS: Final = 50
MOST_BYTES: Final = 64 << 20
_WORD: Final = re.compile(r"\w+")


def latest(sessions: Iterable[SessionUsage]) -> tuple[list[Path], int]:
    """The transcripts of the last sessions, as many as are searched at most, and of how many sessions they are."""
    paths: dict[Path, int] = {}
    taken = 0
    for session in sorted((each for each in sessions if each.path), key=lambda each: each.last, reverse=True):
        path = Path(session.path)
        try:
            size = paths[path] if path in paths else path.stat().st_size
        except OSError:
            continue  # Deleted since it was counted.
        if taken == MOST_SESSIONS or sum(paths.values()) + (0 if path in paths else size) > MOST_BYTES:
            break
        paths[path] = size
        taken += 1
    return list(paths), taken


def mentioned(groups: Sequence[Iterable[str]], paths: Iterable[Path], *, about: Iterable[str] = ()) -> frozenset[int]:
    """The groups of phrases, by position, of which an agent wrote at least one, in any case of letters.

    Calls that name one of `about` do not count: an agent that edits the text which the phrases are from repeats it.
    Files are read as streams, and no further once every group was found.
    """
    by_word: dict[str, list[tuple[str, int]]] = defaultdict(list)
    open_groups: set[int] = set()
    for at, phrases in enumerate(groups):
        for phrase in phrases:
            lower = phrase.lower()
            if words := _WORD.findall(lower):
                by_word[max(words, key=len)].append((lower, at))
                open_groups.add(at)
    wanted = len(open_groups)
    found: set[int] = set()
    subjects = [subject.lower() for subject in about]
    for path in paths:
        for entry in entries(path):
            if entry.kind == "tool_call" and entry.structured is not None:
                text = _unescaped(entry.structured.text.decode(errors="replace")).lower()
                if any(subject in text for subject in subjects):
                    continue
            elif entry.kind == "assistant_text":
                text = entry.text.lower()
            else:
                continue
            for word in by_word.keys() & set(_WORD.findall(text)):
                found.update(at for phrase, at in by_word[word] if at not in found and phrase in text)
            if len(found) == wanted:
                return frozenset(found)
    return frozenset(found)


def _unescaped(text: str) -> str:
    """The words of a JSON text as they were written, so far as words go."""
    return text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
