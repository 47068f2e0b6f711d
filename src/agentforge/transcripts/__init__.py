"""What agents wrote down: one neutral Transcript, a reader per client, and what was used."""

from agentforge.transcripts.events import (
    CLIENTS,
    About,
    Actor,
    Client,
    Entry,
    Item,
    Kind,
    Problem,
    Skipped,
    Transcript,
)
from agentforge.transcripts.find import client_of, find_transcripts
from agentforge.transcripts.mentions import latest, mentioned
from agentforge.transcripts.places import places_of
from agentforge.transcripts.read import entries, items, read_transcript, read_transcripts
from agentforge.transcripts.report import (
    Compaction,
    Filled,
    Reread,
    SessionUsage,
    Task,
    Totals,
    UsageReport,
    Used,
)
from agentforge.transcripts.scan import Progress
from agentforge.transcripts.usage import usage_report

__all__ = [
    "CLIENTS",
    "About",
    "Actor",
    "Client",
    "Compaction",
    "Entry",
    "Filled",
    "Item",
    "Kind",
    "Problem",
    "Progress",
    "Reread",
    "SessionUsage",
    "Skipped",
    "Task",
    "Totals",
    "Transcript",
    "UsageReport",
    "Used",
    "client_of",
    "entries",
    "find_transcripts",
    "items",
    "latest",
    "mentioned",
    "places_of",
    "read_transcript",
    "read_transcripts",
    "usage_report",
]
