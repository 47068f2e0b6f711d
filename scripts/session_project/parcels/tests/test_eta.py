from __future__ import annotations

from datetime import date

import pytest

from conftest import MakeParcel, scan
from parcels.carriers import CARRIERS
from parcels.eta import (
    add_business_days,
    is_business_day,
    next_business_day,
    promised_day,
    start_day,
    was_on_time,
)
from parcels.events import Status, parse_time

# March 2026: the 2nd is a Monday. Holidays: Friday 3 April and Monday 6 April.


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 2), True),
        (date(2026, 3, 6), True),
        (date(2026, 3, 7), False),
        (date(2026, 3, 8), False),
        (date(2026, 4, 3), False),
    ],
)
def test_weekends_and_holidays_are_no_business_days(day: date, expected: bool) -> None:
    assert is_business_day(day) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 2), date(2026, 3, 3)),
        (date(2026, 3, 6), date(2026, 3, 9)),
        (date(2026, 3, 7), date(2026, 3, 9)),
        (date(2026, 4, 2), date(2026, 4, 7)),
    ],
)
def test_the_next_business_day_skips_days_off(day: date, expected: date) -> None:
    assert next_business_day(day) == expected


def test_no_business_days_change_nothing_and_negative_ones_are_refused() -> None:
    assert add_business_days(date(2026, 3, 7), 0) == date(2026, 3, 7)
    with pytest.raises(ValueError, match="cannot go back 1 business days"):
        add_business_days(date(2026, 3, 7), -1)


@pytest.mark.parametrize(
    ("prefix", "handed_in", "expected"),
    [
        pytest.param("KC", "2026-03-02T09:30", date(2026, 3, 2), id="monday-morning"),
        pytest.param("KC", "2026-03-02T16:59", date(2026, 3, 2), id="just-before-the-cut-off"),
        pytest.param("KC", "2026-03-02T17:00", date(2026, 3, 3), id="at-the-cut-off"),
        pytest.param("TW", "2026-03-02T16:00", date(2026, 3, 3), id="earlier-cut-off"),
        pytest.param("HX", "2026-03-02T18:00", date(2026, 3, 2), id="later-cut-off"),
        pytest.param("KC", "2026-03-06T18:00", date(2026, 3, 9), id="friday-evening"),
        pytest.param("KC", "2026-03-07T10:00", date(2026, 3, 9), id="saturday-morning"),
        pytest.param("KC", "2026-03-08T18:00", date(2026, 3, 9), id="sunday-evening"),
        pytest.param("KC", "2026-04-02T18:00", date(2026, 4, 7), id="evening-before-holidays"),
    ],
)
def test_the_start_is_the_first_business_day_on_which_the_carrier_can_work(
    prefix: str, handed_in: str, expected: date
) -> None:
    assert start_day(parse_time(handed_in), CARRIERS[prefix]) == expected


@pytest.mark.parametrize(
    ("handed_in", "zone", "expected"),
    [
        ("2026-03-02T09:30", "A", date(2026, 3, 3)),
        ("2026-03-02T09:30", "B", date(2026, 3, 4)),
        ("2026-03-02T09:30", "C", date(2026, 3, 6)),
        ("2026-03-05T09:30", "B", date(2026, 3, 9)),
        ("2026-03-06T18:00", "B", date(2026, 3, 11)),
        ("2026-04-02T18:00", "A", date(2026, 4, 8)),
    ],
)
def test_the_promised_day_counts_business_days_from_the_start(
    make_parcel: MakeParcel, handed_in: str, zone: str, expected: date
) -> None:
    assert promised_day(make_parcel(handed_in=handed_in, zone=zone)) == expected


def test_a_parcel_on_the_promised_day_is_on_time(make_parcel: MakeParcel) -> None:
    parcel = make_parcel(scan("2026-03-04T19:45", Status.DELIVERED))
    assert was_on_time(parcel) is True


def test_a_parcel_after_the_promised_day_is_not_on_time(make_parcel: MakeParcel) -> None:
    parcel = make_parcel(scan("2026-03-05T08:10", Status.DELIVERED))
    assert was_on_time(parcel) is False


def test_while_a_parcel_is_on_its_way_nobody_knows(make_parcel: MakeParcel) -> None:
    assert was_on_time(make_parcel(scan("2026-03-03T08:00", Status.IN_TRANSIT))) is None
