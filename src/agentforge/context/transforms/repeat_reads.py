"""Results that say what is in view already: a pointer there where nothing changed, a diff where little did.

It looks at the texts as they are sent, so that what it points to is there: a result that was cut is another text than
the whole one that comes when it is asked for again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from typing import Final

from agentforge.context.admission import closing_handle, closing_line
from agentforge.context.settings import RecallBy
from agentforge.context.text import counted, first_number, is_numbered, line_count, shortened, without_numbers
from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.context.transforms.results import Found, Said, kept, results_in, rewritten
from agentforge.ledger import handle, redact
from agentforge.wire import Request
from agentforge.wire.memory import Memory

NAME: Final = "repeat reads"
SHORTEST: Final = 400
"""Shorter texts are not worth a pointer."""
SMALLER: Final = 0.5
"""A diff takes at most so much of the whole, or the whole is sent."""
DIFFED: Final = 600
"""Lines between the first and the last change, in both versions together; more are too much to compare."""
CHAIN: Final = 3
"""Diffs upon diffs, until the whole is sent once more."""
_diffs: Final[Memory[str]] = Memory(8 << 20)
_storable: Final[Memory[bool]] = Memory(100_000)


@dataclass(frozen=True, slots=True)
class Version:
    """A text that the model has in view, and where."""

    found: Found
    """The result that shows it, whole or as a diff."""
    diffs: int = 0
    """0: it stands there whole; else how many diffs lie between it and a whole one."""


def run(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request with a pointer or a diff in place of what it says again, and what that left out."""
    settings = view.settings
    if not settings.repeat_reads or settings.recall == "none":
        return request, Receipt(NAME, "causal")
    texts: defaultdict[int, dict[Said, str]] = defaultdict(dict)
    changes: list[Change] = []
    by_text: dict[bytes, Version] = {}
    by_call: dict[tuple[str, bytes, int | None], Version] = {}
    for found in results_in(request):
        said = found.said
        if len(said.text) < SHORTEST or said.failed:
            continue
        place = (found.use.name, found.use.input.text, said.inner) if found.use else None
        same, earlier = by_text.get(said.key), by_call.get(place) if place else None
        version, new, reason = same or Version(found), "", ""
        may_be_cut = found.message >= view.start and said.key.hex() not in view.whole
        if may_be_cut and closing_handle(said.text) is None and _may_be_stored(said):
            if same is not None:
                new, reason = _pointer(same, said, settings.recall), "it is in view already"
            elif earlier is not None and earlier.diffs < CHAIN and (new := _diff(earlier, said, settings.recall)):
                version, reason = Version(found, earlier.diffs + 1), "little changed since it was last read"
        by_text[said.key] = version
        if place is not None:
            by_call[place] = version
        if new:
            texts[found.message][said] = new
            changes.append(Change(found.where, said.text, new, reason, kept(said)))
    return rewritten(request, texts), Receipt(NAME, "causal", tuple(changes))


def _pointer(same: Version, said: Said, recall: RecallBy) -> str:
    how = ", shown there as a diff" if same.diffs else ""
    return f"[unchanged: the same as the result of {_named(same.found)} above{how}]\n{_closing(said, recall)}"


def _diff(earlier: Version, said: Said, recall: RecallBy) -> str:
    """What changed, in the lines of a unified diff; empty where that is no shorter, or too much to work out."""
    old = earlier.found.said
    if closing_handle(old.text) is not None:
        return ""
    key = old.key + said.key
    diff = _diffs.get(key)
    if diff is None:
        diff = _compared(old.text, said.text)
        _diffs.put(key, diff, len(diff) + 100)
    if not diff:
        return ""
    return f"[changed since {_named(earlier.found)} above; the diff from there]\n{diff}\n{_closing(said, recall)}"


def _compared(old: str, new: str) -> str:
    if is_numbered(old) and is_numbered(new) and first_number(old) == first_number(new) == 1:
        # Without their numbers: one line more would change all that follow.
        old, new = without_numbers(old), without_numbers(new)
    before, after = old.split("\n"), new.split("\n")
    if _between(before, after) > DIFFED:
        return ""
    # The names of the two files, which come first, say nothing here.
    diff = "\n".join(islice(unified_diff(before, after, n=2, lineterm=""), 2, None))
    return diff if len(diff) <= SMALLER * len(new) else ""


def _between(before: list[str], after: list[str]) -> int:
    """How many lines lie between what both begin and end with."""
    shorter = min(len(before), len(after))
    head = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    tail = next((at for at in range(shorter - head) if before[-1 - at] != after[-1 - at]), shorter - head)
    return len(before) + len(after) - 2 * (head + tail)


def _named(found: Found) -> str:
    """As in `Read src/app.py`."""
    call = found.call
    return " ".join(filter(None, (call.tool, shortened(call.path or call.command or call.pattern, 80)))) or "a call"


def _closing(said: Said, recall: RecallBy) -> str:
    return closing_line(handle(said.key.hex()), counted(line_count(said.text), "line"), recall)


def _may_be_stored(said: Said) -> bool:
    """Whether its exact bytes can be kept: it holds no secrets."""
    known = _storable.get(said.key)
    if known is None:
        known = not redact(said.text, b"").found
        _storable.put(said.key, known)
    return known


REPEAT_READS: Final = Transform(NAME, "causal", run)
