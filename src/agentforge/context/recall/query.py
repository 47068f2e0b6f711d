"""What a model asks of a text that was cut: read from the arguments of its call, with errors it can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentforge.wire.errors import UsageError

USUAL: Final = 2_000
"""Characters of an answer, unless more are asked for."""
MOST: Final = 10_000
LONGEST_PATTERN: Final = 400
_RANGE: Final = re.compile(r"(?:lines?|characters?)?\s*(\d*)\s*(?:[-:–]|\.\.|,| to )?\s*(\d*)", re.IGNORECASE)  # noqa: RUF001 - models write it
_HANDLE: Final = re.compile(r"\[?(?:recall:)?([0-9a-fA-F]{8,64})\]?")
_KNOWN: Final = ("handle", "pattern", "lines", "characters", "path", "where", "limit")


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last, both included, counted from 1; without a first, the last so many."""

    first: int | None
    last: int | None

    def of(self, total: int, *, start: int = 1) -> range:
        """The places from 0 that it means among so many, of which the first has the number `start`."""
        if self.first is None:
            return range(max(total - (self.last or 0), 0), total)
        last = total if self.last is None else self.last - start + 1
        return range(min(max(self.first - start, 0), total), min(max(last, 0), total))


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: of the whole the part under the path, of that the rows and lines, of those the ones that match."""

    handle: str
    pattern: str = ""
    lines: Span | None = None
    characters: Span | None = None
    path: str = ""
    where: str = ""
    limit: int = USUAL


def parse_query(input: Mapping[str, Any]) -> Query:
    """The query of a call; `UsageError` says what to write instead."""
    if unknown := [key for key in input if key not in _KNOWN]:
        raise UsageError(f"recall does not know {', '.join(map(repr, unknown))}", fix=f"it takes {', '.join(_KNOWN)}")
    found = _HANDLE.fullmatch(str(input.get("handle", "")).strip())
    if found is None:
        raise UsageError(
            f"{str(input.get('handle', ''))[:80]!r} is no handle",
            fix="copy it from the last line of a shortened result: recall: and 12 hexadecimal digits",
        )
    pattern = _words(input, "pattern")
    if len(pattern) > LONGEST_PATTERN:
        raise UsageError(f"a pattern has at most {LONGEST_PATTERN} characters", fix="ask for a few telling words")
    limit = input.get("limit") or USUAL
    if isinstance(limit, bool) or not isinstance(limit, int | str) or not str(limit).strip().isdigit():
        raise UsageError(f"limit is a number of characters, not {limit!r}", fix=f"leave it out for {USUAL}")
    return Query(
        f"recall:{found[1].lower()}",
        pattern,
        _span(input, "lines"),
        _span(input, "characters"),
        _words(input, "path").strip(),
        _words(input, "where").strip(),
        min(max(int(limit), 200), MOST),
    )


def _words(input: Mapping[str, Any], key: str) -> str:
    value = input.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{key} is a text, not {type(value).__name__}", fix=f"put {key} in quotes")
    return value


def _span(input: Mapping[str, Any], key: str) -> Span | None:
    value = input.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, list) and len(value) == 2:
        value = f"{value[0]}-{value[1]}"
    text = str(value).strip()
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[2]) or len(text) > 60:
        raise UsageError(f"{key} reads {text[:40]!r}", fix='write "120-180", "40" for one, "-20" for the last 20')
    first = int(found[1]) if found[1] else None
    single = first is not None and not found[2] and re.fullmatch(r"\D*\d+", text)
    last = first if single else int(found[2]) if found[2] else None
    if first is not None and last is not None and last < first:
        raise UsageError(f"{key} {text} ends before it begins", fix=f'write "{last}-{first}"')
    return Span(first, last)
