"""What transcripts say was used, as plain data and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from statistics import median
from typing import Any, Final

from agentforge.audit.markdown import safe
from agentforge.audit.words import dollars, many
from agentforge.transcripts import Filled, SessionUsage, Totals, UsageReport

KINDS: Final = {
    "tool_result": "tool results",
    "tool_call": "tool calls",
    "context_injection": "injected context",
    "prompt": "prompts",
    "assistant_text": "answers",
    "thinking": "thinking",
}
"""What each kind of content is called where people read it."""
_ROWS: Final = 8


def plain_usage(report: UsageReport) -> dict[str, Any]:
    """The report as JSON values, under names that stay.

    `totals`, `retold` and every row of `by_model` and `by_day` hold answers, input, output, cache_creation,
    cache_creation_5m, cache_creation_1h, cache_read, thinking, total, cache_share (from 0 to 1) and cost_usd (a text,
    so that nothing is rounded; null where a model has no known price). Those are charged by the provider; `tokens` of
    `filled` and of `rereads` say themselves how they are known. Times are ISO 8601 in UTC.
    """
    return {
        "totals": _totals(report.totals),
        "retold": _totals(report.retold),
        "first_call_median": first_call(report),
        "by_model": {name: _totals(totals) for name, totals in report.by_model.items()},
        "by_day": {day: _totals(totals) for day, totals in report.by_day.items()},
        "sessions": [_session(each) for each in report.sessions],
        "used": [
            {
                "kind": each.kind,
                "name": each.name,
                "times": each.times,
                "sessions": len(each.sessions),
                "first": each.first,
                "last": each.last,
            }
            for each in report.used
        ],
        "filled": [asdict(each) for each in report.filled],
        "rereads": [asdict(each) for each in report.rereads],
        "compactions": [asdict(each) for each in report.compactions],
        "unpriced": list(report.unpriced),
        "skipped": dict(report.skipped),
        "problems": [asdict(each) for each in report.problems],
        "files": report.files,
        "others": report.others,
        "bytes": report.bytes,
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "answers": totals.answers,
        "input": totals.input,
        "output": totals.output,
        "cache_creation": totals.cache_creation,
        "cache_creation_5m": totals.cache_creation_5m,
        "cache_creation_1h": totals.cache_creation_1h,
        "cache_read": totals.cache_read,
        "thinking": totals.thinking,
        "total": totals.total,
        "cache_share": totals.cache_share,
        "cost_usd": None if totals.cost is None else str(totals.cost),
    }


def _session(each: SessionUsage) -> dict[str, Any]:
    return {
        "session": each.session,
        "client": each.client,
        "parent": each.parent,
        "path": each.path,
        "cwd": each.cwd,
        "branch": each.branch,
        "version": each.version,
        "first": each.first,
        "last": each.last,
        "prompts": each.prompts,
        "first_call": each.first_call,
        "task": each.task,
        "totals": _totals(each.totals),
    }


def first_call(report: UsageReport) -> int | None:
    """What was in the window before any work: the median of the sessions' first calls; None where none is known."""
    calls = [each.first_call for each in report.sessions if each.first_call is not None]
    return round(median(calls)) if calls else None


def cost_words(report: UsageReport) -> str:
    """What it cost at list prices; where models have none, what the others cost."""
    known = [totals.cost for totals in report.by_model.values() if totals.cost is not None]
    if report.totals.cost is not None:
        return dollars(report.totals.cost)
    if not any(known):
        return "no known price"
    return f"at least {dollars(sum(known, Decimal(0)))}"


def filled_by_kind(report: UsageReport) -> dict[str, list[Filled]]:
    """What filled the windows, the heaviest kind first, and in each the heaviest tool or source first."""
    groups: dict[str, list[Filled]] = {}
    for each in report.filled:
        groups.setdefault(each.kind, []).append(each)
    for rows in groups.values():
        rows.sort(key=lambda each: (-each.tokens.value, each.name))
    return dict(sorted(groups.items(), key=lambda group: -sum(each.tokens.value for each in group[1])))


