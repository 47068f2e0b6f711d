"""The forms of Claude Code's lines, with only the members that are read; whatever else stands there is passed over."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from agentforge.transcripts.events import Tokens

SAID: Final = frozenset({"user", "assistant", "system", "attachment", "progress"})
"""Types whose lines are messages or carry one."""
NOTES: Final = frozenset(
    {
        "agent-name", "agent-setting", "ai-title", "api-request", "api-request-blob", "api-request-shape", "atis-latch",
        "attribution-snapshot", "bridge-session", "content-replacement", "cost-state", "custom-title",
        "file-history-delta", "file-history-snapshot", "frame-link", "last-prompt", "mode", "permission-mode",
        "pr-link", "queue-operation", "speculation-accept", "summary", "tag", "task-summary", "tools-used",
        "worktree-state",
    }
)  # fmt: skip
"""Types whose lines are the client's own notes."""


class Part(msgspec.Struct, gc=False):
    """A part of a tool's result."""

    type: str = ""
    text: str | None = None


class Block(msgspec.Struct):
    """A content block."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.Raw()
    tool_use_id: str | None = None
    content: str | list[Part] | Part | None = None
    is_error: bool | None = None


class CacheWrites(msgspec.Struct, gc=False):
    """Cache writes by lifetime."""

    ephemeral_5m_input_tokens: Tokens | None = None
    ephemeral_1h_input_tokens: Tokens | None = None


class OutputDetails(msgspec.Struct, gc=False):
    """What the output was made of."""

    thinking_tokens: Tokens | None = None


class Iteration(msgspec.Struct):
    """One of the calls that an answer was made with."""

    type: str = ""
    model: str | None = None
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    cache_creation_input_tokens: Tokens | None = None
    cache_read_input_tokens: Tokens | None = None
    cache_creation: CacheWrites | None = None


class Charge(Iteration):
    """The usage of an answer."""

    output_tokens_details: OutputDetails | None = None
    iterations: list[Iteration] | None = None
    speed: str | None = None


class Said(msgspec.Struct):
    """A message as the API puts it."""

    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    usage: Charge | None = None


class Fork(msgspec.Struct, rename="camel"):
    """Where a session branched off."""

    session_id: str = ""


class Entered(msgspec.Struct, rename="camel"):
    """What a message-like line says about itself; a sub-agent's message in a progress line says the same."""

    type: str = ""
    uuid: str | None = None
    timestamp: str | None = None
    request_id: str | None = None
    message: Said | None = None


class Line(Entered, rename="camel"):
    """A line."""

    parent_uuid: str | None = None
    session_id: str | None = None
    cwd: str | None = None
    git_branch: str | None = None
    version: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_api_error_message: bool | None = None
    subtype: str | None = None
    content: msgspec.Raw = msgspec.Raw()
    attachment: msgspec.Raw = msgspec.Raw()
    rendered: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()
    tool_use_result: msgspec.Raw = msgspec.Raw()
    compact_metadata: msgspec.Raw = msgspec.Raw()
    forked_from: Fork | None = None
    summary: str | None = None
    custom_title: str | None = None
    ai_title: str | None = None
    last_prompt: str | None = None
    tag: str | None = None


class Progress(msgspec.Struct, rename="camel"):
    """What a progress line reports."""

    type: str = ""
    agent_id: str | None = None
    message: Entered | None = None
    normalized_messages: list[Entered] | None = None


class Head(msgspec.Struct):
    """The type of a line, whatever else it holds."""

    type: str = ""


line = msgspec.json.Decoder(Line)
progress = msgspec.json.Decoder(Progress)
head = msgspec.json.Decoder(Head)
anything = msgspec.json.Decoder()


def words(value: Any) -> str:
    """The text that stands somewhere in a value of an attachment."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(found for each in value if (found := words(each)))
    if isinstance(value, dict):
        return next((found for key in ("text", "content", "file") if (found := words(value.get(key)))), "")
    return ""
