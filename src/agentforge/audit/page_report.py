"""One report as a panel of the page: the number, the map, what to do, every part, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from agentforge.audit.markup import Html, element, join
from agentforge.audit.page_figures import fact, length, percent
from agentforge.audit.page_map import Region, colour, group_id, map_markup, regions
from agentforge.audit.report import TURNS, Finding, Part, Report, weigh_together
from agentforge.audit.words import before_words, dollars, known, many, sent_words

_PLACES: Final = 5
_COLUMNS: Final = (
    ("part", "text"),
    ("category", "text"),
    ("tokens", "number"),
    ("share", "number"),
    ("bytes", "number"),
    ("known as", "text"),
    ("where", "text"),
)


def report_panel(report: Report, key: str) -> Html:
    """The panel. `key` sets the ids of this report's elements apart."""
    drawn = regions(report)
    return join(
        _hero(report, key),
        _map(report, drawn, key),
        _findings(report.findings),
        _table(report, key),
        _missing(report, key),
    )


def bar_rules(report: Report, drawn: Sequence[Region], key: str) -> Iterator[str]:
    """How long the bar of the window is, as style rules."""
    window = max(report.window or 0, report.total.value, 1)
    for region in drawn:
        yield length(f"#{key}window-{'own' if region.own else 'fixed'}", region.tokens / window)


def _hero(report: Report, key: str) -> Html:
    total, own = report.total, report.governed
    least, number, unit = before_words(report)
    fixed = weigh_together((part.count for part in report.parts if not part.is_yours), report.model)
    return element(
        "header",
        element("p", report.client, class_="who"),
        element("h2", least, element("strong", number), unit),
        element("p", f"{known(total)}, for {total.model}", class_="how"),
        _window(report, key),
        element(
            "dl",
            fact("from your files and servers", f"{own.value:,}", element("span", known(own))),
            *(
                [fact(f"from {report.client} itself", f"{fixed.value:,}", element("span", known(fixed)))]
                if fixed.value
                else []
            ),
            fact(f"{TURNS} turns without cache", dollars(report.bill.uncached), element("span", "for this alone")),
            fact(f"{TURNS} turns with cache", dollars(report.bill.cached), element("span", "written once, then read")),
            class_="facts",
        ),
        _warnings(report, key),
        class_="hero",
    )


def _window(report: Report, key: str) -> Html:
    """The share of the window as a bar."""
    if report.share is None:
        return element("p", "The window of this model is not known.", class_="note")
    words = f"{report.share:.1%} of the window of {report.window:,} tokens"
    sides = [("own", report.governed.value), ("fixed", report.total.value - report.governed.value)]
    bars = (
        element("i", id=f"{key}window-{side}", class_=f"length {side}", aria_hidden="true")
        for side, tokens in sides
        if tokens > 0
    )
    return join(
        element("div", *bars, class_="window over" if report.share > 1 else "window", role="img", aria_label=words),
        element("p", element("b", f"{report.share:.1%}"), f" of the window of {report.window:,}", class_="scale"),
    )


def _warnings(report: Report, key: str) -> Html:
    """Where to read on about what is not in the number."""
    told = []
    if report.unknown:
        told.append(element("a", f"{many(len(report.unknown), 'thing')} not weighed", href=f"#{key}unknown"))
    if report.problems:
        told.append(element("a", f"{many(len(report.problems), 'place')} not read as meant", href=f"#{key}problems"))
    sent = element("p", " ".join(sent_words(report.client, report.sent)), class_="note") if report.sent else Html()
    return join(sent, element("p", join(*_between(told)), class_="note") if told else Html())


def _map(report: Report, drawn: Sequence[Region], key: str) -> Html:
    if not drawn:
        return Html()
    title = f"{key}map"
    return element(
        "section",
        element("h3", "Where it lies", id=title),
        element(
            "div",
            element("div", *(_legend(report, region, key) for region in drawn), class_="legend"),
            element(
                "div",
                map_markup(report, drawn, key),
                element("p", class_="detail", aria_live="polite"),
                class_="mapped",
            ),
            class_="split",
        ),
        class_="where",
        aria_labelledby=title,
    )


