"""Reports made up for the page, and the browser that opens it."""

from typing import Any

from agentforge.audit import Bill, Finding, Part, Report
from agentforge.tokens import Count

MODEL = "claude-opus-5-5"


def weight(tokens: int) -> Count:
    """So many tokens, estimated."""
    return Count(tokens, "estimated", MODEL, 0.1)


def part(name: str = "one", tokens: int = 10, **given: Any) -> Part:
    """A part of the user's: a persona, unless told otherwise."""
    category, source = given.pop("category", "personas"), given.pop("source", "/p/one.md:1")
    return Part(category, name, given.pop("bytes", 4 * tokens), weight(tokens), source)


def report(*parts: Part, **given: Any) -> Report:
    """A report of these parts."""
    told = {"client": "claude-code", "model": MODEL, "window": 200_000, "measured": "", "bill": Bill(None, None)}
    return Report(**{**told, **given}, parts=parts)


def finding(**given: Any) -> Finding:
    """Something to act on."""
    told = {"rule": "oversize", "what": "one is long", "where": ("/p/one.md:1",), "saving": weight(5)}
    return Finding(**{**told, "confidence": "low", "remedy": "shorten it", **given})
