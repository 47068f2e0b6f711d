"""What a Markdown file says: front matter and body, from files as people really write them.

A file is read the way its client reads it. Where the client would give up, `intact` is false, what can still be made
out is kept, and a problem names file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from agentforge.knowledge.items import Problem

MOST_FRONT_MATTER: Final = 64 * 1024
MOST_ALIASES: Final = 10
"""Each alias can multiply what comes before it; real front matter has none or one."""
DEEPEST: Final = 50
MOST_BITS: Final = 63
MOST_FAULTS: Final = 10
"""A file with more is not told more about."""

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^---[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"([A-Za-z_][\w-]*):(?:[ \t]+(.*)|)$")
_UNSAFE = re.compile(r"""^[!&*\[\]{}|>@`"'%#,?-]|: |:$|[ \t]#|\t""")
_NUMBER = re.compile(
    r"[-+]?(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][-+]?\d+)?|0[xo][\da-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_SPECIAL = re.compile(r"[\[\]{}*&#!|>%@`]|: ")
_WORDS: Final[Mapping[str, bool | None]] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "null": None,
    "Null": None,
    "NULL": None,
    "~": None,
    "": None,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file, taken apart."""

    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The front matter, as plain JSON."""
    body: str = ""
    body_line: int = 1
    """The line of the file on which the body begins."""
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)
    """The line of each key of the front matter."""
    intact: bool = True
    """False: the client cannot read the front matter, and `meta` is what a tolerant reader made of it."""
    problems: tuple[Problem, ...] = ()

    def line_of(self, *keys: str) -> int:
        """The line of the first of these keys that is there, or of the body."""
        return next((self.lines[key] for key in keys if key in self.lines), self.body_line)


def decode(data: bytes, path: str) -> tuple[str, tuple[Problem, ...]]:
    """The text of a file with plain line ends, and what was wrong with its encoding."""
    problems: tuple[Problem, ...] = ()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
        problems = (Problem("written in UTF-16, which coding agents read as UTF-8", f"{path}:1"),)
    else:
        data = data.removeprefix(b"\xef\xbb\xbf")
        at = data.find(b"\0", 0, 8192)
        if at >= 0:
            line = data.count(b"\n", 0, at) + 1
            return "", (Problem("binary, not text", f"{path}:{line}", "error"),)
        try:
            text = data.decode()
        except UnicodeDecodeError as wrong:
            line = data.count(b"\n", 0, wrong.start) + 1
            text = data.decode(errors="replace")
            what = f"byte 0x{data[wrong.start]:02x} is not UTF-8; coding agents show \ufffd in its place"
            problems = (Problem(what, f"{path}:{line}"),)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, problems


def read_document(data: bytes, path: str) -> Document:
    """The front matter and the body of a Markdown file; never fails, whatever the bytes are."""
    text, problems = decode(data, path)
    opening = _OPENING.match(text)
    if opening is None:
        return Document(body=text, problems=problems)
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        found = _PLAIN_KEY.match(text, opening.end())
        if found is None:
            return Document(body=text, problems=problems)  # a line, not the start of front matter
        what = "the front matter has no closing ---, so it is read as text"
        return Document(body=text, intact=False, problems=(*problems, Problem(what, f"{path}:1")))
    front = text[opening.end() : closing.start()]
    body_start = closing.end() + 1 if text[closing.end() : closing.end() + 1] == "\n" else closing.end()
    body_line = text.count("\n", 0, body_start) + 1
    meta, lines, intact, faults = _read_front(front)
    problems += tuple(Problem(what, f"{path}:{line}") for what, line in faults)
    return Document(meta, text[body_start:], body_line, lines, intact, problems)


_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*:(?:\s|$)")
_Faults = list[tuple[str, int]]


def _read_front(front: str) -> tuple[dict[str, Any], dict[str, int], bool, _Faults]:
    faults: _Faults = []
    lines: dict[str, int] = {}
    meta: dict[str, Any] = {}
    simple = True
    for number, line in enumerate(front.split("\n"), 2):
        found = _KEY.match(line)
        if found is None:
            simple = simple and not line.strip()
            continue
        key = found[1]
        if key in lines and len(faults) < MOST_FAULTS:
            faults.append((f"the key {key} occurs twice (first in line {lines[key]}); the last one counts", number))
        lines[key] = number
        if simple:
            meta[key] = value = _scalar((found[2] or "").strip())
            simple = value is not _NOT_SIMPLE
    if simple:
        return meta, lines, True, faults
    if len(front) > MOST_FRONT_MATTER:
        faults.append((f"the front matter is longer than {MOST_FRONT_MATTER} characters", 2))
        return _make_out(front), lines, False, faults
    try:
        return _mapping(front), lines, True, faults
    except _Refused as refused:
        faults.append((str(refused), refused.line + 2))
        return _make_out(front), lines, False, faults
    except _Unreadable as first:
        try:
            return _mapping(_quoted(front)), lines, True, faults
        except (_Unreadable, _Refused):
            faults.append((f"the front matter is not YAML: {first}", first.line + 2))
            return _make_out(front), lines, False, faults


