"""What an admission starts from and what it ends with: a call and its text, a sketch of it, the text that is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from agentforge.context.text import (
    Lines,
    Members,
    Pieces,
    document,
    is_numbered,
    without_colours,
    without_digits,
    without_numbers,
)

ERROR: Final = 6
WARNING: Final = 5
ODD: Final = 4
"""An outlier. What weighs so much or more stays, within a wider bound than the rest."""
ASKED: Final = 3
SHAPE: Final = 2
"""The structure: headings, first of many alike."""
EDGE: Final = 1
"""The head and the tail."""

Weight: TypeAlias = tuple[int, int]
"""How much a piece matters, and its rank among those that matter as much: 0 comes first."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
SAMPLE: Final = 16
"""Lines of the head, of the middle and of the tail that a text is known by."""
_COMMANDS: Final = ("command", "cmd", "script")
_PATHS: Final = ("file_path", "filePath", "path", "notebook_path", "filename", "file", "uri", "url")
_PATTERNS: Final = ("pattern", "query", "regex", "search", "glob")


@dataclass(frozen=True, slots=True)
class Call:
    """The call that a text answers, and the user's latest words before it."""

    tool: str = ""
    input: Mapping[str, Any] = field(default_factory=lambda: NOTHING, hash=False)
    prompt: str = ""
    failed: bool = False
    """The client marked the result as an error."""

    @property
    def command(self) -> str:
        """The shell command, if it ran one."""
        for key in _COMMANDS:
            match self.input.get(key):
                case str() as line:
                    return line
                case [*words] if all(isinstance(word, str) for word in words):
                    return " ".join(words)
        return ""

    @property
    def path(self) -> str:
        """The file or folder it names, if any."""
        return self._first(_PATHS)

    @property
    def pattern(self) -> str:
        """What it searched for, if anything."""
        return self._first(_PATTERNS)

    def _first(self, keys: Sequence[str]) -> str:
        return next((value for key in keys if isinstance(value := self.input.get(key), str) and value), "")


class Subject:
    """A text to be admitted, and what more than one family wants to know of it; worked out when first asked for."""

    def __init__(self, text: str, call: Call) -> None:
        self.text = text
        self.call = call

    @cached_property
    def bare(self) -> str:
        """The text with its colours blanked out, each character where it was."""
        return without_colours(self.text)

    @cached_property
    def low(self) -> str:
        """The same in small letters."""
        low = self.bare.lower()
        return low if len(low) == len(self.bare) else self.bare

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the bare text."""
        return self.bare.split("\n")

    @cached_property
    def unnumbered(self) -> list[str]:
        """The same without the numbers that a reader wrote before them."""
        return without_numbers(self.bare).split("\n") if is_numbered(self.text) else self.lines

    @cached_property
    def sample(self) -> list[str]:
        """A few lines that stand for all: of the head, the middle and the tail, unnumbered, none of them empty."""
        lines = self.unnumbered
        if len(lines) > 3 * SAMPLE:
            half = len(lines) // 2
            lines = [*lines[:SAMPLE], *lines[half : half + SAMPLE], *lines[-SAMPLE:]]
        return [line[:400] for line in lines if line.strip()]

    @cached_property
    def pieces(self) -> Pieces:
        """The text in lines, the very long ones in parts."""
        return Lines(self.text)

    @cached_property
    def document(self) -> Members | None:
        """The pieces of its JSON, if it is one object or array."""
        return document(self.text)

    @cached_property
    def alike(self) -> dict[str, list[int]]:
        """The pieces by what they say in small letters, digits aside: what is true of one is mostly true of all."""
        low, starts = self.low, self.pieces.starts
        if len(starts) - 1 == len(self.lines) or (len(starts) == len(self.lines) and not self.lines[-1]):
            said = without_digits(low).split("\n")[: len(starts) - 1]
        else:
            said = [without_digits(low[a:b].rstrip("\n")) for a, b in pairwise(starts)]
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for index, line in enumerate(said):
            groups[line].append(index)
        return groups

    def share(self, fits: Callable[[str], object]) -> float:
        """The share of the sample that fits."""
        return sum(1 for line in self.sample if fits(line)) / len(self.sample) if self.sample else 0.0


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a family makes of a text: its pieces, what each one weighs, and what to say in our own words."""

    pieces: Pieces
    weights: Mapping[int, Weight]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of text: how it is told, and what of it must stay in view."""

    name: str
    recognises: Callable[[Subject], bool]
    sketch: Callable[[Subject], Sketch]
    whole: Callable[[Call], int] = lambda _: 0
    """Up to how many characters a text of this kind passes untouched, whatever the settings say."""
    room: float = 1.0
    """How much more of this kind stays than the settings say."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A text as it is shown to the model."""

    text: str
    kind: str
    reason: str
    cut: bool = False
    shown: tuple[tuple[int, int], ...] = ()
    """From where to where, in characters, the text stands as it was; all of it where nothing was cut."""
    overlooked: int = 0
    """Errors and outliers that found no room."""
