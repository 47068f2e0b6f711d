import json
from typing import Any

import pytest

from agentforge.wire import Loss, convert_request, decode_request, encode_request


def said(plain: dict[str, Any]) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    request, losses = convert_request(decode_request("openai-chat", json.dumps(plain).encode()), "anthropic")
    return json.loads(encode_request(request)), losses


def asked(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return said({"model": "m", "messages": list(turns)} | more)[0]


def call(id_: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def answer(id_: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content}


HI = {"role": "user", "content": "hi"}
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
AGENT = {
    "model": "gpt-5.5",
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 4000,
    "temperature": 0.2,
    "top_p": 0.9,
    "n": 1,
    "seed": 7,
    "stop": "</done>",
    "parallel_tool_calls": False,
    "reasoning_effort": "high",
    "response_format": {"type": "json_schema", "json_schema": {"name": "verdict", "schema": SCHEMA, "strict": True}},
    "tools": [
        {"type": "function", "function": {"name": "read", "description": "A file.", "parameters": SCHEMA}},
        {"type": "function", "function": {"name": "now", "strict": False}},
    ],
    "messages": [
        {"role": "system", "content": "You fix tests."},
        {"role": "developer", "content": [{"type": "text", "text": "Never touch /vendor."}]},
        {
            "role": "user",
            "name": "ann",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [call("call_1", "read", '{"path": "a.py"}'), call("call_2", "now", "")],
        },
        answer("call_1", "def a(): ..."),
        answer("call_2", [{"type": "text", "text": "noon"}]),
        {"role": "user", "content": "Well?"},
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "content": "A function.", "reasoning_content": "Easy."},
    ],
}


def test_an_agents_request_is_said_in_anthropics_words():
    plain, losses = said(AGENT)
    assert plain == {
        "model": "gpt-5.5",
        "max_tokens": 4000,
        "stream": True,
        "temperature": 0.2,
        "top_p": 0.9,
        "stop_sequences": ["</done>"],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": SCHEMA}},
        "system": [{"type": "text", "text": "You fix tests."}, {"type": "text", "text": "Never touch /vendor."}],
        "tools": [
            {"name": "read", "description": "A file.", "input_schema": SCHEMA},
            {"name": "now", "input_schema": {"type": "object", "properties": {}}, "strict": False},
        ],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                    {"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "call_1", "name": "read", "input": {"path": "a.py"}},
                    {"type": "tool_use", "id": "call_2", "name": "now", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_1", "content": "def a(): ..."},
                    {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "noon"}]},
                    {"type": "text", "text": "Well?"},
                ],
            },
            {"role": "system", "content": "Be brief."},
            {"role": "assistant", "content": "A function."},
        ],
    }
    assert losses == (
        Loss("member", "response_format.json_schema.name"),
        Loss("member", "seed"),
        Loss("member", "messages[2].name"),
        Loss("member", "messages[2].content[1].image_url.detail"),
        Loss("thinking", "messages[8].reasoning_content"),
    )


def test_a_turn_has_results_first_and_system_messages_last():
    made = asked(
        HI,
        {"role": "assistant", "tool_calls": [call("a", "f", "{}"), call("b", "f", "{}")]},
        {"role": "developer", "content": "one"},
        answer("a", "1"),
        {"role": "user", "content": "wait"},
        answer("b", "2"),
        {"role": "user", "content": "go"},
        {"role": "system", "content": "two"},
    )
    assert made["messages"][2:] == [
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "1"},
                {"type": "tool_result", "tool_use_id": "b", "content": "2"},
                {"type": "text", "text": "wait"},
            ],
        },
        {"role": "user", "content": "go"},
        {"role": "system", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
    ]


@pytest.mark.parametrize("arguments", ["{oops", "[1, 2]", '"words"', "5", "null"])
def test_arguments_that_are_no_object_are_kept_in_one(arguments):
    made = asked(HI, {"role": "assistant", "tool_calls": [call("a", "f", arguments)]})
    assert made["messages"][1]["content"][0]["input"] == {"_raw": arguments}


