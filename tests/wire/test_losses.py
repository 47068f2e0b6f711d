import json
from typing import Any

import pytest

from agentforge.wire import (
    LOSSES,
    Dialect,
    Json,
    Loss,
    SseEvent,
    StreamConverter,
    convert_request,
    convert_response,
    decode_request,
    decode_response,
)
from agentforge.wire.anthropic import USAGE
from agentforge.wire.losses import LOSS_RULES, LossReport, at, json_object, members, number, string, take, take_members

A: Dialect = "anthropic"
C: Dialect = "openai-chat"


def written(plain: Any) -> bytes:
    return json.dumps(plain).encode()


def asked(dialect: Dialect, **more: Any) -> tuple[Loss, ...]:
    plain = {"model": "m", "messages": [{"role": "user", "content": "hi"}]} | more
    return convert_request(decode_request(dialect, written(plain)), C if dialect == A else A).losses


def said(dialect: Dialect, role: str, *content: Any, **more: Any) -> tuple[Loss, ...]:
    return asked(dialect, messages=[{"role": role, "content": list(content), **more}])


def answered(dialect: Dialect, **more: Any) -> tuple[Loss, ...]:
    plain: dict[str, Any] = {"id": "x", "model": "m"} | more
    plain |= {"role": "assistant", "content": more.get("content", [])} if dialect == A else {}
    return convert_response(decode_response(dialect, written(plain)), C if dialect == A else A).losses


def streamed(dialect: Dialect, *events: Any) -> tuple[Loss, ...]:
    converter = StreamConverter(dialect, C if dialect == A else A)
    for event in events:
        converter.feed(SseEvent(data=json.dumps(event)))
    return converter.losses


MARK = {"type": "ephemeral"}
TEXT = {"type": "text", "text": "well"}
CALL = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "a", "content": "done"}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}}
USER = {"role": "user", "content": "hi"}
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}


def call(**more: Any) -> dict[str, Any]:
    return {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}} | more


