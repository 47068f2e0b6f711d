"""Figures and facts in the words that every view of a report uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from agentforge.audit.report import Report, Sent
from agentforge.tokens import Count


def before_words(report: Report) -> tuple[str, str, str]:
    """The one number in words, and what stands before and after it."""
    whole = report.measured or report.sent is not None
    return ("" if whole else "at least ", f"{report.total.value:,}", " tokens before the first word")


def known(count: Count) -> str:
    """How a figure is known, and how far it may be off."""
    return ", ".join(filter(None, (count.method, off_by(count))))


def off_by(count: Count) -> str:
    """How far a figure may be off; empty where it is certain."""
    if count.error is None:
        return "error unknown"
    if not count.error:
        return ""
    return f"±{count.error:.0%}" if count.error >= 0.0095 else "±<1%"


def dollars(amount: Decimal | None, unknown: str = "not known") -> str:
    """A price as it is shown."""
    return unknown if amount is None else f"${amount:,.2f}"


def many(number: int, noun: str) -> str:
    """So many of them, in words."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def sent_words(client: str, sent: Sent) -> Iterator[str]:
    """What is known because the client was run, and how far the files alone would have been off."""
    version = f" {sent.version}" if sent.version else ""
    alone = "without any network but loopback" if sent.isolated else "with its network"
    yield f"{client}{version}, run once {alone}, sent {sent.bytes:,} bytes: {cut_share(sent.attributed)} attributed."
    if sent.off is not None:
        files, told = sent.from_files, sent.predicted
        yield f"{files:,} bytes are of your files; reading them predicted {told:,} ({sent.off:+.1%})."


def cut_share(share: float) -> str:
    """A share in percent, cut and not rounded: what is not whole never looks whole."""
    return f"{int(share * 1000) / 10:.1f} %"


def told_as(report: Report, shown: Callable[[str], str]) -> Report:
    """The report with every text that comes from the user's files, or names one, as it is shown."""
    return replace(
        report,
        model=shown(report.model),
        parts=tuple(replace(part, name=shown(part.name), source=shown(part.source)) for part in report.parts),
        findings=tuple(
            replace(one, what=shown(one.what), where=tuple(map(shown, one.where)), remedy=shown(one.remedy))
            for one in report.findings
        ),
        problems=tuple(replace(one, what=shown(one.what), where=shown(one.where)) for one in report.problems),
        unknown=tuple(map(shown, report.unknown)),
    )


def clean(text: str) -> str:
    """A text that says nothing to the terminal: control characters are seen, not obeyed."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
