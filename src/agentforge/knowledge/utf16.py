"""Lengths as programs in JavaScript count them: in UTF-16 units."""

from __future__ import annotations


def units(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def cut(text: str, most: int) -> str:
    """The first units of a text."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "replace")
