"""A report as Markdown, to keep or to send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentforge.audit.report import TURNS, Report, heaviest
from agentforge.audit.words import before_words, clean, dollars, known, sent_words

_SPECIAL = re.compile(r"([\\`*_<>|\[\]])")
_SPACE = re.compile(r"\s+")
_PLACES = 5
_PARTS = 20


def markdown(report: Report) -> str:
    """The report, readable as it stands; names and paths of the set-up cannot break its form."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    total = report.total
    yield f"# {report.client}: {''.join(before_words(report))}"
    yield ""
    yield f"- Total: {safe(str(total))}"
    if report.share is not None:
        yield f"- Share of the window of {report.window:,}: {report.share:.1%}"
    yield f"- From your files and servers: {safe(str(report.governed))}"
    for words, price in (("without cache", report.bill.uncached), ("with cache", report.bill.cached)):
        yield f"- {TURNS} turns {words}: {dollars(price, 'price not known')}"
    if report.measured:
        yield f"- Built-in sizes: {report.measured}"
    if report.sent is not None:
        yield from (f"- {safe(line)}" for line in sent_words(report.client, report.sent))
    yield from ("", "| category | tokens | known as | bytes | parts |", "|---|--:|---|--:|--:|")
    for category, count in report.by_category.items():
        parts = [part for part in report.parts if part.category == category]
        size = sum(part.bytes for part in parts)
        yield f"| {category} | {count.value:,} | {known(count)} | {size:,} | {len(parts):,} |"
    yield from ("", "## Findings", "")
    for finding in report.findings:
        yield f"- **{finding.rule}** ({finding.confidence}, saves {safe(str(finding.saving))}): {safe(finding.what)}"
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


def safe(text: str) -> str:
    """A text that stands in Markdown as it is, on one line, and says nothing to a terminal."""
    return _SPECIAL.sub(r"\\\1", clean(_SPACE.sub(" ", text)))
