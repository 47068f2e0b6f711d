"""`agentforge ledger gc`: gives back the room that old records take."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import click

from agentforge.faces.cli.grammar import Command


@click.command(
    "gc",
    cls=Command,
    examples=[
        ("agentforge ledger gc ledger.db --dry-run", "what is older than 90 days, and how much room it takes"),
        ("agentforge ledger gc ledger.db --keep-days 30", "delete it for good"),
    ],
)
@click.argument("path", metavar="PATH", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keep-days", type=float, default=90, show_default=True, help="How long to keep.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(path: Path, keep_days: float, dry_run: bool, as_json: bool) -> None:
    """Delete events older than that, and the blobs that no event is left to name."""
    from agentforge.faces.cli.printing import print_json
    from agentforge.ledger import LONGEST_KEEP, open_ledger

    if not 0 <= keep_days <= LONGEST_KEEP:
        raise click.BadParameter(f"{keep_days} is not in the range 0 to {LONGEST_KEEP:,}.", param_hint="--keep-days")
    with open_ledger(path, create=False) as ledger:
        went = ledger.gc(keep_days=keep_days, now=time.time_ns(), dry_run=dry_run)
    if as_json:
        print_json(asdict(went))
        return
    verb = "would go" if dry_run else "went"
    click.echo(f"{path}: {went.events:,} events and {went.blobs:,} blobs {verb}, {went.bytes:,} bytes")
