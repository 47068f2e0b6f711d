"""What is said more than once: the same items, descriptions that are nearly the same, and repeated paragraphs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from agentforge.audit.findings.evidence import Evidence, hide_each, names_of, places_of
from agentforge.audit.likeness import pairs_alike
from agentforge.audit.remedies import delete_paragraphs
from agentforge.audit.report import Category, Confidence, Finding, Part
from agentforge.knowledge import Item

ALIKE: Final = 0.6
CERTAINLY_ALIKE: Final = 0.9
PARAGRAPHS_ALIKE: Final = 0.7
WORDS_OF_A_PARAGRAPH: Final = 12
"""A shorter one, such as a heading or a line of code, may well stand in several places."""
_LISTED: Final[frozenset[Category]] = frozenset({"personas", "skills and commands"})
_FENCE: Final = re.compile(r"\s{0,3}(```|~~~)")


class Paragraph(NamedTuple):
    """Lines of instructions without an empty one between them, and the place of the first."""

    item: Item
    line: int
    """From 0, in the item's body."""
    text: str


def duplicated(evidence: Evidence) -> Iterator[Finding]:
    """Items in view that say the very same."""
    same: dict[tuple[Category, str, str], list[tuple[Part, Item]]] = defaultdict(list)
    for part, item in evidence.shown:
        same[_said(part, item)].append((part, item))
    for group in same.values():
        items = list({id(item): item for _, item in group}.values())
        if len(items) < 2:
            continue
        spare = [part for part, item in group if item is not items[0]]
        what = f"{names_of(items)} say the very same"
        saving = evidence.together(spare)
        yield Finding("duplicated", what, places_of(items), saving, "high", _spare(items))


def _spare(items: Sequence[Item]) -> str:
    """The edit that leaves the first of them; in all projects only where all of them are."""
    return hide_each(items[1:], everywhere=all(item.source.scope == "user" for item in items))


def alike(evidence: Evidence) -> Iterator[Finding]:
    """Personas, skills and commands whose descriptions are nearly the same: the model has to guess between them."""
    # Those that say the very same are found above: one of each is enough here, so that nothing is saved twice.
    listed = [
        (part, item) for part, item in _each_once(evidence) if part.category in _LISTED and item.description.strip()
    ]
    for members, share in _groups(pairs_alike([item.description for _, item in listed], least=ALIKE)):
        group = sorted((listed[at] for at in members), key=lambda pair: -pair[0].count.value)
        items = [item for _, item in group]
        much = "are the same" if share == 1 else f"share {share:.0%} or more of their phrases"
        what = f"the descriptions of {names_of(items)} {much}"
        sure: Confidence = "medium" if share >= CERTAINLY_ALIKE else "low"
        saving = evidence.together(part for part, _ in group[1:])
        remedy = f"keep the one you use; for the others {_spare(items)}"
        yield Finding("near-duplicate", what, places_of(items), saving, sure, remedy)


def repeated_paragraphs(evidence: Evidence) -> Iterator[Finding]:
    """Paragraphs of the memory files that say what another paragraph says, word for word or nearly."""
    found = [
        paragraph
        for part, item in _each_once(evidence)
        if part.category == "memory"
        for paragraph in paragraphs_of(item)
        if len(paragraph.text.split()) >= WORDS_OF_A_PARAGRAPH
    ]
    for members, share in _groups(pairs_alike([each.text for each in found], least=PARAGRAPHS_ALIKE)):
        group = [found[at] for at in members]
        same = len({" ".join(each.text.split()) for each in group}) == 1
        places = tuple(evidence.observed.lines.place(each.item, each.line) for each in group)
        much = "say the very same" if same else f"share {share:.0%} or more of their phrases"
        what = f'{len(group)} paragraphs {much}: "{" ".join(group[0].text.split()[:8])} ..."'
        sure: Confidence = "high" if same else "medium" if share >= CERTAINLY_ALIKE else "low"
        saving = evidence.weigh(each.text for each in group[1:])
        remedy = delete_paragraphs(places[0], places[1:], same=same)
        yield Finding("duplicated" if same else "near-duplicate", what, places, saving, sure, remedy)


def paragraphs_of(item: Item) -> Iterator[Paragraph]:
    """The paragraphs of an item; a block of code is not cut."""
    start, fence = 0, ""
    lines = item.body.split("\n")
    for number, line in enumerate([*lines, ""]):
        if found := _FENCE.match(line):
            fence = "" if fence == found[1] else fence or found[1]
        if (line.strip() or fence) and number < len(lines):
            continue
        if number > start:
            yield Paragraph(item, start, "\n".join(lines[start:number]))
        start = number + 1


def _each_once(evidence: Evidence) -> list[tuple[Part, Item]]:
    """The first of those that say the very same."""
    first_of = {_said(part, item): (part, item) for part, item in reversed(evidence.shown)}
    return list(reversed(first_of.values()))


def _said(part: Part, item: Item) -> tuple[Category, str, str]:
    """What two items have in common that say the same; an item without a body says the same as none but itself."""
    body = " ".join(item.body.split())
    return part.category, " ".join(item.description.split()), body or item.id


def _groups(pairs: Iterable[tuple[int, int, float]]) -> Iterator[tuple[list[int], float]]:
    """Those that are alike, directly or through others, each group with the least likeness of its pairs."""
    near: dict[int, int] = {}
    share: dict[int, float] = {}
    for one, other, likeness in pairs:
        first, second = sorted((_root(near, one), _root(near, other)))
        near[second] = first
        share[first] = min(likeness, share.pop(second, 1.0), share.get(first, 1.0))
        near.setdefault(first, first)
    groups: dict[int, list[int]] = defaultdict(list)
    for at in sorted({*near, *near.values()}):
        groups[_root(near, at)].append(at)
    for first, members in groups.items():
        yield members, share[first]


def _root(near: dict[int, int], at: int) -> int:
    while near.get(at, at) != at:
        at = near[at]
    return at
