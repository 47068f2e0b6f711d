"""A regular expression that is matched in time linear in the text, whatever the pattern and the text are.

Python's own engine tries one way after another, so that a pattern a model writes in passing can take years. This one
follows all ways at once, and remembers where each character led. It knows what such patterns use: literals, classes,
groups, alternatives, repetition, anchors and word boundaries; not what would need memory: back references, and looking
around.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

MOST_NODES: Final = 3_000
"""Repetition with a number multiplies what it repeats; more than this is refused."""
MOST_STATES: Final = 1_000
"""Remembered at a time; when there are more, all are forgotten and found anew."""
DEEPEST: Final = 50

Holds: TypeAlias = Callable[[str], bool]
Node: TypeAlias = "Step | Fork | Edge | None"
"""None is the end: all of the pattern was found."""


class NotLinear(ValueError):
    """The pattern is wrong, or asks for more than this engine does."""


@dataclass(eq=False, slots=True)
class Step:
    """Goes on when the next character holds."""

    holds: Holds
    next: Node = None


@dataclass(eq=False, slots=True)
class Fork:
    """Goes on both ways."""

    ways: list[Node] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Edge:
    """Goes on at an edge: `^`, `$`, `b` of a word, or `B` where there is none."""

    kind: str
    next: Node = None


@dataclass(eq=False, slots=True)
class _State:
    """Where the search can be after what was read, and what the last character was."""

    nodes: frozenset[Node]
    before: str
    """`^` at the start, `w` after a word's character, else `-`."""
    moves: dict[str, tuple[_State, bool]] = field(default_factory=dict)


class Linear:
    """A pattern, ready to search lines."""

    def __init__(self, pattern: str, *, any_case: bool = False) -> None:
        self._first = _Reader(pattern.removeprefix("(?i)"), any_case=any_case or pattern.startswith("(?i)")).read()
        self._states: dict[tuple[frozenset[Node], str], _State] = {}

    def search(self, line: str) -> int:
        """Where the first match to end ends; -1 if there is none."""
        state = self._state(frozenset(), "^")
        for at, character in enumerate(line):
            known = state.moves.get(character)
            state, found = known if known is not None else self._move(state, character)
            if found:
                return at
        return len(line) if self._move(state, "")[1] else -1

    def _state(self, nodes: frozenset[Node], before: str) -> _State:
        key = nodes, before
        state = self._states.get(key)
        if state is None:
            if len(self._states) >= MOST_STATES:
                self._states.clear()
            state = self._states[key] = _State(nodes, before)
        return state

    def _move(self, state: _State, character: str) -> tuple[_State, bool]:
        """Where a character leads (an empty one: the end of the line), and whether a match ends before it."""
        after = "$" if not character else "w" if _is_wordy(character) else "-"
        open_: list[Node] = [self._first, *state.nodes]
        seen: set[Node] = set()
        steps: set[Node] = set()
        while open_:
            node = open_.pop()
            if node in seen:
                continue
            seen.add(node)
            match node:
                case Fork():
                    open_ += node.ways
                case Edge():
                    if _is_edge(node.kind, state.before, after):
                        open_.append(node.next)
                case Step():
                    if character and node.holds(character):
                        steps.add(node.next)
        move = self._state(frozenset(steps), after), None in seen
        state.moves[character] = move
        return move


