"""Tools that are not sent before they are needed: most of what MCP servers offer is never called.

Native: the provider keeps the definitions, and its own search brings them in. Portable: two tools stand for them all.
What is in view is decided at a session's first request: a tool that comes later is behind the search too, so that what
stands before the messages never changes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from agentforge.context.find_and_call import CALL, CALL_TOOL, FIND, FoundAndCalled, find_tool, wrapped
from agentforge.context.settings import RULES, Settings
from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.context.transforms.results import brought_by
from agentforge.tokens import model
from agentforge.wire import (
    Dialect,
    Json,
    Message,
    Request,
    Tool,
    ToolUse,
    decode_message,
    decode_request,
    encode_message,
    encode_request,
)
from agentforge.wire.memory import Memory

NAME: Final = "lazy tools"
SEARCH: Final = "tool_search_tool_bm25"
MANY: Final = 10
HEAVY: Final = 16_000
"""Bytes of definitions: about 4,000 tokens. What is less than either is not worth a search."""
FAMILY: Final = 5
"""So many names that begin with one word come from one server, where a client does not mark them."""
_SEARCH_TOOL: Final = Tool(SEARCH, extra={"type": Json(b'"tool_search_tool_bm25_20251119"')})
_MARKED: Final = re.compile(r"mcp(?:__([^_].*?)__|_([a-zA-Z0-9-]+)_)")
_FIRST_WORD: Final = re.compile(r"([A-Za-z][A-Za-z0-9]+)[_.:/-].")
_VERBS: Final = frozenset(
    re.findall(
        r"\w+",
        "add ask create delete do edit exec find get is list new open read remove run search send set show start stop "
        "update use view web write",
    )
)
"""First words that tell what a tool does, not whose it is."""
_DIALECTS: Final = ("anthropic", "openai-chat")


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a request's tools become, worked out once."""

    tools: Sequence[Tool]
    names: frozenset[str]
    """In view."""
    changes: tuple[Change, ...]
    behind: FoundAndCalled


_sent: Final[Memory[_Sent]] = Memory(32 << 20)
_wrapped: Final[Memory[Message]] = Memory(16 << 20)


