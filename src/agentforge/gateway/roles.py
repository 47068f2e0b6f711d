"""What a request is for: clients also ask for titles and summaries, and run agents below their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import takewhile
from typing import Final

from agentforge.context import Role
from agentforge.wire import Content, Request, Text

_HINTS: Final[Mapping[str, Role]] = {
    "main": "main",
    "subagent": "subagent",
    "title": "title",
    "compaction": "compaction",
    "turn": "main",
}
_SUBAGENT_MARK: Final = "cc_is_subagent=true"
_TITLES: Final = ("You are naming a coding session", "You are a title generator")
_SUMMARIES: Final = (
    "CRITICAL: Respond with TEXT ONLY",
    "You are performing a CONTEXT CHECKPOINT COMPACTION",
)
"""How the last words of the user begin when a client asks for a summary of its session."""
_SUMMARISER: Final = "You are a context summarization agent"
_CONTINUED: Final = (
    "This session is being continued from a previous conversation",
    "Another language model started to solve this problem",
    "What did we do so far?",
)
"""What stands in the first messages of a session that goes on from its summary."""
_OPENING: Final = 3


def role_of(request: Request, headers: Mapping[str, str]) -> Role:
    """What the client asks for: by its own hint where it gives one (header names in lower case), else by its words."""
    hinted = headers.get("x-claude-code-request-class") or _codex_kind(headers.get("x-codex-turn-metadata", ""))
    if hinted in _HINTS:
        return _HINTS[hinted]
    system = _instructions(request)
    if _SUBAGENT_MARK in system[:400] or "x-claude-code-agent-id" in headers:
        return "subagent"
    if any(mark in system for mark in _TITLES) and not request.tools:
        return "title"
    if _SUMMARISER in system or _last_words(request).startswith(_SUMMARIES):
        return "compaction"
    return "main"


def is_continued_from_summary(request: Request) -> bool:
    """Whether the session starts with the summary of another."""
    opening = (words_of(message.content) for message in request.messages[:_OPENING] if message.role == "user")
    return any(mark in words for words in opening for mark in _CONTINUED)


def session_key(headers: Mapping[str, str]) -> str:
    """What the client itself calls its session; empty where it does not say."""
    names = ("x-claude-code-session-id", "session-id", "x-session-id")
    return next((headers[name] for name in names if name in headers), "")


def words_of(content: Content) -> str:
    """The text of a content, without the rest."""
    if isinstance(content, str):
        return content
    return "\n".join(block.text for block in content or () if isinstance(block, Text))


def _instructions(request: Request) -> str:
    """What the client tells the model before the first words: Chat has it as messages."""
    first = takewhile(lambda message: message.role in ("system", "developer"), request.messages)
    return "\n".join((words_of(request.system), *(words_of(message.content) for message in first)))


def _last_words(request: Request) -> str:
    last = request.messages[-1] if request.messages else None
    if last is None or last.role != "user":
        return ""
    texts = [block.text for block in last.blocks if isinstance(block, Text)]
    return texts[-1].lstrip() if texts else ""


def _codex_kind(metadata: str) -> str:
    if not metadata:
        return ""
    try:
        told = json.loads(metadata)
    except ValueError:
        # A hint that cannot be read is no hint: the words decide.
        return ""
    kind = told.get("request_kind") if isinstance(told, dict) else None
    return kind if isinstance(kind, str) else ""
