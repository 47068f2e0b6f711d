import json
from dataclasses import replace

import pytest

from agentforge.wire import (
    Json,
    Media,
    Message,
    Other,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
    Usage,
    decode_message,
    decode_request,
    decode_response,
    encode_message,
    encode_request,
    encode_response,
    without_origin,
)


def kept(kind):
    return {"type": Json.of(kind)}


ITEMS = [
    ({"role": "user", "content": "hi"}, "user", "hi"),
    ({"type": "message", "role": "user", "content": "hi"}, "user", "hi"),
    (
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        "user",
        (Text("hi", extra=kept("input_text")),),
    ),
    (
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}], "id": "1"},
        "assistant",
        (Text("hi", extra=kept("output_text")),),
    ),
    ({"role": "user", "content": [{"type": "input_image", "image_url": "u"}]}, "user", (Media("image", Json(b'"u"')),)),
    (
        {"role": "user", "content": [{"type": "input_file", "file_data": "d"}]},
        "user",
        (Media("document", Json(b'"d"')),),
    ),
    (
        {"role": "user", "content": [{"type": "odd"}, 5]},
        "user",
        (Other("odd", Json(b'{"type":"odd"}')), Other("", Json(b"5"))),
    ),
    (
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": '{"a": 1}', "id": "fc"},
        "assistant",
        (ToolUse("1", "f", Json(b'{"a":1}'), extra={"id": Json(b'"fc"')}),),
    ),
    (
        {"type": "custom_tool_call", "call_id": "1", "name": "f", "input": "any"},
        "assistant",
        (ToolUse("1", "f", Json(b'"any"'), extra=kept("custom_tool_call")),),
    ),
    ({"type": "function_call_output", "call_id": "1", "output": "done"}, "tool", (ToolResult("1", "done"),)),
    (
        {"type": "custom_tool_call_output", "call_id": "1", "output": "done"},
        "tool",
        (ToolResult("1", "done", extra=kept("custom_tool_call_output")),),
    ),
    (
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}], "encrypted_content": "s"},
        "assistant",
        (Thinking("a", "s"),),
    ),
    ({"type": "reasoning", "summary": []}, "assistant", (Thinking(""),)),
    (
        {"type": "web_search_call", "id": "1"},
        "",
        (Other("web_search_call", Json(b'{"type":"web_search_call","id":"1"}')),),
    ),
    (
        {"type": "function_call", "name": "f"},
        "",
        (Other("function_call", Json(b'{"type":"function_call","name":"f"}')),),
    ),
    ({"type": 5}, "", (Other("", Json(b'{"type":5}')),)),
    ({}, "", (Other("message", Json(b"{}")),)),
    ({"role": "", "content": "hi"}, "", (Other("message", Json(b'{"role":"","content":"hi"}')),)),
]


@pytest.mark.parametrize(("plain", "role", "content"), ITEMS)
def test_each_item_reads_as_a_message_and_is_written_from_it(plain, role, content):
    message = decode_message("openai-responses", json.dumps(plain).encode())
    assert (message.role, message.content) == (role, content)
    assert json.loads(encode_message("openai-responses", without_origin(message))) == plain


def test_white_space_before_an_item_is_no_part_of_it():
    message = decode_message("openai-responses", b'\n {"role": "user", "content": "hi"} ')
    assert (message.role, message.content) == ("user", "hi")


def test_a_string_as_input_is_one_message_and_stays_a_string():
    body = b'{"model": "m", "instructions": "be brief", "input": "hi", "max_output_tokens": 5}'
    request = decode_request("openai-responses", body)
    assert request.system == "be brief"
    assert request.max_tokens == 5
    (message,) = request.messages
    assert (message.role, message.content) == ("user", "hi")
    assert encode_request(request) == body
    assert json.loads(encode_request(without_origin(request))) == json.loads(body)
    edited = encode_request(replace(request, messages=(replace(message, content="ho"),)))
    assert edited == body.replace(b'"hi"', b'"ho"')