EXAMPLES: dict[str, list[tuple[tuple[Loss, ...], str]]] = {
    "member": [
        (asked(A, top_k=5), "top_k"),
        (asked(A, metadata={"user_id": "u"}), "metadata"),
        (asked(A, thinking={"type": "adaptive"}), "thinking"),
        (asked(A, output_config={"task_budget": {"total": 1}}), "output_config.task_budget"),
        (said(A, "system", TEXT, output_config={"effort": "low"}), "messages[0].output_config"),
        (said(A, "user", TEXT | {"citations": [1]}), "messages[0].content[0].citations"),
        (asked(C, seed=5), "seed"),
        (asked(C, n=2), "n"),
        (asked(C, logprobs=True), "logprobs"),
        (asked(C, response_format={"type": "json_object"}), "response_format"),
        (asked(C, response_format={"type": "text", "x": 1}), "response_format.x"),
        (asked(C, stream_options={"include_usage": True, "x": 1}), "stream_options.x"),
        (said(C, "user", TEXT, name="bob"), "messages[0].name"),
        (said(C, "assistant", TEXT, tool_calls=[call(index=1)]), "messages[0].tool_calls[0].index"),
        (answered(C, choices=[CHOICE], created=5), "created"),
        (answered(C, choices=[CHOICE | {"logprobs": {"content": [1]}}]), "choices[0].logprobs"),
        (answered(A, container={"id": "c"}), "container"),
        (streamed(C, {"choices": [{"delta": {"content": "a"}, "logprobs": [1]}]}), "choices[0].logprobs"),
        (
            streamed(
                A, {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {}}}
            ),
            "content[0].citations",
        ),
        (streamed(A, {"type": "message_delta", "delta": {"stop_sequence": "END"}}), "stop_sequence"),
        (streamed(A, {"type": "error", "error": {"type": "a", "message": "b", "c": 1}}), "error.c"),
    ],
    "block": [
        (said(A, "user", {"type": "search_result", "title": "t"}), "messages[0].content[0]"),
        (said(A, "assistant", IMAGE), "messages[0].content[0]"),
        (said(C, "user", {"type": "input_audio", "input_audio": {"data": "a"}}), "messages[0].content[0]"),
        (said(C, "assistant", TEXT, tool_call_id="a"), "messages[0]"),
        (answered(A, content=[{"type": "server_tool_use", "id": "s"}]), "content[0]"),
    ],
    "media-source": [
        (said(A, "user", {"type": "image", "source": {"type": "file", "file_id": "f"}}), "messages[0].content[0]"),
        (said(C, "user", {"type": "image_url", "image_url": {"url": "data:image/png,a"}}), "messages[0].content[0]"),
    ],
    "empty-message": [
        (said(A, "assistant", {"type": "thinking", "thinking": "hm"}), "messages[0]"),
        (said(C, "assistant"), "messages[0]"),
        (said(C, "user"), "messages[0]"),
    ],
    "role": [
        (said(A, "narrator", TEXT), "messages[0].role"),
        (said(C, "function", TEXT), "messages[0].role"),
    ],
    "tool-kind": [
        (asked(A, tools=[{"type": "web_search_20990101", "name": "web_search"}]), "tools[0]"),
        (asked(C, tools=[{"type": "custom", "custom": {"name": "f"}}]), "tools[0]"),
    ],
    "tool-choice": [
        (asked(A, tool_choice={"type": "tool", "name": "gone"}), "tool_choice"),
        (asked(A, tools=[{"name": "f", "input_schema": {}}], tool_choice={"type": "luck"}), "tool_choice"),
        (asked(C, tool_choice={"type": "allowed_tools"}), "tool_choice"),
        (asked(C, parallel_tool_calls=False), "parallel_tool_calls"),
    ],
    "result-order": [
        (said(A, "user", TEXT, RESULT), "messages[0].content[1]"),
        (asked(C, messages=[USER, {"role": "tool", "tool_call_id": "a", "content": "b"}]), "messages[1]"),
    ],
    "orphan": [
        (
            asked(
                A,
                messages=[
                    {"role": "assistant", "content": [TEXT, {"type": "tool_use", "id": "a", "name": "f"}]},
                    {"role": "user", "content": [RESULT, TEXT]},
                ],
            ),
            "messages[1].content[0]",
        ),
        (
            asked(
                C,
                messages=[
                    {"role": "assistant", "content": "hm", "tool_calls": [call(function={"name": "f"})]},
                    {"role": "tool", "tool_call_id": "a", "content": "b"},
                ],
            ),
            "messages[1]",
        ),
    ],
    "stop-reason": [
        (answered(A, stop_reason="pause_turn"), "stop_reason"),
        (answered(C, choices=[CHOICE | {"finish_reason": "bored"}]), "choices[0].finish_reason"),
    ],
    "usage-detail": [
        (answered(A, usage={"output_tokens": 1, "service_tier": "standard"}), "usage.service_tier"),
        (
            answered(C, choices=[CHOICE], usage={"prompt_tokens_details": {"audio_tokens": 3}}),
            "usage.prompt_tokens_details.audio_tokens",
        ),
    ],
    "stream-event": [
        (streamed(A, {"type": "vibration"}), "vibration"),
        (
            streamed(A, {"type": "content_block_delta", "index": 0, "delta": {"type": "smell_delta"}}),
            "content_block_delta.smell_delta",
        ),
        (streamed(A, [1]), ""),
        (streamed(C, [1]), ""),
    ],
    "thinking": [
        (said(A, "assistant", {"type": "thinking", "thinking": "hm"}, TEXT), "messages[0].content[0]"),
        (said(C, "assistant", TEXT, reasoning_content="hm"), "messages[0].reasoning_content"),
        (answered(A, content=[{"type": "redacted_thinking", "data": "hm"}]), "content[0]"),
    ],
    "billing-header": [
        (asked(A, system=[{"type": "text", "text": "x-anthropic-billing-header: a=1;"}, TEXT]), "system[0]"),
    ],
    "cache-marker": [
        (said(A, "user", TEXT | {"cache_control": MARK}), "messages[0].content[0].cache_control"),
        (said(A, "user", RESULT | {"cache_control": MARK}), "messages[0].content[0].cache_control"),
        (said(A, "assistant", CALL | {"cache_control": MARK}), "messages[0].content[0].cache_control"),
        (asked(A, system=[TEXT | {"cache_control": MARK}]), "system[0].cache_control"),
        (asked(A, tools=[{"name": "f", "input_schema": {}, "cache_control": MARK}]), "tools[0].cache_control"),
        (asked(A, cache_control=MARK), "cache_control"),
    ],
    "signature": [
        (answered(A, content=[{"type": "thinking", "thinking": "hm", "signature": "s"}]), "content[0].signature"),
        (
            streamed(
                A,
                {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
                {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}},
            ),
            "content[0].signature",
        ),
    ],
    "text-after-call": [
        (said(A, "assistant", CALL, TEXT), "messages[0].content[1]"),
        (answered(A, content=[CALL, TEXT]), "content[1]"),
    ],
    "text-joined": [(answered(A, content=[TEXT, TEXT]), "content[1]")],
    "result-media": [(said(A, "user", RESULT | {"content": [TEXT, IMAGE]}), "messages[0].content[0].content[1]")],
    "result-error": [(said(A, "user", RESULT | {"is_error": True}), "messages[0].content[0].is_error")],
    "tool-reference": [
        (
            said(A, "user", RESULT | {"content": [{"type": "tool_reference", "tool_name": "f"}]}),
            "messages[0].content[0].content[0]",
        )
    ],
    "deferred": [
        (asked(A, tools=[{"name": "f", "input_schema": {}, "defer_loading": True}]), "tools[0].defer_loading")
    ],
    "document-text": [
        (said(A, "user", {"type": "document", "source": {"type": "text", "data": "a"}}), "messages[0].content[0]")
    ],
    "stop-too-many": [(asked(A, stop_sequences=["a", "b", "c", "d", "e"]), "stop_sequences[4]")],
    "cache-write": [
        (answered(A, usage={"cache_creation_input_tokens": 5}), "usage.cache_creation_input_tokens"),
    ],
    "arguments": [
        (
            said(C, "assistant", TEXT, tool_calls=[call(function={"name": "f", "arguments": "{oops"})]),
            "messages[0].tool_calls[0].function.arguments",
        ),
        (
            said(C, "assistant", tool_calls=[{"id": "a", "type": "custom", "custom": {"name": "f", "input": "b"}}]),
            "messages[0].tool_calls[0].custom.input",
        ),
    ],
    "tool-id": [
        (said(C, "assistant", TEXT, tool_calls=[call(id="f:0")]), "messages[0].tool_calls[0].id"),
        (said(C, "tool", TEXT, tool_call_id="f:0"), "messages[0].tool_call_id"),
    ],
    "system-order": [(asked(C, messages=[USER, {"role": "system", "content": "now"}, USER]), "messages[1]")],
    "effort": [(asked(C, reasoning_effort="minimal"), "reasoning_effort")],
    "temperature": [(asked(C, temperature=1.5), "temperature")],
    "choice": [
        (answered(C, choices=[CHOICE, {"index": 1, "message": {"role": "assistant", "content": "b"}}]), "choices[1]"),
        (streamed(C, {"choices": [{"index": 1, "delta": {"content": "a"}}]}), "choices[1]"),
    ],
    "error-type": [(streamed(C, {"error": {"type": "gremlins", "message": "a"}}), "error.type")],
}


