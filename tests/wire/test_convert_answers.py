import copy
import json
from typing import Any

import pytest
from hypothesis import given

from agentforge.wire import Dialect, Loss, convert_response, decode_response, encode_response
from agentforge.wire.losses import at
from strategies import RESPONSES


def said(came: Dialect, plain: dict[str, Any], **options: Any) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    goes: Dialect = "openai-chat" if came == "anthropic" else "anthropic"
    response, losses = convert_response(decode_response(came, json.dumps(plain).encode()), goes, **options)
    return json.loads(encode_response(response)), losses


ANTHROPIC = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-5-5",
    "content": [
        {"type": "thinking", "thinking": "Look first.", "signature": "c2ln"},
        {"type": "text", "text": "I look "},
        {"type": "text", "text": "at both."},
        {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "a.py"}},
        {"type": "tool_use", "id": "toolu_2", "name": "Now", "input": {}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 10,
        "cache_read_input_tokens": 200,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 5},
        "service_tier": "standard",
    },
}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1790000000,
    "model": "gpt-5.5",
    "system_fingerprint": "fp_1",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "I look at both.",
                "refusal": None,
                "reasoning_content": "Look first.",
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": '{"path":"a.py"}'}},
                    {"id": "call_2", "type": "function", "function": {"name": "now", "arguments": ""}},
                ],
            },
            "logprobs": None,
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {
        "prompt_tokens": 240,
        "completion_tokens": 40,
        "total_tokens": 280,
        "prompt_tokens_details": {"cached_tokens": 200, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 5, "accepted_prediction_tokens": 0},
    },
}


