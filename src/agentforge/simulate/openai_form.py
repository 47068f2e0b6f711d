"""The form of Chat and Responses requests: members of the right type, and each call with its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from agentforge.simulate.rendering import Plain
from agentforge.simulate.reply import Refusal, invalid

CALLS: Final = ("function_call", "custom_tool_call")
_OUTPUTS: Final = tuple(f"{kind}_output" for kind in CALLS)
_ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
_TYPES: Final[dict[str, tuple[tuple[type, ...], str]]] = {
    "tools": ((list,), "an array"),
    "stream": ((bool,), "a boolean"),
    "stream_options": ((dict,), "an object"),
    "response_format": ((dict,), "an object"),
    "text": ((dict,), "an object"),
    "instructions": ((str,), "a string"),
    "max_tokens": ((int,), "an integer"),
    "max_completion_tokens": ((int,), "an integer"),
    "max_output_tokens": ((int,), "an integer"),
}


def check_chat(plain: Plain) -> None:
    """Raises where it is no Chat request, or a call lacks its result."""
    _check_types(plain)
    messages = plain.get("messages")
    if messages is None:
        raise _missing("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("Invalid 'messages': expected an array with at least one message.", code="invalid_type")
    open_calls: dict[str, None] = {}
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            raise invalid(
                f"Invalid value: '{role}'. Supported values are: {', '.join(map(repr, _ROLES))}. "
                f"(messages[{number}].role)",
                code="invalid_value",
            )
        if role == "tool":
            answers = str(message.get("tool_call_id"))
            if answers not in open_calls:
                raise invalid("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
            del open_calls[answers]
            continue
        _check_answered(open_calls)
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
            raise invalid(f"Invalid type for 'messages[{number}].tool_calls'.", code="invalid_type")
        open_calls = {str(call.get("id")): None for call in calls}
    _check_answered(open_calls)


def check_responses(plain: Plain) -> None:
    """Raises where it is no Responses request, or a call lacks its result."""
    _check_types(plain)
    items = plain.get("input")
    if items is None:
        raise _missing("input")
    if not isinstance(items, str) and not (isinstance(items, list) and all(isinstance(item, dict) for item in items)):
        raise invalid("Invalid type for 'input': expected a string or an array of objects.", code="invalid_type")
    if plain.get("previous_response_id") is not None:
        raise Refusal(
            400,
            "invalid_request_error",
            f"Previous response with id '{plain['previous_response_id']}' not found.",
            code="previous_response_not_found",
        )
    called, answered = set(_ids(plain, CALLS)), set(_ids(plain, _OUTPUTS))
    for one in sorted(answered - called):
        raise invalid(f"No tool call found for function call output with call_id {one}.")
    for one in sorted(called - answered):
        raise invalid(f"No tool output found for function call {one}.")


def items_of(plain: Plain) -> list[Plain]:
    """The messages or items of a request."""
    items = plain.get("messages", plain.get("input"))
    return items if isinstance(items, list) else []


def _check_types(plain: Plain) -> None:
    for name, (types, words) in _TYPES.items():
        value = plain.get(name)
        if value is None:
            continue
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise invalid(f"Invalid type for '{name}': expected {words}.", code="invalid_type")
        if isinstance(value, int) and bool not in types and value < 1:
            raise invalid(f"Invalid '{name}': expected at least 1.", code="integer_below_min_value")
    for number, tool in enumerate(plain.get("tools") or []):
        if not isinstance(tool, dict):
            raise invalid(f"Invalid type for 'tools[{number}]': expected an object.", code="invalid_type")
        if not isinstance(tool.get("type"), str):
            raise _missing(f"tools[{number}].type")


def _check_answered(open_calls: dict[str, None]) -> None:
    if open_calls:
        raise invalid(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(open_calls)}"
        )


def _missing(name: str) -> Refusal:
    return invalid(f"Missing required parameter: '{name}'.", code="missing_required_parameter")


def _ids(plain: Plain, kinds: tuple[str, ...]) -> Iterator[str]:
    return (str(item.get("call_id")) for item in items_of(plain) if item.get("type") in kinds)


def schema_of(plain: Plain) -> Any:
    """The JSON schema that the answer must fit, if one is asked for."""
    match plain:
        case {"response_format": {"json_schema": {"schema": schema}}} | {"text": {"format": {"schema": schema}}}:
            return schema
    return None
