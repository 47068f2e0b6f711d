"""Which session a request belongs to, and the settings that were locked at that session's first request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec

from agentforge.context import Settings
from agentforge.gateway.roles import is_continued_from_summary
from agentforge.wire import Chain, Request, SessionIndex, Thinking
from agentforge.wire.memory import Memory

Arm: TypeAlias = Literal["treated", "held out", "switched off"]
"""Held out: sent as it is, to compare with. Switched off: treating did not pay on this project's traffic."""
How: TypeAlias = Literal["new", "continued", "repeated", "forked", "resumed", "adopted", "compacted"]
"""Resumed: known from before a restart. Adopted: it began without us. Compacted: it begins with another's summary."""

REMEMBERED: Final = 100_000
"""Links, and locks."""
MOST_BEGUN: Final = 20_000
"""Sessions that are known again after a restart, or when they rested for long."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What a session keeps to, from its first request to its end."""

    session: str
    project: str
    key: str
    """What the client calls it, if it does."""
    first: str
    """The link of its first message: by this it is known again after a restart."""
    settings: Settings
    arm: Arm = "treated"
    start: int = 0
    """Messages before this one were sent without us: they stay as they are."""
    parent: str | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def lock_of(plain: Mapping[str, Any]) -> Lock:
    """The lock that was written down."""
    return msgspec.convert(plain, Lock)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request is to its session."""

    lock: Lock
    how: How
    is_new: bool
    """The lock is not written down yet."""


class Choose(Protocol):
    """Decides how a session is treated that was not seen before."""

    def __call__(self, request: Request, *, project: str, key: str, adopted: bool) -> tuple[Settings, Arm]:
        """Its settings and its arm. `key` names it; `adopted`: it began without us."""


class Sessions:
    """Knows sessions by their chains, and what was locked for each. `known`: locks from before a restart."""

    def __init__(self, choose: Choose, known: Iterable[Lock] = ()) -> None:
        self._choose = choose
        self._index = SessionIndex(remembers=REMEMBERED)
        self._locks: Memory[Lock] = Memory(REMEMBERED)
        """By session, as the index calls it."""
        self._sent: Memory[Lock] = Memory(REMEMBERED)
        """By the link of every message that went through us."""
        self._begun: dict[tuple[str, str], list[Lock]] = {}
        """By the first link."""
        for lock in known:
            self._begin(lock)

    def see(self, request: Request, chain: Chain, *, project: str, key: str, new_id: str) -> Seen:
        """The session of a request, remembered; `new_id` names it should it be a new one."""
        found = self._index.recognise(chain, new_id=new_id, key=f"{project}\0{key}")
        lock = self._locks.get(found.session.encode())
        if lock is not None:
            seen = Seen(lock, "repeated" if found.kind == "repeated" else "continued", is_new=False)
        else:
            seen = self._unseen(request, chain, project, key, new_id)
            if seen.is_new:
                self._begin(seen.lock)
        self._locks.put(found.session.encode(), seen.lock)
        for link in chain.links:
            at = _place(project, link)
            if self._sent.get(at) is None:
                self._sent.put(at, seen.lock)
        return seen

    def peek(self, request: Request, chain: Chain, *, project: str, key: str) -> Seen:
        """The session that a request would belong to; nothing is remembered."""
        known = (self._sent.get(_place(project, link)) for link in reversed(chain.links))
        lock = next((lock for lock in known if lock is not None), None)
        if lock is None:
            return replace(self._unseen(request, chain, project, key, ""), is_new=False)
        return Seen(lock, "continued", is_new=False)

    def _unseen(self, request: Request, chain: Chain, project: str, key: str, new_id: str) -> Seen:
        answered = _answered(request)
        first = chain.links[0] if chain.links else ""
        if answered:
            known = [self._sent.get(_place(project, link)) for link in chain.links]
            parent = next((lock for lock in reversed(known[answered - 1 :]) if lock is not None), None)
            before = known[answered - 2] if answered > 1 else None
            if parent is None and before is not None and key and before.key == key:
                # Its first answer came through us too: only what stands before the messages is new, late tools say.
                parent = before
            if parent is None and not any(known):
                earlier = self._begun.get((project, first), [])
                same = next((lock for lock in reversed(earlier) if lock.key == key), None)
                if same is not None:
                    return Seen(same, "resumed", is_new=False)
                parent = earlier[-1] if earlier else None
            if parent is not None:
                return Seen(replace(parent, session=new_id, key=key, parent=parent.session), "forked", is_new=True)
        compacted = is_continued_from_summary(request) and not _has_thinking(request)
        adopted = bool(answered) and not compacted
        settings, arm = self._choose(request, project=project, key=key or new_id, adopted=adopted)
        # What was sent before we came is what the provider has cached and signed.
        lock = Lock(new_id, project, key, first, settings, arm, start=len(request.messages) if adopted else 0)
        return Seen(lock, "adopted" if adopted else "compacted" if compacted else "new", is_new=True)

    def _begin(self, lock: Lock) -> None:
        if len(self._begun) >= MOST_BEGUN:
            del self._begun[next(iter(self._begun))]
        self._begun.setdefault((lock.project, lock.first), []).append(lock)


def _place(project: str, link: str) -> bytes:
    return f"{project}\0{link}".encode()


def _answered(request: Request) -> int:
    """How many messages stand up to the model's last answer, that included."""
    return next(
        (at for at in range(len(request.messages), 0, -1) if request.messages[at - 1].role == "assistant"),
        0,
    )


def _has_thinking(request: Request) -> bool:
    return any(isinstance(block, Thinking) for message in request.messages for block in message.blocks)