_NOT_SIMPLE: Final = object()


def _scalar(value: str) -> Any:
    """The value of a plain or plainly quoted scalar; `_NOT_SIMPLE` where YAML proper has to look."""
    if value in _WORDS:
        return _WORDS[value]
    if value[0] == value[-1] and value[0] in "\"'" and len(value) > 1:
        inner = value[1:-1]
        return _NOT_SIMPLE if value[0] in inner or "\\" in inner else inner
    if _UNSAFE.search(value) or (value[0] in "+-.0123456789" and _NUMBER.fullmatch(value)):
        return _NOT_SIMPLE
    return value


class _Unreadable(Exception):
    """Not YAML, or no mapping."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


class _Refused(_Unreadable):
    """YAML made to do harm."""


def _mapping(front: str) -> dict[str, Any]:
    import yaml

    load = _loader()
    try:
        value = load(front)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise _Unreadable(wrong.problem or "unreadable", mark.line if mark else 0) from None
    except yaml.YAMLError as wrong:
        raise _Unreadable(str(wrong).partition("\n")[0], 0) from None
    except (ValueError, RecursionError) as wrong:
        raise _Unreadable(str(wrong), 0) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Unreadable("a text or a list where keys and values should be", 0)
    return {str(key): _plain(inner) for key, inner in value.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value * 0 != 0:
        return str(value)  # JSON has no words for infinity and NaN
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return str(value)  # nor have programs a number that large
    return value


@cache
def _loader() -> Callable[[str], Any]:
    """YAML with the scalars of version 1.2 (no dates; yes and no are texts), in C where it is there."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    number = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
    decimal = re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    )
    tag = "tag:yaml.org,2002:"
    for name, pattern, first in (
        ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
        ("null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
        ("int", re.compile(f"(?:{number.pattern})$"), "-+0123456789"),
        ("float", re.compile(f"(?:{decimal.pattern})$"), "-+.0123456789"),
    ):
        Loader.add_implicit_resolver(f"{tag}{name}", pattern, list(first))

    def whole(loader: Any, node: Any) -> int:
        text = loader.construct_scalar(node)
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)

    Loader.add_constructor(f"{tag}int", whole)

    def load(front: str) -> Any:
        if "*" in front or front.count("[") + front.count("{") + front.count("- -") > DEEPEST:
            _inspect(yaml.parse(front, Loader=Loader), yaml)
        return yaml.load(front, Loader=Loader)  # noqa: S506 - a safe loader with fewer scalars

    return load


def _inspect(events: Any, yaml: Any) -> None:
    """Refuses what would grow when it is loaded, or nest too deeply to be loaded."""
    aliases = depth = 0
    for event in events:
        aliases += isinstance(event, yaml.AliasEvent)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if aliases > MOST_ALIASES:
            raise _Refused(f"more than {MOST_ALIASES} YAML aliases, as in a file made to grow", event.start_mark.line)
        if depth > DEEPEST:
            raise _Refused(f"YAML nested deeper than {DEEPEST} levels", event.start_mark.line)


def _quoted(front: str) -> str:
    """The same front matter with plain values quoted that YAML would misread, as clients do before they give up."""
    out = []
    for line in front.split("\n"):
        found = _KEY.match(line)
        value = (found[2] or "") if found else ""
        if found and value and value[0] + value[-1] not in ('""', "''", "[]") and _SPECIAL.search(value):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            line = f'{found[1]}: "{escaped}"'
        out.append(line)
    return "\n".join(out)


_KNOWN: Final = frozenset(
    """name description tools disallowedTools allowed-tools model color memory skills globs paths alwaysApply
    version author license category tags when_to_use argument-hint""".split()  # noqa: SIM905 - words read better so
)


def _make_out(front: str) -> dict[str, Any]:
    """What a person would read: each known key with the text up to the next one."""
    meta: dict[str, Any] = {}
    key = ""
    for line in front[:MOST_FRONT_MATTER].split("\n"):
        found = _KEY.match(line)
        if found and (found[1] in _KNOWN or not key):
            key = found[1]
            meta[key] = (found[2] or "").strip()
        elif key == "description":
            meta[key] = f"{meta[key]}\n{line}"
    return {name: value.strip().strip("\"'") for name, value in meta.items()}
