"""The order in which Claude Code lists names."""

from __future__ import annotations

from typing import Final

_SIGNS: Final = {sign: chr(at + 1) for at, sign in enumerate(" _-,;:!?.'()[]{}@*/&#%+<=>|~$")}
"""Before digits, and these before letters."""


def collated(name: str) -> tuple[str, str, str]:
    """A key that sorts names as the client does: signs, digits, letters, and small letters before large."""
    return "".join(_SIGNS.get(sign, sign) for sign in name.lower()), name.swapcase(), name
