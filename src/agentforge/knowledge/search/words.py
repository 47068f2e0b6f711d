"""Words as they are searched: identifiers split, words of no meaning left out, endings cut."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

LONGEST: Final = 20_000
"""Characters of one text that are read; what stands behind them tells nothing new."""
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")
_IDLE: Final = frozenset(
    re.findall(
        r"\w+",
        "a about also am an and any are as at be been being but by can could d did do does for from get had has have "
        "having he help her here his how i if in into is it its just let like ll m may me might must my need no not of "
        "on or our please re s shall she should so some t than that the their them then there these they this to too "
        "us use using ve very want was we were what when where which who whom whose why will with would you your",
    )
)
"""Words that tell nothing about what is searched."""
_STEP_2: Final = (
    ("ational", "ate"),
    ("ization", "ize"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("entli", "ent"),
    ("ousli", "ous"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("alli", "al"),
    ("ator", "ate"),
    ("logi", "log"),
    ("bli", "ble"),
    ("eli", "e"),
)
_STEP_3: Final = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ness", ""),
    ("ful", ""),
)
_STEP_4: Final = re.compile(
    r"(?:ement|ance|ence|able|ible|ment|ant|ent|(?<=[st])ion|ism|ate|iti|ous|ive|ize|al|er|ic|ou)$"
)


def words(text: str) -> list[str]:
    """The words of a text or an identifier in small letters; those that tell nothing are left out."""
    found = (word.lower() for word in _WORD.findall(text[:LONGEST]))
    return [word for word in found if word not in _IDLE]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word without its ending, after Porter (1980): `searching` and `searches` are one."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    word = _without_ed(_singular(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    for endings in (_STEP_2, _STEP_3):
        for ending, instead in endings:
            if word.endswith(ending):
                if _measure(word[: -len(ending)]) > 0:
                    word = word[: -len(ending)] + instead
                break
    if (found := _STEP_4.search(word)) and _measure(word[: found.start()]) > 1:
        word = word[: found.start()]
    if word.endswith("e") and (_measure(word[:-1]) > 1 or (_measure(word[:-1]) == 1 and not _is_short(word[:-1]))):
        word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


def _singular(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_ed(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        root = word.removesuffix(ending)
        if root != word and _has_vowel(root):
            if root.endswith(("at", "bl", "iz")):
                return root + "e"
            if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "aeioulsz":
                return root[:-1]
            return root + "e" if _measure(root) == 1 and _is_short(root) else root
    return word


def _shape(word: str) -> str:
    """Each letter as `v`, a vowel, or `c`; `y` is a vowel behind a consonant."""
    shape = ""
    for letter in word:
        shape += "v" if letter in "aeiou" or (letter == "y" and shape.endswith("c")) else "c"
    return shape


def _measure(word: str) -> int:
    """How often a consonant follows a vowel."""
    return _shape(word).count("vc")


def _has_vowel(word: str) -> bool:
    return "v" in _shape(word)


def _is_short(word: str) -> bool:
    """Whether it ends as in `hop`: consonant, vowel, consonant."""
    return _shape(word).endswith("cvc") and word[-1] not in "wxy"
