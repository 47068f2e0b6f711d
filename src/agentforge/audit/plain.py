"""A report as plain data, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agentforge.audit.report import TURNS, Report


def plain(report: Report) -> dict[str, Any]:
    """The report as JSON values, its sums included; dollars are texts, so that nothing is rounded."""
    uncached, cached = report.bill.uncached, report.bill.cached
    return {
        "client": report.client,
        "model": report.model,
        "window": report.window,
        "measured": report.measured,
        "total": asdict(report.total),
        "share_of_window": report.share,
        "governed": asdict(report.governed),
        "by_category": {category: asdict(count) for category, count in report.by_category.items()},
        "bill": {
            "turns": TURNS,
            "uncached_usd": None if uncached is None else str(uncached),
            "cached_usd": None if cached is None else str(cached),
        },
        "parts": [asdict(part) for part in report.parts],
        "findings": [asdict(finding) for finding in report.findings],
        "problems": [asdict(problem) for problem in report.problems],
        "unknown": list(report.unknown),
        "sent": None if report.sent is None else asdict(report.sent),
    }
