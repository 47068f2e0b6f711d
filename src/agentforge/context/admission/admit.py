"""What of a tool result the model is shown."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from agentforge.context.admission.compose import compose
from agentforge.context.admission.families import FAMILIES
from agentforge.context.admission.values import Admitted, Call, Family, Subject
from agentforge.context.settings import RecallBy, Settings
from agentforge.context.text import counted, line_count
from agentforge.ledger import handle, redact

WORTH: Final = 0.75
"""A cut leaves at most so much of a text, or is not made: what it saves must outweigh the recalls it may cost."""
FAILED: Final = 2
"""What a client marked as an error is cut only when it is so many times longer than other results."""
_CLOSING: Final = re.compile(r"\[(recall:[0-9a-f]{8,64}) holds all [^\n\]]*\]\s*\Z")
_OWN_WORDS: Final = frozenset({"Task", "Agent", "Skill", "ToolSearch", "TodoWrite", "AskUserQuestion", "ExitPlanMode"})
"""Tools whose answer was written to be read whole."""
_INSTRUCTIONS: Final = re.compile(r"(?:^|[/\\])(?:CLAUDE|AGENTS?|SKILL|GEMINI)(?:\.local)?\.md$", re.IGNORECASE)
_RECALL: Final = re.compile(r"(?:^|__|[^\w])recall$")


def admit(text: str, call: Call, settings: Settings, *, generosity: int = 1) -> Admitted:
    """The text as it is shown; the same for the same arguments, for ever, and never longer than it was.

    `generosity` multiplies what passes whole and what stays: for a text that is asked for again after it was cut.
    """
    if reason := _exemption(text, call, settings, generosity):
        return _untouched(text, reason)
    subject = Subject(text, call)
    family = next(family for family in FAMILIES if family.recognises(subject))
    if len(text) <= family.whole(call) * generosity:
        return _untouched(text, f"{family.name} of this length passes whole", family)
    sketch = family.sketch(subject)
    data = text.encode("utf-8", "surrogatepass")
    closing = closing_line(handle(sha256(data).hexdigest()), counted(line_count(text), "line"), settings.recall)
    composed = compose(sketch, int(settings.admit_to * family.room * generosity), closing)
    if len(composed.text) > WORTH * len(text):
        return _untouched(text, "most of it matters", family)
    if redact(data, b"").found:
        return _untouched(text, "it holds secrets, so its exact bytes could not be kept", family)
    reason = f"{family.name}: {len(text):,} characters to {len(composed.text):,}"
    return Admitted(composed.text, family.name, reason, True, composed.shown, composed.overlooked)


def closing_line(handle: str, size: str, recall: RecallBy) -> str:
    """The last line of a text that was cut: who holds the rest, and how to ask."""
    if recall == "shell":
        ask = f"run `agentforge recall {handle.removeprefix('recall:')}` with --pattern, --lines or --path"
    else:
        ask = "call recall with it and a pattern, lines or path"
    return f"[{handle} holds all {size}: {ask}]"


def closing_handle(text: str) -> str | None:
    """The handle in the closing line of a text that was cut; None for any other text."""
    found = _CLOSING.search(text, max(len(text) - 300, 0))
    return found[1] if found else None


def _exemption(text: str, call: Call, settings: Settings, generosity: int) -> str:
    """Why a text is not even looked at; empty if it is."""
    if not settings.admit:
        return "admission is off"
    if settings.recall == "none":
        return "there is no way to recall what would be cut"
    if len(text) <= settings.admit_above * generosity * (FAILED if call.failed else 1):
        return "short"
    if _RECALL.search(call.tool) or "agentforge recall" in call.command:
        return "it was recalled"
    if call.tool in _OWN_WORDS:
        return f"{call.tool} answers in words to be read whole"
    if _INSTRUCTIONS.search(call.path):
        return "instructions"
    if closing_handle(text):
        return "it was cut already"
    return ""


def _untouched(text: str, reason: str, family: Family | None = None) -> Admitted:
    return Admitted(text, family.name if family else "", reason, shown=((0, len(text)),))