def _legend(report: Report, region: Region, key: str) -> Html:
    """The categories of a region, with their weights."""
    name = "Yours" if region.own else f"{report.client} itself"
    return join(
        element(
            "h4",
            element("span", name),
            element("span", f"{region.tokens:,}"),
            element("span", percent(region.tokens, report.total.value)),
        ),
        element(
            "ul",
            *(
                element(
                    "li",
                    element("span", group.category, class_="name"),
                    element("span", f"{group.tokens:,}", class_="tokens"),
                    element("span", percent(group.tokens, report.total.value), class_="share"),
                    class_=colour(group.category),
                    data_group=group_id(key, region, group),
                )
                for group in region.groups
            ),
            class_="own" if region.own else "fixed",
        ),
    )


def _findings(findings: Sequence[Finding]) -> Html:
    if not findings:
        return element("section", element("h3", "What to do"), element("p", "Nothing was found to act on."))
    return element(
        "section",
        element("h3", "What to do", " ", element("span", f"{len(findings):,}", class_="many")),
        element("ol", *map(_finding, findings), class_="findings"),
    )


def _finding(finding: Finding) -> Html:
    saves = finding.saving.value
    places = [element("li", place) for place in finding.where]
    more = element(
        "details",
        element("summary", f"and {len(places) - _PLACES:,} more places"),
        element("ul", *places[_PLACES:]),
    )
    return element(
        "li",
        element(
            "p",
            *(
                [element("strong", f"{saves:,}"), element("span", "tokens saved", element("br"), known(finding.saving))]
                if saves
                else []
            ),
            *([] if saves else [element("strong", "0"), element("span", "tokens")]),
            class_="saving",
        ),
        element(
            "div",
            element(
                "p",
                element("span", finding.rule, class_="rule"),
                " ",
                element("span", f"{finding.confidence} confidence", class_=f"confidence {finding.confidence}"),
            ),
            element("p", finding.what, class_="what"),
            element("div", element("code", finding.remedy), class_="remedy"),
            element("ul", *places[:_PLACES], class_="places"),
            *([more] if len(places) > _PLACES else []),
        ),
    )


def _table(report: Report, key: str) -> Html:
    total = report.total.value
    rows = sorted(range(len(report.parts)), key=lambda at: -report.parts[at].count.value)
    head = (
        element(
            "th",
            name,
            scope="col",
            class_=kind,
            aria_sort="descending" if name == "tokens" else False,
        )
        for name, kind in _COLUMNS
    )
    return element(
        "section",
        element("h3", "Every part", " ", element("span", f"{len(report.parts):,}", class_="many"), id=f"{key}parts"),
        element(
            "div",
            element(
                "label",
                "Filter ",
                element("input", type="search", placeholder="name, category, file", autocomplete="off"),
            ),
            element("label", element("input", type="checkbox"), " only yours"),
            element("output"),
            class_="filter",
            hidden=True,
        ),
        element(
            "table",
            element("caption", f"Every part of the first request of {report.client}", class_="unseen"),
            element("thead", element("tr", *head)),
            element("tbody", *(_row(report.parts[at], at, total, key) for at in rows)),
            class_="parts",
        ),
        class_="every",
    )


def _row(part: Part, at: int, total: int, key: str) -> Html:
    return element(
        "tr",
        element("th", part.name, scope="row"),
        element("td", part.category),
        element("td", f"{part.count.value:,}"),
        element("td", percent(part.count.value, total)),
        element("td", f"{part.bytes:,}"),
        element("td", known(part.count)),
        element("td", part.source),
        id=f"r{key}{at}",
        class_=colour(part.category) + ("" if part.is_yours else " fixed"),
    )


def _missing(report: Report, key: str) -> Html:
    """What is not in the figures, and where they come from."""
    lists = []
    if report.problems:
        rows = (
            element("li", element("code", problem.where), " ", element("span", problem.what))
            for problem in report.problems
        )
        lists.append(
            element("section", element("h3", "Not read as it was meant", id=f"{key}problems"), element("ul", *rows))
        )
    if report.unknown:
        told = (element("li", line) for line in report.unknown)
        lists.append(element("section", element("h3", "Not weighed", id=f"{key}unknown"), element("ul", *told)))
    if report.measured:
        lists.append(element("p", f"Built-in sizes: {report.measured}.", class_="note"))
    return element("div", *lists, class_="missing")


def _between(links: Sequence[Html]) -> Iterator[str]:
    for at, link in enumerate(links):
        yield from (" · ", link) if at else (link,)
