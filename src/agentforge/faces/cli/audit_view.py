"""How `agentforge audit` shows a report in a terminal: the one number first, then where it lies and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from decimal import Decimal

    from agentforge.audit import Category, Finding, Part, Report, Sent
    from agentforge.tokens import Count

BAR: Final = 14
WIDTH: Final = 80
MOST: Final = 5


def show(report: Report, home: Path) -> None:
    """Prints the one number that matters, then where it lies, what to do, and where it stands."""
    from agentforge.audit import TURNS

    report = readable(report, home)
    total = report.total
    click.secho(f"{report.client}: {total.value:,} tokens before the first word", bold=True)
    click.echo(f"{how(total)}.")
    share = "" if report.share is None else f"{report.share:.1%} of the window of {report.window:,}; "
    click.echo(f"{share}{report.governed.value:,} of them from your files and servers.")
    uncached, cached = dollars(report.bill.uncached), dollars(report.bill.cached)
    click.echo(f"{TURNS} turns cost {uncached} for this alone without cache, {cached} with.")
    if report.sent is not None:
        show_sent(report.client, report.sent)
    click.echo()
    show_parts(report)
    show_findings(report.findings)
    show_places(report)


def show_sent(client: str, sent: Sent) -> None:
    """How it is known what the client really sent, and how far the files alone would have been off."""
    version = f" {sent.version}" if sent.version else ""
    alone = "without any network but loopback" if sent.isolated else "with its network"
    wrapped(
        f"{client}{version}, run once {alone}, sent {sent.bytes:,} bytes: {cut_share(sent.attributed)} attributed.", ""
    )
    if sent.off is not None:
        files, told = sent.from_files, sent.predicted
        click.echo(f"{files:,} bytes are of your files; reading them predicted {told:,} ({sent.off:+.1%}).")


def cut_share(share: float) -> str:
    """A share in percent, cut and not rounded: what is not whole never looks whole."""
    return f"{int(share * 1000) / 10:.1f} %"


def show_parts(report: Report) -> None:
    """A line for each category: its weight, its share, and what is in it."""
    from agentforge.audit import heaviest

    largest = max((count.value for count in report.by_category.values()), default=0)
    for category, count in report.by_category.items():
        filled = round(BAR * count.value / largest) if largest else 0
        bar = click.style("█" * filled, fg="cyan") + "·" * (BAR - filled)
        names = ", ".join(part.name for part in heaviest(of(report, category), 4))
        click.echo(f"{category:19} {count.value:>8,} {bar} {cut(f'{parts_of(report, category)}: {names}', 35)}")


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


def of(report: Report, category: Category) -> list[Part]:
    """The parts of a category."""
    return [part for part in report.parts if part.category == category]


def parts_of(report: Report, category: Category) -> str:
    """How many parts a category has."""
    return f"{len(of(report, category)):,}"


def how(count: Count) -> str:
    """How a figure is known, for which model, and how far it may be off."""
    off = "error unknown" if count.error is None else f"±{count.error:.0%}"
    return f"{count.method}, {count.model}, {off}"


def dollars(amount: Decimal | None) -> str:
    """A price as it is shown."""
    return "an unknown price" if amount is None else f"${amount:.2f}"


def readable(report: Report, home: Path) -> Report:
    """The report as a terminal may show it: short paths, and nothing in a name that the terminal would obey."""

    def told(text: str) -> str:
        return clean(tilde(text, home))

    return replace(
        report,
        model=clean(report.model),
        parts=tuple(replace(part, name=told(part.name), source=told(part.source)) for part in report.parts),
        findings=tuple(
            replace(one, what=told(one.what), where=tuple(map(told, one.where)), remedy=told(one.remedy))
            for one in report.findings
        ),
        problems=tuple(replace(one, what=told(one.what), where=told(one.where)) for one in report.problems),
        unknown=tuple(map(told, report.unknown)),
    )


def clean(text: str) -> str:
    """A text that says nothing to the terminal: control characters are seen, not obeyed."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)


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
