"""`agentforge ledger check`: whether a ledger is sound."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from agentforge.faces.cli.grammar import FINDINGS, Command


@click.command(
    "check",
    cls=Command,
    examples=[
        ("agentforge ledger check .agentforge/ledger.db", "is every page, link and blob as it should be?"),
        ("agentforge ledger check --json ledger.db", "the same for a program"),
    ],
)
@click.argument("path", metavar="PATH", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what is wrong as JSON.")
def command(path: Path, as_json: bool) -> int:
    """Verify the file, its links and its search index, and every blob against its hash.

    The exit code is 1 when something is wrong.
    """
    from agentforge.faces.cli.printing import print_json
    from agentforge.ledger import open_ledger

    with open_ledger(path, create=False) as ledger:
        findings = ledger.check()
    if as_json:
        print_json({"path": str(path), "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            click.echo(f"{finding.where}: {finding.what}")
        click.echo(f"{path}: {len(findings):,} findings" if findings else f"{path}: sound")
    return FINDINGS if findings else 0
