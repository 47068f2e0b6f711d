"""The neutral form of what an agent wrote down: a transcript, its entries, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from agentforge.wire import Json, Usage

Client: TypeAlias = Literal["claude-code", "codex", "opencode", "gemini-cli", "copilot-cli"]
CLIENTS: Final[tuple[Client, ...]] = ("claude-code", "codex", "opencode", "gemini-cli", "copilot-cli")

Kind: TypeAlias = Literal[
    "prompt",
    "assistant_text",
    "thinking",
    "tool_call",
    "tool_result",
    "context_injection",
    "compaction",
    "system",
    "meta",
]
IN_VIEW: Final[frozenset[Kind]] = frozenset(
    {"prompt", "assistant_text", "thinking", "tool_call", "tool_result", "context_injection"}
)
"""The kinds that a model sees; the others are the client's own notes."""

Actor: TypeAlias = Literal["user", "assistant", "tool", "client", "passing"]
"""Who said it; `passing`: a sub-agent's words, copied into its parent's file while it worked."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said, done, shown or noted."""

    kind: Kind
    actor: Actor
    id: str = ""
    parent: str = ""
    at: str = ""
    """ISO 8601 in UTC; empty where the client wrote no time."""
    call_id: str = ""
    name: str = ""
    """The tool of a call or a result; which injection, note or system line otherwise."""
    text: str = ""
    structured: Json | None = None
    """A call's arguments, or what the client noted beside the text."""
    response: str = ""
    """Which answer of the provider it belongs to; the last entry of an answer has the usage that holds."""
    usage: Usage | None = None
    model: str = ""
    subagent: str = ""
    """Which sub-agent's, empty for the main thread."""
    error: bool = False
    line: int = 0
    """Where it stands in its file, from 1; in a database, which row of the session."""


@dataclass(frozen=True, slots=True)
class About:
    """From here on entries belong to this session, in this folder and branch, written by this version."""

    session: str
    parent: str = ""
    cwd: str = ""
    branch: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line of a type this version does not know."""

    type: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, and where; line 0: the file as a whole."""

    what: str
    line: int = 0
    path: str = ""

    def __str__(self) -> str:
        """The problem as one line."""
        return f"{self.path}:{self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"


Item: TypeAlias = Entry | About | Skipped | Problem
"""What reading a transcript yields."""

_MOST_TOKENS: Final = 1 << 53
Tokens: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=_MOST_TOKENS)]
"""A number of tokens that a client may have written."""


def tokens_in(told: Any) -> int:
    """The number of tokens a client wrote; `ValueError` for what can be none."""
    number = int(told or 0)
    if not 0 <= number <= _MOST_TOKENS:
        raise ValueError("there is no such number of tokens")
    return number


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as its client wrote it down; of each answer only the last entry has usage."""

    client: Client
    session: str
    parent: str
    """The session it was forked from, or whose sub-agent wrote it."""
    cwd: str
    branch: str
    model: str
    version: str
    path: Path
    events: Sequence[Entry]
