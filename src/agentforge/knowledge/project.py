"""What a project has that texts name: its files and folders, and the commands it defines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from agentforge.knowledge.files import Reading
from agentforge.knowledge.references import Reference, names_a_file

MOST_ENTRIES: Final = 100_000
_MADE: Final = frozenset(
    """node_modules dist build out target vendor venv .venv env coverage tmp temp logs log .git .cache __pycache__
    .next .nuxt .tox .mypy_cache .pytest_cache .ruff_cache .idea .vscode bin obj""".split()  # noqa: SIM905
)
"""Folders whose contents come and go; whether they are there says nothing."""


@dataclass(frozen=True, slots=True)
class Project:
    """What a project has. `commands`: by kind, those it defines; a kind it says nothing of is not there."""

    root: str
    paths: frozenset[str] = frozenset()
    """Files and folders, from its root, with slashes."""
    endings: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """The paths that end in a name."""
    commands: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    unseen: frozenset[str] = frozenset()
    """Names of folders that were not entered because they are links."""
    whole: bool = True
    """Whether everything was seen; of a project too large to be, nothing can be said to be missing."""

    def lacks(self, reference: Reference) -> bool:
        """Whether something that a text of this project names is not there, as far as that can be told."""
        if reference.to != "path":
            return reference.to in self.commands and reference.name not in self.commands[reference.to]
        path = reference.name.rstrip("/")
        parts = path.split("/")
        if not self.whole or (_MADE | self.unseen) & {*parts}:
            return False
        # Programs make hidden folders when they need them; and without an ending it may be no path at all.
        if parts[0] not in self.paths and (parts[0].startswith(".") or not names_a_file(reference.name)):
            return False
        return path not in self.paths and not any(
            known.endswith(f"/{path}") for known in self.endings.get(parts[-1], ())
        )

    def has_folder_of(self, reference: Reference) -> bool:
        """Whether the outermost folder of a path is there, so that the path is this project's and no example."""
        return reference.to != "path" or reference.name.partition("/")[0] in self.paths


def look(root: Path) -> Project:
    """What there is below a project's root; links to folders are not followed."""
    paths: set[str] = set()
    unseen: set[str] = set()
    endings: dict[str, list[str]] = {}
    whole = True
    for top, folders, names in os.walk(root):
        inside = Path(top).relative_to(root).as_posix()
        start = "" if inside == "." else f"{inside}/"
        for name in (*folders, *names):
            paths.add(start + name)
            endings.setdefault(name, []).append(start + name)
        unseen.update(name for name in folders if Path(top, name).is_symlink())
        folders[:] = [name for name in folders if name not in _MADE and name not in unseen]
        if len(paths) > MOST_ENTRIES:
            whole = False
            break
    kept = MappingProxyType({name: tuple(found) for name, found in endings.items()})
    return Project(str(root), frozenset(paths), kept, MappingProxyType(_commands(root)), frozenset(unseen), whole)


def _commands(root: Path) -> dict[str, frozenset[str]]:
    reading = Reading()
    found: dict[str, frozenset[str]] = {}
    for to, files, read in (
        ("make", ("GNUmakefile", "makefile", "Makefile"), _targets),
        ("recipe", ("justfile", "Justfile", ".justfile"), _recipes),
    ):
        text = next((text for name in files if (text := reading.text(root / name)) is not None), None)
        names = None if text is None else read(text)
        if names is not None:
            found[to] = frozenset(names)
    scripts = reading.json(root / "package.json").get("scripts")
    if isinstance(scripts, dict):
        found["script"] = frozenset(scripts)
    return found


def _targets(text: str) -> set[str] | None:
    """The targets of a Makefile; None where it can have others, by patterns or in other files."""
    found: set[str] = set()
    for line in text.split("\n"):
        head, colon, rest = line.partition(":")
        name, equals, value = line.partition("=")
        if line.startswith(("\t", "#")):
            continue
        if line.startswith(("include ", "-include ", "sinclude ")) or (colon and "%" in head):
            return None
        if colon and not rest.startswith("=") and "=" not in head:
            found.update(head.split())
        elif equals and name.strip(" :?+").isidentifier():
            found.update(value.split())  # A target can be a variable, such as a list of folders.
    return found


def _recipes(text: str) -> set[str] | None:
    """The recipes of a justfile; None where it can have others, in other files."""
    found: set[str] = set()
    for line in text.split("\n"):
        if line.startswith(("import ", "import? ", "mod ", "mod? ")):
            return None
        head, colon, rest = line.partition(":")
        if colon and not line.startswith((" ", "\t", "#", "[")) and not rest.startswith("="):
            found.update(head.split()[:1])
    return {name.removeprefix("@") for name in found}
