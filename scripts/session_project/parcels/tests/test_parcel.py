from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conftest import MakeParcel, number, scan
from parcels.events import Status, parse_time
from parcels.parcel import Parcel

ACCEPTED = scan("2026-03-02T10:05", Status.ACCEPTED, "Shop counter")
MOVING = scan("2026-03-02T21:40", Status.IN_TRANSIT, "Hub North")
AT_DEPOT = scan("2026-03-03T05:20", Status.AT_DEPOT, "Depot 4")
ON_ROUTE = scan("2026-03-04T08:15", Status.OUT_FOR_DELIVERY, "Depot 4")
DELIVERED = scan("2026-03-04T11:02", Status.DELIVERED, "Front door")


def test_a_parcel_without_scans_is_created(make_parcel: MakeParcel) -> None:
    parcel = make_parcel()
    assert parcel.status is Status.CREATED
    assert parcel.last_event is None
    assert parcel.last_seen == parcel.handed_in


def test_the_status_follows_the_scans(make_parcel: MakeParcel) -> None:
    parcel = make_parcel()
    for event in (ACCEPTED, MOVING, AT_DEPOT, ON_ROUTE, DELIVERED):
        assert parcel.add(event)
        assert parcel.status is event.status
    assert parcel.delivered_at == DELIVERED.at
    assert parcel.is_finished


def test_the_same_scan_counts_once_whatever_its_note(make_parcel: MakeParcel) -> None:
    parcel = make_parcel(ACCEPTED)
    again = scan("2026-03-02T10:05", Status.ACCEPTED, "Shop counter", "second report")
    assert not parcel.add(again)
    assert parcel.events == [ACCEPTED]


def test_two_scans_in_one_minute_keep_the_order_of_the_feed(make_parcel: MakeParcel) -> None:
    route = scan("2026-03-04T11:02", Status.OUT_FOR_DELIVERY, "Depot 4")
    parcel = make_parcel(ACCEPTED, route, DELIVERED)
    assert parcel.status is Status.DELIVERED
    assert parcel.events == [ACCEPTED, route, DELIVERED]


def test_attempts_are_counted(make_parcel: MakeParcel) -> None:
    first = scan("2026-03-04T11:02", Status.ATTEMPTED, "Front door")
    second = scan("2026-03-05T11:30", Status.ATTEMPTED, "Front door")
    assert make_parcel(ACCEPTED, first, second).attempts == 2


def test_silence_ends_with_the_journey(make_parcel: MakeParcel) -> None:
    now = parse_time("2026-03-06T11:02")
    assert make_parcel(ACCEPTED, MOVING).silence(now) == timedelta(days=3, hours=13, minutes=22)
    assert make_parcel(ACCEPTED, DELIVERED).silence(now) == timedelta(0)


def test_the_history_has_a_line_for_each_scan(make_parcel: MakeParcel) -> None:
    assert make_parcel(ACCEPTED, MOVING).history() == [
        "2026-03-02 10:05 accepted at Shop counter",
        "2026-03-02 21:40 in transit at Hub North",
    ]


def test_a_hand_in_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        Parcel(number(), "B", datetime(2026, 3, 2, 9, 30))


def test_a_zone_that_is_not_served_is_refused(make_parcel: MakeParcel) -> None:
    with pytest.raises(ValueError, match="does not serve zone 'Z'; it serves A, B, C"):
        make_parcel(zone="Z")
