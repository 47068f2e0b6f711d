"""`agentforge recall`: exact parts of a tool result that was shortened."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from agentforge.faces.cli.grammar import Command


@click.command(
    "recall",
    cls=Command,
    examples=[
        ("agentforge recall 1a2b3c4d5e6f --pattern error", "the lines that match"),
        ("agentforge recall 1a2b3c4d5e6f --lines 120-180", "these lines"),
        ("agentforge recall 1a2b3c4d5e6f --path 'items[3].name'", "a part of JSON"),
        ("agentforge recall 1a2b3c4d5e6f --where 'status=error and total>9'", "records of JSON or of a table"),
        ("agentforge recall 1a2b3c4d5e6f --whole", "all of it, to the byte"),
    ],
)
@click.argument("handle")
@click.option("--pattern", help="A regular expression: the lines that match.")
@click.option("--lines", help='As in "120-180"; "-20" for the last 20.')
@click.option("--characters", help='As in "201-900", where a gap names characters.')
@click.option("--path", help="Into JSON, as in items[3].name or items[*].id.")
@click.option("--where", help="Records of JSON or a table, as in status=error and total>9.")
@click.option("--limit", type=click.IntRange(200, 10_000), help="Characters of the answer; 2,000 unless said.")
@click.option("--whole", is_flag=True, help="All of it, byte for byte.")
@click.option(
    "--project",
    envvar="AGENTFORGE_PROJECT",
    default="default",
    show_default=True,
    help="Whose it is: the NAME in /p/NAME of the gateway's address.",
)
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("~/.agentforge/ledger.db"),
    envvar="AGENTFORGE_LEDGER",
    show_default=True,
    help="Where it was recorded.",
)
def command(
    handle: str,
    pattern: str | None,
    lines: str | None,
    characters: str | None,
    path: str | None,
    where: str | None,
    limit: int | None,
    whole: bool,
    project: str,
    ledger: Path,
) -> None:
    """Give back exact parts of what the gateway kept out of an agent's context.

    The last line of a shortened result names its handle. Ask for just what is needed: answers are short.
    """
    from agentforge.context.recall import answer, parse_query
    from agentforge.ledger import open_ledger
    from agentforge.wire.errors import BlobMissing

    asked = {"pattern": pattern, "lines": lines, "characters": characters, "path": path, "where": where, "limit": limit}
    query = parse_query({"handle": handle, **{name: value for name, value in asked.items() if value is not None}})
    with open_ledger(ledger, create=False) as opened:
        try:
            data = opened.get(opened.resolve(query.handle, project=project), project=project)
        except BlobMissing as error:
            what = f"nothing is stored under {query.handle} in project {project}"
            fix = "name its project: --project NAME, or AGENTFORGE_PROJECT, as in /p/NAME of the gateway's address"
            raise BlobMissing(what, where=error.where, fix=fix) from error
    if whole:
        sys.stdout.buffer.write(data)
    else:
        click.echo(answer(data, query))
