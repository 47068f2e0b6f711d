"""Context editing: old tool results and thinking that the provider clears before the model is shown a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agentforge.simulate.rendering import Piece, Place, Plain, blocks_of
from agentforge.simulate.signing import THINKING

CLEAR_TOOL_USES: Final = "clear_tool_uses_20250919"
CLEAR_THINKING: Final = "clear_thinking_20251015"
CLEARED: Final = "[Cleared by context management]"
_TRIGGER: Final = 100_000
_KEEP: Final = 3


@dataclass(frozen=True, slots=True)
class Edited:
    """A request as the model is shown it."""

    request: Plain
    gone: frozenset[Place]
    """Thinking that was cleared."""
    applied: tuple[Plain, ...]
    """What is told of it in the answer."""


def edit(
    request: Plain, pieces: Sequence[Piece], thought: Mapping[Place, int], tokens: int, weigh: Callable[[Plain], int]
) -> Edited:
    """The request after its `context_management`; `tokens` is its prompt, `weigh` what one would be."""
    gone: frozenset[Place] = frozenset()
    applied: list[Plain] = []
    for one in (request.get("context_management") or {}).get("edits") or []:
        if one["type"] == CLEAR_THINKING:
            gone, turns = _old_thinking(pieces, one.get("keep", "all"))
            if gone:
                cleared = sum(thought.get(place, 0) for place in gone)
                applied.append(
                    {"type": CLEAR_THINKING, "cleared_thinking_turns": turns, "cleared_input_tokens": cleared}
                )
        elif one["type"] == CLEAR_TOOL_USES and _is_due(one, pieces, tokens):
            old = _old_uses(one, pieces)
            after = _without(request, old, one.get("clear_tool_inputs", False))
            cleared = tokens - weigh(after) if old else 0
            if old and cleared >= _number(one.get("clear_at_least")):
                request = after
                applied.append(
                    {"type": CLEAR_TOOL_USES, "cleared_tool_uses": len(old), "cleared_input_tokens": cleared}
                )
    return Edited(request, gone, tuple(applied))


def _old_thinking(pieces: Sequence[Piece], keep: Any) -> tuple[frozenset[Place], int]:
    turns = sorted({piece.place[0] for piece in pieces if piece.block["type"] in THINKING})
    if keep == "all" or keep.get("type") == "all":
        return frozenset(), 0
    old = turns[: -max(_number(keep), 1)]
    places = (piece.place for piece in pieces if piece.block["type"] in THINKING and piece.place[0] in old)
    return frozenset(places), len(old)


def _is_due(asked: Plain, pieces: Sequence[Piece], tokens: int) -> bool:
    trigger = asked.get("trigger") or {"type": "input_tokens", "value": _TRIGGER}
    if trigger.get("type") == "tool_uses":
        return len(_uses(pieces)) > _number(trigger)
    return tokens > _number(trigger)


def _old_uses(asked: Plain, pieces: Sequence[Piece]) -> dict[str, str]:
    """The calls whose results go, with the tool's name."""
    keep = asked.get("keep")
    uses = _uses(pieces)
    kept = _KEEP if keep is None else _number(keep)
    old = uses[: len(uses) - kept] if kept < len(uses) else []
    return {str(use["id"]): use["name"] for use in old if use["name"] not in (asked.get("exclude_tools") or [])}


def _uses(pieces: Sequence[Piece]) -> list[Plain]:
    return [piece.block for piece in pieces if piece.block["type"] == "tool_use"]


def _without(request: Plain, old: Mapping[str, str], inputs: Any) -> Plain:
    def cleared(block: Plain) -> Plain:
        if block["type"] == "tool_result" and block["tool_use_id"] in old:
            return {**block, "content": CLEARED}
        named = inputs is True or (isinstance(inputs, list) and block.get("name") in inputs)
        if block["type"] == "tool_use" and block["id"] in old and named:
            return {**block, "input": {}}
        return block

    messages = [
        {**message, "content": [cleared(block) for block in blocks_of(message["content"])]}
        for message in request["messages"]
    ]
    return {**request, "messages": messages}


def _number(plain: Any) -> int:
    return plain["value"] if isinstance(plain, dict) and type(plain.get("value")) is int else 0
