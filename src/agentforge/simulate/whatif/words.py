"""What a report says in words, the same for the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from agentforge.simulate.whatif.sums import Report


def headline(report: Report) -> str:
    """The one number: what the plan would have changed, net of the recalls it would have needed."""
    direct = report.totals["direct"]
    if len(report.plans) < 2:
        return f"direct: {dollars(direct.dollars)}; requests: {direct.requests:,}; sessions: {len(report.rows):,}"
    plan = report.plans[1]
    total = report.totals[plan]
    saved = report.saved(plan)
    recalls = f"{total.recalls:,} recall{'' if total.recalls == 1 else 's'} charged"
    if saved is None:
        fewer = 1 - total.prompt / direct.prompt if direct.prompt else 0.0
        return (
            f"{plan} would have sent {total.prompt:,} prompt tokens instead of {direct.prompt:,}: "
            f"{_change(fewer, 'fewer', 'more')}; {recalls}"
        )
    return (
        f"{plan} would have cost {dollars(total.dollars)} instead of {dollars(direct.dollars)}: "
        f"{_change(saved, 'less', 'more')}; {recalls}"
    )


def notes(report: Report) -> Iterator[str]:
    """How the figures are known, and what is not in them."""
    off = report.off
    if off.tokens is not None:
        known = f"prompts {report.method}, from what {off.requests:,} requests were charged"
        line = f"{known[0].upper()}{known[1:]}: the direct replay is off by {percent(off.tokens)} in tokens"
        if off.dollars is not None:
            line += f", and its bill by {_signed(off.dollars)}"
        yield line + "."
    else:
        yield "Prompts estimated: these transcripts do not tell what was charged."
    if len(report.plans) > 2:
        first, second = report.plans[1], report.plans[2]
        if (beside := report.saved(first, second)) is not None:
            yield f"{first} costs {_change(beside, 'less', 'more')} than {second}."
    if unpriced := report.totals["direct"].unpriced:
        yield f"Requests of models without a known price, not in the dollars: {unpriced:,}."
    if report.twice:
        yield f"Requests that stand in more than one transcript, and are counted once: {report.twice:,}."
    yield "Not in any transcript, so on neither side: requests for titles and for the summary of a compaction."


def dollars(value: Decimal) -> str:
    """Dollars, with as many digits as say something."""
    return f"${value:,.2f}" if value >= 1 or not value else f"${value:.4f}"


def percent(share: float | None) -> str:
    """A share that may be unknown."""
    return "" if share is None else f"{share * 100:.1f} %"


def _signed(share: float) -> str:
    """A share with its sign, which nothing has none of."""
    rounded = round(share * 100, 1)
    return f"{rounded:+.1f} %" if rounded else "0.0 %"


def _change(share: float, less: str, more: str) -> str:
    return f"{abs(share) * 100:.1f} % {less if share >= 0 else more}"
