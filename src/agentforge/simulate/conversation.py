"""How the turns of a Messages request must follow each other: roles, calls and their results, nothing empty."""

from __future__ import annotations

from collections import Counter
from typing import Final

from agentforge.simulate.asked import NEW_VERSION, Asked
from agentforge.simulate.rendering import Plain, blocks_of
from agentforge.simulate.reply import invalid

_TOOL_CHANGES: Final = ("tool_addition", "tool_removal")


def check_roles(asked: Asked) -> None:
    """Raises where a role is not known, or a system message stands where none may."""
    before: Plain | None = None
    standing: int | None = None
    for number, message in enumerate(asked.messages):
        role = message["role"]
        if role not in ("user", "assistant", "system"):
            raise invalid(f"messages.{number}.role: Input should be 'user' or 'assistant'")
        if role != "system":
            if before is None and role == "assistant":
                raise invalid('messages: first message must use the "user" role')
            if standing is not None and role == "user":
                raise invalid(f"messages.{standing}: a system message must be last or followed by an assistant message")
            before, standing = message, None
            continue
        if not asked.model.system_messages:
            raise invalid("role 'system' is not supported on this model")
        if before is None:
            raise invalid("messages.0.role: 'system' cannot be the first message")
        if before["role"] == "assistant" and not is_paused(before):
            raise invalid(
                f"messages.{number}: a system message must follow a user message or an assistant message that ends "
                "in server tool use"
            )
        # System messages in a row are one.
        standing = number


def is_paused(message: Plain) -> bool:
    """Whether an assistant's turn ends in the provider's own tools, so that it goes on from there."""
    last = blocks_of(message["content"])[-1:]
    return any(
        block["type"] == "server_tool_use"
        or (block["type"].endswith("_tool_result") and block["type"] != "tool_result")
        for block in last
    )


def check_contents(asked: Asked) -> None:
    """Raises where a turn is empty, or has a block that its role may not say."""
    for number, message in enumerate(asked.messages):
        role, content = message["role"], message["content"]
        last = number == len(asked.messages) - 1
        if not content and not (last and role == "assistant") and "output_config" not in message:
            raise invalid(
                f"messages.{number}: all messages must have non-empty content except for the optional final "
                "assistant message"
            )
        for place, block in enumerate(blocks_of(content)):
            path, kind = f"messages.{number}.content.{place}", block["type"]
            if kind == "text" and not block["text"]:
                if block.get("cache_control"):
                    raise invalid(f"{path}.text: cache_control cannot be set for empty text blocks")
                raise invalid("messages: text content blocks must be non-empty")
            if kind == "tool_use" and role != "assistant":
                raise invalid(f"{path}: `tool_use` blocks can only be in `assistant` messages")
            if kind == "tool_result" and role != "user":
                raise invalid(f"{path}: `tool_result` blocks can only be in `user` messages")
            if kind in ("thinking", "redacted_thinking") and block.get("cache_control"):
                raise invalid(f"{path}.{kind}.cache_control: Extra inputs are not permitted")
            if role == "system" and kind not in ("text", *_TOOL_CHANGES):
                raise invalid(f"{path}: system messages can only have `text` blocks")
            if asked.version == NEW_VERSION:
                if kind == "document" and role == "assistant":
                    raise invalid(f"{path}: `document` blocks are not permitted in `assistant` messages")
                if kind == "text" and role == "user" and block.get("citations"):
                    raise invalid(f"{path}.text.citations: citations are not permitted in `user` messages")


def check_pairs(asked: Asked) -> None:
    """Raises where a call has no result right after it, or a result has no call right before it."""
    turns = _turns(asked.messages)
    seen: set[str] = set()
    for position, (number, role, blocks) in enumerate(turns):
        offered = set(_calls(turns[position - 1][2])) if position else set()
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        for place, block in enumerate(blocks):
            if block["type"] == "tool_result" and block["tool_use_id"] not in offered:
                raise invalid(
                    f"messages.{number}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                    f"{block['tool_use_id']}. Each `tool_result` block must have a corresponding `tool_use` block in "
                    "the previous message."
                )
            if block["type"] == "tool_use":
                if block["id"] in seen:
                    raise invalid(f"messages.{number}.content.{place}: `tool_use` ids must be unique")
                seen.add(block["id"])
        if twice := [one for one, times in Counter(results).items() if times > 1]:
            raise invalid(
                f"messages.{number}: each tool_use must have a single result. Found multiple `tool_result` blocks "
                f"with id: {twice[0]}"
            )
        following = turns[position + 1][2] if position + 1 < len(turns) else []
        if role == "assistant" and (missing := _unanswered(_calls(blocks), following)):
            raise invalid(
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in "
                "the next message."
            )


def _turns(messages: list[Plain]) -> list[tuple[int, str, list[Plain]]]:
    """Consecutive messages of one role as one turn, as the API takes them; system messages stand aside."""
    turns: list[tuple[int, str, list[Plain]]] = []
    for number, message in enumerate(messages):
        if message["role"] == "system":
            continue
        blocks = blocks_of(message["content"])
        if turns and turns[-1][1] == message["role"]:
            turns[-1][2].extend(blocks)
        else:
            turns.append((number, message["role"], list(blocks)))
    return turns


def _calls(blocks: list[Plain]) -> list[str]:
    return [block["id"] for block in blocks if block["type"] == "tool_use"]


def _unanswered(calls: list[str], following: list[Plain]) -> list[str]:
    """The calls without a result at the head of the next turn: results behind other blocks do not count."""
    head = next((at for at, block in enumerate(following) if block["type"] != "tool_result"), len(following))
    results = {block["tool_use_id"] for block in following[:head]}
    return [call for call in calls if call not in results]
