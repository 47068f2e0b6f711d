import json
from typing import Any

from agentforge.wire import Loss, convert_request, decode_request, encode_request


def said(plain: dict[str, Any]) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    request, losses = convert_request(decode_request("anthropic", json.dumps(plain).encode()), "openai-chat")
    return json.loads(encode_request(request)), losses


def messages(*turns: dict[str, Any]) -> list[Any]:
    return said({"model": "m", "max_tokens": 9, "messages": list(turns)})[0]["messages"]


def with_tool(**more: Any) -> dict[str, Any]:
    return said({"model": "m", "messages": [], "tools": [{"name": "f", "input_schema": {}}]} | more)[0]


MARK = {"type": "ephemeral"}
AGENT = {
    "model": "claude-opus-5-5",
    "max_tokens": 32000,
    "stream": True,
    "temperature": 0.5,
    "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=cli;"},
        {"type": "text", "text": "You fix tests.", "cache_control": MARK},
        {"type": "text", "text": "Never touch /vendor."},
    ],
    "tools": [
        {
            "name": "Read",
            "description": "The text of a file.",
            "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
            "strict": True,
        },
        {"name": "Grep", "input_schema": {"type": "object"}, "defer_loading": True, "cache_control": MARK},
        {"type": "web_search_20250305", "name": "web_search"},
    ],
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    "stop_sequences": ["</done>"],
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "xhigh", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "metadata": {"user_id": "someone"},
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "test_area fails"}]},
        {"role": "system", "content": "Today is a Monday.", "output_config": {"effort": "high"}},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Look first.", "signature": "c2ln"},
                {"type": "text", "text": "I look at both."},
                {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "area.py"}},
                {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {"path": "shot.png"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "def area(): ...", "cache_control": MARK},
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "is_error": True,
                    "content": [
                        {"type": "text", "text": "too big, here is a small one"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                    ],
                },
                {"type": "text", "text": "Go on."},
            ],
        },
    ],
}


def test_an_agents_request_is_said_in_chats_words():
    plain, losses = said(AGENT)
    call = {"type": "function", "function": {"name": "Read"}}
    assert plain == {
        "model": "claude-opus-5-5",
        "max_completion_tokens": 32000,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "stop": ["</done>"],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "reasoning_effort": "xhigh",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
        },
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "Read",
                    "description": "The text of a file.",
                    "parameters": AGENT["tools"][0]["input_schema"],
                    "strict": True,
                },
            },
            {"type": "function", "function": {"name": "Grep", "parameters": {"type": "object"}}},
        ],
        "messages": [
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "You fix tests."},
                    {"type": "text", "text": "Never touch /vendor."},
                ],
            },
            {"role": "user", "content": [{"type": "text", "text": "test_area fails"}]},
            {"role": "system", "content": "Today is a Monday."},
            {
                "role": "assistant",
                "content": "I look at both.",
                "tool_calls": [
                    call | {"id": "toolu_1", "function": {"name": "Read", "arguments": '{"path": "area.py"}'}},
                    call | {"id": "toolu_2", "function": {"name": "Read", "arguments": '{"path": "shot.png"}'}},
                ],
            },
            {"role": "tool", "tool_call_id": "toolu_1", "content": "def area(): ..."},
            {
                "role": "tool",
                "tool_call_id": "toolu_2",
                "content": [{"type": "text", "text": "too big, here is a small one"}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                    {"type": "text", "text": "Go on."},
                ],
            },
        ],
    }
    assert losses == (
        Loss("cache-marker", "tools[1].cache_control"),
        Loss("deferred", "tools[1].defer_loading"),
        Loss("tool-kind", "tools[2]"),
        Loss("member", "thinking"),
        Loss("member", "metadata"),
        Loss("billing-header", "system[0]"),
        Loss("cache-marker", "system[1].cache_control"),
        Loss("member", "messages[1].output_config"),
        Loss("thinking", "messages[2].content[0]"),
        Loss("cache-marker", "messages[3].content[0].cache_control"),
        Loss("result-error", "messages[3].content[1].is_error"),
        Loss("result-media", "messages[3].content[1].content[1]"),
    )


def test_a_billing_line_goes_only_where_it_stands_first_and_alone():
    line = "x-anthropic-billing-header: a=1;"
    plain, losses = said({"model": "m", "messages": [], "system": f"{line} You are kind."})
    assert plain["messages"] == [{"role": "system", "content": f"{line} You are kind."}]
    assert losses == ()
    later = [{"type": "text", "text": "You are kind."}, {"type": "text", "text": line}]
    assert said({"model": "m", "messages": [], "system": later})[0]["messages"][0]["content"] == later


def test_a_tool_is_chosen_in_chats_words():
    assert with_tool(tool_choice={"type": "any"})["tool_choice"] == "required"
    assert with_tool(tool_choice={"type": "none"})["tool_choice"] == "none"
    chosen = with_tool(tool_choice={"type": "tool", "name": "f"})
    assert chosen["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert "parallel_tool_calls" not in with_tool(tool_choice={"type": "auto", "disable_parallel_tool_use": False})
    assert "tool_choice" not in with_tool(tool_choice={"type": "tool", "name": "gone"})
    assert "tool_choice" not in with_tool(tools=[], tool_choice={"type": "auto"})


def test_a_result_without_words_has_an_empty_text_as_chat_demands_one():
    results = [
        {"type": "tool_result", "tool_use_id": "a"},
        {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "tool_reference", "tool_name": "f"}]},
    ]
    assert messages({"role": "user", "content": results}) == [
        {"role": "tool", "tool_call_id": "a", "content": ""},
        {"role": "tool", "tool_call_id": "b", "content": ""},
    ]


def test_results_go_first_and_texts_go_before_calls():
    text, late = {"type": "text", "text": "so"}, {"type": "text", "text": "late"}
    result = {"type": "tool_result", "tool_use_id": "a", "content": "b"}
    use = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
    assert [message["role"] for message in messages({"role": "user", "content": [text, result]})] == ["tool", "user"]
    (spoken,) = messages({"role": "assistant", "content": [text, use, late]})
    assert spoken["content"] == [text, late]
    assert spoken["tool_calls"] == [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


def test_pictures_and_papers_are_said_as_urls():
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "aGk="}
    content = [
        {"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}},
        {"type": "document", "source": pdf, "title": "Plan.pdf"},
        {"type": "document", "source": pdf},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
    ]
    (message,) = messages({"role": "user", "content": content})
    data = "data:application/pdf;base64,aGk="
    assert message["content"] == [
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
        {"type": "file", "file": {"filename": "Plan.pdf", "file_data": data}},
        {"type": "file", "file": {"filename": "document.pdf", "file_data": data}},
        {"type": "text", "text": "words"},
    ]


def test_law_9_a_result_goes_with_the_call_that_could_not_be_read():
    unreadable = {"type": "tool_use", "id": "a", "name": "f"}
    text = {"type": "text", "text": "so"}
    turns = messages(
        {"role": "assistant", "content": [text, unreadable]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "b"}, text]},
    )
    assert turns == [{"role": "assistant", "content": [text]}, {"role": "user", "content": [text]}]


def test_a_message_of_which_nothing_is_left_is_left_out():
    thought = {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}
    assert messages({"role": "user", "content": "a"}, thought) == [{"role": "user", "content": "a"}]
