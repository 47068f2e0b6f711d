"""What a plan would have done: real transcripts, sent again under it, and charged as the provider charges."""

from agentforge.simulate.whatif.bill import Bill
from agentforge.simulate.whatif.files import whatif
from agentforge.simulate.whatif.known import Scale
from agentforge.simulate.whatif.page import page
from agentforge.simulate.whatif.plain import SCHEMA, plain
from agentforge.simulate.whatif.plans import DIRECT, NAMED, Plan, load_plan
from agentforge.simulate.whatif.replay import Billed, Needed, Replay, replay
from agentforge.simulate.whatif.steps import Session, Step, requests_of, sessions_of
from agentforge.simulate.whatif.sums import Facts, Off, Replayed, Report, Row, Sum, report_of
from agentforge.simulate.whatif.words import dollars, headline, notes, percent

__all__ = [
    "DIRECT",
    "NAMED",
    "SCHEMA",
    "Bill",
    "Billed",
    "Facts",
    "Needed",
    "Off",
    "Plan",
    "Replay",
    "Replayed",
    "Report",
    "Row",
    "Scale",
    "Session",
    "Step",
    "Sum",
    "dollars",
    "headline",
    "load_plan",
    "notes",
    "page",
    "percent",
    "plain",
    "replay",
    "report_of",
    "requests_of",
    "sessions_of",
    "whatif",
]
