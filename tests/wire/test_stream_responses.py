import json
from pathlib import Path

import pytest

from agentforge.wire import Assembler, Json, SseDecoder, Text, Thinking, ToolUse, Usage, decode_response
from agentforge.wire.errors import NotJson
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    BlockClosed,
    BlockOpened,
    Ended,
    Failed,
    Finished,
    InputAdded,
    Pinged,
    SignatureAdded,
    Started,
    TextAdded,
    ThinkingAdded,
)
from agentforge.wire.stream_responses import ResponsesReader, ResponsesWriter

SAMPLE = Path(__file__).parent.parent / "data" / "wire" / "responses_stream.sse"


def read(*plain):
    reader = ResponsesReader()
    return [part for one in plain for part in reader.read(SseEvent(data=json.dumps(one))).parts]


def item(kind, at, **members):
    return {"type": f"response.output_item.{kind}", "output_index": at, "item": members}


def part(kind, at, **members):
    return {"type": f"response.content_part.{kind}", "output_index": at, "content_index": 0, "part": members}


def test_items_and_parts_become_blocks_in_the_order_they_open():
    assert read(
        {"type": "response.created", "response": {"id": "r", "model": "m"}},
        {"type": "response.in_progress", "response": {"id": "r", "model": "m"}},
        item("added", 0, type="reasoning", summary=[]),
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "a"},
        {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "b"},
        item("done", 0, type="reasoning", encrypted_content="s"),
        item("added", 1, type="message", content=[]),
        part("added", 1, type="output_text", text=""),
        {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "c"},
        part("done", 1, type="output_text", text="c"),
        item("done", 1, type="message"),
        item("added", 2, type="function_call", call_id="1", name="f", arguments=""),
        {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{}"},
        item("done", 2, type="function_call"),
        item("added", 3, type="custom_tool_call", call_id="2", name="g", input=""),
        {"type": "response.custom_tool_call_input.delta", "output_index": 3, "delta": "any"},
        item("done", 3, type="custom_tool_call"),
        item("added", 4, type="web_search_call"),
        item("done", 4, type="web_search_call"),
    ) == [
        Started("r", "m"),
        BlockOpened(0, Thinking("")),
        ThinkingAdded(0, "a"),
        ThinkingAdded(0, "b"),
        SignatureAdded(0, "s"),
        BlockClosed(0),
        BlockOpened(1, Text("")),
        TextAdded(1, "c"),
        BlockClosed(1),
        BlockOpened(2, ToolUse("1", "f", Json(b"{}"))),
        InputAdded(2, "{}"),
        BlockClosed(2),
        BlockOpened(3, ToolUse("2", "g", Json(b'""'), extra={"type": Json(b'"custom_tool_call"')})),
        InputAdded(3, "any"),
        BlockClosed(3),
    ]


