"""Tracking numbers: parse them, check them, print them."""

from __future__ import annotations

import re
from dataclasses import dataclass

WEIGHTS = (7, 3, 1, 7, 3, 1, 7, 3, 1)
"""One weight for each of the nine digits that the last digit checks."""

_SHAPE = re.compile(r"(?P<prefix>[A-Z]{2})(?P<serial>[0-9]{9})(?P<check>[0-9])")
_FILLER = re.compile(r"[\s\-]+")


class BadNumber(ValueError):
    """What was given is not a tracking number; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class TrackingNumber:
    """A carrier's prefix and a serial of nine digits; the check digit follows from them."""

    prefix: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> TrackingNumber:
        """The tracking number in `text`, whatever blanks and dashes are in it."""
        compact = _FILLER.sub("", text).upper()
        match = _SHAPE.fullmatch(compact)
        if match is None:
            raise BadNumber(f"{text!r}: expected two letters and ten digits")
        number = cls(match["prefix"], match["serial"])
        if match["check"] != number.check:
            raise BadNumber(f"{text!r}: the check digit is {match['check']}, not {number.check}")
        return number

    @property
    def check(self) -> str:
        """The digit that makes the weighted sum a multiple of ten."""
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, self.serial, strict=True))
        return str(-total % 10)

    @property
    def pretty(self) -> str:
        """The number in groups, as carriers print it on labels."""
        digits = self.serial + self.check
        return f"{self.prefix} {digits[:4]} {digits[4:8]} {digits[8:]}"

    def __str__(self) -> str:
        return f"{self.prefix}{self.serial}{self.check}"


def is_number(text: str) -> bool:
    """Whether `text` is a tracking number with a right check digit."""
    try:
        TrackingNumber.parse(text)
    except BadNumber:
        return False
    return True


def numbers_in(text: str) -> list[TrackingNumber]:
    """Every tracking number that stands in running text, in order, each once."""
    found: dict[TrackingNumber, None] = {}
    for match in re.finditer(r"\b[A-Za-z]{2}(?:[\s\-]?[0-9]){10}\b", text):
        if is_number(match[0]):
            found[TrackingNumber.parse(match[0])] = None
    return list(found)