@pytest.mark.parametrize("arguments", ["", " \n"])
def test_no_arguments_are_an_empty_object(arguments):
    made, losses = said({"model": "m", "messages": [{"role": "assistant", "tool_calls": [call("a", "f", arguments)]}]})
    assert made["messages"][0]["content"][0]["input"] == {}
    assert losses == ()


def test_a_call_and_its_result_get_the_same_id_that_anthropic_takes():
    made = asked({"role": "assistant", "tool_calls": [call("f.x:0", "f", "{}")]}, answer("f.x:0", "1"))
    use, result = (message["content"][0] for message in made["messages"])
    assert use["id"] == result["tool_use_id"]
    assert use["id"].startswith("f_x_0_")
    other = asked({"role": "assistant", "tool_calls": [call("f_x:0", "f", "{}")]})
    assert other["messages"][0]["content"][0]["id"] != use["id"]


def test_law_9_a_result_goes_with_the_call_that_could_not_be_read():
    unreadable = {"id": "a", "type": "function", "function": {"name": "f", "arguments": {}}}
    made = asked(HI, {"role": "assistant", "content": "so", "tool_calls": [unreadable]}, answer("a", "b"), HI)
    assert made["messages"] == [HI, {"role": "assistant", "content": "so"}, HI]


def test_a_tool_is_chosen_in_anthropics_words():
    tools = [{"type": "function", "function": {"name": "f"}}]
    one = {"type": "function", "function": {"name": "f"}}
    gone = {"type": "function", "function": {"name": "g"}}
    assert asked(HI, tools=tools, tool_choice="auto")["tool_choice"] == {"type": "auto"}
    assert asked(HI, tools=tools, tool_choice="required")["tool_choice"] == {"type": "any"}
    assert asked(HI, tools=tools, tool_choice=one)["tool_choice"] == {"type": "tool", "name": "f"}
    assert asked(HI, tools=tools, tool_choice="none", parallel_tool_calls=False)["tool_choice"] == {"type": "none"}
    assert "tool_choice" not in asked(HI, tools=tools, parallel_tool_calls=True)
    assert "tool_choice" not in asked(HI, tools=tools, tool_choice=gone)
    assert "tool_choice" not in asked(HI, tool_choice="auto")


def test_what_anthropic_would_refuse_is_brought_within_its_limits():
    assert asked(HI, temperature=1.7)["temperature"] == 1
    assert asked(HI, reasoning_effort="none")["output_config"] == {"effort": "low"}
    assert asked(HI, stop=["a", "b"])["stop_sequences"] == ["a", "b"]
    assert asked({"role": "user", "content": [{"type": "text", "text": ""}]}, HI)["messages"] == [HI]


def test_a_refusal_is_said_in_words():
    part = {"type": "refusal", "refusal": "Not that."}
    text = {"type": "text", "text": "Not that."}
    assert asked({"role": "assistant", "content": [part]})["messages"][0]["content"] == [text]
    assert asked({"role": "assistant", "refusal": "Not that."})["messages"][0]["content"] == [text]


def test_a_file_is_a_document():
    file = {"filename": "Plan.pdf", "file_data": "data:application/pdf;base64,aGk="}
    source = {"type": "base64", "media_type": "application/pdf", "data": "aGk="}
    made = asked({"role": "user", "content": [{"type": "file", "file": file}]})
    assert made["messages"][0]["content"] == [{"type": "document", "source": source, "title": "Plan.pdf"}]


def test_cache_markers_that_a_chat_client_set_reach_anthropic():
    mark = {"cache_control": {"type": "ephemeral"}}
    part = {"type": "text", "text": "hi"} | mark
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}} | mark
    made = asked({"role": "system", "content": [part]}, {"role": "user", "content": [part]}, tools=[tool])
    assert made["system"] == made["messages"][0]["content"] == [part]
    assert made["tools"] == [{"name": "f", "input_schema": {}} | mark]
