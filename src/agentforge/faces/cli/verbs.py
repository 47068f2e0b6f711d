"""Every verb of the command line, in the order `--help` lists them: adding a command is a line here and its file."""

from __future__ import annotations

from typing import Final, NamedTuple


class Verb(NamedTuple):
    """A command: the module in this package that holds it as `command`, and its line in `--help`."""

    module: str
    help: str


VERBS: Final[dict[str, Verb]] = {
    "audit": Verb("audit", "What a set-up costs before the first word."),
    "doctor": Verb("doctor", "What works here, and what to run next."),
    "find": Verb("find", "The personas, skills, commands, rules and tools that fit a need."),
    "gateway": Verb("gateway", "Stands between agents and their provider, and records what it costs."),
    "ledger check": Verb("ledger_check", "Is this ledger sound?"),
    "ledger gc": Verb("ledger_gc", "Give back the room that old records take."),
    "recall": Verb("recall", "Exact parts of what was kept out of a context."),
    "simulate": Verb("simulate", "A truthful simulated provider on loopback."),
    "tokens count": Verb("tokens_count", "What a text or a request weighs, and how that is known."),
    "whatif": Verb("whatif", "What your sessions would have cost under a plan."),
    "wire check": Verb("wire_check", "Is this request, response or stream understood losslessly?"),
}

TOPICS: Final[dict[str, str]] = {
    "ledger": "Check and shrink the record of what happened.",
    "tokens": "Count what texts and requests weigh.",
    "wire": "Check that what goes over the wire is understood.",
}
"""The first word of the verbs that have two, with its line in `--help`."""
