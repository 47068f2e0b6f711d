"""Reads transcripts with a progress bar, and shows what they say was used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.audit import clean
from agentforge.faces.cli.audit_view import BAR, MOST, WIDTH, cut, wrapped
from agentforge.faces.cli.printing import bar

if TYPE_CHECKING:
    from agentforge.transcripts import UsageReport

LOOKED_FOR: Final[Mapping[str, str]] = {
    "claude-code": "projects/**/*.jsonl of ~/.claude",
    "codex": "sessions/**/rollout-*.jsonl of ~/.codex",
    "opencode": "opencode.db of ~/.local/share/opencode; exports ses_*.json",
    "gemini-cli": "tmp/*/chats/session-*.jsonl of ~/.gemini",
    "copilot-cli": "session-state/*/events.jsonl of ~/.copilot",
}
"""The transcripts of each client, and where it keeps them unless it is told otherwise."""


def read_usage(folder: Path | None, home: Path, env: Mapping[str, str]) -> UsageReport:
    """What the transcripts of a folder say was used; without one, all that this machine has."""
    from agentforge.transcripts import places_of, usage_report

    kept = [place for places in places_of(home, env).values() for place in places]
    looked_in = [folder] if folder is not None else [place for place in kept if place.is_dir()]
    cache = Path(env.get("XDG_CACHE_HOME") or home / ".cache") / "agentforge" / "transcripts"
    with bar("Reading transcripts") as on_progress:
        report = usage_report(looked_in, cache=cache, on_progress=on_progress)
    if not report.files:
        for line in none_found(folder, kept):
            click.echo(line, err=True)
    return report


def none_found(folder: Path | None, kept: Sequence[Path]) -> Iterator[str]:
    """That there are no transcripts, where they were looked for, and what to give instead."""
    yield f"No transcripts in {folder}. Looked for:" if folder else "No transcripts on this machine. Looked in:"
    if folder:
        yield from (f"  {client:12} {files}" for client, files in LOOKED_FOR.items())
    else:
        yield from (f"  {place}" for place in kept)
    if folder:
        yield "fix: agentforge audit --usage, without a folder, reads all that this machine has"
    else:
        yield "fix: agentforge audit --usage FOLDER reads those in any folder, and below it"


def show_usage(report: UsageReport) -> None:
    """Prints the totals, then what filled the windows and what was used."""
    from agentforge.audit import cost_words, first_call, many

    if not report.files:
        show_problems(report)
        return
    totals = report.totals
    click.secho(
        f"{many(totals.total, 'token')} in {many(len(report.sessions), 'session')}, {cost_words(report)}; "
        f"{totals.cache_share:.0%} read from the cache",
        bold=True,
    )
    wrapped(
        f"Charged by the provider, each of {totals.answers:,} answers counted once; cost at list prices"
        f"{' of the models that have one' if report.unpriced else ''}. "
        f"{many(report.files, 'transcript')}, {report.bytes / 1e6:,.2f} MB.",
        "",
    )
    weight = first_call(report)
    if weight is not None:
        click.echo(f"{weight:,} tokens were in the window before any work (median of first calls).")
    if report.retold.answers:
        wrapped(
            f"But {report.retold.total:,} of these tokens are probably counted twice: resumed sessions repeat answers, "
            "and these carry no id to know them by.",
            "",
        )
    show_filled(report)
    show_used(report)
    show_waste(report)
    show_problems(report)


def show_filled(report: UsageReport) -> None:
    """A line for each kind of content: its weight, its share, and the tools or sources it came from."""
    from agentforge.audit import KINDS, filled_by_kind

    groups = filled_by_kind(report)
    sums = {kind: sum(row.tokens.value for row in rows) for kind, rows in groups.items()}
    largest = max(sums.values(), default=0)
    if not largest:
        return
    click.echo(click.style("\nWhat filled the windows", bold=True) + " (tokens, estimated)")
    for kind, rows in groups.items():
        filled = round(BAR * sums[kind] / largest)
        drawn = click.style("█" * filled, fg="cyan") + "·" * (BAR - filled)
        share = f"{sums[kind] / sum(sums.values()):>4.0%}"
        most = ", ".join(f"{clean(row.name)} {row.tokens.value:,}" for row in rows[:4] if row.name)
        click.echo(f"{KINDS.get(kind, kind):17}{sums[kind]:>11,} {drawn} {share}  {cut(most, 30)}".rstrip())


def show_used(report: UsageReport) -> None:
    """A line for each kind of thing that was used, the most used first."""
    from agentforge.audit import many

    if report.used:
        click.echo(click.style("\nUsed", bold=True))
    for kind in ("tool", "agent", "skill", "command"):
        names = [f"{clean(each.name)} {each.times:,}" for each in report.used if each.kind == kind]
        if names:
            click.echo(f"{many(len(names), kind):14}{cut(', '.join(names), WIDTH - 14)}")


def show_waste(report: UsageReport) -> None:
    """What was read again for nothing, and how often sessions were compacted."""
    from agentforge.audit import compactions_words, many

    if report.rereads:
        click.echo(click.style("\nRead again unchanged, while the first reading was in view", bold=True))
        times = sum(each.times for each in report.rereads)
        tokens = sum(each.tokens.value for each in report.rereads)
        click.echo(f"{many(times, 'time')} in {many(len(report.rereads), 'file')}: {tokens:,} tokens (estimated)")
        for each in report.rereads[:3]:
            click.echo(f"{each.tokens.value:>8,}  {each.times:>3,} x  {clean(each.path)}")
    if report.compactions:
        click.echo()
        wrapped(f"Compactions: {clean(compactions_words(report))}.", "")


def show_problems(report: UsageReport) -> None:
    """What could not be read, and what this version passes over."""
    from agentforge.audit import many

    if report.problems:
        click.echo(click.style(f"\nNot read as it was meant: {len(report.problems):,}", bold=True))
        for problem in report.problems[:MOST]:
            click.echo(f"  {clean(str(problem))}")
        if len(report.problems) > MOST:
            click.echo(f"  and {len(report.problems) - MOST:,} more: --json shows all")
    if report.skipped:
        names = ", ".join(f"{clean(type)} {times:,}" for type, times in report.skipped.items())
        click.echo()
        wrapped(f"Passed over, of types this version does not know: {names}.", "")
    if report.others:
        click.echo(f"\nPassed over, as no client known here wrote them: {many(report.others, 'file')}.")
