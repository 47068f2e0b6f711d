"""The models that the simulated endpoints list."""

from __future__ import annotations

from agentforge.simulate.asked import known_abilities
from agentforge.simulate.editing import CLEAR_THINKING, CLEAR_TOOL_USES
from agentforge.simulate.rendering import Plain
from agentforge.simulate.reply import Refusal
from agentforge.tokens import known_models
from agentforge.tokens import model as model_of


def anthropic_models(name: str = "") -> Plain:
    """One model by its name, or the list of all."""
    if name:
        return _anthropic_model(name)
    data = [_anthropic_model(one.id) for one in known_models() if one.id.startswith("claude-")]
    return {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}


def openai_models(name: str = "") -> Plain:
    """One model by its name, or the list of all."""
    if not name:
        return {"object": "list", "data": [_openai_model(one.id) for one in known_models()]}
    if not model_of(name).known:
        raise Refusal(404, "invalid_request_error", f"The model '{name}' does not exist", code="model_not_found")
    return _openai_model(name)


def _anthropic_model(name: str) -> Plain:
    abilities = known_abilities(name)
    edits = {CLEAR_TOOL_USES: {"supported": True}, CLEAR_THINKING: {"supported": True}}
    thinking = {kind: {"supported": True} for kind in abilities.thinking}
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": abilities.window,
        "max_tokens": abilities.max_output,
        "capabilities": {
            "context_management": {"supported": True, **edits},
            "thinking": {"supported": bool(thinking), "types": thinking},
        },
    }


def _openai_model(name: str) -> Plain:
    return {"id": name, "object": "model", "created": 0, "owned_by": "simulated"}
