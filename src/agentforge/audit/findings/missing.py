"""What instructions name that is no longer there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from agentforge.audit.findings.evidence import Evidence, named
from agentforge.audit.remedies import correct_lines
from agentforge.audit.report import Confidence, Finding
from agentforge.knowledge import Item, Project, Reference, references_in

_INSTRUCTIONS: Final = frozenset({"memory", "rule"})
_CALLED: Final = {"make": "make", "script": "npm run", "recipe": "just"}


def names_what_is_gone(evidence: Evidence) -> Iterator[Finding]:
    """Instructions and personas of the project that name files, folders or commands which it has not."""
    project = evidence.observed.project
    if project is None:
        return
    in_view = {id(item) for _, item in evidence.shown}
    for item in evidence.setup.items:
        if item.activation == "hidden" or item.source.scope == "auto" or not _is_of(item, project):
            continue
        gone = _gone(item, project)
        if not gone:
            continue
        lines = dict.fromkeys(reference.line for reference in gone)
        places = tuple(evidence.observed.lines.place(item, line) for line in lines)
        body = item.body.split("\n")
        # The body of what is only listed is in no first request, so that nothing of that is saved.
        always = id(item) in in_view and item.kind in _INSTRUCTIONS
        saving = evidence.weigh([body[line] for line in lines] if always else [])
        own = item.kind in _INSTRUCTIONS and all(project.has_folder_of(each) for each in gone)
        sure: Confidence = "medium" if own else "low"
        what = f"{item.name} names what is not in the project: {named([_words(each) for each in gone])}"
        yield Finding("stale", what, places, saving, sure, correct_lines(places))


def _is_of(item: Item, project: Project) -> bool:
    return item.kind in (*_INSTRUCTIONS, "persona") and PurePath(item.source.path).is_relative_to(project.root)


def _gone(item: Item, project: Project) -> Sequence[Reference]:
    found = [reference for reference in references_in(item.body) if project.lacks(reference)]
    if item.kind in _INSTRUCTIONS:
        return found
    # Personas are shared between projects, and full of examples: only what can be of this one counts.
    return [reference for reference in found if reference.to == "path" and project.has_folder_of(reference)]


def _words(reference: Reference) -> str:
    return reference.name if reference.to == "path" else f"{_CALLED[reference.to]} {reference.name}"
