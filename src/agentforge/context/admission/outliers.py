"""The values that are not like the others of their kind: numbers far out, rare words, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import NoneType
from typing import Any, Final

from agentforge.context.admission.signals import troubled
from agentforge.context.admission.values import ODD, Weight
from agentforge.context.text import MISSING, shortened

_NUMBERS: Final = frozenset((int, float))
_PLAIN: Final = frozenset((str, bool, int, float))
FEWEST: Final = 12
"""Among fewer values none is an outlier."""
LARGEST: Final = 10**300
FAR: Final = 5.0
"""Beyond the quartiles by so many times the spread between them."""
MOST: Final = 5
"""So many outliers a column and kind: where there are more, they are not that rare."""
MOST_WORDS: Final = 24
"""A column with more different words than this, or than a tenth of its rows, names or tells things."""


@dataclass(slots=True)
class Study:
    """What the columns of many records say."""

    weights: dict[int, Weight] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def mark(self, row: int, weight: int, rank: int) -> None:
        """Lets a row matter; the heaviest reason counts."""
        known = self.weights.get(row, (0, 0))
        if (weight, -rank) > (known[0], -known[1]):
            self.weights[row] = weight, rank


def study(columns: Mapping[str, Sequence[Any]]) -> Study:
    """The rows that stand out in any column, and a line on each column that most rows have."""
    found = Study()
    sparse = {name for name, values in columns.items() if values.count(MISSING) > 0.9 * len(values)}
    for name, values in columns.items():
        # A few keys that hardly any record has tell these apart; many are how such records are.
        if name in sparse and len(sparse) > MOST:
            continue
        said = _study_column(found, values)
        found.notes.append(f"{shortened(name, 40)} {said}" if said else shortened(name, 40))
    if len(sparse) > MOST:
        found.notes.append(f"{len(sparse)} keys that few have")
    return found


def far_out(numbers: Sequence[float]) -> list[int]:
    """The places of the few numbers that lie far from all others, the farthest first; none in a plain count."""
    if len(numbers) < FEWEST:
        return []
    ordered = sorted(numbers)
    if numbers == ordered and len(set(numbers)) == len(numbers):
        return []
    low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    # Where most are the same there is no spread, and all else is what `_rare` looks at.
    spread = high - low
    if not 0 < spread < inf:
        return []
    # A whole number beyond all floats would not multiply with one.
    if ordered[-1] > LARGEST or ordered[0] < -LARGEST:
        return []
    least, most = low - FAR * spread, high + FAR * spread
    if least <= ordered[0] and ordered[-1] <= most:
        return []
    far = [
        (max(low - number, number - high) / spread, at)
        for at, number in enumerate(numbers)
        if not least <= number <= most
    ]
    if len(far) > max(MOST, len(numbers) // 50):
        far = [one for one in far if one[0] > 4 * FAR]
    return [at for _, at in sorted(far, key=lambda one: (-one[0], one[1]))[:MOST]]


def _study_column(found: Study, values: Sequence[Any]) -> str:
    types = Counter(map(type, values))
    none, missing = types[NoneType], types[object]
    there: Sequence[tuple[int, Any]] = list(enumerate(values))
    if none or missing:
        there = [(row, value) for row, value in there if value is not None and value is not MISSING]
        _mark_few(found, none, len(values), lambda: [row for row, value in enumerate(values) if value is None])
        _mark_few(found, missing, len(values), lambda: [row for row, value in enumerate(values) if value is MISSING])
        _mark_few(found, len(there), len(values), lambda: [row for row, _ in there])
    numbers = types[int] + types[float]
    if numbers and numbers >= 0.9 * len(there):
        strange = len(there) - numbers
        _mark_few(found, strange, len(there), lambda: [row for row, value in there if type(value) not in _NUMBERS])
        said = _study_numbers(found, [one for one in there if type(one[1]) in _NUMBERS] if strange else there)
    else:
        said = _study_words(found, [(row, str(value)) for row, value in there if type(value) in _PLAIN])
    empty = none + missing
    return f"{said} ({empty:,} empty)" if empty else said


def _study_numbers(found: Study, numbers: Sequence[tuple[int, float]]) -> str:
    values = [value for _, value in numbers]
    for rank, at in enumerate(far_out(values)):
        found.mark(numbers[at][0], ODD, rank)
    kinds = Counter(values)
    if len(kinds) <= MOST_WORDS:
        _mark_rare(found, numbers, kinds)
    least, most = min(values), max(values)
    return _figure(least) if least == most else f"{_figure(least)} to {_figure(most)}"


def _study_words(found: Study, words: Sequence[tuple[int, str]]) -> str:
    kinds = Counter([word for _, word in words])
    # What most say is how things are, whatever it is.
    levels = {word: weight for word, weight in troubled(kinds).items() if kinds[word] * 4 <= len(words)}
    if levels:
        seen: Counter[str] = Counter()
        for row, word in words:
            if word in levels:
                found.mark(row, levels[word], seen[word])
                seen[word] += 1
    if len(kinds) > max(3, min(MOST_WORDS, len(words) // 10)):
        return f"{len(kinds):,} different"
    _mark_rare(found, words, kinds)
    return ", ".join(f"{shortened(word, 24)} {number:,}" for word, number in kinds.most_common(6)) + (
        f", {len(kinds) - 6} others" if len(kinds) > 6 else ""
    )


def _mark_rare(found: Study, values: Sequence[tuple[int, Any]], kinds: Counter[Any]) -> None:
    """Marks the rows whose value hardly any other has, where few values are all there is."""
    rare = {value for value, number in kinds.items() if number <= max(1, len(values) // 100)}
    if len(values) < FEWEST or not rare:
        return
    seen: Counter[Any] = Counter()
    for row, value in values:
        if value in rare:
            found.mark(row, ODD, seen[value])
            seen[value] += 1


def _mark_few(found: Study, number: int, total: int, rows: Callable[[], Sequence[int]]) -> None:
    """Marks rows if they are but a few of all."""
    if total >= FEWEST and 0 < number <= max(1, total // 50):
        for rank, row in enumerate(rows()[:MOST]):
            found.mark(row, ODD, rank)


def _figure(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:.6g}"
