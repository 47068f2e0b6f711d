"""The prefix chain: a hash per message over its content and its parent's, so that sessions know themselves.

Cache markers are left out, and a string counts as the one text block it stands for: clients turn one into the other
between two requests of a session, and providers see no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple

from agentforge.wire.codec import encode_request
from agentforge.wire.jsontext import Items, canonical, elements, load, parse_object
from agentforge.wire.memory import Memory, remembered
from agentforge.wire.values import Request

REMEMBERED_LINKS: Final = 100_000
_HEAD: Final = ("system", "instructions", "tools", "functions", "previous_response_id")
_VERSION: Final = b"af2:"
"""Goes into every hash: chains of another recipe never match."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A request's prefix chain."""

    head: str
    """What stands before the messages: system and tools. A deferred tool counts in the message that finds it."""
    links: tuple[str, ...]


def chain_of(request: Request) -> Chain:
    """The prefix chain of a request."""
    members = parse_object(encode_request(request))
    before = _before(b"{%b}" % b",".join(b'"%b":%b' % (key.encode(), members[key]) for key in _HEAD if key in members))
    parent = ""
    links: list[str] = []
    for turn in _turns(request, members):
        found = b"".join(before.deferred[name] for name in turn.found if name in before.deferred)
        parent = sha256(_VERSION + parent.encode() + turn.digest + found).hexdigest()
        links.append(parent)
    return Chain(before.head, tuple(links))


def is_prefix(first: Request, second: Request) -> bool:
    """True when everything the first request shows the model stands unchanged at the start of the second."""
    a, b = chain_of(first), chain_of(second)
    return a.head == b.head and b.links[: len(a.links)] == a.links


def common_prefix(first: Chain, second: Chain) -> int:
    """How many messages two chains share from the start; none where system or tools differ."""
    if first.head != second.head:
        return 0
    return next(
        (at for at, (a, b) in enumerate(zip(first.links, second.links, strict=False)) if a != b),
        min(len(first.links), len(second.links)),
    )


@dataclass(frozen=True, slots=True)
class Recognised:
    """Which session a request belongs to, and what it does there."""

    kind: Literal["new", "continued", "repeated", "forked"]
    session: str
    parent: str | None
    """The session it forked from."""
    shared: int
    """Messages that were there before."""


class SessionIndex:
    """Recognises sessions by their chains. `key` keeps apart what a client itself keeps apart (a session header).

    What was not seen for a long time is forgotten, and then new again.
    """

    def __init__(self, *, remembers: int = REMEMBERED_LINKS) -> None:
        self._owners: Memory[str] = Memory(remembers)
        """The session that brought a link first."""
        self._tips: Memory[str] = Memory(remembers)
        """The session that ended with a link when it was last seen."""
        self._ends: Memory[tuple[bytes, str]] = Memory(remembers)
        """Where a session ends now, and the head it had."""

    def recognise(self, chain: Chain, *, new_id: str, key: str = "") -> Recognised:
        """The session of a request, remembered for the next one; `new_id` names it should it be new or a fork."""
        links = [f"{key}\0{link}".encode() for link in chain.links]
        shared = next((at for at in range(len(links), 0, -1) if self._owners.get(links[at - 1])), 0)
        found = self._found(chain, links, shared, new_id)
        for link in links[found.shared :] if found.session != new_id else links:
            if self._owners.get(link) is None:
                self._owners.put(link, found.session)
        if links:
            self._tips.put(links[-1], found.session)
            self._ends.put(found.session.encode(), (links[-1], chain.head))
        return found

    def _found(self, chain: Chain, links: list[bytes], shared: int, new_id: str) -> Recognised:
        if not shared:
            return Recognised("new", new_id, None, 0)
        link = links[shared - 1]
        tip, owner = self._tips.get(link), self._owners.get(link)
        end, head = self._ends.get((tip or owner or "").encode()) or (b"", chain.head)
        if shared == 1 and head != chain.head:
            # Two agents may be asked the same first words; what they were told before tells them apart.
            return Recognised("new", new_id, None, 0)
        if tip is None or end != link:
            return Recognised("forked", new_id, owner, shared)
        return Recognised("repeated" if shared == len(links) else "continued", tip, None, shared)


class _Turn(NamedTuple):
    """What a link says of one message."""

    digest: bytes
    found: tuple[str, ...]
    """The tools it refers to."""


def _turns(request: Request, members: Mapping[str, bytes]) -> list[_Turn]:
    """The messages, in the one form that all ways to write them share."""
    responses = request.dialect == "openai-responses"
    text, messages = members["input" if responses else "messages"], request.messages
    if text[:1] == b'"':
        return [_item(b'{"role":"user","content":%b}' % text)]
    texts = messages.texts if isinstance(messages, Items) and messages.text is text else elements(text)
    return list(map(_item if responses else _turn, texts))


@remembered
def _turn(text: bytes) -> _Turn:
    return _told(_unmarked(load(text)))


@remembered
def _item(text: bytes) -> _Turn:
    """An item of Responses: a message may leave out its type."""
    item = load(text)
    if item.get("type", "message") != "message":
        return _told(item)
    kind = "output_text" if item.get("role") == "assistant" else "input_text"
    return _told(_unmarked({key: value for key, value in item.items() if key != "type"}, kind))


def _told(turn: Any) -> _Turn:
    return _Turn(sha256(canonical(turn)).digest(), tuple(_references(turn)))


def _references(turn: Any) -> Iterator[str]:
    """The deferred tools that a message brings into view."""
    content = turn.get("content") if isinstance(turn, dict) else None
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict):
            if block.get("type") == "tool_reference":
                yield str(block.get("tool_name"))
            elif isinstance(block.get("content"), list):
                yield from _references(block)


class _Before(NamedTuple):
    """What stands before the messages."""

    head: str
    deferred: Mapping[str, bytes]
    """Tools that are in no view until a message refers to them, canonical."""


@remembered
def _before(text: bytes) -> _Before:
    members = load(text)
    system = _unmarked({"content": members.get("system", members.get("instructions"))})
    tools = members.get("tools") or ()
    shown = [_unmarked(tool) for tool in tools if not tool.get("defer_loading")]
    others = [members[key] for key in ("functions", "previous_response_id") if key in members]
    deferred = {str(tool.get("name")): canonical(_unmarked(tool)) for tool in tools if tool.get("defer_loading")}
    return _Before(sha256(_VERSION + canonical([system, shown, *others])).hexdigest(), deferred)


def _unmarked(plain: Any, kind: str = "text", depth: int = 3) -> Any:
    """A message, block or tool without its cache markers, which stand no deeper than a block of a tool's result.

    What users wrote inside arguments is not touched.
    """
    if not isinstance(plain, dict) or not depth:
        return plain
    bare = {key: value for key, value in plain.items() if key != "cache_control"}
    content = bare.get("content")
    if isinstance(content, str):
        content = [{"type": kind, "text": content}]
    if isinstance(content, list):
        bare["content"] = [_unmarked(block, kind, depth - 1) for block in content]
    return bare
