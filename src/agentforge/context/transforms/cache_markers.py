"""Cache markers where they pay: for clients that set none, where one turn outgrows the look-back, and for long pauses.

Providers that cache by marker look back 20 blocks from each for an entry. A client that marks only the end of its
prompt misses its own cache when one turn adds more than that: here the free fourth marker goes to where the request
before ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.wire import Json, Media, Message, Request, Text, ToolReference, ToolResult, ToolUse

BREAKPOINTS: Final = 4
LOOK_BACK: Final = 20
_MARKS: Final = {None: Json.of({"type": "ephemeral"}), "1h": Json.of({"type": "ephemeral", "ttl": "1h"})}
_LASTING: Final = b'"1h"'
Marked = Text | Media | ToolUse | ToolReference | ToolResult
"""The blocks that can carry a marker; they are whatever has a field for it."""


def cache_markers(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request with markers where they pay."""
    changes: list[Change] = []
    if view.settings.cache_markers and request.dialect == "anthropic" and "cache_control" not in request.extra:
        if not any(True for _ in _marks(request)):
            request, changes = _first_marks(request)
        elif (again := _outgrown(request)) is not None:
            request, changes = again
        if view.settings.cache_ttl == "1h":
            request, more = _lasting(request)
            changes = [*changes, *more]
    return request, Receipt("cache markers", "declarative", tuple(changes))


CACHE_MARKERS: Final = Transform("cache markers", "declarative", cache_markers)


def _marks(request: Request) -> Iterator[Json]:
    for holder in (*(request.tools or ()), *_system(request), *(b for m in request.messages for b in m.blocks)):
        mark = getattr(holder, "cache", None)
        if mark is not None:
            yield mark


def _system(request: Request) -> Sequence[object]:
    return () if request.system is None or isinstance(request.system, str) else request.system


def _first_marks(request: Request) -> tuple[Request, list[Change]]:
    """For a client that sets none and will come again: one after what never changes, one at the end."""
    if not request.tools and not any(message.role == "assistant" for message in request.messages):
        return request, []
    changes = []
    if request.system:
        blocks = [Text(request.system)] if isinstance(request.system, str) else list(request.system)
        if isinstance(blocks[-1], Text):
            blocks[-1] = replace(blocks[-1], cache=_MARKS[None])
            request = replace(request, system=tuple(blocks))
            changes.append(_marker(f"system.{len(blocks) - 1}", "after what never changes"))
    at = len(request.messages) - 1
    marked = _marked_last(request.messages[at]) if request.messages else None
    if marked is not None:
        request = _with(request, at, marked)
        changes.append(_marker(f"messages.{at}", "at the end, for the next request to read"))
    return request, changes


def _outgrown(request: Request) -> tuple[Request, list[Change]] | None:
    """The request with its free marker where the request before ended, if the last turn outgrew the look-back."""
    if sum(1 for _ in _marks(request)) >= BREAKPOINTS:
        return None
    answer = next((at for at in range(len(request.messages) - 1, 0, -1) if request.messages[at].role == "assistant"), 0)
    if not answer:
        return None
    ends = list(accumulate(len(message.blocks) for message in request.messages))
    marks = [
        at for at, message in enumerate(request.messages) if any(getattr(b, "cache", None) for b in message.blocks)
    ]
    before = answer - 1
    if not marks or marks[-1] <= before or ends[marks[-1]] - ends[before] <= LOOK_BACK or before in marks:
        return None
    # A longer lifetime may not come after a shorter one: ours is that of the marker behind it.
    behind = request.messages[next(at for at in marks if at > before)]
    mark = next(mark for block in behind.blocks if (mark := getattr(block, "cache", None)))
    marked = _marked_last(request.messages[before], mark)
    if marked is None:
        return None
    added = ends[marks[-1]] - ends[before]
    return _with(request, before, marked), [_marker(f"messages.{before}", f"the last turn added {added} blocks")]


def _lasting(request: Request) -> tuple[Request, list[Change]]:
    """The request with every marker lasting an hour: pauses here are often longer than five minutes."""

    def longer(holder: Marked) -> Marked:
        return replace(holder, cache=_MARKS["1h"]) if _brief(holder) else holder

    messages = []
    changes = []
    for at, message in enumerate(request.messages):
        if isinstance(message.content, str) or not any(_brief(block) for block in message.blocks):
            messages.append(message)
            continue
        messages.append(replace(message, content=tuple(map(longer, message.blocks))))  # type: ignore[arg-type]
        changes.append(_marker(f"messages.{at}", "lasts an hour"))
    if any(map(_brief, _system(request))):
        request = replace(request, system=tuple(map(longer, _system(request))))  # type: ignore[arg-type]
        changes.append(_marker("system", "lasts an hour"))
    if any(map(_brief, request.tools or ())):
        tools = tuple(replace(tool, cache=_MARKS["1h"]) if _brief(tool) else tool for tool in request.tools or ())
        request = replace(request, tools=tools)
        changes.append(_marker("tools", "lasts an hour"))
    return (replace(request, messages=tuple(messages)) if changes else request), changes


def _brief(holder: object) -> bool:
    mark = getattr(holder, "cache", None)
    return mark is not None and _LASTING not in mark.text


def _marked_last(message: Message, mark: Json = _MARKS[None]) -> Message | None:
    blocks = list(message.blocks)
    if not blocks or not isinstance(blocks[-1], Marked) or blocks[-1] == Text(""):
        return None
    blocks[-1] = replace(blocks[-1], cache=mark)
    return replace(message, content=tuple(blocks))


def _with(request: Request, at: int, message: Message) -> Request:
    return replace(request, messages=(*request.messages[:at], message, *request.messages[at + 1 :]))


def _marker(where: str, reason: str) -> Change:
    return Change(where, "", "", reason)
