"""What transcripts say was used, as a panel of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from agentforge.audit.markup import Html, element, join
from agentforge.audit.page_figures import fact, length, percent
from agentforge.audit.report import weigh_together
from agentforge.audit.usage import KINDS, cost_words, filled_by_kind, first_call
from agentforge.audit.words import dollars, known, many
from agentforge.tokens import Count
from agentforge.transcripts import Totals, UsageReport

_MOST: Final = 12
_TALL: Final = 100.0
_YEAR: Final = 366
_FIGURES: Final = frozenset(
    {"tokens", "times", "answers", "input", "cache write", "cache read", "output", "cost", "tokens before", "after"}
)
_STACK: Final[Sequence[tuple[str, Callable[[Totals], int]]]] = (
    ("cache read", lambda totals: totals.cache_read),
    ("cache write", lambda totals: totals.cache_creation),
    ("input", lambda totals: totals.input),
    ("output", lambda totals: totals.output),
)


def usage_panel(usage: UsageReport, shown: Callable[[str], str] = str) -> Html:
    """The panel. `shown`: how a text that may hold paths of the user's is shown."""
    return join(
        _hero(usage),
        _days(usage),
        _filled(usage),
        _used(usage),
        _models(usage),
        _again(usage, shown),
        _missing(usage, shown),
    )


def usage_rules(usage: UsageReport) -> Iterator[str]:
    """How long the bars are, as style rules."""
    kinds = _by_kind(usage)
    largest = max((count.value for _, count in kinds), default=0)
    for kind, count in kinds:
        yield length(f"#filled-{kind}", count.value / max(largest, 1))


def _hero(usage: UsageReport) -> Html:
    totals = usage.totals
    first = first_call(usage)
    return element(
        "header",
        element("p", "What was used", class_="who"),
        element("h2", element("strong", _short(totals.total)), " tokens"),
        element(
            "p",
            f"{totals.total:,}, counted by the providers, in {many(totals.answers, 'answer')} "
            f"of {many(len(usage.sessions), 'session')}",
            class_="how",
        ),
        element(
            "dl",
            *(
                []
                if first is None
                else [fact("in the window before any work", f"{first:,}", element("span", "median of first calls"))]
            ),
            fact("read from the cache", f"{totals.cache_share:.1%}", element("span", "of what went in")),
            fact("output", _short(totals.output), element("span", f"{totals.output:,}")),
            fact("cost", cost_words(usage), element("span", "at list prices")),
            class_="facts",
        ),
        class_="hero",
    )


def _days(usage: UsageReport) -> Html:
    days = _calendar(usage.by_day)
    if not days:
        return Html()
    empty = Totals()
    highest = max(usage.by_day.get(day, empty).total for day in days) or 1
    bars: list[str] = []
    for at, day in enumerate(days):
        top = _TALL
        for name, tokens in _STACK:
            tall = _TALL * tokens(usage.by_day.get(day, empty)) / highest
            top -= tall
            if tall > 0:
                bars.append(_bar(at, top, tall, name.replace(" ", "-")))
    legend = (element("li", name, class_=name.replace(" ", "-")) for name, _ in _STACK)
    return element(
        "section",
        element("h3", "Day by day"),
        element("ul", *legend, class_="stack"),
        element(
            "div",
            element("span", _short(highest), class_="most"),
            element(
                "svg",
                *bars,
                viewBox=f"0 0 {len(days)} {_TALL:g}",
                preserveAspectRatio="none",
                role="img",
                aria_label=f"Tokens a day from {days[0]} to {days[-1]}; at most {highest:,}",
            ),
            element("span", days[0]),
            element("span", days[-1] if len(days) > 1 else "", class_="last"),
            class_="days",
        ),
        element(
            "details",
            element("summary", "the same as a table"),
            _listing(
                ("day", "tokens", "cache read", "cost"),
                [
                    (day or "not told", f"{one.total:,}", f"{one.cache_share:.1%}", dollars(one.cost))
                    for day, one in sorted(usage.by_day.items())
                ],
            ),
        ),
    )


def _filled(usage: UsageReport) -> Html:
    kinds = _by_kind(usage)
    if not kinds:
        return Html()
    whole = sum(count.value for _, count in kinds)
    rows = sorted(usage.filled, key=lambda row: (-row.tokens.value, row.kind, row.name))[:_MOST]
    return element(
        "section",
        element("h3", "What filled the windows"),
        element(
            "ul",
            *(
                element(
                    "li",
                    element("span", KINDS.get(kind, kind), class_="name"),
                    element("span", f"{count.value:,} · {percent(count.value, whole)}", class_="tokens"),
                    element(
                        "span", element("i", class_="length", id=f"filled-{kind}"), class_="bar", aria_hidden="true"
                    ),
                )
                for kind, count in kinds
            ),
            class_="kinds",
        ),
        _listing(
            ("tool or source", "kind", "tokens", "times", "known as"),
            [
                (
                    row.name or KINDS.get(row.kind, row.kind),
                    KINDS.get(row.kind, row.kind),
                    f"{row.tokens.value:,}",
                    f"{row.items:,}",
                    known(row.tokens),
                )
                for row in rows
            ],
        ),
    )


