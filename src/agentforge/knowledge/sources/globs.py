"""Path globs as the clients' settings and front matter write them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

MOST_PATTERNS: Final = 1_000


def patterns_of(value: Any) -> tuple[str, ...]:
    """The globs of a front matter value: a list, or a text with commas, braces spelt out."""
    parts = value if isinstance(value, list) else _split(value) if isinstance(value, str) else []
    found: list[str] = []
    for part in parts:
        if isinstance(part, str) and part.strip():
            found += _spelt_out(part.strip(), MOST_PATTERNS - len(found))
    return tuple(dict.fromkeys(found))


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _spelt_out(glob: str, most: int) -> list[str]:
    """The glob with the innermost braces replaced by each of their choices, until none are left."""
    found, ready = [glob], list[str]()
    while found and len(found) + len(ready) <= most:
        one = found.pop(0)
        brace = re.search(r"\{([^{}]*,[^{}]*)\}", one)
        if brace is None:
            ready.append(one)
        else:
            found += [one[: brace.start()] + choice + one[brace.end() :] for choice in brace[1].split(",")]
    return (ready + found)[:most]


def matches(glob: str, path: str) -> bool:
    """Whether a path, with slashes, fits a glob."""
    return any(_compiled(one).fullmatch(path.replace("\\", "/")) is not None for one in patterns_of(glob))


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    out, at = "", 0
    while at < len(glob):
        if glob.startswith("**/", at):
            out, at = f"{out}(?:.*/)?", at + 3
        elif glob.startswith("**", at):
            out, at = f"{out}.*", at + 2
        else:
            sign = glob[at]
            out += {"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign))
            at += 1
    return re.compile(out, re.DOTALL)
