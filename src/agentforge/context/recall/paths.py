"""Paths into a JSON text: `items[3].name`, `items[10-20]`, `items[*].id`, `["odd key"]`; each gives exact text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from agentforge.context.text import BEGINNING, Member, members
from agentforge.wire.errors import UsageError

_STEP: Final = re.compile(
    r"\.?(?P<name>[^\s.\[\]\"']+)|\.?\[(?:(?P<first>\d+)(?:\s*[-:]\s*(?P<last>\d+))?|(?P<all>\*)|(?P<quoted>\"(?:[^\"\\]|\\.)*\"|'[^']*'))\]"
)
_FIX: Final = "as in items[3].name, items[10-20] or items[*].id"


class Place(NamedTuple):
    """A value in a JSON text."""

    path: str
    start: int
    end: int
    value: Any


def places(text: str, path: str) -> list[Place]:
    """The values that a path leads to; `UsageError` where it leads nowhere, with what is there instead."""
    first, to, last = path.partition(" to ")
    if to and '"' not in path:
        # As a gap is called that has no common name.
        begin = 0 if first == BEGINNING else places(text, first)[0].start
        end = places(text, last)[-1].end
        return [Place(path, begin, max(begin, end), None)]
    start = len(text) - len(text.lstrip())
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        raise UsageError("this result is not JSON, so it has no paths", fix="ask with pattern or lines") from None
    found = [Place("", start, end, value)]
    for step in _steps(path):
        found = [inner for place in found for inner in _inside(text, place, step)]
        if not found:
            raise UsageError(f"nothing stands under {path!r}", fix=f"a path reads {_FIX}")
    return found


def _steps(path: str) -> Iterator[re.Match[str]]:
    position = 1 if path.startswith("$") else 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise UsageError(f"{path!r} is no path from character {position + 1} on", fix=_FIX)
        yield step
        position = step.end()


def _inside(text: str, place: Place, step: re.Match[str]) -> Iterator[Place]:
    if not isinstance(place.value, dict | list):
        kind = type(place.value).__name__
        raise UsageError(f"{place.path or 'the whole'} is a {kind} with nothing inside", fix="ask for it alone")
    wanted = step["name"] if step["name"] is not None else _unquoted(step["quoted"])
    if isinstance(place.value, dict) and wanted is not None and wanted not in place.value:
        keys = ", ".join(list(place.value)[:20])
        raise UsageError(f"{place.path or 'the whole'} has no {wanted!r}", fix=f"it has {keys}"[:400])
    if isinstance(place.value, list) and wanted is not None and not wanted.isdigit():
        raise UsageError(
            f"{place.path or 'the whole'} is a list of {len(place.value)}",
            fix=f"ask for {place.path}[0] or {place.path}[*].{wanted}",
        )
    for index, member in enumerate(members(text, place.start)):
        if _is_meant(index, member, step, wanted):
            name = f"[{member.key}]" if isinstance(member.key, int) else f".{member.key}"
            yield Place(f"{place.path}{name}".removeprefix("."), member.at, member.end, member.value)


def _is_meant(index: int, member: Member, step: re.Match[str], wanted: str | None) -> bool:
    if wanted is not None:
        return str(member.key) == wanted
    if step["all"]:
        return True
    first = int(step["first"])
    return first <= index <= (int(step["last"]) if step["last"] else first)


def _unquoted(text: str | None) -> str | None:
    if text is None:
        return None
    return str(json.loads(text)) if text.startswith('"') else text[1:-1]
