"""Reading a set-up's files: never one that could hang or fill the memory, and what was wrong kept beside them."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.frontmatter import Document, decode, read_document
from agentforge.knowledge.items import Problem
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.wire import Json
from agentforge.wire.errors import NotJson

LARGEST: Final = 4 * 1024 * 1024
"""More than this is not read of a file: four times a whole window of text."""
MOST_FILES: Final = 20_000
DEEPEST: Final = 32
_COMMENT = re.compile(r'(?P<string>"(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*(?:.*?\*/|.*)', re.DOTALL)
_TRAILING_COMMA = re.compile(r'(?P<string>"(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')


class Reading:
    """One reading of a set-up: hands out files, and remembers which ones and what was wrong with them."""

    def __init__(self, parsed: ParsedFiles | None = None) -> None:
        self.parsed = parsed if parsed is not None else ParsedFiles()
        self._files: dict[str, None] = {}
        self._problems: dict[Problem, None] = {}
        self._objects: dict[Path, dict[str, Any]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that was read, in order."""
        return tuple(self._files)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong, in order, each once."""
        return tuple(self._problems)

    def note(self, *problems: Problem) -> None:
        """Adds what is wrong."""
        self._problems.update(dict.fromkeys(problems))

    def data(self, path: Path) -> bytes | None:
        """The bytes of a file, at most `LARGEST`; None where there is none, or none that can be read."""
        status = self._status(path)
        return None if status is None else self._data(path, status)

    def _status(self, path: Path) -> os.stat_result | None:
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if path.is_symlink():
                self.note(Problem("a link that leads nowhere", f"{path}:1"))
            return None
        except (OSError, ValueError) as wrong:
            self.note(_unreadable(path, wrong))
            return None
        if stat.S_ISDIR(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            self.note(Problem("neither a file nor a folder, so it is not opened", f"{path}:1", "error"))
            return None
        return status

    def _data(self, path: Path, status: os.stat_result) -> bytes | None:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST)
        except OSError as wrong:
            self.note(_unreadable(path, wrong))
            return None
        self._files[str(path)] = None
        if status.st_size > LARGEST:
            what = f"{status.st_size:,} bytes long; only the first {LARGEST:,} were read"
            self.note(Problem(what, f"{path}:{data.count(10) + 1}", "error"))
        return data

    def document(self, path: Path) -> Document | None:
        """The front matter and body of a Markdown file; None where there is none, or no text."""
        status = self._status(path)
        if status is None:
            return None
        document = self.parsed.get(str(path), status.st_mtime_ns, status.st_size)
        if document is None:
            data = self._data(path, status)
            if data is None:
                return None
            document = read_document(data, str(path))
            if status.st_size <= LARGEST:
                self.parsed.put(str(path), status.st_mtime_ns, status.st_size, document)
        self._files[str(path)] = None
        self.note(*document.problems)
        return None if any(problem.severity == "error" for problem in document.problems) else document

    def text(self, path: Path) -> str | None:
        """The text of a file; None where there is none."""
        data = self.data(path)
        if data is None:
            return None
        text, problems = decode(data, str(path))
        self.note(*problems)
        return None if any(problem.severity == "error" for problem in problems) else text

    def json(self, path: Path) -> dict[str, Any]:
        """The JSON object in a file; empty where there is none, or none that can be read. It must not be changed."""
        if path not in self._objects:
            self._objects[path] = self._read_json(path)
        return self._objects[path]

    def jsonc(self, path: Path) -> dict[str, Any]:
        """The same, where comments and trailing commas are allowed."""
        if path not in self._objects:
            self._objects[path] = self._read_json(path, comments=True)
        return self._objects[path]

    def _read_json(self, path: Path, *, comments: bool = False) -> dict[str, Any]:
        text = self.text(path)
        if text is None or not text.strip():
            return {}
        if comments:
            text = _COMMENT.sub(lambda found: found["string"] or re.sub(r"[^\n]", " ", found[0]), text)
            text = _TRAILING_COMMA.sub(lambda found: found["string"] or " ", text)
        try:
            value = Json(text.encode(errors="replace")).value
        except NotJson as wrong:
            line = wrong.where.partition(",")[0].removeprefix("line ")
            self.note(Problem(f"not JSON: {wrong.what}", f"{path}:{line if line.isdigit() else 1}", "error"))
            return {}
        return self._object(value, path)

    def toml(self, path: Path) -> dict[str, Any]:
        """The tables of a TOML file; empty where there is none, or none that can be read."""
        import tomllib

        text = self.text(path)
        if text is None:
            return {}
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            line = str(wrong).partition("(at line ")[2].partition(",")[0]
            self.note(Problem(f"not TOML: {wrong}", f"{path}:{line or 1}", "error"))
            return {}
        except RecursionError:
            self.note(Problem("TOML nested deeper than it can be read", f"{path}:1", "error"))
            return {}

    def _object(self, value: Any, path: Path) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.note(Problem("not a JSON object", f"{path}:1", "error"))
        return {}

    def folder(self, path: Path) -> list[Path]:
        """What is in a folder, in the order the system lists it, which is the order clients read it; empty if none."""
        try:
            return [Path(entry.path) for entry in os.scandir(path)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError) as wrong:
            self.note(_unreadable(path, wrong))
            return []

    def walk(self, top: Path, suffix: str = ".md") -> Iterator[Path]:
        """Every file below a folder that ends so; each folder once, however links run."""
        yield from self._walk(top, suffix, set(), 0)

    def _walk(self, top: Path, suffix: str, seen: set[tuple[int, int]], depth: int) -> Iterator[Path]:
        try:
            status = top.stat()
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError) as wrong:
            self.note(_unreadable(top, wrong))
            return
        place = (status.st_dev, status.st_ino)
        if place in seen or depth > DEEPEST:
            self.note(Problem("a folder that leads back to one above it, so it is read once", f"{top}:1"))
            return
        seen.add(place)
        for count, path in enumerate(self.folder(top)):
            if count >= MOST_FILES:
                self.note(Problem(f"more than {MOST_FILES:,} entries; the rest was not read", f"{top}:1", "error"))
                return
            if _is_folder(path):
                yield from self._walk(path, suffix, seen, depth + 1)
            elif path.name.endswith(suffix):
                yield path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a chain of links without end; opening it as a file names the trouble
        return False


def _unreadable(path: Path, wrong: Exception) -> Problem:
    if isinstance(wrong, OSError) and wrong.errno == errno.ELOOP:
        return Problem("a link that leads back to itself", f"{path}:1", "error")
    why = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
    return Problem(f"cannot be read: {why}", f"{path}:1", "error")


def text_of(value: Mapping[str, Any], key: str) -> str:
    """The text under a key; empty where there is none, or something else."""
    found = value.get(key)
    return found if isinstance(found, str) else ""
