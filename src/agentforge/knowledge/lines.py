"""Where the lines of an item stand in its file: comments are left out of items, so counting on can be off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from agentforge.knowledge.files import Reading
from agentforge.knowledge.items import Item

LONGEST_COMMENT: Final = 200
"""Lines that may be left out in one place."""


@dataclass(frozen=True, slots=True)
class FileLines:
    """The files of items as they lie on disk."""

    by_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def place(self, item: Item, line: int) -> str:
        """file:line of a line of the item's body, which is counted from 0."""
        lines = self.by_path.get(item.source.path)
        if lines is None:
            return f"{item.source.path}:{item.source.line + line}"
        at = item.source.line - 2
        for wanted in item.body.split("\n")[: line + 1]:
            # What is left out only moves lines down; a line of which a part was left out follows the one before it.
            near = range(at + 1, min(at + LONGEST_COMMENT, len(lines)))
            at = next((each for each in near if lines[each].strip() == wanted.strip()), at + 1)
        return f"{item.source.path}:{at + 1}"


def read_lines(items: Iterable[Item]) -> FileLines:
    """The lines of the files that the items are from."""
    reading = Reading()
    texts = {path: reading.text(Path(path)) for path in dict.fromkeys(item.source.path for item in items)}
    return FileLines(MappingProxyType({path: tuple(text.split("\n")) for path, text in texts.items() if text}))