def compactions_words(report: UsageReport) -> str:
    """How often sessions were compacted, by what, and from how many tokens."""
    triggers = Counter(each.trigger or "not told" for each in report.compactions)
    by = ", ".join(f"{times:,} {trigger}" for trigger, times in triggers.most_common())
    before = [each.before for each in report.compactions if each.before]
    at = f"; at {round(median(before)):,} tokens (median)" if before else ""
    return f"{len(report.compactions):,} ({by}){at}"


def usage_markdown(report: UsageReport) -> str:
    """The report, readable as it stands; no name in it can break its form."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: UsageReport) -> Iterator[str]:
    totals = report.totals
    yield f"# {many(totals.total, 'token')} in {many(len(report.sessions), 'session')}"
    yield ""
    yield f"- Cost at list prices: {cost_words(report)}"
    if report.unpriced:
        yield f"- Models without a known price: {', '.join(safe(name) or 'not told' for name in report.unpriced)}"
    yield f"- Read from the cache: {totals.cache_share:.1%} of what went in"
    if (weight := first_call(report)) is not None:
        yield f"- In the window before any work: {weight:,} tokens (median of first calls)"
    yield f"- Read: {many(report.files, 'transcript')}, {report.bytes:,} bytes"
    if report.retold.answers:
        yield f"- Probably told twice: {report.retold.total:,} tokens in {many(report.retold.answers, 'answer')}"
    yield from ("", "| model | answers | input | output | cache written | cache read | cost |")
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, each in sorted(report.by_model.items(), key=lambda row: -row[1].total)[:_ROWS]:
        price = dollars(each.cost)
        figures = (each.answers, each.input, each.output, each.cache_creation, each.cache_read)
        yield f"| {safe(name) or 'not told'} | {' | '.join(f'{figure:,}' for figure in figures)} | {price} |"
    yield from _rest(len(report.by_model), "models")
    yield from ("", "| what filled the windows | tokens (estimated) | most of it |", "|---|--:|---|")
    for kind, rows in filled_by_kind(report).items():
        most = ", ".join(f"{safe(row.name)} {row.tokens.value:,}" for row in rows[:4] if row.name)
        yield f"| {KINDS.get(kind, kind)} | {sum(row.tokens.value for row in rows):,} | {most} |"
    yield from ("", "| used | most often |", "|---|---|")
    for word in ("tool", "agent", "skill", "command"):
        used = [each for each in report.used if each.kind == word]
        names = ", ".join(f"{safe(each.name)} {each.times:,}" for each in used[:_ROWS])
        yield f"| {many(len(used), word)} | {names} |"
    if report.rereads:
        tokens = sum(each.tokens.value for each in report.rereads)
        yield from ("", "## Read again unchanged, while the first reading was in view", "")
        yield f"About {tokens:,} tokens (estimated) in {many(len(report.rereads), 'file')}."
        yield ""
        yield from (f"- {safe(each.path)}: {many(each.times, 'time')}" for each in report.rereads[:_ROWS])
        yield from _rest(len(report.rereads), "files")
    if report.compactions:
        yield from ("", f"Compactions: {safe(compactions_words(report))}.")
    if report.skipped:
        skipped = ", ".join(f"{safe(type)} {times:,}" for type, times in report.skipped.items())
        yield from ("", f"Lines of types not known here, which were passed over: {skipped}.")
    if report.problems:
        yield from ("", "## Not read as it was meant", "")
        yield from (f"- {safe(str(each))}" for each in report.problems[:_ROWS])
        yield from _rest(len(report.problems), "lines and files")


def _rest(all_of_them: int, what: str) -> Iterator[str]:
    if all_of_them > _ROWS:
        yield from ("", f"And {all_of_them - _ROWS:,} more {what}.")
