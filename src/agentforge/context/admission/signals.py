"""Where a text speaks of errors, failures and warnings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
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
# Apart, each is found several times as fast as all of them in one pattern; what words begin with is asked first.
_ERROR: Final = re.compile(rf"(?<![\w.-])(?=[abcdefiknoprstuv])(?:{_WORDS})(?![\w-])")
_ERROR_NAME: Final = re.compile(r"[a-z0-9](?:error|exception)\b")
_ERROR_EXIT: Final = re.compile(
    r"\bexit(?:ed)?(?: with)?(?: code| status)?[ :=]{1,2}[1-9]|\b(?:returned|rc=|exit_?code=?) ?[1-9]\d{0,2}\b"
)
_ERROR_STATUS: Final = re.compile(r'(?:http/\d(?:\.\d)?"? |status(?:_?code)?["\']?[ :=]{1,3}|-> |=> |" )5\d\d\b')
_ERROR_START: Final = re.compile(r"\s*(?:not ok\b|e   +\S|✗|✘|✕|❌|\u00d7)")
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
_HINTS: Final = (
    *("err", "fail", "fatal", "panic", "excep", "traceb", "crit", "uncaught", "unhandled", "fault", "abort", "killed"),
    *("oom", "memory", "denied", "refused", "rejected", "unreach", "crash", "corrupt", "timed", "timeout", "deadlock"),
    *("broken", "undefined", "cannot", "unable", "unauth", "forbid", "backoff", "unhealthy", "invalid", "violation"),
    *("warn", "deprec", "caution"),
)
"""In small letters, and all letters: some part of a word."""
_PHRASES: Final = ("no such", "could not", "not ok", "\ne   ", *"✗✘✕❌\u00d7⚠")
"""Likewise, beyond a word; the fourth at the start of a line."""
_LETTERS: Final = bytes(at if chr(at).islower() and at < 128 else 32 for at in range(256))
_NUMBERED: Final = ("exit", "return", "rc=", "status", "http", "-> ", "=> ", '" ')
_NUMBERED_HINTS: Final = {word: re.compile(rf"{word}[^\n]{{0,24}}[1-9]") for word in _NUMBERED}
"""What says trouble by a number alone."""
_CHANGING: Final = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+")
_DIGITS: Final = re.compile(r"\d+")
_HEXADECIMAL: Final = bytes(120 if chr(at) in "0123456789abcdef" else 32 for at in range(256))
_HASH: Final = b"x" * 8


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
    if _is_error(low):
        return 0 if _PASSED.search(low) and not _FAILED.search(low) else ERROR
    return WARNING if _WARNING.search(low) else 0


def _is_error(low: str) -> bool:
    return bool(
        _ERROR.search(low)
        or (("error" in low or "exception" in low) and _ERROR_NAME.search(low))
        or (("exit" in low or "returned" in low or "rc=" in low) and _ERROR_EXIT.search(low))
        or ("5" in low and _ERROR_STATUS.search(low))
        or _ERROR_START.match(low)
    )


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
    for index in sorted(_hinted_lines(low) | _numbered_lines(low)):
        if weight := level(low[index]):
            found[said[index]] = weight
    return found


def _hinted(subject: Subject) -> list[int]:
    """The pieces worth a closer look. Of those alike in all but their digits, one look tells for all."""
    alike = subject.alike
    groups = list(alike)
    found = {index for group in _hinted_lines(groups) for index in alike[groups[group]]}
    pieces = subject.pieces
    position = 0
    hints = _Numbered(subject.low)
    while (end := hints.after(position)) >= 0:
        found.add(index := piece_at(pieces, end - 1))
        position = pieces.starts[index + 1]
    return sorted(found)


def _hinted_lines(lines: Sequence[str]) -> set[int]:
    """Which of the lines hold a hint."""
    text = "\n" + "\n".join(lines)
    # Far fewer words are in a text than on it: the hints that none of them has need not be looked for again.
    words = b" ".join(set(text.encode("ascii", "replace").translate(_LETTERS).split())).decode()
    there = (*(hint for hint in _HINTS if hint in words), *(_PHRASES[:4] if text.isascii() else _PHRASES))
    starts = list(accumulate((len(line) + 1 for line in lines), initial=1))
    found: set[int] = set()
    for hint in there:
        at = text.find(hint)
        while at >= 0:
            index = bisect_right(starts, at + hint.startswith("\n")) - 1
            found.add(index)
            at = text.find(hint, starts[index + 1] - 1)
    return found


def _numbered_lines(lines: Sequence[str]) -> set[int]:
    """Which of the lines hold a hint with a number."""
    hints = _Numbered("\n".join(lines))
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    found: set[int] = set()
    position = 0
    while (end := hints.after(position)) >= 0:
        index = bisect_right(starts, end - 1) - 1
        found.add(index)
        position = starts[index + 1]
    return found


class _Numbered:
    """Finds what says trouble by a number alone: the first from any place on, in small letters."""

    def __init__(self, low: str) -> None:
        self._low = low
        self._next = {word: (-1, -1) for word in _NUMBERED if word in low}

    def after(self, position: int) -> int:
        """Where the first one ends that begins there or later; -1 where none does. Places may only grow."""
        for word, (start, _) in list(self._next.items()):
            if start < position:
                hint = _NUMBERED_HINTS[word].search(self._low, position)
                if hint is None:
                    del self._next[word]
                else:
                    self._next[word] = hint.span()
        return min(self._next.values())[1] if self._next else -1


def template(low: str) -> str:
    """A line without what changes from one like it to the next: numbers, hashes, addresses."""
    return _CHANGING.sub("#", low.strip())


def templates(lines: Iterable[str]) -> list[str]:
    """The same of each of many lines."""
    text = "\n".join([line.strip() for line in lines])
    # Most texts have neither: then numbers are all there is, which are found far faster.
    has_hashes = _HASH in text.encode("ascii", "replace").translate(_HEXADECIMAL) or "0x" in text
    return (_CHANGING if has_hashes else _DIGITS).sub("#", text).split("\n")


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
