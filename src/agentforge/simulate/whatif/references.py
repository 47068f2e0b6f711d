"""What texts refer to by its very words: paths, names, values, whole lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from agentforge.wire import Block, Message, Other, Text, ToolResult, ToolUse
from agentforge.wire.errors import NotJson

SHORTEST_LINE: Final = 20
SHORTEST_NAME: Final = 6
DIGITS: Final = 4
LONGEST: Final = 400
"""Characters of a line, from which on nobody repeats it by heart."""

_PATH: Final = re.compile(r"[\w.~@+/-]+")
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]{5,}")
_MARKED: Final = re.compile(r"_|\d|\$|[a-z][A-Z]|[A-Z]{2}[a-z]")
"""What makes a word a name: words of the language itself refer to nothing."""
_VALUE: Final = re.compile(r"(?<!\w)\d+(?:[.,:_-]\d+)*(?!\w)")
_NUMBERED: Final = re.compile(r"\s*\d+(?:\t|→|: ?|\| ?)")


def references(text: str) -> set[str]:
    """The paths, names, values and lines in a text."""
    found = {one.rstrip(".") for one in _PATH.findall(text) if "/" in one and len(one) >= SHORTEST_NAME}
    found.update(one for one in set(_NAME.findall(text)) if _MARKED.search(one))
    found.update(one for one in set(_VALUE.findall(text)) if sum(map(str.isdigit, one)) >= DIGITS)
    found.update(_lines(text))
    return found


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        bare = line.strip()
        if SHORTEST_LINE <= len(bare) <= LONGEST:
            yield bare
            numbered = _NUMBERED.match(line)
            if numbered and len(rest := line[numbered.end() :].strip()) >= SHORTEST_LINE:
                yield rest


def texts_of(message: Message) -> Iterator[str]:
    """Every text that a message shows to the model."""
    for block in message.blocks:
        yield from _texts(block)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Text(text=text):
            yield text
        case ToolResult(content=str(text)):
            yield text
        case ToolResult(content=content) if content:
            for inner in content:
                if not isinstance(inner, str):
                    yield from _texts(inner)
        case ToolUse(input=given):
            try:
                yield from _strings(given.value)
            except NotJson:
                yield given.text.decode(errors="replace")
        case Other(body=body):
            yield body.text.decode(errors="replace")


def _strings(value: Any) -> Iterator[str]:
    """The strings and numbers in a call's arguments, in their order and however deep."""
    left = [value]
    while left:
        match left.pop():
            case str(text):
                yield text
            case dict(members):
                left += reversed(members.values())
            case list(items):
                left += reversed(items)
            case int() | float() as number:
                yield str(number)
