"""What there is to know: one neutral item for personas, commands, skills, rules, memory, tools and servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "system",
    "persona",
    "command",
    "skill",
    "rule",
    "memory",
    "tool",
    "mcp_server",
    "output_style",
    "hook",
    "methodology",
    "pattern",
    "fingerprint",
    "fact",
    "session",
]
Level: TypeAlias = Literal["L0", "L1", "L2", "L3", "L4"]
"""L0 core, L1 methodology, L2 tool, L3 agent, L4 domain."""
Activation: TypeAlias = Literal["always", "path_globs", "model_invoked", "user_invoked", "deferred", "hidden"]
"""When a client brings the body in; `hidden`: a rule of the user's keeps it out."""

LEVELS: Final[Mapping[Kind, Level]] = MappingProxyType(
    {
        "system": "L0",
        "rule": "L1",
        "memory": "L1",
        "methodology": "L1",
        "output_style": "L1",
        "pattern": "L1",
        "tool": "L2",
        "mcp_server": "L2",
        "hook": "L2",
        "persona": "L3",
        "command": "L3",
        "skill": "L3",
        "fingerprint": "L4",
        "fact": "L4",
        "session": "L4",
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where an item stands."""

    client: str
    """claude-code, codex, opencode, gemini-cli, cursor, agents-md, agentskills, mcp."""
    scope: str
    """managed, user, project, local, directory, or plugin:NAME."""
    path: str
    line: int = 1
    """The first line of its text in that file."""

    def __str__(self) -> str:
        """The place as file:line."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing an agent may have to know."""

    kind: Kind
    name: str
    description: str
    body: str
    source: Source
    activation: Activation
    listing: str = ""
    """What the client shows of it while its body is not in view; empty where it lists nothing."""
    triggers: tuple[str, ...] = ()
    """Words and path globs that call for it."""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Front matter and settings that have no field of their own, as plain JSON."""

    @property
    def id(self) -> str:
        """A name that is the same on every run: client, kind, scope and name."""
        return f"{self.source.client}:{self.kind}:{self.source.scope}:{self.name}"

    @property
    def level(self) -> Level:
        """How deep in the hierarchy of knowledge it stands."""
        return LEVELS[self.kind]

    @property
    def sha256(self) -> str:
        """The hash of what it says: description and body."""
        return sha256(f"{self.description}\0{self.body}".encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a set-up that could not be read as it was meant; the rest goes on without it."""

    what: str
    where: str
    """file:line."""
    severity: Literal["error", "warning"] = "warning"


@dataclass(frozen=True, slots=True)
class Server:
    """An MCP server as it is configured."""

    name: str
    transport: Literal["stdio", "http", "sse", "ws"]
    source: Source
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    timeout: float | None = None
    always_load: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Setup:
    """What one client is set up with, in the order the client reads it."""

    client: str
    items: tuple[Item, ...] = ()
    servers: tuple[Server, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The merged settings, as plain JSON."""
    files: tuple[str, ...] = ()
    """Every file that was read."""
    problems: tuple[Problem, ...] = ()
