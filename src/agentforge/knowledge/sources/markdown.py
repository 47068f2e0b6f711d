"""What instruction files mean by their Markdown: imports outside code, and comments that are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
_IMPORT = re.compile(r"(?:^|(?<=\s))@((?:[^\s\\]|\\ )+)")
_PATHLIKE = re.compile(r"\./|~/|/|[A-Za-z0-9._-]")
_COMMENT_START = re.compile(r"[ ]{0,3}<!--")


def imports_in(text: str) -> Iterator[tuple[str, int]]:
    """The paths after @ that stand outside code and comments, each with the number of its line, from 0."""
    if "@" not in text:
        return
    masked = _masked(text)
    at = line = 0
    for found in _IMPORT.finditer(masked):
        target = found[1].replace("\\ ", " ")
        if _PATHLIKE.match(target):
            line += masked.count("\n", at, found.start())
            at = found.start()
            yield target, line


def _masked(text: str) -> str:
    """The text with code and comments blanked out, every line where it was."""
    lines = [" " * len(line) if code else line for line, code in _by_line(text)]
    plain = "\n".join(lines)
    for spans in (_comments, _code_spans):
        plain = _with(plain, spans(plain), lambda gone: "".join("\n" if sign == "\n" else " " for sign in gone))
    return plain


def _with(text: str, spans: Iterable[tuple[int, int]], change: Callable[[str], str]) -> str:
    out, done = list[str](), 0
    for start, end in spans:
        out += text[done:start], change(text[start:end])
        done = end
    return "".join([*out, text[done:]])


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each closed comment; one pass, also over text made to be slow."""
    end = 0
    while (start := text.find("<!--", end)) >= 0:
        close = text.find("-->", start + 4)
        if close < 0:
            return
        end = close + 3
        yield start, end


def _code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each code span: two runs of as many backticks, and what is between them."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(text)]
    later: dict[int, list[int]] = {}
    for number in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[number][1] - runs[number][0], []).append(number)
    done = 0
    for number, (start, end) in enumerate(runs):
        same = later[end - start]
        while same and same[-1] <= number:
            same.pop()
        if start >= done and same:
            done = runs[same[-1]][1]
            yield start, done


def _by_line(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a fenced block."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            yield line, True
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif found and not (found[1][0] == "`" and "`" in line[found.end() :]):
            fence = found[1]
            yield line, True
        else:
            yield line, False


def without_comments(text: str) -> str:
    """The text without the HTML comments that begin a line; those within a line and in code stay."""
    if "<!--" not in text:
        return text
    out: list[str] = []
    block: list[str] = []
    for line, code in _by_line(text):
        if not block and (code or not _COMMENT_START.match(line)):
            out.append(line)
            continue
        block.append(line)
        if "-->" in line:
            whole = "\n".join(block)
            rest = _with(whole, _comments(whole), lambda _: "")
            if rest.strip():
                out.append(rest)
            block = []
    return "\n".join([*out, *block])
