"""A scripted agent that goes on only with what it needs in view, and fetches again what was cut.

So a lossy treatment of its context pays for what it drops. It reads requests as values, so it works in any dialect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agentforge.simulate.script import Call, Need, Step, Turn
from agentforge.wire import Message, Request, Text, ToolResult, ToolUse

TRIES: Final = 2
"""How often a need is fetched again before the agent goes on without it."""
_OURS: Final = re.compile(r"toolu_s(\d{1,6})t(\d)_")
_HANDLE: Final = re.compile(r"recall:[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Taken:
    """The agent's next answer, and what it could not see."""

    turn: Turn
    refetched: str = ""
    """The need that it fetches again."""
    recalled: str = ""
    """The need that it asks the recall tool for."""
    lost: tuple[str, ...] = ()
    """The needs that it goes on without."""


@dataclass(slots=True)
class Tally:
    """What lossy treatment cost the agent."""

    refetches: int = 0
    recalls: int = 0
    lost: list[str] = field(default_factory=list)
    """Needs it had to go on without."""
    _counted: set[bytes] = field(default_factory=set)

    def count(self, taken: Taken, request: bytes) -> None:
        """Counts an answer once for the same request, however often that is sent."""
        if not (taken.refetched or taken.recalled or taken.lost) or request in self._counted:
            return
        self._counted.add(request)
        self.refetches += bool(taken.refetched)
        self.recalls += bool(taken.recalled)
        self.lost += taken.lost


def next_turn(steps: Sequence[Step], request: Request) -> Taken | None:
    """The agent's next answer to a request; None when its steps are over."""
    step, tries = _progress(request)
    if step >= len(steps):
        return None
    turn, needs = steps[step].turn, steps[step].needs
    view = "\n".join(_words(request))
    missing = [need for need in needs if need.text not in view]
    if not missing or tries >= TRIES:
        lost = tuple(need.text for need in missing)
        return Taken(replace(turn, calls=_numbered(turn.calls, step, 0)), lost=lost)
    need = missing[0]
    again = Turn(text="I need to look at that again.")
    call = _recall(request, need, view) if tries == 0 else None
    if call is not None:
        return Taken(replace(again, calls=_numbered((call,), step, 1)), recalled=need.text)
    fetch = steps[need.of].turn.calls
    return Taken(replace(again, calls=_numbered(fetch, step, tries + 1)), refetched=need.text)


def _numbered(calls: Sequence[Call], step: int, tries: int) -> tuple[Call, ...]:
    return tuple(replace(call, id=f"toolu_s{step:03}t{tries}_{at}") for at, call in enumerate(calls))


def _progress(request: Request) -> tuple[int, int]:
    """The step to take, and how often its needs were fetched again."""
    step, tries = 0, 0
    for message in request.messages:
        for block in message.blocks:
            if isinstance(block, ToolUse) and (found := _OURS.match(block.id)):
                at, fetched = int(found[1]), int(found[2])
                step, tries = (at, fetched) if fetched else (at + 1, 0)
    return step, tries


def _words(request: Request) -> Iterator[str]:
    """All that the agent has in view but what it said itself."""
    messages = (Message("system", request.system), *request.messages)
    for message in messages:
        for block in message.blocks:
            if isinstance(block, ToolResult):
                yield _text_of(block)
            elif isinstance(block, Text) and message.role != "assistant":
                yield block.text


def _text_of(result: ToolResult) -> str:
    blocks = Message("tool", result.content).blocks
    return "\n".join(block.text for block in blocks if isinstance(block, Text))


def _recall(request: Request, need: Need, view: str) -> Call | None:
    """A call of the request's recall tool, where it has one and a handle is in view."""
    tool = next((tool for tool in request.tools or () if "recall" in tool.name.lower()), None)
    handles = _HANDLE.findall(_results_of(request, need.of)) or _HANDLE.findall(view)
    if not handles or tool is None:
        return None
    schema = tool.input_schema.value if tool.input_schema is not None else {}
    query = "pattern"
    match schema:
        case {"properties": {"query": _}}:
            query = "query"
    return Call(tool.name, {"handle": handles[-1], query: need.hint or need.text})


def _results_of(request: Request, step: int) -> str:
    """What is in view of the results of a step's own calls."""
    blocks = (block for message in request.messages for block in message.blocks if isinstance(block, ToolResult))
    return "\n".join(_text_of(block) for block in blocks if block.tool_use_id.startswith(f"toolu_s{step:03}t"))