def test_a_message_of_words_calls_and_results_becomes_items_in_order():
    message = Message(
        "assistant",
        (Text("a"), ToolUse("1", "f", Json(b"{}")), ToolResult("1", "done"), Thinking("b"), Text("c"), Text("d")),
    )
    items = json.loads(encode_request(Request("openai-responses", "m", (message,))))["input"]
    assert [item["type"] for item in items] == [
        "message",
        "function_call",
        "function_call_output",
        "reasoning",
        "message",
    ]
    assert [part["text"] for part in items[-1]["content"]] == ["c", "d"]
    assert {part["type"] for part in items[-1]["content"]} == {"output_text"}


def test_words_made_by_hand_get_the_type_of_their_role():
    for role, kind in (("user", "input_text"), ("assistant", "output_text"), ("developer", "input_text")):
        item = json.loads(encode_message("openai-responses", Message(role, (Text("hi"),))))
        assert item["content"] == [{"type": kind, "text": "hi"}]


def test_a_changed_part_leaves_its_neighbours_and_their_spacing():
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]
    text = json.dumps({"role": "user", "content": parts}, indent=3).encode()
    message = decode_message("openai-responses", text)
    edited = replace(message, content=(message.content[0], replace(message.content[1], text="c")))
    assert encode_message("openai-responses", edited) == text.replace(b'"b"', b'"c"')


def test_a_tool_reads_as_its_fields():
    tool = {"type": "function", "name": "f", "description": "d", "parameters": {}, "strict": True}
    body = json.dumps({"model": "m", "input": [], "tools": [tool, {"type": "web_search"}]}).encode()
    request = decode_request("openai-responses", body)
    assert request.tools[0] == Tool("f", "d", Json(b"{}"), extra={"strict": Json(b"true")})
    assert request.tools[1].extra == kept("web_search")


# --- answers

CALL = {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi", "annotations": []}]}


def answer(*output, **members):
    return {"id": "r", "object": "response", "model": "m", "output": list(output)} | members


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (answer(SAID, status="completed"), "end_turn"),
        (answer(SAID, CALL, status="completed"), "tool_use"),
        (answer(status="incomplete", incomplete_details={"reason": "max_output_tokens"}), "max_tokens"),
        (answer(status="incomplete", incomplete_details={"reason": "content_filter"}), "refusal"),
        (answer(status="incomplete", incomplete_details=None), None),
        (answer(status="incomplete", incomplete_details=5), None),
        (answer(status="failed", error={}), None),
        (answer(status=None), None),
        (answer(SAID), None),
    ],
)
def test_why_an_answer_ended_is_told_in_our_words_and_stays_as_it_was(plain, reason):
    body = json.dumps(plain).encode()
    response = decode_response("openai-responses", body)
    assert response.stop_reason == reason
    assert encode_response(response) == body
    assert json.loads(encode_response(without_origin(response))) == plain


def test_a_changed_reason_is_written_as_the_dialect_tells_it():
    response = decode_response("openai-responses", json.dumps(answer(SAID, status="completed")).encode())
    cut = json.loads(encode_response(replace(response, stop_reason="max_tokens")))
    assert cut == answer(SAID, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    whole = replace(decode_response("openai-responses", json.dumps(cut).encode()), stop_reason="end_turn")
    assert json.loads(encode_response(whole)) == answer(SAID, status="completed", incomplete_details=None)


def test_an_edited_answer_leaves_every_byte_before_and_after():
    body = json.dumps(answer(SAID, CALL, {"type": "odd"}, status="completed"), indent=2).encode()
    response = decode_response("openai-responses", body)
    said, call, odd = response.output
    edited = replace(call, content=(replace(call.content[0], name="g"),))
    assert encode_response(replace(response, output=(said, edited, odd))) == body.replace(b'"f"', b'"g"')


def test_an_answer_made_by_hand_is_one_the_dialect_knows():
    message = Message("assistant", (Text("hi"), ToolUse("1", "f", Json(b"{}"))))
    response = Response("openai-responses", "r", "m", (message,), "tool_use", Usage(1))
    plain = json.loads(encode_response(response))
    assert (plain["object"], plain["status"], plain["incomplete_details"]) == ("response", "completed", None)
    assert [item["type"] for item in plain["output"]] == ["message", "function_call"]
    again = decode_response("openai-responses", encode_response(response))
    assert (again.stop_reason, again.usage.prompt) == ("tool_use", 1)
