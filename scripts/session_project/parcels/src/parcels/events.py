"""Statuses and scans: what can be said about a parcel, and when it was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a parcel is in its life."""

    CREATED = "created"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    AT_DEPOT = "at_depot"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Whether nothing is expected to happen after it."""
        return self in FINAL

    @property
    def label(self) -> str:
        """The status as people read it."""
        return self.value.replace("_", " ")


FINAL = frozenset({Status.DELIVERED, Status.RETURNED, Status.LOST})
MOVING = frozenset({Status.ACCEPTED, Status.IN_TRANSIT, Status.AT_DEPOT, Status.OUT_FOR_DELIVERY})


@dataclass(frozen=True, slots=True)
class Event:
    """One scan: at this time, in this place, the parcel got this status."""

    at: datetime
    status: Status
    place: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"the time of an event needs a time zone: {self.at.isoformat()}")

    @property
    def key(self) -> tuple[datetime, Status, str]:
        """What makes two reports of a scan the same scan; notes are often reworded."""
        return (self.at, self.status, self.place)

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        why = f" ({self.note})" if self.note else ""
        return f"{print_time(self.at)} {self.status.label}{where}{why}"


def parse_time(text: str) -> datetime:
    """The time in ISO 8601; without a zone it is UTC, and the answer is always in UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time such as 2026-03-02T09:30") from None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def print_time(moment: datetime) -> str:
    """The time to the minute, in UTC, without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
