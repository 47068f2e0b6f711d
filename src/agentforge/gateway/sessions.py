"""Which session a request belongs to, and the settings that were locked at that session's first request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec

from agentforge.context import UNTOUCHED, Settings
from agentforge.gateway.roles import is_continued_from_summary
from agentforge.wire import Chain, Request, SessionIndex, Thinking
from agentforge.wire.memory import Memory

Arm: TypeAlias = Literal["treated", "held out", "switched off", "left alone"]
"""Held out: sent as it is, to compare with. Switched off: treating did not pay on this project's traffic. Left alone:
its first request could not be treated, and what came after would not fit to it."""
How: TypeAlias = Literal["new", "continued", "repeated", "forked", "resumed", "adopted", "compacted"]
"""Resumed: known from before a restart. Adopted: it began without us. Compacted: it begins with another's summary."""

REMEMBERED: Final = 200_000
"""Links, each under two names, and locks."""
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
    """The link of its first message: by this it is known again after a restart,"""
    settings: Settings
    arm: Arm = "treated"
    start: int = 0
    """Messages before this one were sent without us: they stay as they are."""
    parent: str | None = None
    head: str = ""
    """and by what stands before the messages, where one client's agents are asked the same."""

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
        self._begun: Memory[Lock] = Memory(3 * MOST_BEGUN)
        """The latest by the first link; and by that with the client's name for it; and by both with the head."""
        self._named: Memory[Lock] = Memory(MOST_BEGUN)
        """The first by the client's name."""
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
            for at in (_place(project, key, link), _place(project, link)):
                if self._sent.get(at) is None:
                    self._sent.put(at, seen.lock)
        return seen

    def leave(self, lock: Lock, chain: Chain) -> Lock:
        """The lock of a session whose first request went out as it came: nothing in it is changed from here on."""
        left = replace(lock, settings=UNTOUCHED, arm="left alone")
        self._locks.put(lock.session.encode(), left)
        for link in chain.links:
            for at in (_place(lock.project, lock.key, link), _place(lock.project, link)):
                if self._sent.get(at) == lock:
                    self._sent.put(at, left)
        self._begin(left)
        return left

    def peek(self, request: Request, chain: Chain, *, project: str, key: str) -> Seen:
        """The session that a request would belong to; nothing is remembered."""
        names = [_place(project, key, link) for link in reversed(chain.links)]
        names += [_place(project, link) for link in reversed(chain.links)]
        lock = next((lock for name in names if (lock := self._sent.get(name)) is not None), None)
        if lock is None:
            return replace(self._unseen(request, chain, project, key, ""), is_new=False)
        return Seen(lock, "continued", is_new=False)

    def _unseen(self, request: Request, chain: Chain, project: str, key: str, new_id: str) -> Seen:
        answered = _answered(request)
        first = chain.links[0] if chain.links else ""
        if answered:
            own = [self._sent.get(_place(project, key, link)) for link in chain.links]
            known = [self._through(project, key, link) for link in chain.links]
            parent = next((lock for lock in reversed(known[answered - 1 :]) if lock is not None), None)
            opening = _opening(request)
            tells = opening < answered - 1
            if parent is None and tells:
                parent = own[answered - 2]
            if parent is None and not any(own[opening:]):
                names = (_place(project, first, key, chain.head), _place(project, first, key))
                parent = next((lock for name in names if (lock := self._begun.get(name)) is not None), None)
                if parent is not None and not any(own):
                    return Seen(parent, "resumed", is_new=False)
                # Else it was asked twice, and answered twice; or late tools make a new beginning of it.
            if parent is None and tells:
                # The last answer came through us too: what it answers did. Clients fork behind it under a new name.
                parent = known[answered - 2]
            if parent is None and not any(known):
                parent = self._begun.get(_place(project, first))
            if parent is not None:
                return Seen(replace(parent, session=new_id, key=key, parent=parent.session), "forked", is_new=True)
        continued = is_continued_from_summary(request)
        same = self._named.get(_place(project, key)) if key else None
        if continued and same is not None:
            # All before it is new to the provider, but what stands before the messages it may have cached.
            lock = replace(same, session=new_id, first=first, start=0, parent=same.session, head=chain.head)
            return Seen(lock, "compacted", is_new=True)
        compacted = continued and not _has_thinking(request)
        adopted = bool(answered) and not compacted
        settings, arm = self._choose(request, project=project, key=key or first, adopted=adopted)
        # What was sent before we came is what the provider has cached and signed.
        start = len(request.messages) if adopted else 0
        lock = Lock(new_id, project, key, first, settings, arm, start, head=chain.head)
        return Seen(lock, "adopted" if adopted else "compacted" if compacted else "new", is_new=True)

    def _through(self, project: str, key: str, link: str) -> Lock | None:
        """The lock of the session in which a message went through us: the client's own, if it did in several."""
        return self._sent.get(_place(project, key, link)) or self._sent.get(_place(project, link))

    def _begin(self, lock: Lock) -> None:
        for name in ((), (lock.key,), (lock.key, lock.head)):
            self._begun.put(_place(lock.project, lock.first, *name), lock)
        if self._named.get(_place(lock.project, lock.key)) is None:
            self._named.put(_place(lock.project, lock.key), lock)


def _place(*names: str) -> bytes:
    return "\0".join(names).encode("utf-8", "surrogatepass")


def _answered(request: Request) -> int:
    """How many messages stand up to the model's last answer, that included."""
    return next(
        (at for at in range(len(request.messages), 0, -1) if request.messages[at - 1].role == "assistant"),
        0,
    )


def _opening(request: Request) -> int:
    """How many messages stand before the first answer: these alone may have been said to others as well."""
    return next((at for at, message in enumerate(request.messages) if message.role == "assistant"), 0)


def _has_thinking(request: Request) -> bool:
    return any(isinstance(block, Thinking) for message in request.messages for block in message.blocks)
