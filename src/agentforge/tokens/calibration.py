"""What the provider charged, against what was estimated: the better figure for the next request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, cast

import msgspec

from agentforge.tokens.count import Count
from agentforge.tokens.families import data
from agentforge.wire.errors import TokensError

KEPT: Final = 16
"""Observations per model: enough for a median that a few absurd ones cannot move, few enough to follow a change."""
RECENT: Final = 5
"""Observations that a ratio is taken from: as a conversation grows, what is around its words weighs less and less."""
BELIEVABLE: Final = (0.2, 5.0)
"""Charged per estimated token: outside of it the two do not speak of the same request."""
SPREAD: Final = 1.2
"""Larger requests over smaller ones, from where on a line through them says more than their ratio."""
FLOOR: Final = 0.005


class Observation(NamedTuple):
    """One request: what was estimated, and what the provider said."""

    estimated: int
    actual: int


class Line(NamedTuple):
    """Tokens charged, for tokens estimated: `slope` each, and `offset` for what is around them."""

    slope: float
    offset: float

    def at(self, estimated: int) -> float:
        """What will be charged for that estimate."""
        return self.slope * estimated + self.offset


@dataclass(frozen=True, slots=True)
class Calibration:
    """The latest observations of each model, and what follows from them. Observing gives a new value."""

    seen: Mapping[str, tuple[Observation, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def observe(self, model: str, estimated: int, actual: int) -> Calibration:
        """The calibration that also knows this request; one that cannot be true changes nothing."""
        low, high = BELIEVABLE
        if estimated <= 0 or not low * estimated <= actual <= high * estimated:
            return self
        latest = (*self.seen.get(model, ()), Observation(estimated, actual))[-KEPT:]
        return Calibration(MappingProxyType({**self.seen, model: latest}))

    def apply(self, count: Count) -> Count:
        """The count as it would be charged; unchanged where nothing was observed of its model."""
        seen = self.seen.get(count.model)
        if not seen or count.method != "estimated":
            return count
        value = max(round(fit(seen).at(count.value)), 0)
        return Count(value, "calibrated", count.model, _error(seen, count))

    def error(self, model: str) -> float | None:
        """How far off a model's calibrated figures are, as a share, for requests of the sizes that were observed.

        None where nothing was observed. `apply` widens it for other sizes.
        """
        seen = self.seen.get(model)
        return _scatter(seen) if seen else None


NEVER_SEEN: Final = Calibration()


def fit(seen: tuple[Observation, ...]) -> Line:
    """The line from the smaller to the larger requests, once there are some of both; else one through the origin.

    Each of the smallest third is joined with each of the largest: one absurd observation is then in a third of the
    slopes at most, whatever its size, and the median does not see it.
    """
    third = len(seen) // 3
    by_size = sorted(seen)
    small, large = by_size[:third], by_size[len(seen) - third :]
    if third >= 3 and large[0].estimated >= SPREAD * small[-1].estimated:
        slope = _median((b.actual - a.actual) / (b.estimated - a.estimated) for a in small for b in large)
        low, high = BELIEVABLE
        if low <= slope <= high:
            return Line(slope, _median(one.actual - slope * one.estimated for one in seen))
    return Line(_ratio(seen), 0.0)


def _scatter(seen: tuple[Observation, ...]) -> float:
    if len(seen) < 3:
        # Too few to contradict each other: a quarter of the way they moved the estimate.
        return max(0.02, abs(_ratio(seen) - 1) / 4)
    line = fit(seen)
    return max(FLOOR, 3 * _median(abs(line.at(estimated) / actual - 1) for estimated, actual in seen))


def _error(seen: tuple[Observation, ...], count: Count) -> float | None:
    """How far off the calibrated count may be; None stays None: what is hidden in it was in no observation.

    Among the observed sizes it is their scatter. Outside, nobody knows whether what the provider adds grows with a
    request or stays, so what was corrected, or the estimate's own error if that is more, comes back with the
    distance: half of it at twice the largest size, all of it at half the smallest.
    """
    if count.error is None:
        return None
    sizes = [one.estimated for one in seen]
    nearest = min(max(count.value, min(sizes)), max(sizes))
    corrected = abs(fit(seen).at(nearest) / nearest - 1)
    return _scatter(seen) + max(count.error, corrected) * abs(1 - nearest / max(count.value, 1))


def dump_calibration(calibration: Calibration) -> bytes:
    """The calibration as JSON, to be kept by whoever keeps things."""
    models = dict(sorted(calibration.seen.items()))
    return msgspec.json.encode({"estimator": _estimator(), "models": models})


def load_calibration(text: bytes) -> Calibration:
    """The calibration that was dumped; empty if the estimator it speaks of has changed since."""
    try:
        kept = msgspec.json.decode(text, type=_Kept)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TokensError(
            f"this is no calibration: {error}", where="calibration", fix="delete it; it is learnt again from usage"
        ) from None
    if kept.estimator != _estimator():
        return NEVER_SEEN
    calibration = NEVER_SEEN
    for model, seen in kept.models.items():
        for estimated, actual in seen:
            calibration = calibration.observe(model, estimated, actual)
    return calibration


class _Kept(msgspec.Struct):
    estimator: str
    models: dict[str, list[tuple[int, int]]]


def _estimator() -> str:
    return cast("str", data()["date"])


def _ratio(seen: tuple[Observation, ...]) -> float:
    """The middle one of the latest ratios; of two, the one nearer to no change, so that one absurdity has no say."""
    ratios = [actual / estimated for estimated, actual in seen[-RECENT:]]
    return _median(ratios if len(ratios) % 2 else [*ratios, 1.0])


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
