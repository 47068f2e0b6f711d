"""Folders of skills in the open format (agentskills.io), checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agentforge.knowledge.files import Reading
from agentforge.knowledge.items import Setup
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.skills import faults_of, skills_below

CLIENT = "agentskills"


def read_setup(root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:  # noqa: ARG001
    """The skills in `skills/` and `.agents/skills/` of the project, and in `.agents/skills/` of the user."""
    reading = Reading(parsed)
    items = [
        *skills_below(root / "skills", CLIENT, "project", reading),
        *skills_below(root / ".agents" / "skills", CLIENT, "project", reading),
        *skills_below(home / ".agents" / "skills", CLIENT, "user", reading),
    ]
    for item in items:
        path = Path(item.source.path)
        document = reading.document(path)
        if document is not None:
            reading.note(*faults_of(document, path))
    return Setup(CLIENT, items=tuple(items), files=reading.files, problems=reading.problems)