def _is_wordy(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_edge(kind: str, before: str, after: str) -> bool:
    if kind in "^$":
        return kind in (before, after)
    return ((before == "w") != (after == "w")) == (kind == "b")


_CLASSES: Final[dict[str, Holds]] = {"d": str.isdigit, "w": _is_wordy, "s": str.isspace}
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0", "a": "\a"}


def _exactly(character: str) -> Holds:
    return lambda other: other == character


def _but(holds: Holds) -> Holds:
    return lambda character: not holds(character)


def _any(holders: tuple[Holds, ...]) -> Holds:
    return lambda character: any(holds(character) for holds in holders)


def _in_any_case(holds: Holds) -> Holds:
    return lambda character: holds(character) or holds(character.lower()) or holds(character.upper())


def _between(first: str, last: str) -> Holds:
    return lambda character: first <= character <= last


Part: TypeAlias = Callable[[Node], Node]
"""A part of a pattern: given what comes after it, its first node."""


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, *, any_case: bool) -> None:
        self._pattern = pattern
        self._any_case = any_case
        self._at = 0
        self._nodes = 0
        self._depth = 0

    def read(self) -> Node:
        """The first node of the whole pattern."""
        part = self._alternatives()
        if self._at < len(self._pattern):
            raise NotLinear(f"unbalanced ) at character {self._at + 1}")
        return part(None)

    def _alternatives(self) -> Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotLinear("groups stand too deep in one another")
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else lambda after: self._fork([part(after) for part in parts])

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))

        def build(after: Node) -> Node:
            for part in reversed(parts):
                after = part(after)
            return after

        return build

    def _repeated(self, part: Part) -> Part:
        while (bounds := self._bounds()) is not None:
            if self._take("+"):
                raise NotLinear("a possessive quantifier would change what is found")
            self._take("?")
            part = self._repeat(part, *bounds)
        return part

    def _repeat(self, part: Part, least: int, most: int | None) -> Part:
        def build(after: Node) -> Node:
            if most is None:
                again = self._fork([after])
                again.ways.append(part(again))
                after = again
            else:
                for _ in range(most - least):
                    self._count()
                    after = self._fork([after, part(after)])
            for _ in range(least):
                self._count()
                after = part(after)
            return after

        return build

    def _bounds(self) -> tuple[int, int | None] | None:
        """How often what stands before is repeated; None where nothing says so."""
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        end = self._pattern.find("}", self._at)
        if self._peek() != "{" or end < 0:
            return None
        least, comma, most = self._pattern[self._at + 1 : end].partition(",")
        if not (least.isdigit() or (comma and not least)) or not (most.isdigit() or not most) or len(least + most) > 8:
            return None
        self._at = end + 1
        low = int(least or 0)
        high = low if not comma else int(most) if most else None
        if high is not None and high < low:
            raise NotLinear("a repetition ends before it begins")
        return low, high

    def _atom(self) -> Part:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return self._step(self._class())
            case ".":
                return self._step(lambda other: other != "\n")
            case "^" | "$":
                return self._edge(character)
            case "\\":
                return self._escaped()
            case "*" | "+" | "?":
                raise NotLinear(f"nothing to repeat before {character} at character {self._at}")
            case _:
                return self._step(self._cased(_exactly(character)))

    def _group(self) -> Part:
        if self._take("?") and not self._take(":"):
            if not (
                self._take("P<") or (self._peek() == "<" and self._pattern[self._at + 1 : self._at + 2] not in "=!")
            ):
                raise NotLinear("groups that look around or set flags are not known here")
            self._at = self._pattern.find(">", self._at) + 1
            if not self._at:
                raise NotLinear("the name of a group has no end")
        part = self._alternatives()
        if not self._take(")"):
            raise NotLinear("a group has no end")
        return part

    def _escaped(self) -> Part:
        character = self._next()
        if character in "bB":
            return self._edge(character)
        if character in "AZz":
            return self._edge("^" if character == "A" else "$")
        return self._step(self._escape(character))

    def _escape(self, character: str) -> Holds:
        known = _CLASSES.get(character.lower())
        if known is not None:
            return known if character.islower() else _but(known)
        return self._cased(_exactly(self._literal(character)))

    def _literal(self, character: str) -> str:
        """The character that an escape stands for."""
        digits = {"x": 2, "u": 4}.get(character)
        if digits is not None:
            code = self._pattern[self._at : self._at + digits]
            self._at += digits
            try:
                return chr(int(code, 16))
            except ValueError:
                raise NotLinear(f"\\{character}{code} is no character") from None
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character.isalnum():
            raise NotLinear(f"\\{character} is not known here")
        return character

    def _class(self) -> Holds:
        negated = self._take("^")
        holders: list[Holds] = []
        first = True
        while (character := self._next()) != "]" or first:
            first = False
            if character == "\\":
                character = self._next()
                if character.lower() in _CLASSES:
                    holders.append(self._escape(character))
                    continue
                character = "\b" if character == "b" else self._literal(character)
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                last = self._next()
                last = self._literal(self._next()) if last == "\\" else last
                if last < character:
                    raise NotLinear(f"the range {character}-{last} runs backwards")
                holders.append(self._cased(_between(character, last)))
            else:
                holders.append(self._cased(_exactly(character)))
        holds = _any(tuple(holders))
        return _but(holds) if negated else holds

    def _cased(self, holds: Holds) -> Holds:
        return _in_any_case(holds) if self._any_case else holds

    def _step(self, holds: Holds) -> Part:
        return lambda after: self._counted(Step(holds, after))

    def _edge(self, kind: str) -> Part:
        return lambda after: self._counted(Edge(kind, after))

    def _fork(self, ways: list[Node]) -> Fork:
        self._count()
        return Fork(ways)

    def _counted(self, node: Node) -> Node:
        self._count()
        return node

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise NotLinear("it repeats too much")

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self, sign: str) -> bool:
        found = self._pattern.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _next(self) -> str:
        if self._at >= len(self._pattern):
            raise NotLinear("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]
