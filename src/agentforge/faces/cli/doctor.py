"""`agentforge doctor`: what works here, and what to run next."""

from __future__ import annotations

from dataclasses import asdict

import click

from agentforge import __version__
from agentforge.faces.cli.grammar import FINDINGS, Command

COLORS = {"ok": "green", "warn": "red", "missing": "yellow"}


@click.command(
    "doctor",
    cls=Command,
    examples=[
        ("agentforge doctor", "what works here, and what to run next"),
        ("agentforge doctor --json", "the same for a program"),
    ],
)
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def command(as_json: bool) -> int:
    """Look at this machine, change nothing, and say what to run next.

    `ok` works, `warn` needs mending, `missing` is optional and not here. The exit code is 1 when something needs
    mending.
    """
    from agentforge.faces.cli.checkup import examine, this_machine
    from agentforge.faces.cli.printing import print_json

    checks = examine(this_machine())
    if as_json:
        print_json({"version": __version__, "checks": [asdict(check) for check in checks]})
    else:
        width = max(len(check.name) for check in checks)
        click.echo(f"agentforge {__version__}\n")
        for check in checks:
            state = click.style(f"{check.state:7}", fg=COLORS[check.state])
            click.echo(f"{state}  {check.name:{width}}  {check.found}")
        fixes = [check for check in checks if check.fix]
        if fixes:
            click.echo("\nTo run next:")
        for check in fixes:
            click.echo(f"  {check.name:{width}}  {check.fix}")
        click.echo("\nTo see what it is for:  agentforge simulate --demo")
    return FINDINGS if any(check.state == "warn" for check in checks) else 0
