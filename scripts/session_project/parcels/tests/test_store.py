from __future__ import annotations

from pathlib import Path

import pytest

from conftest import MakeParcel, number, scan
from parcels.events import Status, parse_time
from parcels.feeds import parse_csv
from parcels.store import Store, StoreError

ACCEPTED = scan("2026-03-02T10:05", Status.ACCEPTED, "Shop counter")
MOVING = scan("2026-03-02T21:40", Status.IN_TRANSIT, "Hub North")
DELIVERED = scan("2026-03-04T11:02", Status.DELIVERED, "Front door")

FEED = """number,time,code,place,note
KC4821093753,2026-03-02T10:05,ACC,Shop counter,
KC4821093753,2026-03-02T21:40,DEP,Hub North,
TW0000000125,2026-03-02T12:00,10,Pier 2,
"""


def test_a_parcel_comes_back_as_it_was_put_in(store: Store, make_parcel: MakeParcel) -> None:
    parcel = make_parcel(ACCEPTED, MOVING)
    store.add(parcel)
    assert store.get(parcel.number) == parcel


def test_a_parcel_is_added_once(store: Store, make_parcel: MakeParcel) -> None:
    store.add(make_parcel())
    with pytest.raises(StoreError, match="is in .* already"):
        store.add(make_parcel())


def test_a_parcel_that_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match="KC4821093753 is not in"):
        store.get(number())


def test_a_parcel_goes_with_its_scans(store: Store, make_parcel: MakeParcel) -> None:
    store.add(make_parcel(ACCEPTED))
    assert store.remove(number())
    assert not store.remove(number())
    store.add(make_parcel())
    assert store.get(number()).events == []


def test_lists_go_by_status_carrier_reference_and_day(
    store: Store, make_parcel: MakeParcel
) -> None:
    store.add(make_parcel(ACCEPTED, MOVING, serial=1))
    store.add(make_parcel(ACCEPTED, DELIVERED, serial=2, reference="ORDER-1002"))
    store.add(make_parcel(prefix="TW", serial=3, handed_in="2026-03-05T09:00"))
    assert [p.number.serial[-1] for p in store.with_status(Status.DELIVERED)] == ["2"]
    assert [p.number.serial[-1] for p in store.open()] == ["1", "3"]
    assert [p.number.serial[-1] for p in store.of_carrier("tw")] == ["3"]
    assert [p.number.serial[-1] for p in store.for_reference("ORDER-1002")] == ["2"]
    first, last = parse_time("2026-03-05"), parse_time("2026-03-06")
    assert [p.number.serial[-1] for p in store.handed_in_between(first, last)] == ["3"]


def test_statuses_are_counted(store: Store, make_parcel: MakeParcel) -> None:
    store.add(make_parcel(ACCEPTED, MOVING, serial=1))
    store.add(make_parcel(ACCEPTED, DELIVERED, serial=2))
    store.add(make_parcel(serial=3))
    assert store.status_counts() == {
        Status.CREATED: 1,
        Status.IN_TRANSIT: 1,
        Status.DELIVERED: 1,
    }


def test_a_feed_can_be_loaded_twice(store: Store, make_parcel: MakeParcel) -> None:
    store.add(make_parcel())
    feed = parse_csv(FEED.splitlines())
    first = store.load(feed)
    assert (first.parcels, first.new, first.known, first.unclaimed) == (1, 2, 0, 1)
    second = store.load(feed)
    assert (second.parcels, second.new, second.known, second.unclaimed) == (0, 0, 2, 0)


def test_scans_that_came_before_their_parcel_are_kept(
    store: Store, make_parcel: MakeParcel
) -> None:
    store.load(parse_csv(FEED.splitlines()))
    assert [(str(n), count) for n, count in store.unclaimed()] == [
        ("KC4821093753", 2),
        ("TW0000000125", 1),
    ]
    store.add(make_parcel())
    assert store.get(number()).status is Status.IN_TRANSIT
    assert [str(n) for n, _ in store.unclaimed()] == ["TW0000000125"]


def test_the_file_can_be_opened_again(tmp_path: Path, make_parcel: MakeParcel) -> None:
    with Store(tmp_path / "shop.db") as store:
        store.add(make_parcel(ACCEPTED))
    with Store(tmp_path / "shop.db") as store:
        assert store.count() == 1


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("This is a shopping list and it is longer than a header.\n" * 4)
    with pytest.raises(StoreError, match="not a database"):
        Store(path)
