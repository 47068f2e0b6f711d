from __future__ import annotations

from conftest import MakeParcel, scan
from parcels import report
from parcels.events import Status

ACCEPTED = scan("2026-03-02T10:05", Status.ACCEPTED, "Shop counter")
DELIVERED = scan("2026-03-04T09:30", Status.DELIVERED, "Front door")
LATE = scan("2026-03-06T09:30", Status.DELIVERED, "Front door")


def test_columns_are_as_wide_as_they_need_to_be() -> None:
    assert report.table(("name", "n"), [("a", 1), ("longer", 20)]).splitlines() == [
        "name     n",
        "------  --",
        "a        1",
        "longer  20",
    ]


def test_a_sheet_tells_all_about_a_parcel(make_parcel: MakeParcel) -> None:
    assert report.parcel_sheet(make_parcel(ACCEPTED)).splitlines() == [
        "KC 4821 0937 53  Kestrel Courier, zone B",
        "reference  ORDER-1001",
        "handed in  2026-03-02 09:30",
        "promised   2026-03-04",
        "status     accepted",
        "",
        "2026-03-02 10:05 accepted at Shop counter",
    ]


def test_carriers_are_summed_up(make_parcel: MakeParcel) -> None:
    parcels = [
        make_parcel(ACCEPTED, DELIVERED, serial=1),
        make_parcel(ACCEPTED, LATE, serial=2),
        make_parcel(ACCEPTED, serial=3),
        make_parcel(prefix="TW", serial=4),
    ]
    assert report.carrier_table(report.carrier_summaries(parcels)).splitlines() == [
        "carrier          parcels  delivered  on time  median days",
        "---------------  -------  ---------  -------  -----------",
        "Kestrel Courier        3          2      50%          3.0",
        "Tideway                1          0        -            -",
    ]


def test_no_alerts_are_good_news() -> None:
    assert report.alert_table([]) == "Nothing to worry about."
