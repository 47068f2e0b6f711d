"""Business days, and the day a carrier promises."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, timedelta

from parcels.carriers import Carrier
from parcels.parcel import Parcel

DAY = timedelta(days=1)

HOLIDAYS: frozenset[date] = frozenset(
    {
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 12, 25),
        date(2026, 12, 26),
        date(2027, 1, 1),
    }
)
"""Days on which no carrier of ours works, beside Saturdays and Sundays."""


def is_business_day(day: date, holidays: Container[date] = HOLIDAYS) -> bool:
    """Whether carriers work on this day."""
    return day.weekday() < 5 and day not in holidays


def next_business_day(day: date, holidays: Container[date] = HOLIDAYS) -> date:
    """The first business day after `day`."""
    day += DAY
    while not is_business_day(day, holidays):
        day += DAY
    return day


def add_business_days(day: date, count: int, holidays: Container[date] = HOLIDAYS) -> date:
    """The day `count` business days after `day`; `day` itself for none."""
    if count < 0:
        raise ValueError(f"cannot go back {-count} business days")
    for _ in range(count):
        day = next_business_day(day, holidays)
    return day


def start_day(handed_in: datetime, carrier: Carrier, holidays: Container[date] = HOLIDAYS) -> date:
    """The day from which the carrier counts."""
    moment = handed_in.astimezone(UTC)
    day = moment.date()
    if moment.time() >= carrier.cutoff:
        day += DAY
    return day


def promised_day(parcel: Parcel, holidays: Container[date] = HOLIDAYS) -> date:
    """The day by which the carrier said the parcel would be there."""
    start = start_day(parcel.handed_in, parcel.carrier, holidays)
    return add_business_days(start, parcel.carrier.days_to(parcel.zone), holidays)


def was_on_time(parcel: Parcel, holidays: Container[date] = HOLIDAYS) -> bool | None:
    """Whether it was delivered by the promised day; None while that is open."""
    if parcel.delivered_at is None:
        return None
    return parcel.delivered_at.astimezone(UTC).date() <= promised_day(parcel, holidays)
