"""`agentforge audit`: what a set-up costs before the first word."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from agentforge.audit import Report
    from agentforge.knowledge import Setup
    from agentforge.transcripts import UsageReport

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
RUNNABLE: Final = ("claude-code", "codex", "opencode")
"""What --live can run: the clients whose API the simulated provider speaks."""
SAMPLED: Final = "claude-code"
"""The client that the sample is a set-up of."""
HARMLESS: Final = ("PATH", "LANG", "TERM", "TMPDIR", "SYSTEMROOT")
"""The variables that say nothing about a set-up."""


@click.command(
    "audit",
    cls=Command,
    examples=[
        ("agentforge audit", "what every client set up here sends before the first word"),
        ("agentforge audit --client claude-code ~/src/shop", "one client, another project"),
        ("agentforge audit --mcp", "start the configured MCP servers too, and weigh their tools"),
        ("agentforge audit --live claude-code", "run the client once, and weigh what it really sends"),
        ("agentforge audit --usage", "what your transcripts say was used, and what never was"),
        ("agentforge audit --usage --json ~/.claude/projects", "the totals of any folder of transcripts"),
        ("agentforge audit --html audit.html", "a page to look at and to send"),
        ("agentforge audit --sample", "a sample set-up, to see what this shows"),
    ],
)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--client", type=click.Choice(list(LOOKED_FOR)), help="Only this client.")
@click.option("--model", help="The model to weigh for; default: the set-up's own, else the one that was measured.")
@click.option("--mcp/--no-mcp", default=False, help="Start the configured MCP servers and ask them; default: no.")
@click.option(
    "--live",
    type=click.Choice(RUNNABLE),
    help="Run this client once, on loopback, with your hooks and servers, and weigh its request.",
)
@click.option("--network", is_flag=True, help="With --live: leave the client's servers their network.")
@click.option("--usage", is_flag=True, help="Read transcripts: those in PATH, or all that this machine has.")
@click.option("--sample", is_flag=True, help="Audit a set-up that comes with AgentForge.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--html", "page_file", type=click.Path(dir_okay=False, path_type=Path), help="Write a page there.")
def command(
    path: Path | None,
    client: str | None,
    model: str | None,
    mcp: bool,
    live: str | None,
    network: bool,
    usage: bool,
    sample: bool,
    as_json: bool,
    as_markdown: bool,
    page_file: Path | None,
) -> None:
    """Weigh everything that stands in a client's first request: prompt, tools, memory, personas, skills, servers.

    Reads the files the clients read, and changes nothing. No client is run unless --live is given, and no MCP server
    unless --mcp or --live is, because they run the commands your configuration names. With --usage, PATH is a folder of
    transcripts; without PATH, all transcripts of this machine are read, and say what of the set-up here was ever used.
    Where nothing is set up, a sample is shown instead, and says so; never as JSON, Markdown or a page.
    """
    if sum((as_json, as_markdown, page_file is not None)) > 1:
        raise click.UsageError("--json, --md and --html are forms of the same: give one of them.")
    if live and client not in (None, live):
        raise click.UsageError(f"--live {live} audits {live} only: leave --client {client} out.")
    if network and not live:
        raise click.UsageError("--network goes with --live.")
    if sample and (path or usage or (client or live or SAMPLED) != SAMPLED):
        raise click.UsageError(f"--sample is a set-up of {SAMPLED} without transcripts: leave the rest out.")
    if path and not usage and not path.is_dir():
        raise click.UsageError(f"{path} is a file: give the folder in which the client is started.")
    env, home, root = dict(os.environ), Path.home(), (path or Path()).absolute()
    used = None
    if usage:
        from agentforge.faces.cli.audit_usage import read_usage

        used = read_usage(path, home, env)
    if sample:
        root, home, env, client = sampled(env)
    reports: list[Report] = []
    if live:
        from agentforge.faces.cli.audit_live import live_report

        reports.append(live_report(live, root, home, env, model_id=model, usage=used, network=network))
    elif not (usage and path):
        reports += audited(root, home, env, client=client, model_id=model, mcp=mcp, usage=used)
    if as_json or as_markdown or page_file:
        write(reports, used, root, home, page_file=page_file, as_json=as_json)
    elif reports or used:
        show_all(reports, used, home, sample=sample)
        say_next(reports, sample=sample, live=bool(live), usage=usage)
    elif path or client:
        say_nothing_found(root, client)
        click.echo("agentforge audit --sample shows what there is to see.")
    else:
        there, home, env, client = sampled(env)
        reports += audited(there, home, env, client=client, model_id=model, mcp=mcp, usage=None)
        show_all(reports, None, home, sample=True)
        say_nothing_found(root, None)
        say_next(reports, sample=True, live=False, usage=False)


def sampled(env: Mapping[str, str]) -> tuple[Path, Path, dict[str, str], str]:
    """The sample's project, home and environment, in which nothing of the user's own counts; and its client."""
    from agentforge.faces.cli.sample import sample_set_up

    root, home = sample_set_up()
    return root, home, {name: env[name] for name in HARMLESS if name in env} | {"HOME": str(home)}, SAMPLED


def audited(
    root: Path,
    home: Path,
    env: Mapping[str, str],
    *,
    client: str | None,
    model_id: str | None,
    mcp: bool,
    usage: UsageReport | None,
) -> list[Report]:
    """A report on every set-up there is, from its files."""
    from agentforge.audit import audit_setup
    from agentforge.faces.cli.audit_observed import observe, project_at
    from agentforge.faces.cli.audit_servers import asked

    project = project_at(root, home)
    return [
        audit_setup(
            setup,
            env=env,
            model_id=model_id,
            probed=asked(setup, root, env) if mcp else (),
            usage=usage,
            in_git=any((folder / ".git").exists() for folder in (root, *root.parents)),
            now=time.time(),
            observed=observe(setup, project, usage),
        )
        for setup in found(root, home, env, client)
    ]


def found(root: Path, home: Path, env: Mapping[str, str], client: str | None) -> list[Setup]:
    """The set-ups there are, or that of one client if there is one."""
    from agentforge.knowledge import read_setup, read_setups

    if client is not None:
        setup = read_setup(client, root, home, env)
        return [setup] if setup.files or setup.problems else []
    setups = read_setups(root, home, env)
    owned = [setup for setup in setups if setup.client not in SHARED]
    return owned or list(setups)


def write(
    reports: Sequence[Report],
    used: UsageReport | None,
    root: Path,
    home: Path,
    *,
    page_file: Path | None,
    as_json: bool,
) -> None:
    """Prints the reports as JSON or Markdown, or writes them as a page."""
    from agentforge.audit import SCHEMA, markdown, page, plain, plain_usage, usage_markdown
    from agentforge.wire.errors import OutsideError

    if page_file:
        from agentforge.faces.cli.audit_view import tilde

        try:
            page_file.write_text(page(reports, used, shown=lambda text: tilde(text, home)), encoding="utf-8")
        except OSError as wrong:
            what = f"the page cannot be written: {wrong.strerror}"
            raise OutsideError(what, where=str(page_file), fix="give --html a file in a folder of yours") from wrong
        click.echo(f"Written to {page_file}: open it in a browser.")
    elif as_json:
        from agentforge.faces.cli.printing import print_json

        told = {"usage": plain_usage(used)} if used else {}
        print_json({"schema": SCHEMA, "path": str(root), "reports": [plain(report) for report in reports], **told})
    else:
        pages = [*(markdown(report) for report in reports), *([usage_markdown(used)] if used else [])]
        if not pages:
            click.echo("No set-up of a coding agent was found.", err=True)
        click.echo("\n".join(pages), nl=False)


def show_all(reports: Sequence[Report], used: UsageReport | None, home: Path, *, sample: bool) -> None:
    """Prints the reports to be read in a terminal."""
    from agentforge.faces.cli.audit_usage import show_usage
    from agentforge.faces.cli.audit_view import show

    for report in reports:
        click.secho("SAMPLE  " if sample else "", fg="yellow", bold=True, nl=False)
        show(report, home)
        click.echo()
    if used:
        show_usage(used)
        click.echo()
    if sample:
        click.echo(f"SAMPLE: the set-up of a made-up shop; ~ is {home}")


def say_next(reports: Sequence[Report], *, sample: bool, live: bool, usage: bool) -> None:
    """Prints what to run next, in one line."""
    runnable = [report.client for report in reports if report.client in RUNNABLE]
    runs = [f"audit {'--sample ' if sample else ''}--live {runnable[0]}"] if runnable and not live else []
    runs += [] if sample or usage else ["audit --usage"]
    click.echo(f"Next: agentforge {' | '.join([*runs, 'simulate --demo'])}")


def say_nothing_found(root: Path, client: str | None) -> None:
    """Prints that there is no set-up, and what was looked for."""
    click.echo(f"No set-up of a coding agent in {root} or your home folder. Looked for:")
    for name in [client] if client else LOOKED_FOR:
        click.echo(f"  {name:12} {LOOKED_FOR[name]}")
