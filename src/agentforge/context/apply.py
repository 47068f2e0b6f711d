"""Runs the ordered list of transforms over a request, as the gateway and the replay do."""

from __future__ import annotations

from collections.abc import Sequence

from agentforge.context.settings import RULES, UNTOUCHED
from agentforge.context.transform import Receipt, SessionView, Transform
from agentforge.context.transforms import TRANSFORMS
from agentforge.wire import Request


def apply(
    request: Request, view: SessionView, transforms: Sequence[Transform] = TRANSFORMS
) -> tuple[Request, tuple[Receipt, ...]]:
    """The request as it is sent, and the receipts of those that changed it.

    A session that began under other rules, or under settings that change nothing, is left alone. What a single
    transform may do it reads from the settings itself.
    """
    if view.settings.rules != RULES or view.settings == UNTOUCHED:
        return request, ()
    receipts = []
    for transform in transforms:
        request, receipt = transform.run(request, view)
        if receipt.changes:
            receipts.append(receipt)
    return request, tuple(receipts)
