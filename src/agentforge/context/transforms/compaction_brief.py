"""A better brief for a client's summary of its session: what was cut can be asked for again only by its handle."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.wire import Request, Text

BRIEF: Final = (
    "In the summary, also keep: every handle of the form recall:<digits> whose content may still be needed, with a "
    "word on what it holds; the exact text of errors and failing tests that are not solved yet; paths, line numbers, "
    "identifiers, commands and values exactly as they stand; and what was tried without success."
)


def compaction_brief(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request for a summary with our brief at its end; every other request as it is."""
    changes: tuple[Change, ...] = ()
    last = request.messages[-1] if request.messages else None
    if view.settings.compaction_brief and view.role == "compaction" and last is not None and last.role == "user":
        said = replace(last, content=(*last.blocks, Text(BRIEF)))
        request = replace(request, messages=(*request.messages[:-1], said))
        changes = (Change(f"messages.{len(request.messages) - 1}", "", BRIEF, "what a summary should keep"),)
    return request, Receipt("compaction brief", "epochal", changes)


COMPACTION_BRIEF: Final = Transform("compaction brief", "epochal", compaction_brief)
