"""A report as Markdown, to keep or to send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentforge.audit.report import TURNS, Report, Sent, heaviest

_SPECIAL = re.compile(r"([\\`*_<>|\[\]])")
_SPACE = re.compile(r"\s+")
_PLACES = 5
_PARTS = 20


def markdown(report: Report) -> str:
    """The report, readable as it stands; names and paths of the set-up cannot break its form."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    total = report.total
    yield f"# {report.client}: {total.value:,} tokens before the first word"
    yield ""
    yield f"- Total: {total}"
    if report.share is not None:
        yield f"- Share of the window of {report.window:,}: {report.share:.1%}"
    yield f"- From your files and servers: {report.governed}"
    for words, dollars in (("without cache", report.bill.uncached), ("with cache", report.bill.cached)):
        yield f"- {TURNS} turns {words}: " + ("price not known" if dollars is None else f"${dollars:.2f}")
    if report.measured:
        yield f"- Built-in sizes: {report.measured}"
    if report.sent is not None:
        yield from _sent(report.client, report.sent)
    yield from ("", "| category | tokens | known as | bytes | parts |", "|---|--:|---|--:|--:|")
    for category, count in report.by_category.items():
        parts = [part for part in report.parts if part.category == category]
        size = sum(part.bytes for part in parts)
        known = _known(count.method, count.error)
        yield f"| {category} | {count.value:,} | {known} | {size:,} | {len(parts):,} |"
    yield from ("", "## Findings", "")
    for finding in report.findings:
        yield f"- **{finding.rule}** ({finding.confidence}, saves {finding.saving}): {safe(finding.what)}"
        yield f"  - {safe(finding.remedy)}"
        yield from (f"  - {safe(place)}" for place in finding.where[:_PLACES])
        if len(finding.where) > _PLACES:
            yield f"  - and {len(finding.where) - _PLACES:,} more places"
    if not report.findings:
        yield "None."
    own = [part for part in report.parts if part.is_yours]
    yield from ("", "## Your heaviest parts", "", "| part | category | tokens | where |", "|---|---|--:|---|")
    for part in heaviest(own, _PARTS):
        yield f"| {safe(part.name)} | {part.category} | {part.count.value:,} | {safe(part.source)} |"
    if report.problems:
        yield from ("", "## Not read as it was meant", "")
        yield from (f"- {safe(problem.where)}: {safe(problem.what)}" for problem in report.problems)
    if report.unknown:
        yield from ("", "## Not weighed", "")
        yield from (f"- {safe(line)}" for line in report.unknown)


def _sent(client: str, sent: Sent) -> Iterator[str]:
    version = f" {sent.version}" if sent.version else ""
    alone = "without any network but loopback" if sent.isolated else "with its network"
    share = int(sent.attributed * 1000) / 10
    yield f"- Really sent by {client}{version}, run once {alone}: {sent.bytes:,} bytes, {share:.1f}% attributed"
    if sent.off is not None:
        yield f"- Of your files: {sent.from_files:,} bytes; reading them predicted {sent.predicted:,} ({sent.off:+.1%})"


def _known(method: str, error: float | None) -> str:
    return f"{method}, error unknown" if error is None else f"{method}, ±{error:.0%}"


def safe(text: str) -> str:
    """A text that stands in Markdown as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", _SPACE.sub(" ", text))
