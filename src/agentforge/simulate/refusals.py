"""What the Messages API refuses, in its own words: one small rule each, in the order they are met."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from agentforge.simulate.abilities import Abilities
from agentforge.simulate.promptcache import BREAKPOINTS
from agentforge.simulate.rendering import Plain, blocks_of
from agentforge.simulate.signing import BINDING_BETA, faults


class Refusal(Exception):
    """The provider says no; the client sees status and body."""

    def __init__(self, status: int, kind: str, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what the rules look at besides its body."""

    body: Plain
    model: Abilities
    betas: frozenset[str]
    counting: bool = False
    """A question to count_tokens."""
    enforce_prefix: bool | None = None
    """Whether the prefix check refuses; None: as the model does for new accounts."""

    @property
    def messages(self) -> list[Plain]:
        """The messages; checked to be a list of objects first of all."""
        return self.body["messages"]  # type: ignore[no-any-return]


Rule = Callable[[Asked], None]


def check(asked: Asked) -> None:
    """Raises the first refusal the request earns."""
    for rule in RULES:
        rule(asked)


def invalid(message: str, *, code: str | None = None) -> Refusal:
    """A 400 with that message."""
    return Refusal(400, "invalid_request_error", message, code=code)


def _shape(asked: Asked) -> None:
    body = asked.body
    if not isinstance(body.get("messages"), list):
        raise invalid(
            "messages: Field required" if "messages" not in body else "messages: Input should be a valid list"
        )
    if not body["messages"]:
        raise invalid("messages: at least one message is required")
    for number, message in enumerate(body["messages"]):
        if not isinstance(message, dict):
            raise invalid(f"messages.{number}: Input should be an object")
        if "content" not in message:
            raise invalid(f"messages.{number}.content: Field required")
        if not isinstance(message["content"], str | list):
            raise invalid(f"messages.{number}.content: Input should be a valid list")
        for place, block in enumerate(message["content"] if isinstance(message["content"], list) else []):
            if not isinstance(block, dict) or not isinstance(block.get("type"), str):
                raise invalid(f"messages.{number}.content.{place}.type: Field required")
    if not asked.counting:
        if "max_tokens" not in body:
            raise invalid("max_tokens: Field required")
        most = body["max_tokens"]
        if not isinstance(most, int) or isinstance(most, bool) or most < 0:
            raise invalid("max_tokens: Input should be greater than or equal to 0")
        if asked.model.max_output and most > asked.model.max_output:
            limit = asked.model.max_output
            raise invalid(
                f"max_tokens: {most} > {limit}, which is the maximum allowed number of output tokens for "
                f"{asked.model.model}"
            )


def _roles(asked: Asked) -> None:
    previous: Plain | None = None
    for number, message in enumerate(asked.messages):
        role = message.get("role")
        if role not in ("user", "assistant", "system"):
            raise invalid(f"messages.{number}.role: Input should be 'user' or 'assistant'")
        if role == "system":
            if not asked.model.system_messages:
                raise invalid("role 'system' is not supported on this model")
            if previous is None:
                raise invalid("messages.0.role: 'system' cannot be the first message")
            if previous["role"] == "assistant" and _open_calls(previous):
                raise invalid(f"messages.{number}: a system message cannot stand between `tool_use` and `tool_result`")
            following = asked.messages[number + 1 : number + 2]
            if following and isinstance(following[0], dict) and following[0].get("role") != "assistant":
                raise invalid(f"messages.{number}: a system message must be last or followed by an assistant message")
        previous = message
    if asked.messages[0]["role"] == "assistant":
        raise invalid('messages: first message must use the "user" role')


