"""The gateway's treatment: each request by its session's locked settings, through the ordered list of transforms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from queue import SimpleQueue
from threading import Lock as Mutex
from typing import Final

from agentforge.context import (
    CALL,
    FIND,
    Kept,
    Receipt,
    Role,
    SessionView,
    Settings,
    apply,
    results_in,
    searches_tools,
    tools_behind,
)
from agentforge.gateway.asides import Aside, Asides, aside_of
from agentforge.gateway.gate import Balance, Gate
from agentforge.gateway.own_answers import ANSWERED, own_answers
from agentforge.gateway.recalling import Recall, recall_from
from agentforge.gateway.record import TROUBLE
from agentforge.gateway.roles import role_of, session_key
from agentforge.gateway.sessions import Lock, Seen, Sessions, lock_of
from agentforge.gateway.talk import Answer, Carry, OwnTools
from agentforge.gateway.treatment import Answered, AnswerReader, Asked, Prepared
from agentforge.ledger import EVERYWHERE, Event, Ledger
from agentforge.wire import Chain, Request, chain_of, decode_request, encode_request
from agentforge.wire.memory import Memory

SESSION: Final = "gateway.session"
ASIDE: Final = "gateway.aside"
WHOLE: Final = "gateway.whole"
GATE: Final = "gateway.gate"
RECALL: Final = "recall"
MOST_WHOLE: Final = 100_000
"""Texts that are never cut, in all sessions."""
MOST_OPENINGS: Final = 10_000
_QUICK: Final = 8 * 1024
"""Bytes that were not seen before, at most, for the event loop to wait."""
_OPENING: Final = 4 * 1024
"""By so many bytes of its beginning, and its client's name, a body is taken for the last one grown."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What `learn` needs to know of a request."""

    session: str
    bytes: int


@dataclass(frozen=True, slots=True)
class _Came:
    """A request, read, and the session it belongs to."""

    asked: Asked
    request: Request
    chain: Chain
    role: Role
    seen: Seen


