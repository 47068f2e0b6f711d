"""One parcel and its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from parcels.carriers import Carrier, carrier_of
from parcels.events import FINAL, Event, Status
from parcels.numbers import TrackingNumber


@dataclass(slots=True)
class Parcel:
    """A parcel we handed to a carrier, and every scan we heard of."""

    number: TrackingNumber
    zone: str
    handed_in: datetime
    reference: str = ""
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.handed_in.tzinfo is None:
            raise ValueError(f"{self.number}: the hand-in time needs a time zone")
        self.carrier.days_to(self.zone)

    @property
    def carrier(self) -> Carrier:
        """Who carries it."""
        return carrier_of(self.number)

    @property
    def last_event(self) -> Event | None:
        """The scan that tells where the parcel is now."""
        return self.events[-1] if self.events else None

    @property
    def status(self) -> Status:
        """Where the parcel is now."""
        last = self.last_event
        return last.status if last else Status.CREATED

    @property
    def is_finished(self) -> bool:
        """Whether it was delivered, returned or lost."""
        return self.status.is_final

    @property
    def last_seen(self) -> datetime:
        """The time of the last scan, or of the hand-in when there was none."""
        last = self.last_event
        return last.at if last else self.handed_in

    @property
    def delivered_at(self) -> datetime | None:
        """When it was delivered, if it was."""
        if self.status is not Status.DELIVERED:
            return None
        return self.last_seen

    @property
    def finished_at(self) -> datetime | None:
        """When its journey ended, however it ended."""
        return self.last_seen if self.status in FINAL else None

    @property
    def attempts(self) -> int:
        """How often somebody stood at the door in vain."""
        return sum(event.status is Status.ATTEMPTED for event in self.events)

    def knows(self, event: Event) -> bool:
        """Whether the same scan was reported before."""
        return any(event.key == known.key for known in self.events)

    def add(self, event: Event) -> bool:
        """Whether the scan was new; a scan that is known already is left out."""
        if self.knows(event):
            return False
        self.events.append(event)
        return True

    def add_all(self, events: Iterable[Event]) -> int:
        """How many of the scans were new."""
        return sum(self.add(event) for event in events)

    def silence(self, now: datetime) -> timedelta:
        """How long nothing was heard of it; nothing, once its journey ended."""
        if self.is_finished:
            return timedelta(0)
        return now - self.last_seen

    def history(self) -> list[str]:
        """One line for each scan, oldest first."""
        return [str(event) for event in self.events]