def test_an_answer_of_anthropics_is_said_in_chats_words():
    plain, losses = said("anthropic", ANTHROPIC, created=1790000000)
    assert plain == {
        "id": "msg_1",
        "object": "chat.completion",
        "created": 1790000000,
        "model": "claude-opus-5-5",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "I look at both.",
                    "reasoning_content": "Look first.",
                    "tool_calls": [
                        {
                            "id": "toolu_1",
                            "type": "function",
                            "function": {"name": "Read", "arguments": '{"path": "a.py"}'},
                        },
                        {"id": "toolu_2", "type": "function", "function": {"name": "Now", "arguments": "{}"}},
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {
            "prompt_tokens": 240,
            "completion_tokens": 40,
            "total_tokens": 280,
            "prompt_tokens_details": {"cached_tokens": 200},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    }
    assert losses == (
        Loss("signature", "content[0].signature"),
        Loss("text-joined", "content[2]"),
        Loss("cache-write", "usage.cache_creation_input_tokens"),
        Loss("usage-detail", "usage.service_tier"),
    )


def test_an_answer_of_chats_is_said_in_anthropics_words():
    plain, losses = said("openai-chat", CHAT)
    assert plain == {
        "id": "chatcmpl-1",
        "type": "message",
        "role": "assistant",
        "model": "gpt-5.5",
        "content": [
            {"type": "thinking", "thinking": "Look first.", "signature": ""},
            {"type": "text", "text": "I look at both."},
            {"type": "tool_use", "id": "call_1", "name": "read", "input": {"path": "a.py"}},
            {"type": "tool_use", "id": "call_2", "name": "now", "input": {}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 40,
            "cache_read_input_tokens": 200,
            "cache_creation_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 40,
            "output_tokens_details": {"thinking_tokens": 5},
        },
    }
    assert losses == (Loss("member", "created"), Loss("member", "system_fingerprint"))


def test_an_answer_of_calls_alone_says_that_it_has_no_words():
    plain, _ = said("anthropic", ANTHROPIC | {"content": ANTHROPIC["content"][3:4]})
    assert plain["choices"][0]["message"]["content"] is None
    plain, _ = said("anthropic", ANTHROPIC | {"content": [], "stop_reason": "end_turn"})
    assert plain["choices"][0]["message"] == {"role": "assistant", "content": None}


@pytest.mark.parametrize(
    ("anthropic", "chat", "back"),
    [
        ("end_turn", "stop", "end_turn"),
        ("max_tokens", "length", "max_tokens"),
        ("refusal", "content_filter", "refusal"),
        ("stop_sequence", "stop", "end_turn"),
        ("pause_turn", "stop", "end_turn"),
        ("model_context_window_exceeded", "length", "max_tokens"),
    ],
)
def test_a_reason_for_the_end_is_said_in_each_dialects_words(anthropic, chat, back):
    plain, losses = said("anthropic", ANTHROPIC | {"content": [], "stop_reason": anthropic})
    assert plain["choices"][0]["finish_reason"] == chat
    assert (Loss("stop-reason", "stop_reason") in losses) == (anthropic != back)
    assert said("openai-chat", plain)[0]["stop_reason"] == back


def ended(reason: Any, message: dict[str, Any]) -> str:
    choice = {"index": 0, "message": {"role": "assistant"} | message, "finish_reason": reason}
    return said("openai-chat", {"id": "c", "model": "m", "choices": [choice]})[0]["stop_reason"]


def test_a_stop_with_calls_is_a_call_for_tools():
    assert ended("stop", CHAT["choices"][0]["message"]) == "tool_use"
    assert ended("function_call", {"content": "a"}) == "tool_use"
    assert ended("length", CHAT["choices"][0]["message"]) == "max_tokens"
    assert ended(None, {"content": "a"}) == "end_turn"
    assert ended("bored", {"content": "a"}) == "end_turn"


def test_a_refusal_in_words_ends_as_a_refusal():
    choice = {"index": 0, "message": {"role": "assistant", "content": None, "refusal": "No."}, "finish_reason": "stop"}
    plain, losses = said("openai-chat", {"id": "c", "model": "m", "choices": [choice]})
    assert plain["content"] == [{"type": "text", "text": "No."}]
    assert plain["stop_reason"] == "refusal"
    assert losses == ()


def test_anthropics_clients_are_told_a_usage_always():
    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    plain, _ = said("openai-chat", {"id": "c", "model": "m", "choices": [choice]})
    assert plain["usage"]["input_tokens"] == plain["usage"]["output_tokens"] == 0
    assert "usage" not in said("anthropic", {key: ANTHROPIC[key] for key in ("id", "model", "role", "content")})[0]


def objects_in(plain: Any, where: str = "") -> list[tuple[str, dict[str, Any]]]:
    match plain:
        case dict():
            return [(where, plain), *(one for key, value in plain.items() for one in objects_in(value, at(where, key)))]
        case list():
            return [one for i, value in enumerate(plain) for one in objects_in(value, f"{where}[{i}]")]
    return []


@pytest.mark.parametrize(("came", "whole"), [("anthropic", ANTHROPIC), ("openai-chat", CHAT)])
def test_law_4_a_member_nobody_knows_is_reported_wherever_it_stands_in_an_answer(came, whole):
    for number in range(len(objects_in(whole))):
        plain = copy.deepcopy(whole)
        where, inside = objects_in(plain)[number]
        inside["hologram"] = "unheard-of"
        made, losses = said(came, plain)
        assert "unheard-of" in json.dumps(made) or at(where, "hologram") in [loss.where for loss in losses], where


@given(RESPONSES["anthropic"])
def test_any_answer_of_anthropics_can_be_said_in_chats_words(plain):
    made, _ = said("anthropic", plain)
    assert decode_response("openai-chat", json.dumps(made).encode()).id == plain["id"]


@given(RESPONSES["openai-chat"].filter(lambda plain: len(plain["choices"]) == 1))
def test_any_answer_of_chats_can_be_said_in_anthropics_words(plain):
    made, _ = said("openai-chat", plain)
    assert decode_response("anthropic", json.dumps(made).encode()).id == plain["id"]


def test_of_several_choices_the_one_numbered_zero_is_said_and_the_others_are_reported():
    choices = [
        {"index": at, "message": {"role": "assistant", "content": word}, "finish_reason": end}
        for at, word, end in [(1, "second", "length"), (0, "first", "stop"), (2, "third", "stop")]
    ]
    plain, losses = said("openai-chat", {"id": "c", "model": "m", "choices": choices})
    assert plain["content"] == [{"type": "text", "text": "first"}]
    assert plain["stop_reason"] == "end_turn"
    assert [(loss.rule, loss.where) for loss in losses] == [("choice", "choices[0]"), ("choice", "choices[2]")]
