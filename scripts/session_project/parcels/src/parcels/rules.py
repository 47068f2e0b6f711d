"""When to worry: alerts about parcels that do not move as they should."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from parcels.events import Status
from parcels.numbers import TrackingNumber
from parcels.parcel import Parcel

Kind = Literal["stuck", "never_scanned", "too_many_attempts", "lost"]

STUCK_AFTER = timedelta(days=3)
SCANNED_WITHIN = timedelta(days=1)
MOST_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Alert:
    """One reason to look at a parcel."""

    kind: Kind
    number: TrackingNumber
    since: datetime
    detail: str


def is_stuck(parcel: Parcel, now: datetime) -> Alert | None:
    """An alert when a parcel on its way was not scanned for days."""
    if parcel.status is Status.CREATED or parcel.silence(now) <= STUCK_AFTER:
        return None
    days = parcel.silence(now).days
    detail = f"{parcel.status.label} for {days} days without a scan"
    return Alert("stuck", parcel.number, parcel.last_seen, detail)


def was_never_scanned(parcel: Parcel, now: datetime) -> Alert | None:
    """An alert when the carrier does not seem to have the parcel."""
    if parcel.status is not Status.CREATED or now - parcel.handed_in <= SCANNED_WITHIN:
        return None
    return Alert("never_scanned", parcel.number, parcel.handed_in, "handed in but never scanned")


def has_too_many_attempts(parcel: Parcel, now: datetime) -> Alert | None:
    """An alert when the carrier has stood at the door too often."""
    if parcel.is_finished or parcel.attempts < MOST_ATTEMPTS:
        return None
    detail = f"{parcel.attempts} attempts to deliver"
    return Alert("too_many_attempts", parcel.number, parcel.last_seen, detail)


def is_lost(parcel: Parcel, now: datetime) -> Alert | None:
    """An alert when the carrier says that the parcel is lost."""
    if parcel.status is not Status.LOST:
        return None
    return Alert("lost", parcel.number, parcel.last_seen, "the carrier reports it lost")


RULES: tuple[Callable[[Parcel, datetime], Alert | None], ...] = (
    is_lost,
    is_stuck,
    was_never_scanned,
    has_too_many_attempts,
)


def alerts(parcels: Iterable[Parcel], now: datetime) -> Iterator[Alert]:
    """Every alert about every parcel, in the order of the parcels."""
    for parcel in parcels:
        for rule in RULES:
            alert = rule(parcel, now)
            if alert is not None:
                yield alert
