"""Where a text speaks of errors, failures and warnings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from agentforge.context.admission.values import ERROR, WARNING, Subject, Weight
from agentforge.context.text import Pieces, piece, piece_at

_WORDS: Final = (
    r"errors?|err|fatal|panic(?:ked)?|exceptions?|traceback|critical|crit|fail(?:s|ed|ing|ures?)?|unhandled|uncaught"
    r"|seg(?:mentation )?fault|segfault|abort(?:ed|ing)?|killed|oom|out of memory|denied|refused|rejected|unreachable"
    r"|crash(?:ed|loopbackoff)?|corrupt(?:ed|ion)?|timed[ -]?out|timeout|deadlock|broken pipe|undefined reference"
    r"|no such file|cannot|could not|unable to|unauthori[sz]ed|forbidden|imagepullbackoff|unhealthy|invalid|violations?"
)
_ERROR: Final = re.compile(
    rf"(?<![\w.-])(?:{_WORDS})(?![\w-])"
    r"|[a-z0-9]error\b|[a-z0-9]exception\b"
    r"|\bexit(?:ed)?(?: with)?(?: code| status)?[ :=]{1,2}[1-9]|\b(?:returned|rc=|exit_?code=?) ?[1-9]\d{0,2}\b"
    r'|(?:http/\d(?:\.\d)?"? |status(?:_?code)?["\']?[ :=]{1,3}|-> |=> |" )5\d\d\b'
    r"|^\s*(?:not ok\b|e   +\S|✗|✘|✕|❌|\u00d7)",
)
_WARNING: Final = re.compile(r"(?<![\w-])(?:warn(?:s|ing|ings)?|deprecat(?:ed|ion|ions)|caution)(?![\w-])|warning\b|⚠")
_NONE: Final = re.compile(
    r"\b(?:0|no|zero|without(?: any)?|never) +(?:\w+ +){0,2}?"
    r"(?:errors?|failures?|failed|failing|warnings?|issues|problems|violations)\b"
    r"|\b(?:errors?|failures?|failed|failing|warnings?|exceptions?|violations)[\"']?\s*[:=]\s*(?:0|none|null|nil|false|\[\]|\{\}|\"\"|'')(?![\w.])"
    r"|\b(?:raise|except|catch|throws?|on_|handle|ignore)[ _(]\w*(?:error|exception)\w*"
    r"|\btimeout[\"']?\s*[=:]\s*\d+"
)
"""What says that there is none."""
_PASSED: Final = re.compile(r"(?:^|\s)(?:passed|pass|ok|✓|✔|√)(?:\s|$)|^--- pass|\.\.\. ok$")
_HINT: Final = re.compile(
    r"err|fail|fatal|panic|excep|traceb|crit|uncaught|unhandled|fault|abort|killed|oom|memory|denied|refused|rejected"
    r"|unreach|crash|corrupt|timed|timeout|deadlock|broken|undefined|no such|cannot|could not|unable|unauth|forbid"
    r"|backoff|unhealthy|invalid|violation|warn|deprec|caution|not ok|^e   |[✗✘✕❌\u00d7⚠]",
    re.MULTILINE,
)
_NUMBERED_HINT: Final = re.compile(r"(?:exit|return|rc=|status|http|-> |=> |\" )[^\n]{0,24}[1-9]")
"""What says trouble by a number alone."""
_CHANGING: Final = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+")


@dataclass(frozen=True, slots=True)
class Signals:
    """The pieces that speak of trouble, with their weights, and how many there are."""

    weights: dict[int, Weight]
    errors: int = 0
    error_kinds: int = 0
    warnings: int = 0
    warning_kinds: int = 0

    @property
    def note(self) -> str:
        """As in `5 lines with errors, 12 with warnings (3 kinds)`; empty where there are none."""
        said = []
        for number, kinds, what in (
            (self.errors, self.error_kinds, "errors"),
            (self.warnings, self.warning_kinds, "warnings"),
        ):
            if number:
                line = "line" if number == 1 else "lines"
                said.append(f"{number:,} {line} with {what}" + (f" ({kinds:,} kinds)" if kinds < number else ""))
        return ", ".join(said)


def level(low: str) -> int:
    """`ERROR`, `WARNING` or 0: what a line in small letters speaks of."""
    if _NONE.search(low):
        low = _NONE.sub(" ", low)
    if _ERROR.search(low):
        return 0 if _PASSED.search(low) and not _FAILED.search(low) else ERROR
    return WARNING if _WARNING.search(low) else 0


_FAILED: Final = re.compile(r"not ok\b|\bfail|\b[1-9]\d* (?:errors?|failed)")


def signals(subject: Subject) -> Signals:
    """The pieces that speak of trouble; the first of each kind come first."""
    starts, low = subject.pieces.starts, subject.low
    errors: dict[str, int] = {}
    warnings: dict[str, int] = {}
    weights: dict[int, Weight] = {}
    for index in _hinted(subject):
        line = low[starts[index] : starts[index + 1]]
        weight = level(line)
        if weight:
            kinds = errors if weight == ERROR else warnings
            kind = template(line)
            kinds[kind] = kinds.get(kind, 0) + 1
            weights[index] = weight, kinds[kind] - 1
    return Signals(weights, sum(errors.values()), len(errors), sum(warnings.values()), len(warnings))


def troubled(words: Iterable[str]) -> dict[str, int]:
    """Those of many words or texts that speak of trouble, with their level."""
    said = list(words)
    low = [word[:2_000].replace("\n", " ").lower() for word in said]
    found: dict[str, int] = {}
    for index in _lines_with(_HINT, low) | _lines_with(_NUMBERED_HINT, low):
        if weight := level(low[index]):
            found[said[index]] = weight
    return found


def _hinted(subject: Subject) -> list[int]:
    """The pieces worth a closer look. Of those alike in all but their digits, one look tells for all."""
    alike = subject.alike
    groups = list(alike)
    found = {index for group in _lines_with(_HINT, groups) for index in alike[groups[group]]}
    pieces, low = subject.pieces, subject.low
    position = 0
    while (hint := _NUMBERED_HINT.search(low, position)) is not None:
        found.add(index := piece_at(pieces, hint.end() - 1))
        position = pieces.starts[index + 1]
    return sorted(found)


def _lines_with(pattern: re.Pattern[str], lines: list[str]) -> set[int]:
    """Which of the lines hold the pattern."""
    text = "\n".join(lines)
    ends = list(accumulate(len(line) + 1 for line in lines))
    found: set[int] = set()
    position = 0
    while (hint := pattern.search(text, position)) is not None:
        index = bisect_right(ends, hint.end() - 1)
        found.add(index)
        position = ends[index]
    return found


def template(low: str) -> str:
    """A line without what changes from one like it to the next: numbers, hashes, addresses."""
    return _CHANGING.sub("#", low.strip())


def with_context(
    weights: dict[int, Weight], pieces: Pieces, indices: Iterable[int], *, before: int, after: int, weight: int
) -> None:
    """Adds what stands around some pieces, up to an empty line."""
    last = len(pieces.starts) - 2
    for index in list(indices):
        for near in range(index - 1, max(index - before, 0) - 1, -1):
            if not piece(pieces, near).strip():
                break
            weights.setdefault(near, (weight, index - near))
        for near in range(index + 1, min(index + after, last) + 1):
            if not piece(pieces, near).strip():
                break
            weights.setdefault(near, (weight, near - index))
