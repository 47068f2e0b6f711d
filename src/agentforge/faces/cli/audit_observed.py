"""Looks up what the findings need to know: what is in the project, and what agents ever wrote of its instructions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agentforge.audit import Observed, Unmentioned
    from agentforge.knowledge import Item, Project, Setup
    from agentforge.transcripts import SessionUsage, UsageReport

LEAST_SIGNS: Final = 2
LEAST_LETTERS: Final = 160
"""Sections with less to look for, or less to save, are not judged."""
_EVERYWHERE: Final = frozenset({"user", "managed"})


def project_at(root: Path, home: Path) -> Project | None:
    """What is in the project that a folder belongs to; a home folder is none."""
    from agentforge.knowledge import look

    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return None if top == home or home.is_relative_to(top) else look(top)


def observe(setup: Setup, project: Project | None, usage: UsageReport | None) -> Observed:
    """What there is to know about a set-up beyond its own files."""
    from agentforge.audit import Observed
    from agentforge.knowledge import read_lines

    instructions = [item for item in setup.items if item.kind in ("memory", "rule", "persona")]
    unmentioned = tuple(_unmentioned(setup, project, usage)) if usage else ()
    return Observed(project, read_lines(instructions), unmentioned)


def _unmentioned(setup: Setup, project: Project | None, usage: UsageReport) -> Iterator[Unmentioned]:
    always = [item for item in setup.items if item.kind in ("memory", "rule") and item.activation == "always"]
    own = [each for each in usage.sessions if each.client == setup.client]
    here = [each for each in own if project is not None and each.cwd and Path(each.cwd).is_relative_to(project.root)]
    yield from _unmentioned_of([item for item in always if item.source.scope in _EVERYWHERE], always, own)
    yield from _unmentioned_of([item for item in always if item.source.scope not in _EVERYWHERE], always, here)


def _unmentioned_of(judged: list[Item], always: list[Item], sessions: list[SessionUsage]) -> Iterator[Unmentioned]:
    """Sections of the judged items; their signs stand in no other section of anything that is always in view."""
    from agentforge.audit import Unmentioned, sections_of, signs_of
    from agentforge.transcripts import latest, mentioned

    paths, searched = latest(sessions)
    if not judged or not searched:
        return
    every = [(item, section) for item in always for section in sections_of(item.body)]
    looked_for = [
        (item, section, signs)
        for (item, section), signs in zip(every, signs_of([section for _, section in every]), strict=True)
        if item in judged and len(signs.telling) >= LEAST_SIGNS and len(section.text) >= LEAST_LETTERS
    ]
    files = {Path(item.source.path).name for item in always}
    found = mentioned([signs.telling | signs.loose for _, _, signs in looked_for], paths, about=files)
    for at, (item, section, signs) in enumerate(looked_for):
        if at not in found:
            yield Unmentioned(item, section, len(signs.telling), searched)
