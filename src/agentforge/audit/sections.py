"""The sections of instructions, and the words by which one would know that an agent ever followed them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_FENCE: Final = re.compile(r"\s{0,3}(```|~~~)")
_SPAN: Final = re.compile(r"(?<!`)`([^`\n]{3,80})`(?!`)")
_RUN: Final = re.compile(r"[\w./-]+")
_LONGEST: Final = 80
_DEEPEST: Final = 6
_WORD: Final = re.compile(r"[^\W\d_]{5,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, up to the next heading of any depth."""

    heading: str
    """Empty for what stands before the first heading."""
    line: int
    """The line of the item's body it begins in, from 0."""
    text: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What would tell that a section was followed, found in no other section."""

    telling: frozenset[str]
    """Commands, paths and names: an agent that follows the section has to write one of these."""
    loose: frozenset[str]
    """Words of its heading: they may tell that it was followed, and their absence tells nothing."""


def sections_of(text: str) -> Iterator[Section]:
    """The sections of a Markdown text, in order."""
    heading, start, fence = "", 0, ""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if found := _FENCE.match(line):
            fence = "" if fence == found[1] else fence or found[1]
        elif not fence and (title := _heading(line)):
            if any(each.strip() for each in lines[start:number]):
                yield Section(heading, start, "\n".join(lines[start:number]))
            heading, start = title, number
    if any(each.strip() for each in lines[start:]):
        yield Section(heading, start, "\n".join(lines[start:]))


def signs_of(sections: Sequence[Section]) -> tuple[Signs, ...]:
    """The signs of each section: those that stand in one alone."""
    telling = [_telling(section.text) for section in sections]
    everywhere = Counter(word for words in telling for word in words)
    words = Counter(word for section in sections for word in {*_WORD.findall(section.text.lower())})
    return tuple(
        Signs(
            frozenset(word for word in own if everywhere[word] == 1),
            frozenset(word for word in _WORD.findall(section.heading.lower()) if words[word] == 1),
        )
        for section, own in zip(sections, telling, strict=True)
    )


def _telling(text: str) -> set[str]:
    found = {span.strip() for span in _SPAN.findall(text) if any(sign.isalpha() for sign in span)}
    runs = (run.strip("./-") for run in _RUN.findall(_SPAN.sub(" ", text)))
    found |= {run for run in runs if 3 <= len(run) <= _LONGEST and _is_name(run)}
    block = ""
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            block = "" if block == mark[1] else block or mark[1]
        elif block and 3 <= len(line.strip()) <= _LONGEST and not line.strip().startswith(("#", "//")):
            found.add(line.strip().removeprefix("$ "))
    return {word.lower() for word in found}


def _heading(line: str) -> str:
    """The title of a heading; empty where the line is none."""
    title = line.lstrip("#")
    depth = len(line) - len(title)
    return title.strip().rstrip("#").strip() if 1 <= depth <= _DEEPEST and title[:1].isspace() else ""


def _is_name(run: str) -> bool:
    """Whether a run of letters is a path or a name that code has, and no plain word."""
    inner = run[1:]
    mixed = any(sign.isupper() for sign in inner) and any(sign.islower() for sign in run)
    path = "/" in run and ("." in run or run.count("/") > 1)
    return any(sign.isalpha() for sign in run) and (path or "_" in run.strip("_") or (mixed and "/" not in run))