class Treated:
    """Knows the sessions, and has every request become what its session's settings make of it."""

    def __init__(self, gate: Gate, recall: Recall, *, known: Remembered | None = None) -> None:
        known = known or Remembered()
        self._gate = gate
        self._recall = recall
        self._sessions = Sessions(gate.choose, known.locks)
        self._asides = Asides()
        for project, link, aside in known.asides:
            self._asides.put(project, link, aside)
        self._mutex = Mutex()
        """Over what sessions are known by; never held while a request is worked on."""
        self._lately: Memory[tuple[int, bytes]] = Memory(MOST_OPENINGS)
        """By how a body begins: the length of the last one, and what stood in its middle."""
        self._whole: Memory[frozenset[str]] = Memory(MOST_WHOLE)
        """By session, the texts that are never cut."""
        for session, texts in known.whole:
            self._keep_whole(session, texts)
        self._said: SimpleQueue[Event] = SimpleQueue()
        """What the ledger should hear at the next occasion."""

    def is_quick(self, asked: Asked) -> bool:
        """Whether most of it was seen before: what is remembered costs next to nothing."""
        if len(asked.body) < _QUICK:
            return True
        length, middle = self._lately.get(_opening(asked)) or (0, b"")
        return len(asked.body) - length < _QUICK and bool(length) and _middle(asked.body, length) == middle

    def prepare(self, asked: Asked) -> Prepared:
        """What is sent for a request. Where it cannot be worked out, what is new in it stays as it is for good."""
        came = self._came(asked)
        try:
            prepared = self._made(came)
        except Exception as error:  # noqa: BLE001 - Law 10: whatever is wrong with it, the session goes on
            prepared = self._made(self._given_up(came))
            what = f"what is new stays as it came: {type(error).__name__}: {error}"
            self._said.put(Event(TROUBLE, asked.at, asked.project, came.seen.lock.session, {"treating": what}, what))
        if len(asked.body) >= _QUICK:
            length = len(asked.body)
            self._lately.put(_opening(asked), (length, _middle(asked.body, length)))
        return prepared

    def _came(self, asked: Asked) -> _Came:
        headers = _named(asked)
        request = decode_request(asked.dialect, asked.body)
        chain = chain_of(request)
        key = session_key(headers)
        role: Role = "count" if asked.operation == "count" else role_of(request, headers)
        with self._mutex:
            seen = self._seen(asked, request, chain, key, role)
            if seen.is_new and seen.lock.parent is not None and (whole := self._whole_in(seen.lock.parent)):
                self._keep_whole(seen.lock.session, whole)
                self._said.put(_stays_whole(seen.lock, asked, whole))
        return _Came(asked, request, chain, role, seen)

    def _made(self, came: _Came) -> Prepared:
        asked, request, lock = came.asked, came.request, came.seen.lock
        whole = self._whole_in(lock.session)
        view = SessionView(lock.settings, asked.project, lock.session, came.role, lock.start, whole)
        treated, receipts = apply(request, view)
        sent = self._asides.restore(treated, came.chain.links, asked.project)
        body = asked.body if sent is request else encode_request(sent)
        counting = came.role == "count"
        events = (_begun(lock, asked),) if came.seen.is_new else ()
        owed: list[Event] = []
        own = OwnTools() if counting else self._own(request, sent, view)
        return Prepared(
            body,
            session=lock.session,
            role=came.role,
            receipts=receipts,
            kept=() if counting else tuple(_kept(receipts)),
            events=events,
            reader=self._reader(sent, own, came, owed),
            owed=owed,
            memo=Sent(lock.session, len(body)),
            spare=lambda lost: self._spare(came, lost, events),
            unsent=partial(self._given_up, came),
        )

    def _spare(self, came: _Came, lost: frozenset[str], events: Sequence[Event]) -> Prepared:
        """The request where storing failed: what was cut before stays cut, and what is new stays whole for good."""
        for event in events:
            self._said.put(event)
        if lost:
            self._stay_whole(came, lost)
        return replace(self._made(came), kept=(), events=(), spare=None)

    def _given_up(self, came: _Came) -> _Came:
        """The same request where what it brought goes out as it came: for good, since the answer builds upon it."""
        if came.role == "count":
            return came
        is_answered = any(message.role == "assistant" for message in came.request.messages)
        if came.seen.how in ("new", "compacted") or not is_answered:
            with self._mutex:
                left = self._sessions.leave(came.seen.lock, came.chain)
            self._said.put(_begun(left, came.asked))
            return replace(came, seen=replace(came.seen, lock=left, is_new=False))
        self._stay_whole(came, _brought(came.request))
        return came

    def _stay_whole(self, came: _Came, texts: frozenset[str]) -> None:
        lock = came.seen.lock
        with self._mutex:
            self._keep_whole(lock.session, texts)
        self._said.put(_stays_whole(lock, came.asked, texts))

    def _keep_whole(self, session: str, texts: frozenset[str]) -> None:
        texts |= self._whole_in(session)
        self._whole.put(session.encode(), texts, len(texts))

    def _whole_in(self, session: str) -> frozenset[str]:
        return self._whole.get(session.encode()) or frozenset()

    def learn(self, answered: Answered) -> Sequence[Event]:
        """What was said aside in the answer, and whether treating still pays."""
        events = []
        while not self._said.empty():
            events.append(self._said.get())
        if answered.usage is None or not isinstance(answered.memo, Sent) or answered.operation != "answer":
            return events
        if answered.sent in ("changed", "followup"):
            told = self._gate.learn(
                project=answered.project,
                session=answered.memo.session,
                at=answered.at,
                model_id=answered.model,
                receipts=answered.receipts,
                usage=answered.usage,
                sent_bytes=answered.memo.bytes,
                is_followup=answered.sent == "followup",
            )
            if told is not None:
                what = f"{told['transform']} is off for new sessions of {answered.project}: it costs more than it saves"
                events.append(Event(GATE, answered.at, answered.project, None, told, what))
        return events

    def total(self) -> Balance:
        """What treating saved and cost so far, in dollars."""
        return self._gate.total()

    def _seen(self, asked: Asked, request: Request, chain: Chain, key: str, role: Role) -> Seen:
        if role == "count":
            return self._sessions.peek(request, chain, project=asked.project, key=key)
        new_id = sha256(f"{asked.project}\0{chain.links[-1:]}\0{asked.at}\0{asked.number}".encode()).hexdigest()[:16]
        return self._sessions.see(request, chain, project=asked.project, key=key, new_id=new_id)

    def _own(self, request: Request, sent: Request, view: SessionView) -> OwnTools:
        """The tools in what is sent that are ours."""
        if sent.dialect not in ANSWERED:
            return OwnTools()
        answers: dict[str, Answer] = {}
        carries: dict[str, Carry] = {}
        if view.settings.recall == "tool" and any(tool.name == RECALL for tool in sent.tools or ()):
            answers[RECALL] = lambda call: self._recall(view.project, call)
        behind = tools_behind(request, view)
        if behind is not None:
            answers[FIND], carries[CALL] = behind.found, behind.carried
        return OwnTools(answers, carries, searches_tools(request, view))

    def _reader(self, sent: Request, own: OwnTools, came: _Came, owed: list[Event]) -> AnswerReader | None:
        """What answers the calls of our tools, where this session has them."""
        links, asked, lock = came.chain.links, came.asked, came.seen.lock
        if not own or not links:
            return None

        def remember(aside: Aside) -> None:
            self._asides.put(asked.project, links[-1], aside)
            told = {"link": links[-1], "aside": aside.plain()}
            owed.append(Event(ASIDE, asked.at, asked.project, lock.session, told))

        return own_answers(sent, own, remember)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a ledger has of the sessions before a restart."""

    locks: Iterable[Lock] = ()
    asides: Iterable[tuple[str, str, Aside]] = ()
    """Each with its project and its link."""
    whole: Iterable[tuple[str, frozenset[str]]] = ()
    """Sessions, and the texts in them that are never cut."""


def treated(settings: Settings, ledger: Ledger, *, holdout: float = 0.0) -> Treated:
    """The treatment by these settings, with what the ledger has of sessions that began before."""
    return Treated(Gate(settings, holdout=holdout), recall_from(ledger), known=remembered(ledger))


def remembered(ledger: Ledger) -> Remembered:
    """What a ledger has of the sessions before a restart."""

    def all_of(kind: str) -> Iterator[Event]:
        return ledger.events(project=EVERYWHERE, kind=kind)

    return Remembered(
        (lock_of(event.data) for event in all_of(SESSION)),
        ((event.project, event.data["link"], aside_of(event.data["aside"])) for event in all_of(ASIDE)),
        ((event.session or "", frozenset(event.data["texts"])) for event in all_of(WHOLE)),
    )


def _begun(lock: Lock, asked: Asked) -> Event:
    return Event(SESSION, asked.at, asked.project, lock.session, lock.plain())


def _stays_whole(lock: Lock, asked: Asked, texts: frozenset[str]) -> Event:
    return Event(WHOLE, asked.at, asked.project, lock.session, {"texts": sorted(texts)})


def _brought(request: Request) -> frozenset[str]:
    """The hashes of the results that came since the last answer."""
    answers = (at for at, message in enumerate(request.messages) if message.role == "assistant")
    last = max(answers, default=-1)
    return frozenset(found.said.key.hex() for found in results_in(request) if found.message > last)


def _opening(asked: Asked) -> bytes:
    name = f"{asked.project}\0{session_key(_named(asked))}\0".encode()
    return sha256(name + asked.body[:_OPENING]).digest()


def _middle(body: bytes, length: int) -> bytes:
    """What stands where the middle of a body of that length is."""
    return body[length // 2 : length // 2 + _OPENING]


def _kept(receipts: Sequence[Receipt]) -> Iterator[Kept]:
    for receipt in receipts:
        for change in receipt.changes:
            if change.kept is not None:
                yield change.kept


def _named(asked: Asked) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in asked.headers}
