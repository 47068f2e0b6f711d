"""Figures as the page shows them, each with how it is known."""

from __future__ import annotations

from decimal import Decimal

from agentforge.audit.markup import Html, element
from agentforge.tokens import Count


def known(count: Count) -> str:
    """How a figure is known, and how far it may be off."""
    if count.error is None:
        return f"{count.method}, error unknown"
    if not count.error:
        return count.method
    return f"{count.method}, ±{count.error:.0%}" if count.error >= 0.0095 else f"{count.method}, ±<1%"


def fact(name: str, value: str, *more: str) -> Html:
    """A figure with its name."""
    return element("div", element("dt", name), element("dd", element("strong", value), *more))


def dollars(amount: Decimal | None) -> str:
    """A price as it is shown."""
    return "not known" if amount is None else f"${amount:,.2f}"


def percent(part: float, whole: float) -> str:
    """A share as it is shown."""
    return f"{part / whole:.1%}" if whole else "0%"


def length(selector: str, share: float) -> str:
    """The style rule for the length of a bar, 0 to 1."""
    return f"{selector}{{--w:{100 * min(max(share, 0), 1):.2f}}}"


def things(number: int, noun: str) -> str:
    """So many of them, in words."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
