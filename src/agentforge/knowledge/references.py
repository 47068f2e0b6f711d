"""What a text names that a project either has or has not: files by their paths, and commands it defines itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

RefersTo: TypeAlias = Literal["path", "make", "script", "recipe"]
"""A file or folder; a target of the Makefile; a script of package.json; a recipe of the justfile."""

LONGEST: Final = 200
_FENCE: Final = re.compile(r"\s{0,3}(?:```|~~~)")
_SPAN: Final = re.compile(r"(?<!`)`([^`\n]{2,200})`(?!`)|\]\(([^)\s]{2,200})\)")
_BARE: Final = re.compile(r"(?<![\w/:.@~$*{<-])(?:[\w.-]+/)+[\w-]+(?:\.[\w-]+)*\.[A-Za-z]\w{0,5}\b(?![/*<{$])")
_PATH: Final = re.compile(r"(?:\./)?(?:[\w.@+-]+/)+(?:[\w.@+-]+)?|\./[\w.@+-]+")
_ENDING: Final = re.compile(r"\.[A-Za-z]\w{0,5}$")
_STAND_IN: Final = re.compile(r"(?i:(?:path|to|your|foo|bar|baz|example|some|xxx+)$|yyyy|nnn|your[-_]|my[-_])|\.{3,}$")
_SHOUTED: Final = re.compile(r"(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z])")
_TITLES: Final = re.compile(r"[A-Z_-]+(?:\.(?:md|txt|rst|html))?|.*\d.*")
"""Such as README.md and LICENSE."""
_COMMAND: Final = re.compile(
    r"(?:\$ )?(?:(?P<make>make)|(?P<script>(?:npm|pnpm|yarn|bun) run)|(?P<recipe>just)) "
    r"(?P<name>[A-Za-z][\w:.-]*)(?=\s|$)"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that a text names, and in which of its lines, from 0."""

    to: RefersTo
    name: str
    line: int


def references_in(text: str) -> Iterator[Reference]:
    """What the text names, each once; patterns, addresses and stand-ins such as NAME are no references."""
    seen: set[tuple[str, str]] = set()
    fenced = False
    for number, line in enumerate(text.split("\n")):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        for to, name in _of_block_line(line) if fenced else _of_line(line):
            if (to, name) not in seen:
                seen.add((to, name))
                yield Reference(to, name, number)


def _of_block_line(line: str) -> Iterator[tuple[RefersTo, str]]:
    """Of code only commands: other paths in it may be anybody's."""
    stripped = line.strip()
    yield from _of_command(stripped)
    if stripped.startswith("./") and (path := _path(stripped.split()[0])):
        yield "path", path


def _of_line(line: str) -> Iterator[tuple[RefersTo, str]]:
    for found in _SPAN.finditer(line):
        words = (found[1] or found[2]).strip()
        yield from _of_command(words)
        for word in words.split():
            if path := _path(word):
                yield "path", path
    for found in _BARE.finditer(_SPAN.sub(" ", line)):
        if path := _path(found[0]):
            yield "path", path


def _of_command(words: str) -> Iterator[tuple[RefersTo, str]]:
    found = _COMMAND.match(words)
    if found and not _is_stand_in(found["name"]):
        yield "make" if found["make"] else "script" if found["script"] else "recipe", found["name"]


def _path(word: str) -> str:
    """The path that a word is, without the line after it; empty where it is none that can be looked up."""
    path = word.strip("\"'(),;").partition(":")[0].partition("#")[0].rstrip(".")
    if "://" in word or len(path) > LONGEST or path.startswith("@") or not _PATH.fullmatch(path):
        return ""
    path = path.removeprefix("./")
    parts = path.rstrip("/").split("/")
    if ".." in parts or any(map(_is_stand_in, parts[:-1])) or _is_stand_in(parts[-1], title=True):
        return ""
    return path


def _is_stand_in(part: str, *, title: bool = False) -> bool:
    """Whether a name stands for another, such as NAME or your-app; `title`: whether README and the like are allowed."""
    if _STAND_IN.match(_ENDING.sub("", part) or part) or "NAME" in part or "TITLE" in part:
        return True
    return bool(_SHOUTED.search(part)) and not (title and _TITLES.fullmatch(part))


def names_a_file(path: str) -> bool:
    """Whether a path can be nothing but a file's or a folder's: it has an ending, or a slash behind it."""
    return path.endswith("/") or bool(_ENDING.search(path))
