"""`agentforge find`: the personas, skills, commands, rules and tools that fit a need."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from agentforge.knowledge.search import Entry

KINDS: Final = ("persona", "skill", "command", "rule", "tool")
MODEL: Final = "claude-opus-5-5"
"""Whose tokens the budget is counted in."""


@click.command(
    "find",
    cls=Command,
    examples=[
        ("agentforge find review a database migration", "what fits, of all that is set up here"),
        ("agentforge find --kind persona 'speed up a slow query'", "personas only"),
        ("agentforge find --json --limit 10 pull request", "the same for a program"),
        ("agentforge find --batch < labelled.jsonl", "score the search on tools and queries of your own"),
    ],
)
@click.argument("query", nargs=-1)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these; may be given again.")
@click.option("--limit", type=click.IntRange(1, 100), help="Items at most: 5, and 10 with --batch, unless said.")
@click.option("--budget", type=click.IntRange(50), default=600, show_default=True, help="Tokens of the answer.")
@click.option("--batch", is_flag=True, help="Read tools, past queries and queries from stdin, as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    query: tuple[str, ...], kinds: tuple[str, ...], limit: int | None, budget: int, batch: bool, as_json: bool
) -> None:
    """Find what fits a need among the personas, skills, commands, rules and tools that agents are set up with here.

    Tools of MCP servers are known from `agentforge audit --mcp`; none is started. With --batch the first line of stdin
    is {"tools": [{"id", "name", "description", "server", "params": [{"name", "description"}]}]}, then {"past":
    [{"query", "used": [ids]}]} if you have any, then a {"query": ...} a line; each is answered by a JSON list of ids,
    best first, in a line of stdout.
    """
    if batch:
        if query or kinds or as_json:
            raise click.UsageError("--batch reads everything from stdin: leave the words, --kind and --json out.")
        answer_lines(limit)
        return
    if not "".join(query).strip():
        raise click.UsageError("Say what you need: agentforge find review a database migration")
    from agentforge.knowledge.search import Search, answer

    entries = known_here(Path().absolute(), Path.home(), dict(os.environ))
    search = Search(entry for entry in entries if not kinds or entry.kind in kinds)
    hits = search.find(" ".join(query), limit=limit or 5)
    if as_json:
        from agentforge.faces.cli.printing import print_json

        rows = [
            {
                "id": hit.entry.id,
                "kind": hit.entry.kind,
                "name": hit.entry.name,
                "server": hit.entry.server,
                "description": hit.entry.description,
                "score": round(hit.score, 4),
                "fit": round(hit.fit, 4),
            }
            for hit in hits
        ]
        print_json({"query": " ".join(query), "searched": len(search), "found": rows})
        return
    from agentforge.tokens import counter_for

    counter = counter_for(MODEL)
    click.echo(answer(hits, of=len(search), budget=budget, weigh=lambda text: counter.text(text).value))


def known_here(root: Path, home: Path, env: Mapping[str, str]) -> list[Entry]:
    """All that can be found: the items of every set-up, and the tools its MCP servers had when they were asked."""
    from agentforge.knowledge import Catalogue, read_setups
    from agentforge.knowledge.mcp import items_of, recalled
    from agentforge.knowledge.search import entries_of

    catalogue = Catalogue(read_setups(root, home, env))
    cache = Path(env.get("XDG_CACHE_HOME") or home / ".cache") / "agentforge" / "mcp"
    rows = recalled(catalogue.servers, cache_dir=cache, clock=time.time, cwd=root)
    tools = [item for row in rows for item in items_of(row) if item.kind == "tool"]
    # Several clients read the same files: what stands in one place is one item.
    once = {(item.kind, item.name, item.source.path): item for item in (*reversed(list(catalogue)), *tools)}
    return list(entries_of(item for item in once.values() if item.kind in KINDS))


def answer_lines(limit: int | None) -> None:
    """Answers each query line of stdin as soon as it is read."""
    from agentforge.knowledge.search.labelled import RANKED, answers

    lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    for ids in answers(lines, limit=limit or RANKED, say=lambda what: click.echo(what, err=True)):
        sys.stdout.buffer.write(f"{ids}\n".encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
