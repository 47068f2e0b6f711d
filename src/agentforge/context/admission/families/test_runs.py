"""Output of test runners: every failure with its reason, the totals, and none of what passed."""

from __future__ import annotations

import re
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import merged
from agentforge.context.admission.families.logs import output_note, output_weights
from agentforge.context.admission.signals import signals, with_context
from agentforge.context.admission.values import ERROR, SHAPE, Family, Sketch, Subject, Weight
from agentforge.context.text import piece, shortened

MOST: Final = 100
"""Failures of one kind before others of the kind stand back."""
_RUNNERS: Final = re.compile(
    r"\b(?:pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|ava|playwright test|go test|cargo (?:nextest|test)|rspec"
    r"|phpunit|dotnet test|ctest|bats|(?:npm|pnpm|yarn|bun)(?: run)? test\S*|(?:mvn|gradlew?) \S*test|make \S*test)\b"
)
_OF_A_RUN: Final = re.compile(
    r"^=+ (?:test session starts|FAILURES|short test summary)"
    r"|^(?:FAILED|ERROR) \S+::"
    r"|^--- (?:FAIL|PASS)|^=== RUN|^\w+ \(\S+\) \.\.\. (?:ok|FAIL|ERROR|skipped)"
    r"|^test \S+ \.\.\. (?:ok|FAILED)|^test result: |^Tests?:? +\d+|^ *(?:PASS|FAIL) +\S+\.\w+"
    r"|^Ran \d+ tests? in|^ *\d+ (?:passing|failing|passed|failed)"
    r"|^(?:not )?ok \d+ |^Tests run: \d+"
    r"|^ *[✓✔✕✗\u00d7] "
)
_OF_A_TEST: Final = re.compile(r"::\S+ (?:PASSED|FAILED|ERROR)")
_FAILED: Final = re.compile(
    r"^(?:FAILED|ERROR) |^_{3,} .* _{3,}$|^E {2,}\S|^\s*--- FAIL|^\s*● |^\s*(?:✕|✗|✘|\u00d7) "
    r"|^ *FAIL\b|^FAIL:|^ERROR:|^not ok |^\s+\d+\) |^AssertionError|^\s*Failed asserting"
)
_FAILED_ANYWHERE: Final = re.compile(r"\bFAILED\b|panicked at|<<< (?:FAILURE|ERROR)")
_TOTAL: Final = re.compile(
    r"^=+ .*\b\d+ (?:passed|failed|errors?|warnings?|skipped|deselected).* =+$|^Tests?:? +\d+"
    r"|^Test Suites?:|^Test Files"
    r"|^test result: |^Ran \d+ tests? in|^(?:OK|FAILED)(?: \(.*\))?$|^ *\d+ (?:passing|failing|pending|passed|failed)"
    r"|^Tests run: |^(?:ok|FAIL)\s+\S+\s+[\d.]+s|^# (?:pass|fail|tests) \d+|^exit(?:ed)? (?:with )?(?:code|status)"
)
_PLACE: Final = re.compile(
    r"^\S+:\d+: \w+|^>  |^\s*> +\d+ \||^\s+(?:left|right|expected|actual|Expected|Received)\b|^ +at \S+.*:\d+"
)


def recognises(subject: Subject) -> bool:
    """Whether a test runner was called, or the lines are those of one."""
    lines = sum(1 for line in subject.sample if _OF_A_RUN.match(line) or ("::" in line and _OF_A_TEST.search(line)))
    return lines >= 3 or (lines >= 1 and _RUNNERS.search(subject.call.command) is not None)


def sketch(subject: Subject) -> Sketch:
    """Each failure's name and reason first, then the totals, then where it happened."""
    pieces = subject.pieces
    trouble = signals(subject)
    failures, totals = _failures(subject)
    weights = merged(output_weights(subject, trouble), failures, asked(pieces, subject.low, words_of(subject.call)))
    named = [index for index, (weight, _) in failures.items() if weight == ERROR]
    with_context(weights, pieces, named, before=2, after=2, weight=SHAPE)
    said = [shortened(piece(pieces, index).strip("= \n"), 120) for index in totals[-1:]]
    return Sketch(pieces, weights, (output_note("test run", subject, trouble), *said))


def _failures(subject: Subject) -> tuple[dict[int, Weight], list[int]]:
    """The lines that name a failure, its reason or the totals weigh most, then the places; and where the totals are."""
    weights: dict[int, Weight] = {}
    totals: list[int] = []
    for lines in subject.alike.values():
        line = piece(subject.pieces, lines[0]).rstrip("\r\n")
        if _TOTAL.match(line):
            totals += lines
            weights.update(dict.fromkeys(lines, (ERROR, 0)))
        elif _FAILED.match(line) or _FAILED_ANYWHERE.search(line):
            weights.update({index: (ERROR, rank // MOST) for rank, index in enumerate(lines)})
        elif _PLACE.match(line):
            weights.update(dict.fromkeys(lines, (SHAPE, 0)))
    return weights, sorted(totals)


TEST_RUNS: Final = Family("test run", recognises, sketch)
