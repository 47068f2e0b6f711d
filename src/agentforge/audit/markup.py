"""HTML that cannot be broken out of: every text is escaped on its way in."""

from __future__ import annotations

import re
from html import escape
from typing import Final

_UNFIT: Final = re.compile(
    # What HTML must not hold, halves of surrogate pairs, and marks that make text read in another order than it is.
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_VOID: Final = frozenset({"input", "meta", "link", "br"})


class Html(str):
    """Markup. Any other text is escaped where it enters markup."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str | int | bool) -> Html:
    """The element. `class_` is class, `data_x` is data-x; True is an attribute without a value, False is none."""
    words = "".join(
        f" {key.strip('_').replace('_', '-')}" + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{words}>")
    return Html(f"<{name}{words}>{join(*content)}</{name}>")


def join(*content: str) -> Html:
    """The pieces one after the other."""
    return Html("".join(piece if isinstance(piece, Html) else text(piece) for piece in content))


def text(words: str) -> Html:
    """The words as markup that shows them, and nothing else."""
    return Html(escape(_UNFIT.sub("\ufffd", words)))
