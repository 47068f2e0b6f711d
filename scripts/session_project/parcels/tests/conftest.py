"""What the tests share: short ways to write parcels and scans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parcels.events import Event, Status, parse_time
from parcels.numbers import TrackingNumber
from parcels.parcel import Parcel
from parcels.store import Store

MakeParcel = Callable[..., Parcel]


def number(prefix: str = "KC", serial: int = 482109375) -> TrackingNumber:
    return TrackingNumber(prefix, f"{serial:09d}")


def scan(at: str, status: Status, place: str = "Depot 4", note: str = "") -> Event:
    return Event(parse_time(at), status, place, note)


@pytest.fixture
def make_parcel() -> MakeParcel:
    def make(
        *events: Event,
        prefix: str = "KC",
        serial: int = 482109375,
        zone: str = "B",
        handed_in: str = "2026-03-02T09:30",
        reference: str = "ORDER-1001",
    ) -> Parcel:
        parcel = Parcel(number(prefix, serial), zone, parse_time(handed_in), reference)
        parcel.add_all(events)
        return parcel

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "parcels.db") as store:
        yield store
