"""`agentforge whatif`: what real sessions would have cost under a plan."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from agentforge.simulate.whatif import Report

MOST: Final = 5
"""Sessions, reasons and files that are shown before --json has to be asked."""


@click.command(
    "whatif",
    cls=Command,
    examples=[
        ("agentforge whatif", "what the default plan would have saved on all transcripts of this machine"),
        ("agentforge whatif ~/.claude/projects/-home-me-shop", "on one folder of transcripts"),
        ("agentforge whatif --plan mine.yaml --compare default", "one plan beside another"),
        ("agentforge whatif --plan direct", "how near the replay comes to what was charged"),
        ("agentforge whatif --html whatif.html", "a page with plots to look at"),
    ],
)
@click.argument("paths", metavar="[PATHS]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--plan", "plan", default="default", show_default=True, help="direct, default, or a file of settings.")
@click.option("--compare", help="Another plan, replayed beside it.")
@click.option("--workers", type=click.IntRange(min=1), help="How many processes; default: one for each core.")
@click.option("--fresh", is_flag=True, help="Replay everything, also what was replayed before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", "page_file", type=click.Path(dir_okay=False, path_type=Path), help="Write a page there.")
def command(
    paths: Sequence[Path],
    plan: str,
    compare: str | None,
    workers: int | None,
    fresh: bool,
    as_json: bool,
    page_file: Path | None,
) -> None:
    """Replay transcripts through a plan, against a provider that charges like the real one; nothing is sent anywhere.

    Every request that the client sent is put together again, changed as the gateway would change it, and charged:
    cache reads, cache writes, lifetimes by the transcript's own times. What was cut and is needed by a later answer
    counts as a recall, and its round trip is charged too. What stands in no transcript, such as the system prompt, is
    weighed by what the provider charged for the first request.

    Without PATHS, all transcripts of this machine. What was replayed is kept, so that a replay can be stopped and gone
    on with.
    """
    if as_json and page_file:
        raise click.UsageError("--json and --html are forms of the same: give one of them.")
    from agentforge.faces.cli.printing import bar
    from agentforge.simulate.whatif import load_plan, whatif
    from agentforge.transcripts import places_of
    from agentforge.wire.errors import OutsideError

    plans = [load_plan(name) for name in (plan, compare) if name]
    home = Path.home()
    places = [place for found in places_of(home, os.environ).values() for place in found]
    folders = list(paths) or [place for place in places if place.is_dir()]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "agentforge" / "whatif"
    with bar("Replaying transcripts") as on_progress:
        report = whatif(folders, plans, cache=None if fresh else cache, workers=workers, on_progress=on_progress)
    if not report.rows:
        looked_in = ", ".join(map(str, folders or places))
        why = f" ({report.skipped[0][0]}: {report.skipped[0][1]})" if report.skipped else ""
        raise OutsideError(
            f"there is nothing to replay in {looked_in}{why}", fix="agentforge whatif FOLDER reads any other folder"
        )
    write(report, as_json, page_file)


def write(report: Report, as_json: bool, page_file: Path | None) -> None:
    """Prints the report, or writes it as a page."""
    from agentforge.simulate.whatif import page, plain
    from agentforge.wire.errors import OutsideError

    if as_json:
        from agentforge.faces.cli.printing import print_json

        print_json(plain(report))
    elif page_file:
        try:
            page_file.write_text(page(report), encoding="utf-8")
        except OSError as error:
            raise OutsideError(
                f"the page cannot be written: {error.strerror}", where=str(page_file), fix="give another --html FILE"
            ) from None
        click.echo(f"Written to {page_file}: open it in a browser.")
    else:
        show(report)


def show(report: Report) -> None:
    """Prints the one number that matters, then how it is known, and where it comes from."""
    from agentforge.faces.cli.printing import console, table
    from agentforge.simulate.whatif import dollars, headline, notes, percent

    click.secho(headline(report), bold=True)
    for note in notes(report):
        click.echo(note)
    click.echo()
    figures = (*report.totals["direct"].figures, "cost")
    totals = table("plan", *figures, numbers=figures)
    for plan, total in report.totals.items():
        totals.add_row(plan, *(f"{number:,}" for number in total.figures.values()), dollars(total.dollars))
    console().print(totals)
    for plan in report.plans[1:]:
        ranked = sorted(report.rows, key=lambda row: row.sums[plan].dollars - row.sums["direct"].dollars)
        changed = [row for row in ranked if row.sums[plan].dollars != row.sums["direct"].dollars]
        if not changed:
            continue
        click.secho(f"\n{plan}: sessions by what it saves, of {len(changed):,} it changes", bold=True)
        rows = table("session", "direct", plan, "saved", "recalls", numbers=("direct", plan, "saved", "recalls"))
        shown = changed if len(changed) <= 2 * MOST else [*changed[:MOST], *changed[-MOST:]]
        for row in shown:
            direct, total = row.sums["direct"], row.sums[plan]
            saved = percent(report.saved(plan, row=row))
            rows.add_row(row.facts.id, dollars(direct.dollars), dollars(total.dollars), saved, f"{total.recalls:,}")
        console().print(rows)
    for plan, reasons in report.breaks.items():
        for reason, times in sorted(reasons.items()):
            click.echo(f"\n{plan}: the prefix broke {times:,} times: {reason}")
    if report.skipped:
        click.echo(f"\nFiles that were not replayed: {len(report.skipped):,}")
        for path, why in report.skipped[:MOST]:
            click.echo(f"  {path}: {why}")
        if len(report.skipped) > MOST:
            click.echo(f"  and {len(report.skipped) - MOST:,} more: --json shows all")
