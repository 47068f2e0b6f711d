"""`agentforge audit`: what a set-up costs before the first word."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from decimal import Decimal

    from agentforge.audit import Category, Finding, Part, Report
    from agentforge.knowledge import Setup
    from agentforge.knowledge.mcp import Probed
    from agentforge.tokens import Count

LOOKED_FOR: Final[Mapping[str, str]] = {
    "claude-code": "CLAUDE.md, .claude/, .mcp.json; ~/.claude/, ~/.claude.json",
    "codex": "AGENTS.md, .codex/; ~/.codex/",
    "opencode": "opencode.json, .opencode/; ~/.config/opencode/",
    "gemini-cli": "GEMINI.md, .gemini/; ~/.gemini/",
    "cursor": ".cursor/, .cursorrules",
    "agents-md": "AGENTS.md",
    "agentskills": ".agents/skills/",
}
SHARED: Final = ("agents-md", "agentskills")
"""Files that no client owns: told apart only where no client reads them."""
SECONDS: Final = 30.0
"""For a server to start, and again to list."""
BAR: Final = 14
WIDTH: Final = 80
MOST: Final = 5


@click.command(
    "audit",
    cls=Command,
    examples=[
        ("agentforge audit", "what every client set up here sends before the first word"),
        ("agentforge audit --client claude-code ~/src/shop", "one client, another project"),
        ("agentforge audit --mcp", "start the configured MCP servers too, and weigh their tools"),
        ("agentforge audit --json", "the same for a program"),
        ("agentforge audit --md", "the same to send"),
    ],
)
@click.argument("path", metavar="[PATH]", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--client", type=click.Choice(list(LOOKED_FOR)), help="Only this client.")
@click.option("--model", help="The model to weigh for; default: the set-up's own, else the one that was measured.")
@click.option("--mcp/--no-mcp", default=False, help="Start the configured MCP servers and ask them; default: no.")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
@click.option("--md", "as_markdown", is_flag=True, help="Print the reports as Markdown.")
def command(path: Path, client: str | None, model: str | None, mcp: bool, as_json: bool, as_markdown: bool) -> None:
    """Weigh everything that stands in a client's first request: prompt, tools, memory, personas, skills, servers.

    Reads the files the clients read, and changes nothing. No client is run, and no MCP server either unless --mcp is
    given, because that runs the commands your configuration names.
    """
    if as_json and as_markdown:
        raise click.UsageError("--json and --md are two forms of the same: give one of them.")
    from agentforge.audit import SCHEMA, audit_setup, markdown, plain
    from agentforge.faces.cli.printing import print_json

    env = dict(os.environ)
    root = path.absolute()
    reports = [
        audit_setup(
            setup,
            env=env,
            model_id=model,
            probed=asked(setup, root, env) if mcp else (),
            in_git=any((folder / ".git").exists() for folder in (root, *root.parents)),
            now=time.time(),
        )
        for setup in found(root, Path.home(), env, client)
    ]
    if as_json:
        print_json({"schema": SCHEMA, "path": str(root), "reports": [plain(report) for report in reports]})
    elif not reports:
        click.echo(f"No set-up of a coding agent in {root} or your home folder. Looked for:")
        for name in [client] if client else LOOKED_FOR:
            click.echo(f"  {name:12} {LOOKED_FOR[name]}")
    elif as_markdown:
        click.echo("\n".join(markdown(report) for report in reports), nl=False)
    else:
        for at, report in enumerate(reports):
            click.echo("\n" if at else "", nl=False)
            show(report)


def found(root: Path, home: Path, env: Mapping[str, str], client: str | None) -> list[Setup]:
    """The set-ups there are, or that of one client if there is one."""
    from agentforge.knowledge import read_setup, read_setups

    if client is not None:
        setup = read_setup(client, root, home, env)
        return [setup] if setup.files or setup.problems else []
    setups = read_setups(root, home, env)
    owned = [setup for setup in setups if setup.client not in SHARED]
    return owned or list(setups)


def asked(setup: Setup, root: Path, env: Mapping[str, str]) -> Sequence[Probed]:
    """The set-up's servers as they answer, with a word on stderr while they start."""
    from agentforge.knowledge.mcp import probe

    if not setup.servers:
        return ()
    if sys.stderr.isatty():
        click.echo(f"Asking {len(setup.servers):,} MCP servers of {setup.client} ...", err=True)
    cache = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentforge" / "mcp"
    return probe(setup.servers, timeout=SECONDS, cache_dir=cache, clock=time.time, cwd=root)


def show(report: Report) -> None:
    """Prints the one number that matters, then where it lies, what to do, and where it stands."""
    from agentforge.audit import TURNS

    total = report.total
    click.secho(f"{report.client}: {total.value:,} tokens before the first word", bold=True)
    click.echo(f"{how(total)}.")
    share = "" if report.share is None else f"{report.share:.1%} of the window of {report.window:,}; "
    click.echo(f"{share}{report.governed.value:,} of them from your files and servers.")
    uncached, cached = dollars(report.bill.uncached), dollars(report.bill.cached)
    click.echo(f"{TURNS} turns cost {uncached} for this alone without cache, {cached} with.\n")
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
    from agentforge.audit import BUILT_IN, heaviest

    own = heaviest((part for part in report.parts if part.source != BUILT_IN), MOST)
    if own:
        click.echo(click.style("\nYour heaviest parts", bold=True))
    for part in own:
        click.echo(f"{part.count.value:>8,}  {part.source}  {cut(part.name, 30)}")
    if report.problems:
        click.echo(click.style(f"\nNot read as it was meant: {len(report.problems):,}", bold=True))
        for problem in report.problems[:MOST]:
            click.echo(f"  {problem.where}: {problem.what}")
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


def cut(text: str, most: int) -> str:
    """A text on one line, cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def wrapped(text: str, indent: str) -> None:
    """Prints a text in lines that fit; words that do not fit, such as paths, stay whole."""
    from textwrap import fill

    click.echo(fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
