"""Plain AGENTS.md files: for any client that follows the convention, the nearest file counts most."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agentforge.knowledge.files import Reading
from agentforge.knowledge.items import Item, Setup, Source
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.folders import down_to, named, repository_of

CLIENT = "agents-md"


def read_setup(root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:  # noqa: ARG001
    """Every AGENTS.md from the repository down to the root."""
    reading = Reading(parsed)
    items = []
    for folder in down_to(root, repository_of(root)):
        text = reading.text(folder / "AGENTS.md")
        if text and text.strip():
            source = Source(CLIENT, "project", str(folder / "AGENTS.md"))
            name = named(folder / "AGENTS.md", root, home)
            items.append(Item("memory", name, "", text, source, "always"))
    return Setup(CLIENT, items=tuple(items), files=reading.files, problems=reading.problems)
