"""Hypothesis strategies for what goes over the wire: whole requests, answers and events, well-formed and odd.

Plain values are what `json.loads` would give; `texts` sets them out as one of the JSON texts that mean them.
A request here always has what its dialect's frame demands (a model, messages with roles); all else may be odd.
"""

import json
from typing import Any

from hypothesis import strategies as st

from agentforge.wire import DIALECTS, Dialect

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.sampled_from(["read_file", "Bash", "mcp__git__log", "grep", "ümlaut", ""]) | words
ids = st.sampled_from(["toolu_1", "call_2", "msg_3", "a", ""]) | words
numbers = st.one_of(
    st.integers(-5, 300),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.none() | st.booleans() | numbers | words
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)
json_objects = st.dictionaries(words, json_values, max_size=3)
_empty = st.sampled_from([None, "", [], {}, 0, False])
dialects = st.sampled_from(DIALECTS)

STYLES: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "default": {},
    "indented": {"indent": 2, "ensure_ascii": False},
    "tabbed": {"indent": "\t"},
}


def written(plain: Any, style: str = "compact") -> bytes:
    """The JSON text of a plain value in one of the styles."""
    return json.dumps(plain, **STYLES[style]).encode()


def texts(plain: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """JSON texts of such values, however set out."""
    return st.builds(written, plain, st.sampled_from(sorted(STYLES)))


def maybe_odd(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The usual values, and now and then one of any other type."""
    return st.one_of(usual, usual, usual, _empty, json_values)


def objects(required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these members, some of them odd or missing, and others nobody knows."""
    known = st.fixed_dictionaries(required, optional={key: maybe_odd(usual) for key, usual in (optional or {}).items()})
    extras = st.one_of(st.just({}), st.just({}), json_objects)

    @st.composite
    def one(draw: st.DrawFn) -> dict[str, Any]:
        return {**draw(extras), **draw(known)}

    return one()


def typed(kind: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[Any]:
    """Objects of one type; sometimes with a required member odd or missing."""
    whole = objects({"type": st.just(kind), **required}, optional)
    odd = objects({"type": st.just(kind)}, {**required, **(optional or {})})
    return whole | whole | odd


caches = st.sampled_from([{"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}])
unknown_blocks = st.one_of(
    objects({"type": st.sampled_from(["server_tool_use", "container_upload", "compaction", "holo"])}),
    json_objects,
    scalars,
    st.lists(scalars, max_size=2),
)

# --- Anthropic Messages

_marked = {"cache_control": caches}
_anthropic_leaves = st.one_of(
    typed("text", {"text": words}, _marked | {"citations": st.lists(json_objects, max_size=1)}),
    typed("thinking", {"thinking": words, "signature": words}),
    typed("redacted_thinking", {"data": words}),
    typed("image", {"source": json_objects}, _marked),
    typed("document", {"source": json_objects}, _marked | {"title": words}),
    typed("tool_use", {"id": ids, "name": names, "input": json_objects}, _marked),
    typed("tool_reference", {"tool_name": names}, _marked),
    unknown_blocks,
)
_anthropic_content = words | st.lists(_anthropic_leaves, max_size=3)
anthropic_blocks = st.one_of(
    _anthropic_leaves,
    typed(
        "tool_result",
        {"tool_use_id": ids},
        {"content": _anthropic_content, "is_error": st.booleans(), "cache_control": caches},
    ),
    typed("tool_result", {"tool_use_id": ids}, {"content": st.lists(typed("tool_result", {"tool_use_id": ids}))}),
)
anthropic_messages = objects(
    {"role": st.sampled_from(["user", "assistant", "system", "narrator", ""])},
    {"content": words | st.lists(anthropic_blocks, max_size=4)},
)
anthropic_tools = objects(
    {},
    {
        "name": names,
        "description": words,
        "input_schema": json_objects,
        "type": st.sampled_from(["custom", "web_search_20990101"]),
        "defer_loading": st.booleans(),
        "cache_control": caches,
    },
)
anthropic_requests = objects(
    {"model": words, "messages": st.lists(anthropic_messages, max_size=4)},
    {
        "system": _anthropic_content,
        "max_tokens": st.integers(0, 10**6),
        "stream": st.booleans(),
        "thinking": json_objects,
        "metadata": json_objects,
    },
) | objects(
    {
        "model": words,
        "messages": st.lists(anthropic_messages, max_size=2),
        "tools": st.none() | st.lists(anthropic_tools, max_size=3),
    }
)
_tokens = maybe_odd(st.integers(0, 10**6))
anthropic_usages = objects(
    {},
    {
        "input_tokens": _tokens,
        "cache_creation_input_tokens": _tokens,
        "cache_read_input_tokens": _tokens,
        "cache_creation": objects({}, {"ephemeral_5m_input_tokens": _tokens, "ephemeral_1h_input_tokens": _tokens}),
        "output_tokens": _tokens,
        "output_tokens_details": objects({}, {"thinking_tokens": _tokens}),
        "service_tier": words,
    },
)
anthropic_responses = objects(
    {
        "id": ids,
        "model": words,
        "role": st.sampled_from(["assistant", 'a"b', ""]),
        "content": words | st.lists(anthropic_blocks, max_size=4),
    },
    {
        "type": st.just("message"),
        "stop_reason": st.sampled_from(["end_turn", "tool_use", None, "later"]),
        "stop_sequence": st.none(),
        "usage": anthropic_usages,
    },
)
_index = st.integers(0, 3)
_deltas = st.one_of(
    typed("text_delta", {"text": words}),
    typed("thinking_delta", {"thinking": words}),
    typed("signature_delta", {"signature": words}),
    typed("input_json_delta", {"partial_json": words}),
    typed("citations_delta", {"citation": json_objects}),
)
anthropic_events = st.one_of(
    typed("message_start", {"message": objects({"id": ids, "model": words}, {"usage": anthropic_usages})}),
    typed("content_block_start", {"index": _index, "content_block": anthropic_blocks}),
    typed("content_block_delta", {"index": _index, "delta": _deltas}),
    typed("content_block_stop", {"index": _index}),
    typed("message_delta", {"delta": objects({}, {"stop_reason": words})}, {"usage": anthropic_usages}),
    typed("message_stop", {}),
    typed("ping", {}),
    typed("error", {"error": objects({}, {"type": words, "message": words})}),
    typed("vibration", {}),
    json_values,
)

# --- OpenAI Chat

_arguments = st.one_of(json_objects.map(lambda plain: json.dumps(plain)), words, st.just('"quoted"'), st.just(""))
chat_parts = st.one_of(
    typed("text", {"text": words}, _marked),
    typed("image_url", {"image_url": json_objects}),
    typed("input_audio", {"input_audio": json_objects}),
    typed("file", {"file": json_objects}),
    typed("refusal", {"refusal": words}),
    unknown_blocks,
)
chat_calls = st.one_of(
    typed("function", {"id": ids, "function": objects({"name": names, "arguments": _arguments})}),
    typed("custom", {"id": ids, "custom": objects({"name": names, "input": words})}),
    json_values,
)
_chat_said = {
    "content": words | st.none() | st.lists(chat_parts, max_size=3),
    "tool_calls": st.lists(chat_calls, max_size=3),
    "tool_call_id": ids,
    "refusal": st.none(),
    "name": names,
}
chat_messages = st.one_of(
    objects({"role": st.sampled_from(["user", "assistant", "system", "developer", "tool", ""])}, _chat_said),
    objects({"role": st.just("tool"), "tool_call_id": ids, "content": words | st.lists(chat_parts, max_size=2)}),
    objects(
        {"role": st.just("assistant"), "tool_calls": st.lists(chat_calls, min_size=1, max_size=3)},
        {"content": words | st.none() | st.lists(chat_parts, max_size=2)},
    ),
)
chat_tools = objects(
    {},
    {
        "type": st.sampled_from(["function", "custom"]),
        "function": objects({}, {"name": names, "description": words, "parameters": json_objects}),
        "cache_control": caches,
    },
)
chat_requests = objects(
    {"model": words, "messages": st.lists(chat_messages, max_size=4)},
    {"max_completion_tokens": st.integers(0, 10**6), "max_tokens": st.integers(0, 99), "stream": st.booleans()},
) | objects(
    {
        "model": words,
        "messages": st.lists(chat_messages, max_size=2),
        "tools": st.none() | st.lists(chat_tools, max_size=3),
    }
)
chat_usages = objects(
    {},
    {
        "prompt_tokens": _tokens,
        "completion_tokens": _tokens,
        "total_tokens": _tokens,
        "prompt_tokens_details": objects({}, {"cached_tokens": _tokens, "audio_tokens": _tokens}),
        "completion_tokens_details": objects({}, {"reasoning_tokens": _tokens}),
    },
)
_finish = st.sampled_from(["stop", "length", "tool_calls", "content_filter", None, "later"])
_chat_choices = objects(
    {"message": objects({"role": st.sampled_from(["assistant", ""])}, _chat_said)},
    {"index": st.integers(0, 2), "finish_reason": _finish, "logprobs": st.none()},
)
chat_responses = objects(
    {"id": ids, "model": words, "choices": st.lists(_chat_choices, max_size=2)},
    {"object": st.just("chat.completion"), "created": st.integers(0, 2**31), "usage": chat_usages},
)
_chat_deltas = objects(
    {},
    {
        "role": st.just("assistant"),
        "content": words | st.none(),
        "reasoning_content": words,
        "tool_calls": st.lists(
            objects(
                {},
                {"index": _index, "id": ids, "function": objects({}, {"name": names, "arguments": words})},
            ),
            max_size=2,
        ),
    },
)
chat_events = st.one_of(
    objects(
        {
            "id": ids,
            "model": words,
            "choices": st.lists(
                objects({"delta": _chat_deltas}, {"index": _index, "finish_reason": _finish}), max_size=2
            ),
        },
        {"usage": chat_usages, "error": objects({}, {"type": words, "message": words})},
    ),
    json_values,
)

# --- OpenAI Responses

responses_parts = st.one_of(
    typed("input_text", {"text": words}),
    typed("output_text", {"text": words}, {"annotations": st.lists(json_objects, max_size=1)}),
    typed("input_image", {"image_url": words}, {"detail": words}),
    typed("input_file", {"file_data": words}, {"filename": words}),
    unknown_blocks,
)
_responses_content = words | st.lists(responses_parts, max_size=3)
_summaries = st.lists(typed("summary_text", {"text": words}), max_size=2)
responses_items = st.one_of(
    objects(
        {"role": st.sampled_from(["user", "assistant", "developer", ""]), "content": _responses_content},
        {"type": st.just("message"), "id": ids, "status": words},
    ),
    typed("message", {"role": st.sampled_from(["user", "assistant"]), "content": _responses_content}),
    typed("function_call", {"call_id": ids, "name": names, "arguments": _arguments}, {"id": ids, "status": words}),
    typed("custom_tool_call", {"call_id": ids, "name": names, "input": words}),
    typed("function_call_output", {"call_id": ids, "output": _responses_content}),
    typed("custom_tool_call_output", {"call_id": ids, "output": _responses_content}),
    typed("reasoning", {"summary": _summaries}, {"encrypted_content": words, "id": ids, "content": st.none()}),
    typed("web_search_call", {}, {"id": ids, "action": json_objects}),
    json_objects,
)
responses_tools = objects(
    {},
    {
        "type": st.sampled_from(["function", "web_search"]),
        "name": names,
        "description": words,
        "parameters": json_objects,
        "strict": st.booleans(),
        "defer_loading": st.booleans(),
    },
)
responses_requests = objects(
    {"model": words, "input": words | st.lists(responses_items, max_size=4)},
    {"instructions": words, "max_output_tokens": st.integers(0, 10**6), "stream": st.booleans()},
) | objects(
    {
        "model": words,
        "input": st.lists(responses_items, max_size=2),
        "tools": st.none() | st.lists(responses_tools, max_size=3),
    }
)
responses_usages = objects(
    {},
    {
        "input_tokens": _tokens,
        "input_tokens_details": objects({}, {"cached_tokens": _tokens}),
        "output_tokens": _tokens,
        "output_tokens_details": objects({}, {"reasoning_tokens": _tokens}),
        "total_tokens": _tokens,
    },
)
responses_responses = objects(
    {"id": ids, "model": words, "output": st.lists(st.one_of(responses_items, json_values), max_size=4)},
    {
        "object": st.just("response"),
        "status": st.sampled_from(["completed", "incomplete", "failed", "in_progress"]),
        "incomplete_details": st.none()
        | st.fixed_dictionaries({"reason": st.sampled_from(["max_output_tokens", "content_filter", "later"])}),
        "usage": responses_usages,
    },
)
_place = {"output_index": _index, "content_index": _index, "item_id": ids, "sequence_number": st.integers(0, 99)}
responses_events = st.one_of(
    typed("response.created", {"response": responses_responses}, _place),
    typed("response.output_item.added", {"item": responses_items, **_place}),
    typed("response.content_part.added", {"part": responses_parts, **_place}),
    typed("response.output_text.delta", {"delta": words, **_place}),
    typed("response.reasoning_summary_text.delta", {"delta": words, **_place}),
    typed("response.function_call_arguments.delta", {"delta": words, **_place}),
    typed("response.content_part.done", {"part": responses_parts, **_place}),
    typed("response.output_item.done", {"item": responses_items, **_place}),
    typed("response.completed", {"response": responses_responses}, _place),
    typed("response.incomplete", {"response": responses_responses}, _place),
    typed("response.failed", {"response": objects({}, {"error": objects({}, {"code": words, "message": words})})}),
    typed("error", {}, {"code": words, "message": words}),
    typed("response.hologram.delta", {"delta": words}, _place),
    json_values,
)


def _in_frame(plain: dict[str, Any]) -> bool:
    """Chance may have named an extra member `tools`."""
    tools = plain.get("tools") or []
    return plain.get("tools") in (None, tools) and isinstance(tools, list) and all(isinstance(t, dict) for t in tools)


REQUESTS: dict[Dialect, st.SearchStrategy[dict[str, Any]]] = {
    "anthropic": anthropic_requests.filter(_in_frame),
    "openai-chat": chat_requests.filter(_in_frame),
    "openai-responses": responses_requests.filter(_in_frame),
}
RESPONSES: dict[Dialect, st.SearchStrategy[dict[str, Any]]] = {
    "anthropic": anthropic_responses,
    "openai-chat": chat_responses,
    "openai-responses": responses_responses,
}
MESSAGES: dict[Dialect, st.SearchStrategy[dict[str, Any]]] = {
    "anthropic": anthropic_messages,
    "openai-chat": chat_messages,
    "openai-responses": responses_items,
}
EVENTS: dict[Dialect, st.SearchStrategy[Any]] = {
    "anthropic": anthropic_events,
    "openai-chat": chat_events,
    "openai-responses": responses_events,
}

# --- Whole conversations, as a well-behaved client sends them


@st.composite
def conversations(draw: st.DrawFn, dialect: Dialect, *, turns: int = 3) -> dict[str, Any]:
    """A request in which every tool call has its result, some calls being parallel."""
    said = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    rounds = [
        (draw(said), [(f"call_{at}_{n}", draw(names), draw(json_objects)) for n in range(draw(st.integers(0, 3)))])
        for at in range(draw(st.integers(1, turns)))
    ]
    answers = {id_: draw(said) for _, calls in rounds for id_, _, _ in calls}
    key, build = _CONVERSATIONS[dialect]
    return {"model": draw(said), key: [turn for spoken, calls in rounds for turn in build(spoken, calls, answers)]}


def _anthropic_round(said: str, calls: list[Any], answers: dict[str, str]) -> list[dict[str, Any]]:
    uses = [{"type": "tool_use", "id": id_, "name": name, "input": given} for id_, name, given in calls]
    results = [{"type": "tool_result", "tool_use_id": id_, "content": answers[id_]} for id_, _, _ in calls]
    return [
        {"role": "user", "content": said},
        {"role": "assistant", "content": [{"type": "text", "text": said}, *uses]},
        *([{"role": "user", "content": results}] if results else []),
    ]


def _chat_round(said: str, calls: list[Any], answers: dict[str, str]) -> list[dict[str, Any]]:
    uses = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
        for id_, name, given in calls
    ]
    return [
        {"role": "user", "content": said},
        {"role": "assistant", "content": said} | ({"tool_calls": uses} if uses else {}),
        *({"role": "tool", "tool_call_id": id_, "content": answers[id_]} for id_, _, _ in calls),
    ]


def _responses_round(said: str, calls: list[Any], answers: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": said},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": said}]},
        *(
            {"type": "function_call", "call_id": id_, "name": name, "arguments": json.dumps(given)}
            for id_, name, given in calls
        ),
        *({"type": "function_call_output", "call_id": id_, "output": answers[id_]} for id_, _, _ in calls),
    ]


_CONVERSATIONS: dict[Dialect, tuple[str, Any]] = {
    "anthropic": ("messages", _anthropic_round),
    "openai-chat": ("messages", _chat_round),
    "openai-responses": ("input", _responses_round),
}
