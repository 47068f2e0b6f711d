"""What files said when they were last read, so that an unchanged file is not parsed again."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from agentforge.knowledge.frontmatter import Document

FORMAT: Final = 1


class _Saved(msgspec.Struct, frozen=True):
    format: int
    files: dict[str, tuple[int, int, Document]]


class ParsedFiles:
    """Documents by path, each good for as long as the file keeps its time and size."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[int, int, Document]] = {}

    def __len__(self) -> int:
        return len(self._files)

    def get(self, path: str, modified: int, size: int) -> Document | None:
        """What the file said, if it has not changed since."""
        found = self._files.get(path)
        return found[2] if found is not None and found[:2] == (modified, size) else None

    def put(self, path: str, modified: int, size: int, document: Document) -> None:
        """Remembers what a file says."""
        self._files[path] = (modified, size, document)

    def dump(self) -> bytes:
        """The JSON to keep until the next run."""
        return msgspec.json.encode(_Saved(FORMAT, self._files))

    @classmethod
    def load(cls, text: bytes) -> ParsedFiles:
        """What `dump` wrote; empty where it is from another version or damaged, which costs only time."""
        parsed = cls()
        try:
            saved: Any = msgspec.json.decode(text, type=_Saved)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return parsed
        if saved.format == FORMAT:
            parsed._files = saved.files
        return parsed
