"""The command line: parse, call one function, print."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from parcels import report
from parcels.carriers import CARRIERS
from parcels.events import Status, parse_time
from parcels.feeds import read_feed
from parcels.numbers import TrackingNumber
from parcels.parcel import Parcel
from parcels.rules import alerts
from parcels.store import Store, StoreError

Command = Callable[[Store, argparse.Namespace], str]


def add(store: Store, args: argparse.Namespace) -> str:
    """Hands a parcel in."""
    parcel = Parcel(
        TrackingNumber.parse(args.number), args.zone.upper(), args.handed_in, args.reference
    )
    store.add(parcel)
    return f"added {parcel.number.pretty}"


def import_(store: Store, args: argparse.Namespace) -> str:
    """Reads feeds of carriers."""
    lines = []
    for path in args.feeds:
        feed = read_feed(path, strict=not args.lenient)
        lines.append(f"{path.name}: {store.load(feed)}")
        lines += [f"  skipped {problem}" for problem in feed.problems]
    return "\n".join(lines)


def show(store: Store, args: argparse.Namespace) -> str:
    """Shows one parcel with its history."""
    return report.parcel_sheet(store.get(TrackingNumber.parse(args.number)))


def list_(store: Store, args: argparse.Namespace) -> str:
    """Lists parcels, all of them or some."""
    if args.status:
        parcels = store.with_status(*args.status)
    elif args.carrier:
        parcels = store.of_carrier(args.carrier)
    elif args.reference:
        parcels = store.for_reference(args.reference)
    else:
        parcels = store.all()
    return report.parcel_table(parcels)


def alerts_(store: Store, args: argparse.Namespace) -> str:
    """Tells which parcels to look at."""
    return report.alert_table(alerts(store.all(), args.now))


def report_(store: Store, args: argparse.Namespace) -> str:
    """Sums up by status and by carrier."""
    by_status = report.status_table(store.status_counts())
    by_carrier = report.carrier_table(report.carrier_summaries(store.all()))
    return f"{by_status}\n\n{by_carrier}"


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = argparse.ArgumentParser(prog="parcels", description="Knows where every parcel is.")
    top.add_argument("--db", type=Path, default=Path("parcels.db"), help="the file of parcels")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        sub.set_defaults(run=run)
        return sub

    sub = command("add", add)
    sub.add_argument("number")
    sub.add_argument("--zone", required=True, help="A, B or C")
    sub.add_argument("--reference", default="", help="your order number")
    sub.add_argument("--handed-in", type=parse_time, default=datetime.now(UTC), metavar="TIME")

    sub = command("import", import_)
    sub.add_argument("feeds", nargs="+", type=Path, metavar="FEED")
    sub.add_argument("--lenient", action="store_true", help="skip lines that make no sense")

    sub = command("show", show)
    sub.add_argument("number")

    sub = command("list", list_)
    sub.add_argument("--status", action="append", type=Status, metavar="STATUS")
    sub.add_argument("--carrier", choices=sorted(CARRIERS))
    sub.add_argument("--reference")

    sub = command("alerts", alerts_)
    sub.add_argument("--now", type=parse_time, default=datetime.now(UTC), metavar="TIME")

    command("report", report_)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 the input or the file is at fault, 2 wrong usage."""
    args = parser().parse_args(argv)
    try:
        with Store(args.db) as store:
            print(args.run(store, args))
    except (ValueError, LookupError, OSError, StoreError) as error:
        print(f"parcels: {error}", file=sys.stderr)
        return 1
    return 0
