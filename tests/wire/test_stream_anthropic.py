import json
from pathlib import Path

import pytest

from agentforge.wire import Assembler, Json, Other, SseDecoder, Text, Thinking, ToolUse, Usage
from agentforge.wire.errors import NotJson
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    BlockClosed,
    BlockOpened,
    CitationAdded,
    CompactionAdded,
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
from agentforge.wire.stream_anthropic import AnthropicReader, AnthropicWriter, event

SAMPLE = Path(__file__).parent.parent / "data" / "wire" / "anthropic_stream.sse"


def parts(plain):
    return AnthropicReader().read(event(None, plain)).parts


def block(index, **block):
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index, kind, **delta):
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind} | delta}


EVENTS = [
    ({"type": "message_start", "message": {"id": "r", "model": "m"}}, Started("r", "m")),
    (
        {"type": "message_start", "message": {"id": "r", "model": "m", "usage": {"input_tokens": 3}}},
        Started("r", "m", Usage(3, extra={"cache_creation": Json(b"")})),
    ),
    (block(0, type="text", text=""), BlockOpened(0, Text(""))),
    (block(1, type="thinking", thinking="", signature=""), BlockOpened(1, Thinking(""))),
    (block(1, type="redacted_thinking", data="s"), BlockOpened(1, Thinking("", "s", redacted=True))),
    (block(2, type="tool_use", id="1", name="f", input={}), BlockOpened(2, ToolUse("1", "f", Json(b"{}")))),
    (block(3, type="holo"), BlockOpened(3, Other("holo", Json(b'{"type":"holo"}')))),
    (delta(0, "text_delta", text="a"), TextAdded(0, "a")),
    (delta(0, "thinking_delta", thinking="a"), ThinkingAdded(0, "a")),
    (delta(0, "signature_delta", signature="a"), SignatureAdded(0, "a")),
    (delta(0, "input_json_delta", partial_json="a"), InputAdded(0, "a")),
    (delta(0, "citations_delta", citation={"a": 1}), CitationAdded(0, Json(b'{"a":1}'))),
    (delta(0, "compaction_delta", content="a"), CompactionAdded(0, {"content": Json(b'"a"')})),
    ({"type": "content_block_stop", "index": 0}, BlockClosed(0)),
    ({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, Finished("end_turn")),
    ({"type": "message_delta", "delta": {}, "usage": None}, Finished(None)),
    ({"type": "message_stop"}, Ended()),
    ({"type": "ping"}, Pinged()),
    ({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, Failed("overloaded_error", "busy")),
]


@pytest.mark.parametrize(("plain", "part"), EVENTS)
def test_each_event_says_its_part(plain, part):
    (found,) = parts(plain)
    if isinstance(part, Started) and part.usage:
        assert (found.id, found.model, found.usage.input_tokens) == (part.id, part.model, part.usage.input_tokens)
    else:
        assert found == part


@pytest.mark.parametrize(
    "plain",
    [
        None,
        5,
        [],
        {},
        {"type": "hum"},
        {"type": ["ping"]},
        {"type": "message_start"},
        {"type": "message_start", "message": {"id": 5, "model": "m"}},
        block("0", type="text", text=""),
        {"type": "content_block_start", "index": 0, "content_block": "text"},
        delta(0, "text_delta"),
        delta(0, "text_delta", text=5),
        delta(0, "thinking_delta", thinking=None),
        delta(0, "signature_delta", signature=[]),
        delta(0, "input_json_delta", partial_json={}),
        delta(0, "citations_delta"),
        delta(None, "text_delta", text="a"),
        {"type": "content_block_delta", "index": 0, "delta": []},
        {"type": "message_delta", "delta": {"stop_reason": 5}},
        {"type": "message_delta", "delta": None},
    ],
)
def test_what_is_not_understood_says_nothing_and_is_kept(plain):
    sse = event("e", plain)
    found = AnthropicReader().read(sse)
    assert found.parts == ()
    assert found.sse is sse


def test_an_event_without_data_says_nothing():
    assert AnthropicReader().read(SseEvent(comments=("ping",))).parts == ()


@pytest.mark.parametrize("data", ["", "{", "[DONE]", '"\\ud800"', "NaN"])
def test_data_that_is_no_json_is_refused_in_words(data):
    with pytest.raises(NotJson):
        AnthropicReader().read(SseEvent(data=data))


def test_our_sample_is_put_together():
    whole, decoder, reader = Assembler("anthropic"), SseDecoder(), AnthropicReader()
    for sse in [*decoder.feed(SAMPLE.read_bytes()), *decoder.end()]:
        for part in reader.read(sse).parts:
            whole.add(part)
    response = whole.response()
    assert (response.id, response.stop_reason, whole.ended) == ("msg_02", "tool_use", True)
    assert response.blocks == (
        Thinking("Read the file.", "c2lnbmVk"),
        Text("I read the façade 🙂"),
        ToolUse("toolu_04", "read_file", Json.of({"path": "src/façade.py"})),
    )
    usage = response.usage
    assert (usage.input_tokens, usage.cache_read, usage.cache_write, usage.output_tokens) == (12, 9000, 480, 77)


@pytest.mark.parametrize(("plain", "part"), EVENTS)
def test_a_part_is_written_as_an_event_that_says_it_again(plain, part):
    (written,) = AnthropicWriter().write(part)
    assert written.name == plain["type"] == json.loads(written.data)["type"]
    (again,) = AnthropicReader().read(written).parts
    if isinstance(part, Started):
        assert (again.id, again.model) == (part.id, part.model)
    elif isinstance(part, Finished):
        assert again.stop_reason == part.stop_reason
    else:
        assert again == part


def test_thinking_opens_with_an_empty_signature_as_clients_expect():
    (written,) = AnthropicWriter().write(BlockOpened(0, Thinking("")))
    assert json.loads(written.data)["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}


def test_an_error_of_any_form_is_a_failure():
    assert parts({"type": "error", "error": "busy"}) == (Failed("api_error", "busy"),)
    assert parts({"type": "error"}) == (Failed("api_error", ""),)


def test_what_the_last_events_tell_besides_is_kept_in_its_place():
    delta = {"stop_reason": "refusal", "stop_sequence": None, "stop_details": {"category": "cyber"}}
    plain = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}, "context_management": {"a": 1}}
    (finished,) = parts(plain)
    assert set(finished.extra) == {"stop_sequence", "stop_details", "context_management"}
    (written,) = AnthropicWriter().write(finished)
    assert json.loads(written.data) == plain


def test_a_start_in_another_role_than_the_assistants_is_kept_and_not_understood():
    message = {"id": "msg_1", "model": "m", "role": "narrator", "content": []}
    sse = SseEvent("message_start", json.dumps({"type": "message_start", "message": message}))
    assert AnthropicReader().read(sse).parts == ()