def _settings(asked: Asked) -> None:
    body, model = asked.body, asked.model
    thinking = body.get("thinking") or {}
    kind = thinking.get("type")
    if model.adaptive_only:
        for name in ("temperature", "top_p", "top_k"):
            if name in body and body[name] != {"temperature": 1, "top_p": 1}.get(name):
                raise invalid(f"{name}: is not supported on this model")
        if kind == "enabled":
            raise invalid('thinking.type: "enabled" is not supported on this model; use "adaptive"')
        if kind == "disabled" and model.always_thinks:
            raise invalid('thinking.type: "disabled" is not supported on this model')
        if asked.messages[-1]["role"] == "assistant":
            raise invalid(
                "This model does not support assistant message prefill. The conversation must end with a user message."
            )
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int) or budget < 1024:
            raise invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if not asked.counting and budget >= body["max_tokens"]:
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
    choice = (body.get("tool_choice") or {}).get("type")
    if choice in ("any", "tool") and not model.forced_tools:
        raise invalid('tool_choice: type "tool" and "any" are not supported for this model.')


def _betas(asked: Asked) -> None:
    body = asked.body
    if "context_management" in body and not any(beta.startswith("context-management-") for beta in asked.betas):
        raise invalid("context_management: Extra inputs are not permitted")
    if "block_binding" in (body.get("thinking") or {}) and BINDING_BETA not in asked.betas:
        raise invalid("thinking.block_binding: Extra inputs are not permitted")
    for name, beta in _NEEDS_BETA.items():
        if name in body and not any(one.startswith(beta) for one in asked.betas):
            raise invalid(f"{name}: Extra inputs are not permitted")


_NEEDS_BETA: Final = {"compaction": "compact-", "thread": "message-threads-", "mcp_servers": "mcp-client-"}
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}\Z")


