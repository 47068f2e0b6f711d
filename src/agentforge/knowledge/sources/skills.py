"""Skills in the open format (agentskills.io), as every client but Claude Code reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.frontmatter import Document
from agentforge.knowledge.items import Item, Problem, Source

LONGEST_NAME: Final = 64
LONGEST_DESCRIPTION: Final = 1024
LONGEST_COMPATIBILITY: Final = 500
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS: Final = frozenset(("name", "description", "license", "compatibility", "metadata", "allowed-tools"))


def skills_below(folder: Path, client: str, scope: str, reading: Reading) -> Iterator[Item]:
    """The skills in a folder and below it, sorted by name; hidden folders are the client's own."""
    found = []
    for path in reading.walk(folder, "SKILL.md"):
        if path.name == "SKILL.md" and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            document = reading.document(path)
            if document is not None:
                found.append(skill(document, path, client, scope))
    yield from sorted(found, key=lambda item: item.name)


def skill(document: Document, path: Path, client: str, scope: str) -> Item:
    """The skill that a `SKILL.md` describes."""
    return Item(
        kind="skill",
        name=text_of(document.meta, "name") or path.parent.name,
        description=text_of(document.meta, "description"),
        body=document.body.strip(),
        source=Source(client, scope, str(path), document.line_of("description", "name")),
        activation="model_invoked",
        extra={key: value for key, value in document.meta.items() if key != "description"},
    )


def faults_of(document: Document, path: Path) -> Iterator[Problem]:
    """What the open format does not allow in a skill; packagers and the Skills API refuse it."""
    name, description = text_of(document.meta, "name"), text_of(document.meta, "description")
    compatibility, metadata = text_of(document.meta, "compatibility"), document.meta.get("metadata")
    checks = (
        (bool(name), "name", "a skill needs a name"),
        (
            not name or name == path.parent.name,
            "name",
            f"the name {name} is not that of its folder, {path.parent.name}",
        ),
        (not name or bool(_NAME.fullmatch(name)), "name", "a name is made of small letters, digits and single hyphens"),
        (len(name) <= LONGEST_NAME, "name", f"the name has more than {LONGEST_NAME} characters"),
        (bool(description.strip()), "description", "a skill needs a description"),
        (len(description) <= LONGEST_DESCRIPTION, "description", f"more than {LONGEST_DESCRIPTION} characters"),
        (len(compatibility) <= LONGEST_COMPATIBILITY, "compatibility", f"more than {LONGEST_COMPATIBILITY} characters"),
        (
            metadata is None
            or (isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())),
            "metadata",
            "metadata maps names to texts",
        ),
        *((key in _KEYS, key, f"the open format has no key {key}") for key in document.meta),
    )
    for fine, key, what in checks:
        if not fine:
            yield Problem(what, f"{path}:{document.line_of(key) if key in document.lines else 1}")
