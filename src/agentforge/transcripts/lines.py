"""The lines of a file that another program may still be writing: bounded in memory, with their offsets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

import msgspec

LONGEST_LINE: Final = 64 << 20
"""A longer line is not taken into memory; the largest a client writes (a PDF in base64) stays below."""
CHUNK: Final = 1 << 20

_syntax = msgspec.json.Decoder(msgspec.Raw)


class Line(NamedTuple):
    """A line, its number from 1, and the offset behind it; `text` is None for one that was too long to take."""

    number: int
    end: int
    text: bytes | None
    whole: bool
    """Whether a line break ends it; without one the writer may not be done."""


def lines_of(file: BinaryIO, *, number: int = 0, longest: int = LONGEST_LINE) -> Iterator[Line]:
    """The lines from where the file stands, counted on from `number`."""
    end = file.tell()
    while text := file.readline(longest):
        number += 1
        end += len(text)
        if len(text) < longest or text.endswith(b"\n"):
            yield Line(number, end, text, text.endswith(b"\n"))
            continue
        whole = False
        while not whole and (more := file.readline(CHUNK)):
            end += len(more)
            whole = more.endswith(b"\n")
        yield Line(number, end, None, whole)


def is_json(text: bytes) -> bool:
    """Whether the text is one complete JSON value."""
    try:
        _syntax.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