def _tools(asked: Asked) -> None:
    tools = asked.body.get("tools") or []
    names: set[str] = set()
    for number, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise invalid(f"tools.{number}: Input should be an object")
        name = tool.get("name")
        if tool.get("type", "custom") == "custom":
            if not isinstance(name, str) or not _NAME.match(name):
                raise invalid(f"tools.{number}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
            if not isinstance(tool.get("input_schema"), dict):
                raise invalid(f"tools.{number}.custom.input_schema: Field required")
        if isinstance(name, str):
            if name in names:
                raise invalid("tools: Tool names must be unique.")
            names.add(name)
        if tool.get("defer_loading") and tool.get("cache_control"):
            raise invalid(f"tools.{number}: a tool with defer_loading cannot have cache_control")
    if tools and all(tool.get("defer_loading") for tool in tools):
        raise invalid("tools: at least one tool must not have defer_loading set to true")
    for number, place, name in _references(asked.messages):
        if name not in names:
            raise invalid(
                f"messages.{number}.content.{place}: tool_reference names a tool that is not in `tools`: {name}",
                code="tool_reference_unresolved",
            )


def _pairs(asked: Asked) -> None:
    messages = _merged(asked.messages)
    for position, (number, message) in enumerate(messages):
        blocks = blocks_of(message["content"])
        before = blocks_of(messages[position - 1][1]["content"]) if position else []
        offered = {block.get("id") for block in before if block["type"] == "tool_use"}
        answered = [block.get("tool_use_id") for block in blocks if block["type"] == "tool_result"]
        for place, block in enumerate(blocks):
            if block["type"] == "tool_result" and block.get("tool_use_id") not in offered:
                raise invalid(
                    f"messages.{number}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                    f"{block.get('tool_use_id')}. Each `tool_result` block must have a corresponding `tool_use` block "
                    "in the previous message."
                )
        if len(answered) != len(set(answered)):
            raise invalid(
                f"messages.{number}: each tool_use must have a single result. Found multiple `tool_result` blocks "
                f"with id: {_twice(answered)}"
            )
        calls = _open_calls(message)
        results = (
            [block.get("tool_use_id") for block in blocks_of(messages[position + 1][1]["content"])]
            if position + 1 < len(messages)
            else []
        )
        missing = [call for call in calls if call not in results]
        if missing and message["role"] == "assistant":
            raise invalid(
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in "
                "the next message."
            )


def _contents(asked: Asked) -> None:
    for number, message in enumerate(asked.messages):
        content = message["content"]
        last = number == len(asked.messages) - 1
        if not content and not (last and message["role"] == "assistant") and "output_config" not in message:
            raise invalid(
                f"messages.{number}: all messages must have non-empty content except for the optional final "
                "assistant message"
            )
        for place, block in enumerate(blocks_of(content) if isinstance(content, list) else []):
            if block["type"] == "text" and not block.get("text"):
                problem = (
                    "cache_control cannot be set for empty text blocks"
                    if block.get("cache_control")
                    else "text content blocks must be non-empty"
                )
                raise invalid(
                    f"messages.{number}.content.{place}.text: {problem}"
                    if block.get("cache_control")
                    else f"messages: {problem}"
                )


def _markers(asked: Asked) -> None:
    body = asked.body
    explicit = list(_all_markers(body))
    automatic = body.get("cache_control")
    count = len(explicit) + (1 if automatic else 0)
    if count > BREAKPOINTS:
        raise invalid(f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. Found {count}.")
    lifetimes = [marker.get("ttl", "5m") for marker in explicit]
    for lifetime in lifetimes:
        if lifetime not in ("5m", "1h"):
            raise invalid("cache_control.ephemeral.ttl: Input should be '5m' or '1h'")
    if "1h" in lifetimes and "5m" in lifetimes[: len(lifetimes) - lifetimes[::-1].index("1h")]:
        raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")


def _signatures(asked: Asked) -> None:
    binding = (asked.body.get("thinking") or {}).get("block_binding") or {}
    behaviour = binding.get("prefix_mismatch_behavior")
    enforced = asked.enforce_prefix if asked.enforce_prefix is not None else asked.model.prefix_check
    for fault in faults(asked.body, asked.model.model):
        if fault.reason == "tampered":
            raise invalid(f"{fault.path}: Invalid `signature` in `thinking` block.")
        if fault.reason == "prefix_binding_mismatch" and (
            behaviour == "error" or (enforced and behaviour != "drop_block")
        ):
            raise invalid(
                f"{fault.path}: Invalid `signature` in `thinking` block. The block is bound to a different "
                "conversation. What stands before it changed after it was returned."
            )


RULES: Final[tuple[Rule, ...]] = (
    _shape,
    _roles,
    _settings,
    _betas,
    _tools,
    _contents,
    _pairs,
    _markers,
    _signatures,
)
"""Every rule of the Messages endpoint; the prompt's length comes last, where its tokens are known."""


def too_long(tokens: int, window: int) -> Refusal:
    """The refusal of a prompt beyond the window."""
    return invalid(f"prompt is too long: {tokens} tokens > {window} maximum")


def _open_calls(message: Plain) -> list[str]:
    return [str(block.get("id")) for block in blocks_of(message["content"]) if block["type"] == "tool_use"]


def _merged(messages: list[Plain]) -> list[tuple[int, Plain]]:
    """Consecutive turns of one role as one, as the API takes them; system messages stand aside."""
    merged: list[tuple[int, Plain]] = []
    for number, message in enumerate(messages):
        if message["role"] == "system":
            continue
        if merged and merged[-1][1]["role"] == message["role"]:
            first, before = merged[-1]
            merged[-1] = (first, {**before, "content": blocks_of(before["content"]) + blocks_of(message["content"])})
        else:
            merged.append((number, message))
    return merged


def _twice(ids: list[Any]) -> str:
    return next(str(one) for one in ids if ids.count(one) > 1)


def _references(messages: list[Plain]) -> Iterator[tuple[int, int, str]]:
    for number, message in enumerate(messages):
        for place, block in enumerate(blocks_of(message["content"])):
            if block["type"] == "tool_result":
                for inner in blocks_of(block.get("content")):
                    if inner.get("type") == "tool_reference":
                        yield number, place, str(inner.get("tool_name"))


def _all_markers(body: Plain) -> Iterator[Plain]:
    """Every explicit marker, in render order."""

    def of(plain: Any) -> Iterator[Plain]:
        if isinstance(plain, dict):
            if isinstance(plain.get("cache_control"), dict):
                yield plain["cache_control"]
            if plain.get("type") == "tool_result":
                for inner in blocks_of(plain.get("content")):
                    yield from of(inner)

    for tool in body.get("tools") or []:
        yield from of(tool)
    for block in blocks_of(body.get("system")):
        yield from of(block)
    for message in body["messages"]:
        for block in blocks_of(message["content"]):
            yield from of(block)
