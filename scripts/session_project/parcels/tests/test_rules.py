from __future__ import annotations

from conftest import MakeParcel, scan
from parcels.events import Status, parse_time
from parcels.rules import alerts

NOW = parse_time("2026-03-09T08:00")
ACCEPTED = scan("2026-03-02T10:05", Status.ACCEPTED, "Shop counter")


def test_a_parcel_that_was_not_scanned_for_days_is_stuck(make_parcel: MakeParcel) -> None:
    (alert,) = alerts([make_parcel(ACCEPTED)], NOW)
    assert (alert.kind, alert.detail) == ("stuck", "accepted for 6 days without a scan")


def test_a_parcel_that_was_scanned_lately_is_fine(make_parcel: MakeParcel) -> None:
    assert list(alerts([make_parcel(scan("2026-03-08T10:05", Status.AT_DEPOT))], NOW)) == []


def test_a_parcel_without_any_scan_was_never_accepted(make_parcel: MakeParcel) -> None:
    (alert,) = alerts([make_parcel()], NOW)
    assert alert.kind == "never_scanned"


def test_two_attempts_are_too_many(make_parcel: MakeParcel) -> None:
    door = [scan(f"2026-03-0{day}T11:00", Status.ATTEMPTED, "Front door") for day in (6, 7)]
    (alert,) = alerts([make_parcel(ACCEPTED, *door)], NOW)
    assert (alert.kind, alert.detail) == ("too_many_attempts", "2 attempts to deliver")


def test_a_lost_parcel_is_reported_and_no_longer_stuck(make_parcel: MakeParcel) -> None:
    lost = scan("2026-03-03T09:00", Status.LOST, "")
    assert [alert.kind for alert in alerts([make_parcel(ACCEPTED, lost)], NOW)] == ["lost"]
