"""Plots as SVG that takes its colours from the page it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log10
from typing import Final

from agentforge.audit.markup import Html, element

WIDTH: Final = 640
HEIGHT: Final = 220
LEFT: Final = 64
BOTTOM: Final = 28
TOP: Final = 12


def lines(title: str, series: Mapping[str, Sequence[float]], *, across: str) -> Html:
    """A line for each series over the numbers of its points."""
    most = max((value for values in series.values() for value in values), default=0.0)
    many = max((len(values) for values in series.values()), default=0)
    top = _round_up(most)
    drawn: list[Html] = [*_grid(top), _label(LEFT, HEIGHT - 6, f"1 to {many} {across}", "start")]
    for at, (name, values) in enumerate(series.items()):
        points = " ".join(
            f"{LEFT + (WIDTH - LEFT - 8) * number / max(many - 1, 1):.1f},{_y(value, top):.1f}"
            for number, value in enumerate(values)
        )
        drawn.append(element("polyline", element("title", name), points=points, class_=f"line s{at}"))
        if len(values) == 1:
            drawn.append(element("circle", cx=LEFT, cy=f"{_y(values[0], top):.1f}", r=3, class_=f"dot s{at}"))
    return _picture(title, drawn)


def bars(title: str, values: Mapping[str, tuple[float, str]]) -> Html:
    """A bar across for each value, with its words at its end."""
    most = max((value for value, _ in values.values()), default=0.0) or 1.0
    drawn: list[Html] = []
    room = WIDTH - 120
    for at, (name, (value, words)) in enumerate(values.items()):
        y = TOP + at * 48
        wide = max(room * value / most, 1.0)
        drawn.append(_label(0, y + 6, name, "start"))
        drawn.append(element("rect", x=0, y=y + 12, width=f"{wide:.1f}", height=24, rx=3, class_=f"bar s{at}"))
        drawn.append(_label(round(wide) + 8, y + 29, words, "start"))
    return _picture(title, drawn, TOP + len(values) * 48)


def histogram(title: str, values: Sequence[float], *, step: float, series: int = 1) -> Html:
    """How many of the values fall into each step."""
    if not values:
        return Html()
    low, high = int(min(values) // step), int(max(values) // step)
    counts = [0] * (high - low + 1)
    for value in values:
        counts[int(value // step) - low] += 1
    top = _round_up(max(counts))
    wide = (WIDTH - LEFT - 8) / len(counts)
    drawn = [*_grid(top)]
    every = ceil(len(counts) / 10)
    for at, count in enumerate(counts):
        x, y = LEFT + at * wide, _y(count, top)
        start = (low + at) * step
        told = element("title", f"{start:.0%} to {start + step:.0%}: {count}")
        drawn.append(
            element(
                "rect",
                told,
                x=f"{x + 1:.1f}",
                y=f"{y:.1f}",
                width=f"{max(wide - 2, 1):.1f}",
                height=f"{HEIGHT - BOTTOM - y:.1f}",
                class_=f"bar s{series}" if start >= 0 else "bar loss",
            )
        )
        if at % every == 0:
            drawn.append(_label(round(x), HEIGHT - 8, f"{start:.0%}", "start"))
    return _picture(title, drawn)


def legend(names: Sequence[str]) -> Html:
    """Which colour is which series."""
    keys = (element("span", element("i", class_=f"key s{at}"), name) for at, name in enumerate(names))
    return element("p", *keys, class_="legend")


def _picture(title: str, drawn: Sequence[Html], height: int = HEIGHT) -> Html:
    return element(
        "svg",
        element("title", title),
        *drawn,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label=title,
        xmlns="http://www.w3.org/2000/svg",
    )


def _grid(top: float) -> list[Html]:
    drawn: list[Html] = []
    for part in range(5):
        value = top * part / 4
        y = round(_y(value, top))
        drawn.append(element("line", x1=LEFT, x2=WIDTH - 8, y1=y, y2=y, class_="grid"))
        drawn.append(_label(LEFT - 6, y + 4, short(value), "end"))
    return drawn


def _label(x: int, y: int, words: str, anchor: str) -> Html:
    return element("text", words, x=x, y=y, text_anchor=anchor)


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - BOTTOM - TOP) * (1 - value / top)


def _round_up(value: float) -> float:
    """The next number that is easy to read on a scale."""
    if value <= 4:
        return 4.0
    unit = float(10 ** int(log10(value)))
    return next(unit * step for step in (1, 2, 4, 8, 10) if unit * step >= value)


def short(value: float) -> str:
    """A number with few digits."""
    for unit, sign in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{sign}"
    return f"{value:.3g}"
