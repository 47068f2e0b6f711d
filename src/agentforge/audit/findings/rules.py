"""The rules in their order, and what they find."""

from __future__ import annotations

from typing import Final

from agentforge.audit.findings.evidence import Evidence, Rule
from agentforge.audit.findings.missing import names_what_is_gone
from agentforge.audit.findings.repetition import alike, duplicated, repeated_paragraphs
from agentforge.audit.findings.size import oversize, unreadable
from agentforge.audit.findings.use import long_unused, never_referred_to, never_used, used_for_one_thing
from agentforge.audit.report import Finding

RULES: Final[tuple[Rule, ...]] = (
    duplicated,
    alike,
    repeated_paragraphs,
    oversize,
    never_used,
    long_unused,
    used_for_one_thing,
    never_referred_to,
    names_what_is_gone,
    unreadable,
)


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """Every finding, the largest saving first."""
    found = [finding for rule in RULES for finding in rule(evidence)]
    return tuple(sorted(found, key=lambda finding: -finding.saving.value))
