"""How `agentforge audit` shows a report in a terminal: the one number first, then where it lies and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.audit import clean

if TYPE_CHECKING:
    from agentforge.audit import Finding, Report
    from agentforge.tokens import Count

BAR: Final = 14
WIDTH: Final = 80
MOST: Final = 5


def show(report: Report, home: Path) -> None:
    """Prints the one number that matters, then where it lies, what to do, and where it stands."""
    from agentforge.audit import TURNS, before_words, dollars, sent_words, told_as

    report = told_as(report, lambda text: clean(tilde(text, home)))
    total = report.total
    click.secho(f"{report.client}: {''.join(before_words(report))}", bold=True)
    click.echo(f"{clean(how(total))}.")
    share = "" if report.share is None else f"{report.share:.1%} of the window of {report.window:,}; "
    click.echo(f"{share}{report.governed.value:,} of them from your files and servers.")
    if report.bill.uncached is None:
        click.echo(f"No list price is known for {report.model}.")
    else:
        uncached, cached = dollars(report.bill.uncached), dollars(report.bill.cached, "an unknown price")
        click.echo(f"{TURNS} turns cost {uncached} for this alone without cache, {cached} with.")
    if report.sent is not None:
        for line in sent_words(report.client, report.sent):
            wrapped(line, "")
    click.echo()
    show_parts(report)
    show_findings(report.findings)
    show_places(report)


def show_parts(report: Report) -> None:
    """A line for each category: its weight, its share, and what is in it."""
    from agentforge.audit import heaviest

    largest = max((count.value for count in report.by_category.values()), default=0)
    for category, count in report.by_category.items():
        filled = round(BAR * count.value / largest) if largest else 0
        bar = click.style("█" * filled, fg="cyan") + "·" * (BAR - filled)
        parts = [part for part in report.parts if part.category == category]
        names = ", ".join(part.name for part in heaviest(parts, 4))
        click.echo(f"{category:19} {count.value:>8,} {bar} {cut(f'{len(parts):,}: {names}', 35)}")


def show_findings(findings: Sequence[Finding]) -> None:
    """The findings that save most, each with its remedy; how many more there are."""
    click.echo(click.style("\nFindings", bold=True) if findings else "\nNo findings.")
    for finding in findings[:MOST]:
        saves = f"saves {finding.saving.value:,}, " if finding.saving.value else ""
        wrapped(f"- {finding.rule} ({saves}{finding.confidence} confidence): {finding.what}", "  ")
        wrapped(f"  {cut(finding.remedy, 3 * (WIDTH - 4))}", "    ")
        more = f" and {len(finding.where) - 1:,} more" if len(finding.where) > 1 else ""
        click.echo(f"    {finding.where[0]}{more}")
    if len(findings) > MOST:
        click.echo(f"  and {len(findings) - MOST:,} more: --md and --json show all, with every place")


def show_places(report: Report) -> None:
    """The user's heaviest parts by file and line, what could not be read, and what was not weighed."""
    from agentforge.audit import heaviest

    own = heaviest((part for part in report.parts if part.is_yours), MOST)
    if own:
        click.echo(click.style("\nYour heaviest parts", bold=True))
    for part in own:
        click.echo(f"{part.count.value:>8,}  {part.source}  {cut(part.name, 30)}")
    if report.problems:
        click.echo(click.style(f"\nNot read as it was meant: {len(report.problems):,}", bold=True))
        for problem in report.problems[:MOST]:
            wrapped(f"  {problem.where}: {problem.what}", "    ")
        if len(report.problems) > MOST:
            click.echo(f"  and {len(report.problems) - MOST:,} more: --md and --json show all")
    if report.unknown:
        click.echo(click.style("\nNot weighed", bold=True))
        for line in report.unknown:
            wrapped(f"- {line}", "  ")
        if any(line.startswith("MCP servers that were not started") for line in report.unknown):
            click.echo("  --mcp starts them and weighs their tools")
    if report.measured:
        click.echo(f"\nBuilt-in sizes: {report.measured}.")


def how(count: Count) -> str:
    """How a figure is known, for which model, and how far it may be off."""
    from agentforge.audit import off_by

    return ", ".join(filter(None, (count.method, count.model, off_by(count))))


def tilde(text: str, home: Path) -> str:
    """A text in which paths below the home folder begin with `~`."""
    return text if home == home.parent else re.sub(rf"(?<![\w.~/-]){re.escape(str(home))}(?=/)", "~", text)


def cut(text: str, most: int) -> str:
    """A text on one line, cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def wrapped(text: str, indent: str) -> None:
    """Prints a text in lines that fit; words that do not fit, such as paths, stay whole."""
    from textwrap import fill

    click.echo(fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
