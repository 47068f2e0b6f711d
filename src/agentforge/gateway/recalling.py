"""What a call of `recall` is answered: exact parts of what was cut, or what to ask instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from agentforge.context.recall import answer, parse_query
from agentforge.ledger import Ledger
from agentforge.wire import ToolUse
from agentforge.wire.errors import BlobMissing, LedgerError, UsageError

Recall: TypeAlias = Callable[[str, ToolUse], str]
"""What a call of `recall` is answered in a project."""


def recall_from(ledger: Ledger) -> Recall:
    """The answers that a ledger can give; each project has its own only."""

    def recall(project: str, call: ToolUse) -> str:
        given = call.input.value
        try:
            query = parse_query(given if isinstance(given, dict) else {})
            return answer(ledger.get(ledger.resolve(query.handle, project=project), project=project), query)
        except UsageError as error:
            return str(error)
        except BlobMissing as error:
            return f"{error}. Copy the handle from the last line of the shortened result."
        except LedgerError as error:
            return f"What was cut cannot be read now: {error}. Call the tool that gave it once more."

    return recall