def _used(usage: UsageReport) -> Html:
    if not usage.used:
        return Html()
    rows = sorted(usage.used, key=lambda row: (-row.times, row.kind, row.name))
    cells = [(row.name, row.kind, f"{row.times:,}", row.first[:10], row.last[:10]) for row in rows]
    head = ("name", "kind", "times", "first", "last")
    more = element("details", element("summary", f"and {len(rows) - _MOST:,} more"), _listing(head, cells[_MOST:]))
    return element(
        "section",
        element("h3", "Tools, agents, skills and commands", " ", element("span", f"{len(rows):,}", class_="many")),
        _listing(head, cells[:_MOST]),
        *([more] if len(rows) > _MOST else []),
    )


def _models(usage: UsageReport) -> Html:
    rows = [
        (
            model or "not told",
            f"{one.answers:,}",
            f"{one.input:,}",
            f"{one.cache_creation:,}",
            f"{one.cache_read:,}",
            f"{one.output:,}",
            dollars(one.cost),
        )
        for model, one in sorted(usage.by_model.items(), key=lambda row: (-row[1].total, row[0]))
    ]
    head = ("model", "answers", "input", "cache write", "cache read", "output", "cost")
    return element("section", element("h3", "Models"), _listing(head, rows)) if rows else Html()


def _again(usage: UsageReport, shown: Callable[[str], str]) -> Html:
    """What was read twice, and what was compacted."""
    told = []
    if usage.rereads:
        rows = [
            (shown(one.path), f"{one.times:,}", f"{one.tokens.value:,}", known(one.tokens))
            for one in usage.rereads[:_MOST]
        ]
        told += [element("h3", "Read again unchanged"), _listing(("file", "times", "tokens", "known as"), rows)]
    if usage.compactions:
        rows = [
            (one.at[:16].replace("T", " "), one.trigger or "not told", _or_not(one.before), _or_not(one.after))
            for one in usage.compactions[-_MOST:]
        ]
        told += [element("h3", "Compacted"), _listing(("when", "why", "tokens before", "after"), rows)]
    return element("section", *told) if told else Html()


def _missing(usage: UsageReport, shown: Callable[[str], str]) -> Html:
    lines = [f"{many(usage.files, 'transcript')} read, {usage.bytes:,} bytes."]
    if usage.retold.total:
        lines.append(f"{usage.retold.total:,} of these tokens were probably told twice: resumed sessions repeat them.")
    if usage.unpriced:
        lines.append(f"No price is known for {', '.join(name or 'not told' for name in usage.unpriced)}.")
    if usage.skipped:
        lines.append(f"{sum(usage.skipped.values()):,} lines of types that are not known: {', '.join(usage.skipped)}.")
    if usage.others:
        lines.append(f"{usage.others:,} files looked like transcripts and are none.")
    lines += [shown(str(problem)) for problem in usage.problems]
    return element("div", element("ul", *(element("li", line) for line in lines)), class_="missing")


def _listing(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """A plain table: the first cell of a row names it."""
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", *(_cell("th", name, name, scope="col") for name in head))),
            element(
                "tbody",
                *(
                    element(
                        "tr",
                        element("th", row[0], scope="row"),
                        *(_cell("td", name, cell) for name, cell in zip(head[1:], row[1:], strict=True)),
                    )
                    for row in rows
                ),
            ),
            class_="listing",
        ),
        class_="wide",
        tabindex=0,
        role="region",
        aria_label=f"Table: {', '.join(head)}",
    )


def _cell(tag: str, column: str, words: str, **attributes: str) -> Html:
    return element(tag, words, class_="number" if column in _FIGURES else False, **attributes)


def _by_kind(usage: UsageReport) -> list[tuple[str, Count]]:
    """What each kind put into windows, the most first."""
    return [
        (kind, weigh_together((row.tokens for row in rows), rows[0].tokens.model))
        for kind, rows in filled_by_kind(usage).items()
    ]


def _calendar(days: Iterable[str]) -> list[str]:
    """Every day from the first to the last, those without work too; a year at most, the latest."""
    known_days = [day for day in map(_date, days) if day]
    if not known_days:
        return []
    last = max(known_days)
    first = max(min(known_days), last - min(timedelta(_YEAR - 1), last - date.min))
    return [(first + timedelta(at)).isoformat() for at in range((last - first).days + 1)]


def _date(day: str) -> date | None:
    """The day; None for what a transcript calls one and is none."""
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _bar(at: int, top: float, tall: float, name: str) -> Html:
    return element("rect", x=f"{at + 0.1:g}", y=f"{top:.2f}", width="0.8", height=f"{tall:.2f}", class_=name)


def _or_not(tokens: int) -> str:
    return f"{tokens:,}" if tokens else "not told"


def _short(number: int) -> str:
    """A large number that is read at a glance."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if number >= size:
            return f"{number / (1000 if letter == 'k' else size):.1f} {letter}"
    return f"{number:,}"
