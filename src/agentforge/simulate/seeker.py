"""A scripted agent that goes on only with what it needs in view, and fetches again what was cut.

So a lossy treatment of its context pays for what it drops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agentforge.simulate.rendering import Plain, blocks_of
from agentforge.simulate.script import Call, Need, Step, Turn

TRIES: Final = 2
"""How often a need is fetched again before the agent goes on without it."""
_OURS: Final = re.compile(r"toolu_s(\d+)t(\d+)")
_HANDLE: Final = re.compile(r"recall:[0-9a-f]{6,64}")


@dataclass(slots=True)
class Tally:
    """What lossy treatment cost the agent."""

    refetches: int = 0
    recalls: int = 0
    lost: list[str] = field(default_factory=list)
    """Needs it had to go on without."""


def next_turn(steps: Sequence[Step], request: Plain, tally: Tally) -> Turn | None:
    """The agent's next answer to a request; None when its steps are over."""
    step, tries = _progress(request)
    if step >= len(steps):
        return None
    turn, needs = steps[step].turn, steps[step].needs
    view = "\n".join(_words(request))
    missing = [need for need in needs if need.text not in view]
    if missing and tries < TRIES:
        call = _recall(request, missing[0], view)
        if call is not None and tries == 0:
            tally.recalls += 1
            calls: tuple[Call, ...] = (call,)
        else:
            tally.refetches += 1
            calls = steps[missing[0].of].turn.calls
        return Turn(text="I need to look at that again.", calls=_numbered(calls, step, tries + 1))
    tally.lost += [need.text for need in missing]
    return replace(turn, calls=_numbered(turn.calls, step, 0))


def _numbered(calls: Sequence[Call], step: int, tries: int) -> tuple[Call, ...]:
    return tuple(replace(call, id=f"toolu_s{step:03}t{tries}_{at}") for at, call in enumerate(calls))


def _progress(request: Plain) -> tuple[int, int]:
    """The step to take, and how often its needs were fetched again."""
    step, tries = 0, 0
    for message in request.get("messages") or []:
        for block in blocks_of(message.get("content")):
            found = _OURS.match(str(block.get("id"))) if block.get("type") == "tool_use" else None
            if found:
                at, fetched = int(found[1]), int(found[2])
                step, tries = (at, fetched) if fetched else (at + 1, 0)
    return step, tries


def _words(request: Plain) -> Iterator[str]:
    for message in request.get("messages") or []:
        for block in blocks_of(message.get("content")):
            if block.get("type") == "tool_result":
                yield from (str(inner.get("text", "")) for inner in blocks_of(block.get("content")))
            elif message.get("role") != "assistant":
                yield str(block.get("text", ""))


def _recall(request: Plain, need: Need, view: str) -> Call | None:
    """A call of the request's recall tool, where it has one and a handle is in view."""
    handles = _HANDLE.findall(view)
    tool = next((tool for tool in request.get("tools") or [] if "recall" in str(tool.get("name", "")).lower()), None)
    if not handles or tool is None:
        return None
    properties: dict[str, Any] = (tool.get("input_schema") or {}).get("properties") or {}
    query = next((name for name in properties if name in ("query", "pattern")), "pattern")
    return Call(str(tool["name"]), {"handle": handles[-1], query: need.hint or need.text})