def lazy_tools(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request with the tools that are rarely needed behind a search."""
    settings = lock_tools(view.settings, request)
    if not _applies(settings, request, view.start):
        return request, Receipt(NAME, "causal")
    sent = _sent_tools(request, settings, counting=view.role == "count")
    treated = replace(request, tools=sent.tools)
    if settings.lazy_tools == "portable":
        treated = _chosen(replace(treated, messages=_said(request, sent.names)), sent.names)
    return treated, Receipt(NAME, "causal", sent.changes)


LAZY_TOOLS: Final = Transform(NAME, "causal", lazy_tools)


def lock_tools(settings: Settings, request: Request) -> Settings:
    """The settings with what stays in view decided by a session's first request; off where it could not pay."""
    if settings.lazy_tools == "off" or settings.in_view is not None:
        return settings
    off = replace(settings, lazy_tools="off")
    tools = request.tools or ()
    names = {tool.name for tool in tools}
    if request.dialect not in _DIALECTS or names & {FIND, CALL, SEARCH} or any(tool.deferred for tool in tools):
        return off
    servers = _servers([tool.name for tool in tools])
    lazy = [tool for tool in tools if tool.name in servers.keys() - {*settings.keep_tools} and _can_wait(tool)]
    if len(lazy) < MANY or len(lazy) == len(tools) or _weight(request.dialect, lazy) < HEAVY:
        return off
    kept = names - {tool.name for tool in lazy}
    native = settings.lazy_tools == "native" and can_search(request.dialect, settings.model or request.model)
    return replace(
        settings,
        lazy_tools="native" if native else "portable",
        in_view=tuple(tool.name for tool in tools if tool.name in kept),
        servers=tuple(dict.fromkeys(servers[tool.name] for tool in lazy)),
    )


def can_search(dialect: Dialect, model_id: str) -> bool:
    """Whether the provider itself keeps tools for a model and searches them: every Claude since 4.5 does."""
    return dialect == "anthropic" and model(model_id).known


def tools_behind(request: Request, view: SessionView) -> FoundAndCalled | None:
    """The tools behind `find_tools` and `call_tool` in a request as the client sent it, where they stand for some."""
    settings = lock_tools(view.settings, request)
    if settings.lazy_tools != "portable" or not _applies(settings, request, view.start):
        return None
    return _sent_tools(request, settings, counting=False).behind


def searches_tools(request: Request, view: SessionView) -> bool:
    """Whether a request, as the client sent it, goes out with the provider's own search for tools."""
    settings = lock_tools(view.settings, request)
    return settings.lazy_tools == "native" and _applies(settings, request, view.start)


def _applies(settings: Settings, request: Request, start: int) -> bool:
    """What was sent before we came was sent with all tools; a request without tools shall have none."""
    return settings.lazy_tools != "off" and settings.rules == RULES and not start and bool(request.tools)


def _servers(names: Sequence[str]) -> Mapping[str, str]:
    """The tools that come from a server, by name; in doubt a tool is the client's own."""
    marked = {name: found[1] or found[2] for name in names if (found := _MARKED.match(name))}
    first = {name: found[1] for name in names if name not in marked and (found := _FIRST_WORD.match(name))}
    family = Counter(first.values())
    grouped = {name: word for name, word in first.items() if family[word] >= FAMILY and word.lower() not in _VERBS}
    return {name: (marked | grouped)[name] for name in names if name in marked or name in grouped}


def _can_wait(tool: Tool) -> bool:
    """Whether it is a function that the client runs: providers' own tools stay where they are."""
    return tool.input_schema is not None and tool.extra.get("type") in (None, Json(b'"custom"'))


def _weight(dialect: Dialect, tools: Sequence[Tool]) -> int:
    return len(encode_request(Request(dialect, "", (), tools=tools)))


def _sent_tools(request: Request, settings: Settings, *, counting: bool) -> _Sent:
    tools = request.tools or ()
    text = encode_request(Request(request.dialect, "", (), tools=tools))
    decided = repr((settings.lazy_tools, settings.keep_tools, settings.in_view, settings.servers, counting))
    key = sha256(decided.encode("utf-8", "surrogatepass")).digest() + sha256(text).digest()
    known = _sent.get(key)
    if known is None:
        known = _split(request.dialect, tools, settings, counting=counting)
        _sent.put(key, known, 4 * len(text))
    return known


def _split(dialect: Dialect, tools: Sequence[Tool], settings: Settings, *, counting: bool) -> _Sent:
    view = {*(settings.in_view or ()), *settings.keep_tools}
    lazy = [tool for tool in tools if tool.name not in view and _can_wait(tool)]
    waiting = {id(tool) for tool in lazy}
    kept = [tool for tool in tools if id(tool) not in waiting]
    marks = [tool.cache for tool in lazy if tool.cache is not None]
    if settings.lazy_tools == "native":
        # A deferred tool cannot carry a cache marker: it goes to the last one that is sent.
        last = max((at for at, tool in enumerate(tools) if id(tool) not in waiting and not tool.deferred), default=-1)
        row = [
            replace(tool, deferred=True, cache=None)
            if id(tool) in waiting
            else replace(tool, cache=tool.cache or marks[-1])
            if marks and at == last
            else tool
            for at, tool in enumerate(tools)
        ]
        # Counting takes no tools of the provider's own.
        row += [] if counting else [_SEARCH_TOOL]
    else:
        call = replace(CALL_TOOL, cache=marks[-1]) if marks else CALL_TOOL
        row = [*kept, find_tool(settings.servers), call]
    written = encode_request(Request(dialect, "", (), tools=row))
    before = encode_request(Request(dialect, "", (), tools=lazy))
    after = (
        encode_request(Request(dialect, "", (), tools=row[len(kept) :])) if settings.lazy_tools == "portable" else b""
    )
    change = Change("tools", _text(before), _text(after), f"{len(lazy)} tools wait to be found")
    others = [tool for tool in kept if _can_wait(tool)]
    # Read again, the tools carry their own bytes, which need not be put together at every request.
    again = decode_request(dialect, written).tools or ()
    names = frozenset({*view, *(tool.name for tool in kept)})
    return _Sent(again, names, (change,), FoundAndCalled(lazy, others))


def _said(request: Request, names: frozenset[str]) -> Sequence[Message]:
    """The messages with every call of a tool that is not in view as the model said it."""
    said: list[Message] = []
    changed = False
    for message in request.messages:
        calls = brought_by(message, request.dialect).calls if message.role == "assistant" else ()
        if all(_is_in_view(call, names) for call in calls):
            said.append(message)
            continue
        changed = True
        text = encode_message(request.dialect, message)
        key = sha256(repr(sorted(names)).encode("utf-8", "surrogatepass") + text).digest()
        known = _wrapped.get(key)
        if known is None:
            blocks = tuple(
                wrapped(block) if isinstance(block, ToolUse) and not _is_in_view(block, names) else block
                for block in message.blocks
            )
            written = encode_message(request.dialect, replace(message, content=blocks))
            known = decode_message(request.dialect, written)
            _wrapped.put(key, known, 2 * len(written))
        said.append(known)
    return said if changed else request.messages


def _is_in_view(call: ToolUse, names: frozenset[str]) -> bool:
    return call.name in names or call.name in (FIND, CALL)


def _chosen(request: Request, names: frozenset[str]) -> Request:
    """The request that forces the model to no tool it cannot see."""
    choice = request.extra.get("tool_choice")
    match choice.value if choice is not None else None:
        case {"function": {"name": str(name)}} if name not in names:
            forced: dict[str, Any] = {"type": "function", "function": {"name": CALL}}
        case {"type": "tool", "name": str(name), **others} if name not in names:
            forced = {"type": "tool", "name": CALL} | {str(key): value for key, value in others.items()}
        case _:
            return request
    return replace(request, extra={**request.extra, "tool_choice": Json.of(forced)})


def _text(written: bytes) -> str:
    return written.decode("utf-8", "surrogatepass")