def done(kind="completed", **members):
    response = {"id": "r", "model": "m", "output": [], "status": kind} | members
    return {"type": f"response.{kind}", "response": response}


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (done(), "end_turn"),
        (done(output=[{"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}]), "tool_use"),
        (done("incomplete", incomplete_details={"reason": "max_output_tokens"}), "max_tokens"),
    ],
)
def test_the_last_event_tells_why_and_how_much(plain, reason):
    plain["response"]["usage"] = {"input_tokens": 5, "output_tokens": 3}
    finished, ended = read(plain)
    assert finished.stop_reason == reason
    assert (finished.usage.prompt, finished.usage.output_tokens) == (5, 3)
    assert ended == Ended()


def test_failures_are_told():
    error = {"code": "server_error", "message": "gone"}
    assert read({"type": "response.failed", "response": {"error": error}}) == [Failed("server_error", "gone")]
    assert read({"type": "error"} | error) == [Failed("server_error", "gone")]


@pytest.mark.parametrize(
    "plain",
    [
        None,
        5,
        [],
        {},
        {"type": "response.hum"},
        {"type": ["error"]},
        {"type": "response.created"},
        {"type": "response.created", "response": {"id": 5, "model": "m"}},
        item("added", 0, type="function_call", call_id=5, name="f"),
        item("added", 0, type="function_call", name="f"),
        item("added", [], type="reasoning"),
        {"type": "response.output_item.added", "item": 5},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "a"},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": {}, "delta": "a"},
        {"type": "response.completed"},
        {"type": "response.completed", "response": None},
        {"type": "response.completed", "response": {}},
        {"type": "response.completed", "response": {"id": "r", "model": "m", "output": 5}},
    ],
)
def test_what_is_not_understood_says_nothing_and_is_kept(plain):
    sse = SseEvent(data=json.dumps(plain))
    found = ResponsesReader().read(sse)
    assert found.parts == ()
    assert found.sse is sse


@pytest.mark.parametrize(
    ("opened", "delta"),
    [
        (part("added", 0, type="output_text"), {"type": "response.output_text.delta", "content_index": 0}),
        (item("added", 0, type="reasoning"), {"type": "response.reasoning_text.delta"}),
        (
            item("added", 0, type="function_call", call_id="1", name="f"),
            {"type": "response.function_call_arguments.delta"},
        ),
    ],
)
def test_a_delta_that_is_no_string_says_nothing(opened, delta):
    assert len(read(opened, delta | {"output_index": 0, "delta": 5})) == 1
    assert len(read(opened, delta | {"output_index": 0, "delta": "a"})) == 2


def test_an_event_without_data_says_nothing():
    assert ResponsesReader().read(SseEvent(comments=("ping",))).parts == ()


@pytest.mark.parametrize("data", ["", "{", "[DONE]", "NaN"])
def test_data_that_is_no_json_is_refused_in_words(data):
    with pytest.raises(NotJson):
        ResponsesReader().read(SseEvent(data=data))


def test_our_sample_is_put_together():
    whole, decoder, reader = Assembler("openai-responses"), SseDecoder(), ResponsesReader()
    for sse in [*decoder.feed(SAMPLE.read_bytes()), *decoder.end()]:
        for one in reader.read(sse).parts:
            whole.add(one)
    response = whole.response()
    assert (response.id, response.stop_reason, whole.ended) == ("resp_02", "tool_use", True)
    assert response.blocks == (
        Thinking("Read it.", "c2VjcmV0"),
        Text("I read the façade."),
        ToolUse("call_04", "shell", Json.of({"command": ["ls"]})),
    )
    assert (response.usage.prompt, response.usage.cache_read, response.usage.thinking_tokens) == (1200, 1024, 20)


# --- writing

PARTS = (
    Started("resp_1", "m"),
    BlockOpened(0, Thinking("")),
    ThinkingAdded(0, "a"),
    SignatureAdded(0, "s"),
    BlockClosed(0),
    BlockOpened(1, Text("")),
    TextAdded(1, "b"),
    TextAdded(1, "c"),
    BlockClosed(1),
    BlockOpened(2, ToolUse("1", "f", Json(b"{}"))),
    InputAdded(2, '{"a":'),
    InputAdded(2, " 1}"),
    BlockClosed(2),
    Pinged(),
    Finished("tool_use", Usage(5, output_tokens=3)),
    Ended(),
)


def written(*parts):
    writer = ResponsesWriter(created=7)
    return [event for one in parts for event in writer.write(one)]


def test_events_are_named_and_numbered():
    events = written(*PARTS)
    plain = [json.loads(event.data) for event in events]
    assert [one["type"] for one in plain] == [event.name for event in events]
    assert [one["sequence_number"] for one in plain] == list(range(len(events)))


def test_every_item_is_added_filled_and_done_under_one_id():
    plain = [json.loads(event.data) for event in written(*PARTS)]
    for at, prefix in enumerate(("rs", "msg", "fc")):
        mine = [one for one in plain if one.get("output_index") == at]
        assert mine[0]["type"] == "response.output_item.added"
        assert mine[0]["item"]["status"] == "in_progress"
        assert mine[-1]["type"] == "response.output_item.done"
        assert mine[-1]["item"]["status"] == "completed"
        ids = {one["item_id"] for one in mine if "item_id" in one} | {mine[0]["item"]["id"], mine[-1]["item"]["id"]}
        assert ids == {f"{prefix}_1_{at}"}


def test_the_last_event_holds_the_whole_answer():
    last = json.loads(written(*PARTS)[-1].data)
    assert last["type"] == "response.completed"
    assert last["response"]["created_at"] == 7
    response = decode_response("openai-responses", json.dumps(last["response"]).encode())
    assert response.stop_reason == "tool_use"
    assert (response.usage.prompt, response.usage.output_tokens) == (5, 3)
    assert [type(block) for block in response.blocks] == [Thinking, Text, ToolUse]
    assert response.blocks[2].input == Json(b'{"a":1}')


def test_what_was_done_says_the_whole_text_again():
    plain = {one["type"]: one for one in (json.loads(event.data) for event in written(*PARTS))}
    assert plain["response.output_text.done"]["text"] == "bc"
    assert plain["response.reasoning_summary_text.done"]["text"] == "a"
    assert plain["response.function_call_arguments.done"]["arguments"] == '{"a": 1}'


def test_a_custom_call_streams_its_input():
    use = ToolUse("1", "f", Json(b'""'), extra={"type": Json(b'"custom_tool_call"')})
    events = written(Started("r", "m"), BlockOpened(0, use), InputAdded(0, "any"), BlockClosed(0))
    plain = {event.name: json.loads(event.data) for event in events}
    assert plain["response.custom_tool_call_input.done"]["input"] == "any"
    assert plain["response.output_item.done"]["item"]["type"] == "custom_tool_call"


@pytest.mark.parametrize(
    ("reason", "status"), [("end_turn", "completed"), ("max_tokens", "incomplete"), (None, "completed")]
)
def test_the_end_says_its_status(reason, status):
    last = json.loads(written(Started("r", "m"), Finished(reason), Ended())[-1].data)
    assert last["type"] == f"response.{status}"
    assert last["response"]["status"] == status


def test_a_failure_is_said_with_the_answer_so_far():
    (failed,) = written(Failed("server_error", "gone"))
    plain = json.loads(failed.data)["response"]
    assert (plain["status"], plain["error"]["message"]) == ("failed", "gone")


def test_a_failure_without_words_is_a_failure_still():
    assert read({"type": "response.failed", "response": {"error": "gone"}}) == [Failed("api_error", "gone")]
    assert read({"type": "response.failed"}, {"type": "error"}) == [Failed("api_error", "")] * 2
