"""The prefix chain: a hash per message over its content and its parent's, so that sessions know themselves.

Cache markers are left out, and a string counts as the one text block it stands for: clients turn one into the other
between two requests of a session, and providers see no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Literal

from agentforge.wire.codec import encode_request
from agentforge.wire.jsontext import canonical, load, parse_object
from agentforge.wire.values import Dialect, Request

_VERSION: Final = b"af1:"
"""Goes into every hash: chains of another recipe never match."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A request's prefix chain."""

    head: str
    """What stands before the messages: system and tools; a deferred tool is not in view yet, so it is left out."""
    links: tuple[str, ...]


def chain_of(request: Request) -> Chain:
    """The prefix chain of a request."""
    members = parse_object(encode_request(request))
    parent = ""
    links: list[str] = []
    for turn in _turns(request.dialect, members):
        parent = sha256(_VERSION + parent.encode() + canonical(turn)).hexdigest()
        links.append(parent)
    return Chain(_head(members), tuple(links))


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


@dataclass(slots=True)
class SessionIndex:
    """Recognises sessions by their chains. `key` keeps apart what a client itself keeps apart (a session header)."""

    _seen: dict[tuple[str, str], str] = field(default_factory=dict)
    _tips: dict[str, str] = field(default_factory=dict)

    def recognise(self, chain: Chain, *, new_id: str, key: str = "") -> Recognised:
        """The session of a request, remembered for the next one; `new_id` names it should it be new or a fork."""
        shared = 0
        for at, link in enumerate(chain.links, 1):
            if (key, link) in self._seen:
                shared = at
        owner = self._seen.get((key, chain.links[shared - 1])) if shared else None
        if owner is None:
            found = Recognised("new", new_id, None, 0)
        elif self._tips[owner] != chain.links[shared - 1]:
            found = Recognised("forked", new_id, owner, shared)
        else:
            found = Recognised("repeated" if shared == len(chain.links) else "continued", owner, None, shared)
        for link in chain.links:
            self._seen.setdefault((key, link), found.session)
        if chain.links:
            self._tips[found.session] = chain.links[-1]
        return found


def _turns(dialect: Dialect, members: dict[str, bytes]) -> list[Any]:
    """The messages as plain values, in the one form that all ways to write them share."""
    if dialect != "openai-responses":
        return [_unmarked(turn) for turn in load(members["messages"])]
    items = load(members["input"])
    return [_bare_item(item) for item in ([{"role": "user", "content": items}] if isinstance(items, str) else items)]


def _bare_item(item: dict[str, Any]) -> Any:
    if item.get("type", "message") != "message":
        return item
    kind = "output_text" if item.get("role") == "assistant" else "input_text"
    return _unmarked({key: value for key, value in item.items() if key != "type"}, kind)


def _head(members: dict[str, bytes]) -> str:
    tools = [_unmarked(tool) for tool in load(members.get("tools", b"[]")) or () if not tool.get("defer_loading")]
    system = _unmarked({"content": load(members.get("system", members.get("instructions", b"null")))})
    return sha256(_VERSION + canonical([system, tools])).hexdigest()


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
