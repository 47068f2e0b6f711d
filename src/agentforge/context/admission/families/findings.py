"""What linters, type checkers and compilers found: how many of each rule and file, and the first of each rule."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.signals import with_context
from agentforge.context.admission.values import ERROR, SHAPE, WARNING, Family, Sketch, Subject, Weight
from agentforge.context.text import counted, piece, shortened

MOST_RULES: Final = 20
MOST_FILES: Final = 12
_CHECKERS: Final = re.compile(
    r"\b(?:ruff|mypy|pyright|flake8|pylint|eslint|tsc|biome|oxlint|clippy|golangci-lint|go vet|shellcheck"
    r"|rubocop|phpstan|stylelint|bandit|semgrep|ktlint|checkstyle|hadolint|vulture)\b|\brun (?:lint|typecheck|check)\b"
)
_PLACED: Final = re.compile(
    r"^(?:\s*--> )?(?P<file>[\w@./\\-]+\.\w{1,8})[:(]\d+(?:[:,]\d+)?\)?:? ?-? ?"
    r"(?P<level>fatal error|error|warning|note|info|[EWCRF](?=: ))?"
)
_RULE: Final = re.compile(
    r"\b(?P<code>[A-Z]{1,5}\d{2,5})\b|\[(?P<name>[a-z@][\w@/-]+)\]\s*$|\s{2,}(?P<last>[a-z@][\w@/-]+)\s*$"
)
_BARE: Final = re.compile(
    r"^(?P<code>[A-Z]{1,5}\d{2,5})\b .|^\s+\d+:\d+\s+(?P<level>error|warning)\b|^(?:error|warning)(?:\[\w+\])?: "
)
_TOTAL: Final = re.compile(
    r"^(?:Found \d+|\d+ (?:errors?|warnings?)|✖ \d+|Success: |All checks passed|\[\*\] \d+)", re.IGNORECASE
)


def recognises(subject: Subject) -> bool:
    """Whether a checker was called and the lines say what it found, or nearly all of them do."""
    if _CHECKERS.search(subject.call.command):
        return subject.share(_is_finding) > 0.05
    return len(subject.sample) > 4 and subject.share(_has_level) > 0.6


def sketch(subject: Subject) -> Sketch:
    """The first finding of each rule, then the next of each; the totals; the code around them as far as it fits."""
    pieces = subject.pieces
    rules: Counter[str] = Counter()
    files: Counter[str] = Counter()
    weights: dict[int, Weight] = {}
    totals: list[int] = []
    for index in range(len(pieces.starts) - 1):
        line = piece(pieces, index).rstrip("\r\n")
        placed = _PLACED.match(line)
        if placed is not None:
            files[placed["file"]] += 1
        if _TOTAL.match(line):
            totals.append(index)
            weights[index] = ERROR, 0
        elif _BARE.match(line) or (placed is not None and "-->" not in line):
            rule = _rule(line)
            warns = "warning" in line[:120].lower()
            # The first of each rule must be seen; of the others as many as fit.
            weights[index] = (WARNING if warns else ERROR if not rules[rule] else SHAPE), rules[rule]
            rules[rule] += 1
    firsts = [index for index, (weight, rank) in weights.items() if weight > SHAPE and not rank]
    with_context(weights, pieces, firsts, before=0, after=2, weight=SHAPE)
    weights = merged(weights, edges(pieces, head=2, tail=3), asked(pieces, subject.low, words_of(subject.call)))
    said = [
        f"findings: {counted(rules.total(), 'line')}: {_listed(rules, MOST_RULES)}",
        f"in {counted(len(files), 'file')}: {_listed(files, MOST_FILES)}" if files else "",
        *(shortened(piece(pieces, index), 120) for index in totals[:1]),
    ]
    return Sketch(pieces, weights, tuple(filter(None, said)))


def _rule(line: str) -> str:
    found = _RULE.search(line)
    return (found["code"] or found["name"] or found["last"]) if found else "other"


def _listed(counts: Counter[str], most: int) -> str:
    listed = ", ".join(f"{name} {number:,}" for name, number in counts.most_common(most))
    return listed + (f" and {len(counts) - most:,} more" if len(counts) > most else "")


def _is_finding(line: str) -> bool:
    return bool(_PLACED.match(line) or _BARE.match(line))


def _has_level(line: str) -> bool:
    found = _PLACED.match(line)
    return found is not None and found["level"] is not None


FINDINGS: Final = Family("findings", recognises, sketch)
