"""A report as plain values, for JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from agentforge.simulate.whatif.sums import Off, Report, Row, Sum

SCHEMA: Final = 1


def plain(report: Report) -> dict[str, Any]:
    """The report as JSON values; dollars are strings, so that no digit is lost."""
    return {
        "schema": SCHEMA,
        "plans": list(report.plans),
        "how": {
            "prompt_tokens": report.method,
            "output_tokens": "counted where the transcript has them",
            "recalls": "estimated",
            "dollars": "list prices of these tokens",
        },
        "files": report.files,
        "remembered": report.remembered,
        "counted_once": report.twice,
        "direct_replay": _off(report.off),
        "totals": {plan: _sum(total) for plan, total in report.totals.items()},
        "saved": {plan: report.saved(plan) for plan in report.plans[1:]},
        "breaks": {plan: dict(reasons) for plan, reasons in report.breaks.items()},
        "sessions": [_row(report, row) for row in report.rows],
        "skipped": [{"path": path, "why": why} for path, why in report.skipped],
    }


def _row(report: Report, row: Row) -> dict[str, Any]:
    facts = row.facts
    return {
        "session": facts.id,
        "client": facts.client,
        "project": facts.project,
        "path": facts.path,
        "subagent": facts.subagent,
        "models": list(facts.models),
        "started": facts.started,
        "how": facts.method,
        "charged_per_estimated": round(facts.slope, 4),
        "unseen": facts.unseen,
        "direct_replay": _off(row.off),
        "plans": {plan: _sum(total) for plan, total in row.sums.items()},
        "saved": {plan: report.saved(plan, row=row) for plan in report.plans[1:]},
        "recalls": {
            plan: [{"request": one.request, "handle": one.handle, "references": list(one.references)} for one in found]
            for plan, found in row.recalls.items()
            if found
        },
    }


def _sum(total: Sum) -> dict[str, Any]:
    values = {name: getattr(total, name) for name in Sum.__slots__}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()} | {
        "prompt": total.prompt
    }


def _off(off: Off) -> dict[str, Any]:
    return {
        "requests": off.requests,
        "charged_tokens": off.charged,
        "replayed_tokens": off.replayed,
        "tokens_off": off.tokens,
        "charged_dollars": str(off.charged_dollars),
        "replayed_dollars": str(off.replayed_dollars),
        "dollars_off": off.dollars,
    }
