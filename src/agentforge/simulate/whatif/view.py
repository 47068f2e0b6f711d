"""What the model can see of a session that was cut: what is in view, what was taken out of it, what it asks back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from agentforge.context import Change, Receipt
from agentforge.context.recall import answer, parse_query
from agentforge.context.recall.answer import SPECIAL
from agentforge.context.recall.query import LONGEST_PATTERN
from agentforge.ledger import handle
from agentforge.simulate.whatif.references import references, texts_of
from agentforge.wire import Message


@dataclass(frozen=True, slots=True)
class Recall:
    """Something that was cut, and then needed."""

    asked: Mapping[str, str]
    """The call's arguments: the handle, and what is looked for."""
    references: tuple[str, ...]
    """What the answer refers to."""
    text: str
    """What the recall gives back."""


@dataclass(slots=True)
class View:
    """What is in view and what was cut, of one session under one plan."""

    cuts: dict[str, str] = field(default_factory=dict)
    """What was cut, by its hash."""
    _seen: set[str] = field(default_factory=set)
    _unread: list[Message] = field(default_factory=list)
    """In view, and not looked at yet: where nothing is ever cut, nobody has to."""
    _gone: dict[str, str] = field(default_factory=dict)
    """What only a cut text said, and the hash of that text."""
    _noted: set[str] = field(default_factory=set)
    """The texts that were cut, as they were before."""

    def clear(self) -> None:
        """Takes everything out of view: a compaction, or a prefix that changed."""
        self._seen.clear()
        self._unread.clear()
        self._gone.clear()
        self._noted.clear()

    def show(self, messages: Iterable[Message], receipts: Sequence[Receipt]) -> None:
        """Takes new messages into view, and notes what the receipts of the whole request say was cut."""
        self._unread += messages
        for change in (change for receipt in receipts for change in receipt.changes):
            # By the text itself: it is the same string as in the request before, and need not be hashed again.
            if not _takes(change) or change.before in self._noted:
                continue
            self._noted.add(change.before)
            text = change.before if change.kept is None else change.kept.data.decode(errors="replace")
            key = sha256(text.encode(errors="surrogatepass")).hexdigest()
            self.cuts[key] = text
            self._read()
            for reference in references(text) - self._seen:
                self._gone.setdefault(reference, key)

    def needed(self, said: Sequence[Message]) -> list[Recall]:
        """What an answer refers to that was cut and is not in view; from now on it is."""
        if not self._gone:
            return []
        self._read()
        wants = {one for message in said for text in texts_of(message) for one in references(text)}
        missing: dict[str, list[str]] = {}
        for reference in sorted(wants & self._gone.keys()):
            if reference not in self._seen:
                missing.setdefault(self._gone[reference], []).append(reference)
        recalls = []
        for key, found in sorted(missing.items(), key=lambda one: -len(one[1])):
            # A recall may bring into view what another source would have said too.
            if wanted := tuple(reference for reference in found if reference not in self._seen):
                asked = _question(key, wanted)
                told = answer(self.cuts[key].encode("utf-8", "surrogatepass"), parse_query(asked))
                recall = Recall(asked, wanted, told)
                self._seen |= references(told) | set(wanted)
                recalls.append(recall)
        return recalls

    def _read(self) -> None:
        for message in self._unread:
            for text in texts_of(message):
                self._seen |= references(text)
        self._unread.clear()


def _takes(change: Change) -> bool:
    """Whether a change took something out of view."""
    return change.kept is not None or len(change.after) < len(change.before)


def _question(key: str, wanted: Sequence[str]) -> dict[str, str]:
    """The arguments of a call that asks for all of it: the shortest words first, as many as a pattern takes."""
    pattern = ""
    for reference in sorted(wanted, key=len):
        quoted = "".join(f"\\{sign}" if sign in SPECIAL else sign for sign in reference)
        longer = f"{pattern}|{quoted}" if pattern else quoted
        if len(longer) <= LONGEST_PATTERN:
            pattern = longer
    return {"handle": handle(key), "pattern": pattern}