def test_every_row_of_the_table_has_an_example_here():
    assert list(LOSS_RULES) == [rule.id for rule in LOSSES]
    assert set(EXAMPLES) == set(LOSS_RULES)


@pytest.mark.parametrize(
    ("rule", "losses", "where"),
    [(rule, *example) for rule, examples in EXAMPLES.items() for example in examples],
)
def test_a_loss_is_reported_by_its_row_and_its_place(rule, losses, where):
    assert Loss(rule, where) in losses


QUIET = [
    asked(C, max_tokens=5),
    asked(A, metadata=None, stop_sequences=[], output_config={}, stream=False),
    asked(C, n=1, stop=None, tools=[], tool_choice=None, response_format={"type": "text"}, parallel_tool_calls=True),
    said(A, "user", RESULT | {"is_error": False}),
    said(C, "assistant", TEXT, refusal=None, audio=None),
    asked(A, tools=[{"name": "f", "input_schema": {}, "defer_loading": False, "type": "custom"}]),
    answered(A, stop_reason="end_turn", stop_sequence=None, content=[TEXT]),
    answered(C, choices=[CHOICE | {"logprobs": None}], usage={"prompt_tokens_details": {"audio_tokens": 0}}),
]


@pytest.mark.parametrize("losses", QUIET)
def test_what_says_nothing_cannot_be_lost(losses):
    assert losses == ()


def test_a_loss_reads_as_a_line():
    assert str(Loss("effort", "reasoning_effort")) == "reasoning_effort: an effort below low; low is asked for"


def test_a_row_says_which_way_it_happens():
    for rule in LOSSES:
        assert rule.way in ("to-chat", "to-anthropic", "both")
        assert rule.lost
        assert rule.instead


def test_a_report_takes_each_loss_once_and_knows_its_rows():
    lost = LossReport()
    lost.add("member", "b")
    lost.add("member", "a")
    lost.add("member", "b")
    assert lost.losses == (Loss("member", "b"), Loss("member", "a"))
    with pytest.raises(AssertionError, match="no row"):
        lost.add("mislaid", "a")


def test_only_the_counts_that_the_other_dialect_has_stay():
    usage = USAGE.read(b'{"input_tokens":3,"output_tokens":4,"speed":"fast","cache_creation":{"other":1}}')
    lost = LossReport()
    bare = lost.bare_usage(usage, USAGE)
    assert bare is not None
    assert (bare.input_tokens, bare.output_tokens, dict(bare.extra), bare.origin) == (3, 4, {}, None)
    assert lost.losses == (Loss("usage-detail", "usage.speed"), Loss("usage-detail", "usage.cache_creation.other"))
    assert lost.bare_usage(None, USAGE) is None


def test_a_path_reads_like_the_json():
    assert at("", "seed") == "seed"
    assert at("tools[0]", "function/strict") == "tools[0].function.strict"
    assert at("a", "odd key") == 'a["odd key"]'
    assert at("", "") == '[""]'


def test_members_are_taken_only_if_they_are_what_was_looked_for():
    left = {"a": Json(b'"x"'), "b": Json(b"5"), "c": Json(b'{"d":1.5}'), "e": Json(b"true")}
    assert take(left, "a", str) == "x"
    assert take(left, "b", str) is None
    assert take_members(left, "b") is None
    assert take_members(left, "c") == {"d": Json(b"1.5")}
    assert list(left) == ["b", "e"]
    assert (number(left, "b"), number(left, "e"), number(left, "z")) == (5, None, None)
    assert (string(left, "b"), string({"a": Json(b'"x"')}, "a")) == (None, "x")
    assert members(Json(b"[1]")) == members(None) == {}
    assert json_object({"b": Json(b"5"), "é": Json(b"[1, 2]")}).text == '{"b":5,"é":[1, 2]}'.encode()
