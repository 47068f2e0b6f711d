"""What a Messages request may ask for beside its turns: sampling, thinking, betas, tools, cache markers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from agentforge.simulate.asked import NEW_VERSION, Asked
from agentforge.simulate.conversation import is_paused
from agentforge.simulate.editing import CLEAR_THINKING, CLEAR_TOOL_USES
from agentforge.simulate.promptcache import BREAKPOINTS
from agentforge.simulate.rendering import Plain, blocks_of, deep_blocks, references
from agentforge.simulate.reply import Refusal, invalid
from agentforge.simulate.signing import BINDING_BETA

_THINKING: Final = ("adaptive", "between_tools", "disabled", "enabled")
_CHOICES: Final = ("auto", "any", "tool", "none")
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}\Z")
_SERVER_TOOLS: Final = ("tool_search_tool_", "web_search_", "web_fetch_", "code_execution_")
_NEEDS_BETA: Final = {
    "context_management": ("context-management-", "compact-"),
    "compaction": ("compact-",),
    "thread": ("message-threads-",),
    "mcp_servers": ("mcp-client-",),
    "fallback_credit_token": ("fallback-credit-",),
}
_MESSAGE_NEEDS_BETA: Final = {
    "clear_at": ("mid-conversation-system-clear-at-",),
    "output_config": ("mid-conversation-output-config-", "per-turn-control-"),
}
_NOT_SIMULATED: Final = {"compaction": None, "thread": "thread_unsupported_request", "mcp_servers": None}


def check_sampling(asked: Asked) -> None:
    """Raises where sampling settings are gone: with the newest version of the API, and on current models."""
    usual = {"temperature": 1, "top_p": 1}
    for name in ("temperature", "top_p", "top_k"):
        value = asked.body.get(name)
        if value is None:
            continue
        if asked.version == NEW_VERSION or (asked.model.adaptive_only and value != usual.get(name)):
            raise invalid(f"{name}: is not supported on this model")


def check_thinking(asked: Asked) -> None:
    """Raises where the model does not think that way, or a prefill would speak before it thinks."""
    body, model = asked.body, asked.model
    thinking = body.get("thinking") or {}
    kind = thinking.get("type")
    effort = (body.get("output_config") or {}).get("effort")
    if effort not in (None, *_EFFORTS):
        raise invalid(f"output_config.effort: Input should be {_one_of(_EFFORTS)}")
    if "thinking" in body and body["thinking"] is not None:
        if kind not in _THINKING:
            raise invalid(
                f"thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags: "
                f"{', '.join(map(repr, _THINKING))}"
            )
        if model.thinking and kind not in model.thinking:
            instead = '; use "adaptive"' if kind == "enabled" else ""
            raise invalid(f'thinking.type: "{kind}" is not supported on this model{instead}')
    if kind == "disabled" and model.thinks_at_high_effort and effort in ("xhigh", "max"):
        raise invalid(f'thinking.type: "disabled" is not supported on this model at effort "{effort}"')
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if type(budget) is not int or budget < 1024:
            raise invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if not asked.counting and budget >= body["max_tokens"] > 0 and not asked.has_beta("interleaved-thinking-"):
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
    last = asked.messages[-1]
    if model.adaptive_only and last["role"] == "assistant" and not is_paused(last):
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def check_tool_choice(asked: Asked) -> None:
    """Raises where a tool is forced that cannot be."""
    choice = asked.body.get("tool_choice")
    if choice is None:
        return
    kind = choice.get("type")
    if kind not in _CHOICES:
        raise invalid(
            f"tool_choice: Input tag '{kind}' found using 'type' does not match any of the expected tags: "
            f"{', '.join(map(repr, _CHOICES))}"
        )
    tools = asked.body.get("tools")
    if not tools:
        raise invalid("tool_choice: may only be specified while providing tools")
    if kind not in ("any", "tool"):
        return
    if not asked.model.forced_tools:
        raise invalid('tool_choice: type "tool" and "any" are not supported for this model.')
    if (asked.body.get("thinking") or {}).get("type") == "enabled":
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
    if kind == "tool" and choice.get("name") not in [tool.get("name") for tool in tools]:
        raise invalid(f"Tool '{choice.get('name')}' not found in provided tools")


def check_prewarming(asked: Asked) -> None:
    """Raises where a request for no tokens at all asks for something to be done with them."""
    body = asked.body
    if asked.counting or body["max_tokens"]:
        return
    for name, there in (
        ("stream", body.get("stream")),
        ("thinking.enabled", (body.get("thinking") or {}).get("type") == "enabled"),
        ("output_config.format", (body.get("output_config") or {}).get("format")),
        ("tool_choice", (body.get("tool_choice") or {}).get("type") in ("any", "tool")),
    ):
        if there:
            raise invalid(f"max_tokens: 0 is not supported together with {name}")


def check_betas(asked: Asked) -> None:
    """Raises where a member came without the beta it belongs to, or is one that is not simulated."""
    body = asked.body
    for name, betas in _NEEDS_BETA.items():
        if body.get(name) is not None and not asked.has_beta(*betas):
            raise invalid(f"{name}: Extra inputs are not permitted")
    if "block_binding" in (body.get("thinking") or {}) and BINDING_BETA not in asked.betas:
        raise invalid("thinking.block_binding: Extra inputs are not permitted")
    if "task_budget" in (body.get("output_config") or {}) and not asked.has_beta("task-budgets-"):
        raise invalid("output_config.task_budget: Extra inputs are not permitted")
    for number, message in enumerate(asked.messages):
        for name, betas in _MESSAGE_NEEDS_BETA.items():
            if name in message and not (message["role"] == "system" and asked.has_beta(*betas)):
                raise invalid(f"messages.{number}.{name}: Extra inputs are not permitted")
        for place, block in enumerate(blocks_of(message["content"]) if message["role"] == "system" else []):
            changes = block["type"] in ("tool_addition", "tool_removal")
            if changes and not asked.has_beta("mid-conversation-tool-changes-", "inline-tools-"):
                raise invalid(f"messages.{number}.content.{place}: Input tag '{block['type']}' is not permitted")
    for name, code in _NOT_SIMULATED.items():
        if body.get(name) is not None:
            raise invalid(f"{name}: not supported by the simulated provider", code=code)
    _check_edits(asked)


def _check_edits(asked: Asked) -> None:
    edits = (asked.body.get("context_management") or {}).get("edits") or []
    for number, one in enumerate(edits):
        path = f"context_management.edits.{number}"
        kind = one.get("type") if isinstance(one, dict) else None
        if kind == "compact_20260112" and asked.has_beta("compact-"):
            raise invalid(f"{path}: {kind} is not supported by the simulated provider")
        if kind not in (CLEAR_TOOL_USES, CLEAR_THINKING):
            raise invalid(f"{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags")
        if kind == CLEAR_THINKING and number:
            raise invalid(f"{path}: {CLEAR_THINKING} must be the first edit")
        for name in ("trigger", "keep", "clear_at_least"):
            value = one.get(name)
            if (name, kind, value) == ("keep", CLEAR_THINKING, "all"):
                continue
            if value is not None and not isinstance(value, dict):
                raise invalid(f"{path}.{kind}.{name}: Input should be an object")
        if not isinstance(one.get("exclude_tools") or [], list):
            raise invalid(f"{path}.{kind}.exclude_tools: Input should be a valid list")


def check_tools(asked: Asked) -> None:
    """Raises where a tool is none, two have one name, or a reference leads nowhere."""
    tools = asked.body.get("tools") or []
    names: set[str] = set()
    for number, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise invalid(f"tools.{number}: Input should be an object")
        kind, name = tool.get("type") or "custom", tool.get("name")
        if not isinstance(kind, str):
            raise invalid(f"tools.{number}.type: Input should be a valid string")
        if kind == "custom":
            if not isinstance(name, str) or not _NAME.match(name):
                raise invalid(f"tools.{number}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
            if not isinstance(tool.get("input_schema"), dict):
                raise invalid(f"tools.{number}.custom.input_schema: Field required")
        elif name is not None and not isinstance(name, str):
            raise invalid(f"tools.{number}.name: Input should be a valid string")
        if asked.counting and kind.startswith(_SERVER_TOOLS):
            raise invalid(f"tools.{number}: server tools are not supported when counting tokens")
        if name in names:
            raise invalid("tools: Tool names must be unique.")
        names |= {name} if name else set()
        if tool.get("defer_loading") and tool.get("cache_control"):
            raise invalid(f"tools.{number}: a tool with defer_loading cannot have cache_control")
    if tools and all(tool.get("defer_loading") for tool in tools):
        raise invalid("tools: at least one tool must not have defer_loading set to true")
    for number, message in enumerate(asked.messages):
        for place, block in enumerate(blocks_of(message["content"])):
            for name in references(block):
                if name not in names:
                    raise invalid(
                        f"messages.{number}.content.{place}: tool_reference names a tool that is not in `tools`: "
                        f"{name}",
                        code="tool_reference_unresolved",
                    )


def check_sources(asked: Asked) -> None:
    """Raises where count_tokens is asked to weigh what it would have to fetch."""
    if not asked.counting:
        return
    for number, message in enumerate(asked.messages):
        for block in deep_blocks(message["content"]):
            source = block.get("source")
            if isinstance(source, dict) and source.get("type") in ("url", "file"):
                raise invalid(f"messages.{number}: {source['type']} sources are not supported when counting tokens")


def check_markers(asked: Asked) -> None:
    """Raises where there are too many cache markers, or they stand in the wrong order."""
    body = asked.body
    markers = list(_markers(body))
    automatic = body.get("cache_control")
    explicit = len(markers)
    if automatic is not None:
        markers.append(automatic)
    for marker in markers:
        if not isinstance(marker, dict) or marker.get("type") != "ephemeral":
            raise invalid("cache_control.type: Input should be 'ephemeral'")
        if marker.get("ttl") not in (None, "5m", "1h"):
            raise invalid("cache_control.ephemeral.ttl: Input should be '5m' or '1h'")
    if len(markers) > BREAKPOINTS:
        raise invalid(f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. Found {len(markers)}.")
    lifetimes = [marker.get("ttl") or "5m" for marker in markers]
    last = (blocks_of(body["messages"][-1]["content"]) or [{}])[-1]
    if automatic is not None and explicit and last.get("cache_control") and lifetimes[-1] != lifetimes[-2]:
        raise invalid("cache_control: the last block has a cache_control with another ttl")
    if lifetimes != sorted(lifetimes):
        raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")


def too_long(tokens: int, window: int) -> Refusal:
    """The refusal of a prompt beyond the window."""
    return invalid(f"prompt is too long: {tokens} tokens > {window} maximum")


def _markers(body: Plain) -> Iterator[Any]:
    """Every explicit marker, in render order."""
    places = [*(body.get("tools") or []), *blocks_of(body.get("system"))]
    for message in body["messages"]:
        for block in blocks_of(message["content"]):
            within = blocks_of(block.get("content")) if block["type"] == "tool_result" else []
            places += [*within, block]
    return (place["cache_control"] for place in places if place.get("cache_control") is not None)


def _one_of(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words[:-1]) + f" or '{words[-1]}'"
