"""Carriers: who carries, until what hour they accept, and how many days they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from parcels.events import Status
from parcels.numbers import TrackingNumber


class UnknownCarrier(LookupError):
    """No carrier has this prefix."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier, with the words it uses in its feeds."""

    prefix: str
    name: str
    cutoff: time
    transit_days: Mapping[str, int]
    codes: Mapping[str, Status]

    def days_to(self, zone: str) -> int:
        """Business days to `zone`; zones that are not served are an error."""
        try:
            return self.transit_days[zone]
        except KeyError:
            served = ", ".join(sorted(self.transit_days))
            raise ValueError(
                f"{self.name} does not serve zone {zone!r}; it serves {served}"
            ) from None

    def status_for(self, code: str) -> Status:
        """Our status for one of the carrier's own codes."""
        try:
            return self.codes[code.strip().upper()]
        except KeyError:
            raise ValueError(f"{self.name} has no code {code!r}") from None


def _carrier(
    prefix: str, name: str, cutoff: time, days: tuple[int, int, int], codes: dict[str, Status]
) -> Carrier:
    zones = dict(zip("ABC", days, strict=True))
    return Carrier(prefix, name, cutoff, MappingProxyType(zones), MappingProxyType(codes))


CARRIERS: Mapping[str, Carrier] = MappingProxyType(
    {
        carrier.prefix: carrier
        for carrier in (
            _carrier(
                "KC",
                "Kestrel Courier",
                time(17, 0),
                (1, 2, 4),
                {
                    "ACC": Status.ACCEPTED,
                    "DEP": Status.IN_TRANSIT,
                    "ARR": Status.AT_DEPOT,
                    "OFD": Status.OUT_FOR_DELIVERY,
                    "NHM": Status.ATTEMPTED,
                    "DLV": Status.DELIVERED,
                    "RTS": Status.RETURNED,
                    "LST": Status.LOST,
                },
            ),
            _carrier(
                "TW",
                "Tideway",
                time(15, 30),
                (2, 3, 5),
                {
                    "10": Status.ACCEPTED,
                    "20": Status.IN_TRANSIT,
                    "25": Status.AT_DEPOT,
                    "30": Status.OUT_FOR_DELIVERY,
                    "35": Status.ATTEMPTED,
                    "40": Status.DELIVERED,
                    "50": Status.RETURNED,
                    "99": Status.LOST,
                },
            ),
            _carrier(
                "HX",
                "Heron Express",
                time(19, 0),
                (1, 1, 2),
                {
                    "PICKED": Status.ACCEPTED,
                    "MOVING": Status.IN_TRANSIT,
                    "HUB": Status.AT_DEPOT,
                    "ROUTE": Status.OUT_FOR_DELIVERY,
                    "MISSED": Status.ATTEMPTED,
                    "DONE": Status.DELIVERED,
                    "BACK": Status.RETURNED,
                },
            ),
        )
    }
)


def carrier_of(number: TrackingNumber) -> Carrier:
    """The carrier whose prefix the number has."""
    try:
        return CARRIERS[number.prefix]
    except KeyError:
        known = ", ".join(sorted(CARRIERS))
        raise UnknownCarrier(f"no carrier has the prefix {number.prefix}; known: {known}") from None
