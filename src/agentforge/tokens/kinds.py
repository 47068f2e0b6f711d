"""What kind of text this is, by a cheap look: tokenizers differ from each other by kind."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["code", "listing", "json", "json_indented", "markdown", "prose"]
KINDS: Final[tuple[Kind, ...]] = ("code", "listing", "json", "json_indented", "markdown", "prose")

_LOOK: Final = 1_500
_NUMBERED: Final = re.compile(r"\d+(?:\t|→|[:|] ?)")
_INDENTED_JSON: Final = re.compile(r'\s*[\[{][ \t]*\r?\n[ \t]*["{\[\]}]')
_KEY: Final = re.compile(r'" ?:')
_ITEM: Final = re.compile(r"\d{1,3}[.)] ")
_MARKS: Final = ("# ", "## ", "### ", "#### ", "- ", "* ", "+ ", "> ", "|", "```")
_CODE_ENDS: Final = frozenset("{};:,([=)")
_CODE_STARTS: Final = (
    *(")", "}", "]", "//", "/*", "@", "#include", "self."),
    *("import ", "from ", "use ", "def ", "class ", "func ", "fn ", "pub ", "public ", "private "),
    *("const ", "let ", "var ", "return", "if ", "for ", "while ", "elif ", "else"),
)
_CODE_SIGNS: Final = re.compile(r"[(){}\[\];=<>_]")


def kind_of(text: str) -> Kind:
    """The kind of a text, told from 1,500 characters at its head and as many from its middle."""
    middle = len(text) // 2
    look = text if len(text) <= 2 * _LOOK else f"{text[:_LOOK]}\n{text[middle : middle + _LOOK]}"
    if _is_json(look):
        return "json_indented" if _INDENTED_JSON.match(look) else "json"
    lines = [bare for line in look.split("\n") if (bare := line.strip())]
    if len(lines) < 2:
        return "prose"
    if 2 * sum(1 for line in lines if line[0].isdigit() and _NUMBERED.match(line)) >= len(lines):
        return "listing"
    marks = sum(1 for line in lines if line.startswith(_MARKS) or _ITEM.match(line)) / len(lines)
    code = sum(1 for line in lines if line[-1] in _CODE_ENDS or line.startswith(_CODE_STARTS)) / len(lines)
    if code >= 0.3 and marks < 0.25 and len(_CODE_SIGNS.findall(look)) >= 0.03 * len(look):
        return "code"
    return "markdown" if marks >= 0.1 else "prose"


def _is_json(look: str) -> bool:
    start = look.lstrip()[:64]
    if start.startswith("{"):
        return start.rstrip() == "{}" or bool(_KEY.search(look))
    return start.startswith("[") and (start[1:].lstrip()[:1] in ("{", "[", '"') or bool(_KEY.search(look)))
