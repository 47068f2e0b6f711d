"""Where every text of a JSON body stands, to the byte: sans-I/O, and without a word of what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from agentforge.wire.jsontext import load, parse_string

Trail: TypeAlias = tuple[str | int, ...]

_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_WORD: Final = re.compile(rb"(?:\\[tnr]|\s)*(?:\\[^tnr]|[^\s\\])+(?:\\[tnr]|\s)*")


@dataclass(frozen=True, slots=True)
class Span:
    """A value of the body."""

    path: Trail
    start: int
    end: int
    is_text: bool = False
    """Whether it is a string, whose text stands between the quotes at both ends."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a string: a line with its line break, or a word with the space behind it."""

    start: int
    end: int
    text: str


def spans_of(body: bytes) -> tuple[Span, ...]:
    """Every value that is no object and no array, and every item of an array, in the order in which they begin.

    Raises `NotJson` for what is none.
    """
    load(body)
    found: list[Span] = []
    # For each open container: its path, whether it is an object, where it starts, and the key or number that is next.
    path: list[str | int] = []
    kinds: list[tuple[bool, int, int]] = []
    expects_key = False
    for token in _TOKEN.finditer(body):
        start, end = token.span()
        first = body[start]
        if first in b"{[":
            at = len(found)
            if path and isinstance(path[-1], int):
                found.append(Span(tuple(path), start, start))
            kinds.append((first == 0x7B, start, at))
            path.append("" if first == 0x7B else 0)
            expects_key = first == 0x7B
        elif first in b"}]":
            path.pop()
            _, opened, at = kinds.pop()
            if path and isinstance(path[-1], int):
                found[at] = Span(tuple(path), opened, end)
            expects_key = False
        elif first == 0x2C:
            last = path[-1]
            if isinstance(last, int):
                path[-1] = last + 1
            else:
                expects_key = True
        elif first == 0x3A:
            expects_key = False
        elif expects_key:
            path[-1] = parse_string(token.group())
        else:
            found.append(Span(tuple(path), start, end, first == 0x22))
    return tuple(found)


def lines_of(body: bytes, span: Span) -> tuple[Stretch, ...]:
    """The lines of a string."""
    start, end = span.start + 1, span.end - 1
    breaks = [found.end() for found in _ESCAPE.finditer(body, start, end) if found.group(1) == b"n"]
    return tuple(_stretches(body, [start, *breaks], [*breaks, end]))


def words_of(body: bytes, line: Stretch) -> tuple[Stretch, ...]:
    """The words of a line, which together are all of it; one, where it has none."""
    ends = [found.end() for found in _WORD.finditer(body, line.start, line.end)] or [line.end]
    ends[-1] = line.end
    return tuple(_stretches(body, [line.start, *ends[:-1]], ends))


def _stretches(body: bytes, starts: Sequence[int], ends: Sequence[int]) -> Iterator[Stretch]:
    for start, end in zip(starts, ends, strict=True):
        if end > start:
            raw = body[start:end]
            yield Stretch(start, end, parse_string(b'"%b"' % raw) if b"\\" in raw else raw.decode())
