"""The treemap of a report: what the client itself brings stands apart from what the user's files bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agentforge.audit.markup import Html, element, join, text
from agentforge.audit.report import Category, Part, Report
from agentforge.audit.treemap import Box, squarify

MAP: Final = Box(0, 0, 160, 100)
"""Its shape on a wide screen; on a narrow one the page swaps the two sides, which leaves every box as square."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part's box in its group, and when its group is seen alone."""

    at: int
    """Which part of the report."""
    box: Box
    alone: Box


@dataclass(frozen=True, slots=True)
class Group:
    """A category's box in its region; boxes are in hundredths of what holds them."""

    category: Category
    tokens: int
    box: Box
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """All that is the user's, or all that is the client's own."""

    own: bool
    tokens: int
    box: Box
    groups: tuple[Group, ...]


def regions(report: Report) -> tuple[Region, ...]:
    """What there is to draw: the user's own first, the heaviest category first; parts of no weight have no box."""
    own, fixed = _grouped(report.parts, own=True), _grouped(report.parts, own=False)
    sides = [(mine, groups) for mine, groups in ((True, own), (False, fixed)) if groups]
    weights = [sum(_weight(report, members) for members in groups.values()) for _, groups in sides]
    drawn = []
    left = 0.0
    for (mine, groups), weight in zip(sides, weights, strict=True):
        # Side by side whatever they weigh: the user's is always on the left.
        width = MAP.width * weight / sum(weights)
        whole = Box(left, 0, width, MAP.height)
        left += width
        boxes = squarify([_weight(report, members) for members in groups.values()], whole)
        drawn.append(
            Region(
                mine,
                sum(part.count.value for part in report.parts if part.is_yours == mine),
                whole.share_of(MAP),
                tuple(
                    Group(
                        category,
                        sum(
                            part.count.value
                            for part in report.parts
                            if part.category == category and part.is_yours == mine
                        ),
                        box.share_of(whole),
                        _cells(report, members, box),
                    )
                    for (category, members), box in zip(groups.items(), boxes, strict=True)
                ),
            )
        )
    return tuple(drawn)


def map_markup(report: Report, drawn: Sequence[Region], key: str) -> Html:
    """The map. `key` sets the ids of this report's elements apart."""
    return element(
        "div",
        *(
            element(
                "div",
                element(
                    "div",
                    *(
                        element(
                            "div",
                            *(_cell(report.parts[cell.at], cell, key) for cell in group.cells),
                            *([] if _says_itself(group, region) else [element("em", group.category)]),
                            class_=f"group {colour(group.category)}",
                            id=group_id(key, region, group),
                        )
                        for group in region.groups
                    ),
                    class_="inner",
                ),
                class_="region own" if region.own else "region fixed",
                id=f"{key}{'own' if region.own else 'fixed'}",
            )
            for region in drawn
        ),
        class_="map",
        role="group",
        aria_label=f"Treemap of {report.total.value:,} tokens; the table below holds the same",
    )


def map_rules(drawn: Sequence[Region], key: str) -> Iterator[str]:
    """Where the boxes stand, as style rules."""
    for region in drawn:
        yield _rule(f"#{key}{'own' if region.own else 'fixed'}", region.box)
        for group in region.groups:
            yield _rule(f"#{group_id(key, region, group)}", group.box)
            for cell in group.cells:
                yield _rule(f"#{key}{cell.at}", cell.box)
                if cell.alone != cell.box:
                    yield _rule(f".on>#{key}{cell.at}", cell.alone)


def group_id(key: str, region: Region, group: Group) -> str:
    """The id of a group's box."""
    return f"{key}{'own' if region.own else 'fixed'}-{colour(group.category)}"


def colour(category: Category) -> str:
    """The class that colours a category."""
    return category.lower().replace(" ", "-")


def _grouped(parts: Sequence[Part], *, own: bool) -> dict[Category, list[int]]:
    groups: dict[Category, list[int]] = {}
    for at, part in enumerate(parts):
        if part.count.value > 0 and part.is_yours == own:
            groups.setdefault(part.category, []).append(at)
    return dict(sorted(groups.items(), key=lambda row: -sum(parts[at].count.value for at in row[1])))


def _weight(report: Report, members: Sequence[int]) -> int:
    return sum(report.parts[at].count.value for at in members)


def _cells(report: Report, members: Sequence[int], within: Box) -> tuple[Cell, ...]:
    members = sorted(members, key=lambda at: -report.parts[at].count.value)
    weights = [report.parts[at].count.value for at in members]
    return tuple(
        Cell(at, box.share_of(within), alone.share_of(MAP))
        for at, box, alone in zip(members, squarify(weights, within), squarify(weights, MAP), strict=True)
    )


def _says_itself(group: Group, region: Region) -> bool:
    """Whether one of its boxes is large enough for a name, so that the group needs none of its own."""
    width = region.box.width * group.box.width / 10_000 * MAP.width
    height = region.box.height * group.box.height / 10_000 * MAP.height
    return any(cell.box.width * width > 1_000 and cell.box.height * height > 450 for cell in group.cells)


def _cell(part: Part, cell: Cell, key: str) -> Html:
    name = Html(text(part.name).replace("_", "_<wbr>"))
    label = join(element("b", name), " ", element("span", f"{part.count.value:,}"))
    return element("div", label, class_="cell", id=f"{key}{cell.at}")


def _rule(selector: str, box: Box) -> str:
    # Cut, never rounded up, so that no box stands out of what holds it.
    sides = (("x", box.x), ("y", box.y), ("w", box.width), ("h", box.height))
    return selector + "{" + ";".join(f"--{name}:{int(side * 1000) / 1000:g}" for name, side in sides) + "}"
