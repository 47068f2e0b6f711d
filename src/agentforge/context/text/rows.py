"""Rows of values between commas, tabs, semicolons or bars."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import Any, Final

SEPARATORS: Final = ",\t;|"
MISSING: Final = object()
"""In a column: this record has no such value."""
_NUMBER: Final = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,2})?")
_NONE: Final = frozenset(("", "NULL", "null", "None", "NA", "N/A", "NaN", "nan", "-"))
_RULE: Final = re.compile(r"^[\s|+:=-]+$")


def is_rule(line: str) -> bool:
    """Whether a line only divides a header from its rows."""
    return _RULE.match(line) is not None


def separator_of(lines: Sequence[str]) -> str:
    """The separator that lines have in common; empty if none."""
    full = [line for line in lines if not is_rule(line)]
    if len(full) < 4:
        return ""
    for separator in SEPARATORS:
        width = len(split(full[0], separator))
        if width < 2 or (separator == "," and _is_prose(full)):
            continue
        if sum(len(split(line, separator)) == width for line in full[1:]) >= 0.85 * (len(full) - 1):
            return separator
    return ""


def split(line: str, separator: str) -> list[str]:
    """The values of a row; the bars around a Markdown row are no values."""
    line = line.strip("\r")
    if separator == "|":
        bare = line.strip()
        bare = bare[1:] if bare.startswith("|") else bare
        return [value.strip() for value in bare.removesuffix("|").split("|")]
    if '"' in line:
        try:
            return next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            return line.split(separator)
    return line.split(separator)


def values_of(words: Sequence[str | None]) -> list[Any]:
    """The values of a column."""
    if "_" not in "".join(filter(None, words)):
        try:
            return [int(word) for word in words]  # type: ignore[arg-type]
        except (ValueError, TypeError):
            pass
    known = {word: MISSING if word is None else value_of(word) for word in set(words)}
    return [known[word] for word in words]


def value_of(word: str) -> str | float | None:
    """A number where it is one, None where it is empty."""
    word = word.strip()
    if word in _NONE:
        return None
    if (word[0] == "-" or word[0].isdigit()) and _NUMBER.fullmatch(word):
        return float(word) if "." in word or "e" in word or "E" in word else int(word)
    return word


def _is_prose(lines: Sequence[str]) -> bool:
    """Whether commas are those of sentences: a space behind nearly each, and several words between two."""
    commas = sum(line.count(",") for line in lines)
    words = sum(len(line.split()) for line in lines)
    return sum(line.count(", ") for line in lines) > 0.7 * commas and words > 2 * (commas + len(lines))
