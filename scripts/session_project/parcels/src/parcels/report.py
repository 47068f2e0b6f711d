"""Text tables: what people read in the morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from parcels.carriers import CARRIERS
from parcels.eta import promised_day, was_on_time
from parcels.events import Status, print_time
from parcels.parcel import Parcel
from parcels.rules import Alert


@dataclass(frozen=True, slots=True)
class CarrierSummary:
    """How one carrier does."""

    prefix: str
    parcels: int
    delivered: int
    on_time: int
    median_days: float | None

    @property
    def on_time_share(self) -> float | None:
        """The share of delivered parcels that were on time."""
        return self.on_time / self.delivered if self.delivered else None


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows in columns as wide as they need to be; numbers stand at the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [
        max([len(header), *(len(row[index]) for row in cells)])
        for index, header in enumerate(headers)
    ]
    numeric = [
        bool(cells) and all(_is_number(row[index]) for row in cells)
        for index in range(len(headers))
    ]
    lines = [_line(headers, widths, numeric), _line(["-" * w for w in widths], widths, numeric)]
    lines += [_line(row, widths, numeric) for row in cells]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return "  ".join(padded).rstrip()


def _is_number(text: str) -> bool:
    return text == "-" or text.rstrip("%").replace(".", "", 1).isdigit()


def parcel_table(parcels: Iterable[Parcel]) -> str:
    """One line for each parcel."""
    return table(
        ("number", "carrier", "zone", "status", "last seen", "promised", "reference"),
        (
            (
                parcel.number,
                parcel.carrier.name,
                parcel.zone,
                parcel.status.label,
                print_time(parcel.last_seen),
                promised_day(parcel),
                parcel.reference or "-",
            )
            for parcel in parcels
        ),
    )


def parcel_sheet(parcel: Parcel) -> str:
    """All there is to know about one parcel."""
    lines = [
        f"{parcel.number.pretty}  {parcel.carrier.name}, zone {parcel.zone}",
        f"reference  {parcel.reference or '-'}",
        f"handed in  {print_time(parcel.handed_in)}",
        f"promised   {promised_day(parcel)}",
        f"status     {parcel.status.label}",
        "",
    ]
    return "\n".join([*lines, *(parcel.history() or ["no scans yet"])])


def alert_table(alerts: Iterable[Alert]) -> str:
    """One line for each alert."""
    rows = [(a.kind.replace("_", " "), a.number, print_time(a.since), a.detail) for a in alerts]
    return (
        table(("alert", "number", "since", "detail"), rows) if rows else "Nothing to worry about."
    )


def status_table(counts: Mapping[Status, int]) -> str:
    """How many parcels have each status."""
    rows = [(status.label, count) for status, count in counts.items()]
    return table(("status", "parcels"), [*rows, ("all", sum(counts.values()))])


def carrier_summaries(parcels: Iterable[Parcel]) -> list[CarrierSummary]:
    """How each carrier does that has at least one of the parcels."""
    groups: dict[str, list[Parcel]] = {prefix: [] for prefix in CARRIERS}
    for parcel in parcels:
        groups[parcel.carrier.prefix].append(parcel)
    return [_summary(prefix, group) for prefix, group in groups.items() if group]


def _summary(prefix: str, parcels: Sequence[Parcel]) -> CarrierSummary:
    days = [
        (parcel.delivered_at - parcel.handed_in).total_seconds() / 86_400
        for parcel in parcels
        if parcel.delivered_at is not None
    ]
    return CarrierSummary(
        prefix=prefix,
        parcels=len(parcels),
        delivered=len(days),
        on_time=sum(was_on_time(parcel) is True for parcel in parcels),
        median_days=median(days) if days else None,
    )


def carrier_table(summaries: Iterable[CarrierSummary]) -> str:
    """One line for each carrier."""
    return table(
        ("carrier", "parcels", "delivered", "on time", "median days"),
        (
            (
                CARRIERS[summary.prefix].name,
                summary.parcels,
                summary.delivered,
                "-" if summary.on_time_share is None else f"{summary.on_time_share:.0%}",
                "-" if summary.median_days is None else f"{summary.median_days:.1f}",
            )
            for summary in summaries
        ),
    )
