"""Text made easy to look through, every character where it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import digits
from typing import Final

_COLOUR: Final = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\))")

_DIGITS: Final = str.maketrans("", "", digits)


def without_colours(text: str) -> str:
    """The text with its terminal codes blanked out."""
    return _COLOUR.sub(lambda code: " " * len(code.group()), text) if "\x1b" in text else text


def without_digits(text: str) -> str:
    """The text without its Western digits."""
    if text.isascii():
        return text.translate(_DIGITS)
    # For any other text a table of characters is far slower than ten searches.
    for digit in digits:
        text = text.replace(digit, "")
    return text


def places(words: Iterable[str], text: str) -> Iterator[int]:
    """Where any of some words stands in a text, word by word."""
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield at
            at = text.find(word, at + 1)


def shortened(text: str, limit: int) -> str:
    """The text on one line, and its start alone where it is long; for our own notes."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def counted(number: int, what: str) -> str:
    """As in `1 line`, `2,000 lines`."""
    many = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{number:,} {what if number == 1 else many}"
