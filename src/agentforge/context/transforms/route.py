"""Another model than the client asked for, where the plan says so: locked at the session's first request."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.wire import Request


def route(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request for the model of the plan. Titles and agents below keep the model that their client chose."""
    model = view.settings.model
    changes: tuple[Change, ...] = ()
    if model is not None and view.role in ("main", "compaction", "count") and model != request.model:
        changes = (Change("model", request.model, model, "the plan's model"),)
        request = replace(request, model=model)
    return request, Receipt("route", "causal", changes)


ROUTE: Final = Transform("route", "causal", route)
