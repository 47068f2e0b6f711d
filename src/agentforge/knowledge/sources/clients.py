"""Every client whose set-up can be read, and all that are present in one call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from agentforge.knowledge.items import Setup
from agentforge.knowledge.listing import with_listings
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources import agents_md, agentskills, claude_code, codex, cursor, gemini_cli, opencode


class Source(Protocol):
    """Reads what one client is set up with."""

    def __call__(self, root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:
        """The set-up of the client started in `root`, for the user of `home`, with these variables and no others."""
        ...


SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        "claude-code": claude_code.read_setup,
        "codex": codex.read_setup,
        "opencode": opencode.read_setup,
        "gemini-cli": gemini_cli.read_setup,
        "cursor": cursor.read_setup,
        "agents-md": agents_md.read_setup,
        "agentskills": agentskills.read_setup,
    }
)


def read_setup(
    client: str, root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None
) -> Setup:
    """The set-up of one client, each item with the line that the client lists it with."""
    return with_listings(SOURCES[client](root.absolute(), home.absolute(), env, parsed=parsed))


def read_setups(
    root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None
) -> tuple[Setup, ...]:
    """The set-ups of all clients that have any file here; nothing comes from the environment but `env`."""
    shared = parsed if parsed is not None else ParsedFiles()
    found = (read_setup(client, root, home, env, parsed=shared) for client in SOURCES)
    return tuple(setup for setup in found if setup.files or setup.problems)
