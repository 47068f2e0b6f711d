"""Knows where every parcel is, whichever carrier has it."""

from parcels.carriers import CARRIERS, Carrier, carrier_of
from parcels.eta import promised_day
from parcels.events import Event, Status
from parcels.feeds import FeedError, read_feed
from parcels.numbers import BadNumber, TrackingNumber
from parcels.parcel import Parcel
from parcels.rules import Alert, alerts
from parcels.store import Store, StoreError

__all__ = [
    "CARRIERS",
    "Alert",
    "BadNumber",
    "Carrier",
    "Event",
    "FeedError",
    "Parcel",
    "Status",
    "Store",
    "StoreError",
    "TrackingNumber",
    "alerts",
    "carrier_of",
    "promised_day",
    "read_feed",
]
