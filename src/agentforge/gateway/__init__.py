"""An HTTP proxy that real agents point at."""

from agentforge.gateway.config import Config
from agentforge.gateway.record import Recorder
from agentforge.gateway.server import serve, serving
from agentforge.gateway.totals import Totals
from agentforge.gateway.treated import Treated, treated
from agentforge.gateway.treatment import (
    Answered,
    AnswerReader,
    Asked,
    FollowUp,
    Prepared,
    Treatment,
    Untouched,
)

__all__ = [
    "AnswerReader",
    "Answered",
    "Asked",
    "Config",
    "FollowUp",
    "Prepared",
    "Recorder",
    "Totals",
    "Treated",
    "Treatment",
    "Untouched",
    "serve",
    "serving",
    "treated",
]
