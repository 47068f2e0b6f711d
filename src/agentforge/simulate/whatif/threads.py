"""From a transcript's entries to its threads: each the answers of one conversation, with what was said before each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from agentforge.transcripts import Client, Entry, Transcript
from agentforge.wire import Usage

Start: TypeAlias = Literal["first", "continued", "compacted", "rewound"]
"""How a turn goes on from the one before: a compaction leaves nothing of it, a rewind some of it."""

_ANSWER: Final = frozenset({"assistant_text", "thinking", "tool_call"})
_AROUND: Final = frozenset({"prompt", "tool_result", "context_injection"})
_CHARGES: Final = frozenset({"token_count", "step-finish"})
"""Notes that tell what the answer before them was charged."""
_NO_MODEL: Final = "<synthetic>"
"""What a client writes as the model of words that no provider said."""
_BY_RESPONSE: Final[tuple[Client, ...]] = ("claude-code", "gemini-cli")


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer, and what was said to the model since the one before."""

    start: Start
    keep: int
    """Turns before it that are in view: all, but after a compaction or a rewind."""
    before: tuple[Entry, ...]
    answer: tuple[Entry, ...]
    response: str
    model: str
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation: the main one, or a sub-agent's."""

    name: str
    """Which sub-agent's; empty for the main thread."""
    turns: tuple[Turn, ...]


def threads_of(transcript: Transcript) -> list[Thread]:
    """The threads of a transcript, the main one first; those without an answer are none."""
    weaving: dict[str, _Weaving] = {}
    for name, entry in _named(transcript.events):
        weaving.setdefault(name, _Weaving(transcript.client)).take(entry)
    threads = [Thread(name, one.done()) for name, one in weaving.items()]
    return sorted((one for one in threads if one.turns), key=lambda one: bool(one.name))


def _named(events: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    """Each entry with its thread. Where the client tells no agent's id, an agent is whoever follows from one prompt."""
    roots: dict[str, str] = {}
    for entry in events:
        if entry.actor == "passing" or entry.model == _NO_MODEL:
            continue
        name = entry.subagent
        if name == "sidechain":
            name = roots.get(entry.parent) or f"sidechain-{len(set(roots.values())) + 1}"
            roots[entry.id] = name
        yield name, entry


@dataclass(slots=True)
class _Weaving:
    client: Client
    turns: list[Turn] = field(default_factory=list)
    pending: list[Entry] = field(default_factory=list)
    said: list[Entry] = field(default_factory=list)
    """The answer that is being read, and below what it is known by."""
    key: str = ""
    before: tuple[Entry, ...] = ()
    start: Start = "first"
    usage: Usage | None = None
    response: str = ""
    ended: bool = False
    path: list[Turn] = field(default_factory=list)
    """The turns that are in view."""
    places: dict[str, int] = field(default_factory=dict)
    """Where each entry stands: after so many turns of the path."""

    def take(self, entry: Entry) -> None:
        """Adds an entry."""
        if entry.kind == "compaction" or (entry.name == "compact_summary" and self.start != "compacted"):
            self._compact(entry)
        elif entry.usage is not None and entry.name in _CHARGES:
            self._charge(entry)
        elif entry.kind in _ANSWER and entry.actor == "assistant":
            self._answer(entry)
        if entry.kind in _AROUND:
            self._around(entry)
        if entry.id:
            self.places[entry.id] = len(self.path) + bool(self.said)

    def done(self) -> tuple[Turn, ...]:
        """The turns."""
        self._close()
        return tuple(self.turns)

    def _answer(self, entry: Entry) -> None:
        key = entry.response if self.client in _BY_RESPONSE else ""
        if self.said and (key != self.key if key else self.ended):
            self._close()
        if not self.said:
            self.before, self.pending, self.key = tuple(self.pending), [], key
        self.said.append(entry)
        self.ended = False
        self.usage = _told(entry.usage) or self.usage
        self.response = entry.response or self.response

    def _around(self, entry: Entry) -> None:
        here = len(self.path) + bool(self.said)
        at = self.places.get(entry.parent, here) if entry.kind == "prompt" else here
        if at < here:
            self._rewind(at, entry.parent)
        self.pending.append(entry)
        # opencode tells results within the answer that asked for them, and says when it ends.
        self.ended = self.ended or self.client != "opencode" or entry.kind == "prompt"

    def _compact(self, entry: Entry) -> None:
        self._close()
        self.start, self.path = "compacted", []
        self.places.clear()
        told = entry.kind == "compaction" and entry.text and not entry.name
        self.pending = [replace(entry, kind="context_injection")] if told else []

    def _rewind(self, at: int, parent: str) -> None:
        """Goes back to the entry that the user went back to."""
        self._close()
        told = self.path[at].before
        stop = next((place for place, entry in enumerate(told, 1) if entry.id == parent), 0)
        self.pending = list(told[:stop])
        self.start, self.path = "rewound", self.path[:at]

    def _charge(self, entry: Entry) -> None:
        if self.said and self.usage is None:
            self.usage, self.response = _told(entry.usage), self.response or entry.response
        self.ended = True

    def _close(self) -> None:
        if not self.said:
            return
        model = next((entry.model for entry in reversed(self.said) if entry.model), "")
        turn = Turn(self.start, len(self.path), self.before, tuple(self.said), self.response, model, self.usage)
        self.turns.append(turn)
        self.path.append(turn)
        self.said, self.before, self.usage, self.response, self.key = [], (), None, "", ""
        self.start, self.ended = "continued", False


def _told(usage: Usage | None) -> Usage | None:
    """The usage, if it says anything."""
    return usage if usage is not None and usage.prompt > 0 else None
