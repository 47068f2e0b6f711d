"""An answer within what was asked for: cut at a stop sequence or at the most tokens, and weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agentforge.simulate.script import Turn
from agentforge.tokens import counter_for
from agentforge.wire import Block, Json, Message, Text, Thinking, ToolUse


@dataclass(frozen=True, slots=True)
class Answered:
    """What is said, why it ended, and what it weighs."""

    blocks: tuple[Block, ...]
    stop_reason: str
    stop_sequence: str | None
    tokens: int
    thinking: int
    """The share of the tokens that was reasoning."""


def answered(
    turn: Turn, blocks: Sequence[Block], model: str, *, thought: int, limit: int | None, stops: Sequence[str] = ()
) -> Answered:
    """The answer as far as its request lets it come."""
    blocks, stop_sequence = _stopped(blocks, stops)
    weighed = counter_for(model).message(Message("assistant", blocks)).blocks
    heft = [
        0 if isinstance(block, Thinking) else weight.count.value for block, weight in zip(blocks, weighed, strict=True)
    ]
    tokens = thought + sum(heft)
    if limit is not None and (tokens > limit or not limit):
        kept = _kept(blocks, heft, limit - thought) if limit else ()
        return Answered(kept, "max_tokens", None, limit, min(thought, limit))
    calls = any(isinstance(block, ToolUse) for block in blocks)
    reason = "stop_sequence" if stop_sequence else turn.stop_reason or ("tool_use" if calls else "end_turn")
    return Answered(tuple(blocks), reason, stop_sequence, tokens, thought)


def example_of(schema: Any, word: str, depth: int = 0) -> Any:
    """The smallest value that fits a JSON schema, with that word where words are wanted."""
    if depth > 20:
        return word
    match schema:
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]}:
            return example_of(first, word, depth + 1)
        case {"type": [str(first), *_]}:
            return example_of({**schema, "type": first}, word, depth + 1)
        case {"type": "object"}:
            match schema:
                case {"properties": dict(properties)}:
                    pass
                case _:
                    properties = {}
            wanted = schema.get("required")
            names = [name for name in wanted if isinstance(name, str)] if isinstance(wanted, list) else properties
            return {name: example_of(properties.get(name), word, depth + 1) for name in names}
        case {"type": "array"}:
            return []
        case {"type": "integer" | "number"}:
            return 0
        case {"type": "boolean"}:
            return False
        case {"type": "null"}:
            return None
    return word


def aside_text(schema: Any, word: str) -> str:
    """What is said beside the conversation: the word, or the smallest JSON that the schema wants."""
    return Json.of(example_of(schema, word)).text.decode() if schema else word


def _stopped(blocks: Sequence[Block], stops: Sequence[str]) -> tuple[tuple[Block, ...], str | None]:
    for at, block in enumerate(blocks):
        if not isinstance(block, Text):
            continue
        found = [(block.text.find(stop), stop) for stop in stops if stop and stop in block.text]
        if found:
            end, stop = min(found)
            cut = [replace(block, text=block.text[:end])] if end else []
            return (*blocks[:at], *cut), stop
    return tuple(blocks), None


def _kept(blocks: Sequence[Block], heft: Sequence[int], left: int) -> tuple[Block, ...]:
    """What fits: whole blocks, and the beginning of the text that does not; a call that does not fit is not made."""
    kept: list[Block] = []
    for block, tokens in zip(blocks, heft, strict=True):
        if left <= 0 and not isinstance(block, Thinking):
            break
        if tokens <= left or isinstance(block, Thinking):
            kept.append(block)
        elif isinstance(block, Text):
            kept.append(replace(block, text=block.text[: max(len(block.text) * left // tokens, 1)]))
        left -= tokens
    return tuple(kept)
