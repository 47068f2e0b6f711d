"""A JSON text in pieces: the members of its large containers, each with the path that a recall can ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

WHOLE: Final = 300
"""A container no longer than this is not divided."""
RECORD: Final = 2_000
"""The same for the records of a list."""
BEGINNING: Final = "the beginning"
"""What the opening of a document is called."""
DEEPEST: Final = 8
STRING: Final = 600
"""A longer string is dealt with in parts."""
PART: Final = 200
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_COMMA: Final = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_COLON: Final = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_CLOSING: Final = re.compile(r"[ \t\r\n]*[}\]]")
_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")
_LINE: Final = re.compile(r"(?:[^\\]|\\[^n])*?(?:\\n|$)")
_decode = json.JSONDecoder().raw_decode


@dataclass(eq=False, slots=True)
class Node:
    """A value in a document."""

    value: Any
    start: int
    """Where it begins, its key included."""
    parent: Node | None = None
    key: str | int | None = None
    pieces: list[int] = field(default_factory=list)
    """Of a divided container: the piece that each member begins with."""
    part: bool = False
    """It is a part of a long string."""

    @property
    def line(self) -> list[Node]:
        """The containers it stands in, the outermost first, and itself."""
        return [self] if self.parent is None else [*self.parent.line, self]

    @property
    def depth(self) -> int:
        """How many containers it stands in."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def path(self) -> str:
        """As in `items[3].name`; empty for the whole."""
        if self.parent is None:
            return ""
        return joined(self.parent.path, self.key)


def joined(path: str, key: str | int | None) -> str:
    """The path of a member."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key is None or not _PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


class Members:
    """A JSON document in pieces. Every piece is a member with what follows it, or the opening of a container."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes: list[Node] = []
        self.divided: list[Node] = []
        opening = _past(_SPACE, text, 0)
        self.root = Node(None, opening)
        end = self._divide(self.root, opening, 0)
        if text[end:].strip():
            raise ValueError("more than one JSON value")
        self.starts: Sequence[int] = [0, *(node.start for node in self.nodes[1:]), len(text)]

    def name(self, first: int, last: int) -> str:
        """As in `items[12-340]`, or `meta.a to meta.d`."""
        a, b = self.nodes[first], self.nodes[last]
        if a.part or b.part:
            return f"characters {self.starts[first] + 1}-{self.starts[last + 1]}"
        if a is b:
            return a.path or "all"
        left, right = a.line, b.line
        depth = next((at for at, (x, y) in enumerate(zip(left, right, strict=False)) if x is not y), None)
        if depth is None or depth == 0:
            return f"{a.path or BEGINNING} to {b.path}"
        a, b = left[depth], right[depth]
        if isinstance(a.key, int):
            return f"{left[depth - 1].path or '$'}[{a.key}-{b.key}]"
        return f"{a.path} to {b.path}"

    def _divide(self, node: Node, opening: int, depth: int) -> int:
        """Adds the pieces of a container, and gives back its end."""
        text, nodes = self.text, self.nodes
        self.divided.append(node)
        nodes.append(node)
        whole = WHOLE if text[opening] == "{" else RECORD
        values: dict[str | int, Any] = {}
        position = opening
        for member in members(text, opening):
            position = member.end
            values[member.key] = member.value
            node.pieces.append(len(nodes))
            child = Node(member.value, member.start, node, member.key)
            length = member.end - member.at
            if length > whole and isinstance(member.value, dict | list) and depth < DEEPEST:
                self._divide(child, member.at, depth + 1)
            elif length > STRING and isinstance(member.value, str):
                self._part(child, member.at, member.end)
            else:
                nodes.append(child)
        node.value = values if text[opening] == "{" else list(values.values())
        return _past(_CLOSING, text, max(position, opening + 1))

    def _part(self, node: Node, at: int, end: int) -> None:
        """Adds the parts of a long string: its lines, the very long ones cut up."""
        start = node.start
        position = at
        while position < end:
            found = _LINE.match(self.text, position, min(end, position + STRING))
            line = found.end() if found and found.end() > position else min(position + PART, end)
            if line - position > PART * 3 - 1:
                line = position + PART
            self.nodes.append(Node(node.value, start, node.parent, node.key, part=True))
            start = position = line


class Member(NamedTuple):
    """A member of a JSON object or array in its text."""

    key: str | int
    start: int
    """Where it begins, its key included."""
    at: int
    """Where its value begins."""
    value: Any
    end: int


def members(text: str, opening: int) -> Iterator[Member]:
    """The members of the container that begins here; `ValueError` or `IndexError` where it is no JSON."""
    is_object = text[opening] == "{"
    position = _past(_SPACE, text, opening + 1)
    index = 0
    while text[position] not in "}]":
        start, key = position, index
        if is_object:
            key, position = _decode(text, position)
            if not isinstance(key, str):
                raise ValueError("a key is a string")
            position = _past(_COLON, text, position)
        value, end = _decode(text, position)
        yield Member(key, start, position, value, end)
        position = _past(_COMMA, text, end)
        index += 1


def document(text: str) -> Members | None:
    """The pieces of a JSON text that is an object or an array; None for anything else."""
    if text[:200].lstrip()[:1] not in ("{", "[") or text[-200:].rstrip()[-1:] not in ("}", "]"):
        return None
    try:
        return Members(text)
    except (ValueError, IndexError, RecursionError):
        return None


def _past(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    if found is None:
        raise ValueError("not JSON")
    return found.end()
