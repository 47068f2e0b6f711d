"""A report as one page that loads nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Final

from agentforge.audit.markup import Html, element, join
from agentforge.simulate.whatif.plots import bars, histogram, legend, lines
from agentforge.simulate.whatif.sums import Report, Row, Sum
from agentforge.simulate.whatif.words import dollars, headline, notes, percent

LARGEST: Final = 6
"""Sessions whose contexts are drawn."""
STEP: Final = 0.1
"""How wide the steps of savings are."""
_FIGURES: Final = (*Sum().figures, "cost")


def page(report: Report) -> str:
    """The page, whole. It has no address in it that a browser would load, and its policy lets none be loaded."""
    style = files("agentforge.simulate.whatif").joinpath("data", "page.css").read_text(encoding="utf-8")
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", headline(report)),
        element("style", Html(style)),
    )
    body = element(
        "body",
        element("h1", headline(report)),
        *(element("p", note, class_="note") for note in notes(report)),
        legend(report.plans),
        element("section", element("h2", "The bill"), _bill(report), _totals(report)),
        _savings(report),
        _contexts(report),
        _broken(report),
        element("section", element("h2", "Sessions"), _sessions(report)),
        _skipped(report),
    )
    return join(Html("<!doctype html>\n"), element("html", head, body, lang="en"), Html("\n"))


def _bill(report: Report) -> Html:
    totals = report.totals
    if any(total.dollars for total in totals.values()):
        return bars(
            "Cost by plan",
            {plan: (float(total.dollars), dollars(total.dollars)) for plan, total in totals.items()},
        )
    return bars(
        "Prompt tokens by plan",
        {plan: (float(total.prompt), f"{total.prompt:,} tokens") for plan, total in totals.items()},
    )


def _totals(report: Report) -> Html:
    rows = [element("tr", element("th", plan, scope="row"), *_cells(total)) for plan, total in report.totals.items()]
    return _table(("plan", *_FIGURES), rows)


def _cells(total: Sum) -> list[Html]:
    return [*(element("td", f"{number:,}") for number in total.figures.values()), element("td", dollars(total.dollars))]


def _savings(report: Report) -> Html:
    sections: list[Html] = []
    for at, plan in enumerate(report.plans[1:], 1):
        shares = [share for row in report.rows if (share := report.saved(plan, row=row)) is not None]
        if shares:
            sections.append(element("h3", f"{plan}: what it saves of each of {len(shares):,} sessions, net"))
            sections.append(histogram(f"Savings of {plan} by session", shares, step=STEP, series=at))
    return element("section", element("h2", "Savings"), *sections) if sections else Html()


def _contexts(report: Report) -> Html:
    largest = sorted(report.rows, key=lambda row: -row.sums["direct"].peak)[:LARGEST]
    drawn = [
        element(
            "figure",
            element("figcaption", f"{row.facts.client} {row.facts.id}"),
            lines(f"Context of {row.facts.id}", _series(row), across="requests"),
        )
        for row in largest
    ]
    heading = element("h2", "Context over time, largest sessions")
    return element("section", heading, element("div", *drawn, class_="many")) if drawn else Html()


def _series(row: Row) -> Mapping[str, list[float]]:
    return {plan: [float(tokens) for _, tokens in points] for plan, points in row.contexts.items()}


def _broken(report: Report) -> Html:
    told = [
        element("li", f"{plan}: {reason}, {times:,} times")
        for plan, reasons in report.breaks.items()
        for reason, times in sorted(reasons.items())
    ]
    return element("section", element("h2", "Why prefixes broke"), element("ul", *told)) if told else Html()


def _sessions(report: Report) -> Html:
    rows = []
    for row in sorted(report.rows, key=lambda row: -row.sums["direct"].dollars):
        cells = [element("th", row.facts.id, scope="row"), element("td", row.facts.client, class_="word")]
        cells += [element("td", _day(row.facts.started)), element("td", f"{row.sums['direct'].requests:,}")]
        cells.append(element("td", f"{row.sums['direct'].peak:,}"))
        cells.append(element("td", dollars(row.sums["direct"].dollars)))
        for plan in report.plans[1:]:
            total = row.sums[plan]
            cells += [element("td", dollars(total.dollars)), element("td", percent(report.saved(plan, row=row)))]
            cells.append(element("td", f"{total.recalls:,}"))
        rows.append(element("tr", *cells, element("td", row.facts.method, class_="word")))
    titles = ["session", "client", "began", "requests", "peak", "direct"]
    for plan in report.plans[1:]:
        titles += [plan, "saved", "recalls"]
    return _table((*titles, "known"), rows)


def _skipped(report: Report) -> Html:
    if not report.skipped:
        return Html()
    told = (element("li", f"{path}: {why}") for path, why in report.skipped)
    summary = element("summary", f"Files that were not replayed: {len(report.skipped):,}")
    return element("details", summary, element("ul", *told))


def _table(titles: tuple[str, ...], rows: list[Html]) -> Html:
    head = element("thead", element("tr", *(element("th", title, scope="col") for title in titles)))
    return element("div", element("table", head, element("tbody", *rows)), class_="wide")


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d") if seconds else ""
