"""What went through a gateway, summed up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agentforge.tokens import cost
from agentforge.wire import Usage


@dataclass(slots=True)
class Totals:
    """Sums since the gateway started. Tokens of usage are counted by the providers; those cut are estimated."""

    requests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    """Answers with a status of 400 and above."""
    changed: int = 0
    input_tokens: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output_tokens: int = 0
    dollars: Decimal = Decimal(0)
    unpriced: int = 0
    """Answers whose price is not known."""
    unread: int = 0
    """Answers that a model gave and whose usage is not known."""
    cut_tokens: int = 0
    """Not sent in requests that were answered; with shadow on, that would not have been."""
    followups: int = 0
    """Requests of our own, which gave back what was cut."""
    lost: int = 0
    """Requests that are in no ledger."""

    def add_usage(self, usage: Usage, model: str, *, followup: bool) -> Decimal | None:
        """The dollars of one answer, now in the sums; None where a price is not known."""
        self.input_tokens += usage.input_tokens
        self.cache_read += usage.cache_read
        self.cache_write += usage.cache_write
        self.output_tokens += usage.output_tokens
        self.followups += followup
        dollars = cost(usage, model).total
        if dollars is None:
            self.unpriced += 1
        else:
            self.dollars += dollars
        return dollars

    def plain(self) -> dict[str, Any]:
        """As JSON values, each figure with how it is known."""
        return {
            "requests": self.requests,
            "outcomes": dict(sorted(self.outcomes.items())),
            "errors": self.errors,
            "changed": self.changed,
            "tokens": {
                "input": self.input_tokens,
                "cache_read": self.cache_read,
                "cache_write": self.cache_write,
                "output": self.output_tokens,
                "method": "counted",
                "unread_answers": self.unread,
            },
            "dollars": float(self.dollars),
            "unpriced_answers": self.unpriced,
            "saved": {
                "cut_tokens": self.cut_tokens,
                "recalls": self.followups,
                "method": "estimated",
            },
            "not_recorded": self.lost,
        }
