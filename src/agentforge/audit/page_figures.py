"""Figures as the page lays them out."""

from __future__ import annotations

from agentforge.audit.markup import Html, element


def fact(name: str, value: str, *more: str) -> Html:
    """A figure with its name."""
    return element("div", element("dt", name), element("dd", element("strong", value), *more))


def percent(part: float, whole: float) -> str:
    """A share as it is shown."""
    return f"{part / whole:.1%}" if whole else "0%"


def length(selector: str, share: float) -> str:
    """The style rule for the length of a bar, 0 to 1."""
    return f"{selector}{{--w:{100 * min(max(share, 0), 1):.2f}}}"
