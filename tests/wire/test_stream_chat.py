import json
from pathlib import Path

import pytest

from agentforge.wire import Assembler, Json, SseDecoder, Text, Thinking, ToolUse, Usage
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
from agentforge.wire.stream_chat import ChatReader, ChatWriter

SAMPLE = Path(__file__).parent.parent / "data" / "wire" / "chat_stream.sse"


def chunk(delta=None, **members):
    choice = {"index": 0, "delta": delta or {}} | members
    return {"id": "r", "model": "m", "choices": [choice]}


def call(index, **members):
    return {"tool_calls": [{"index": index} | members]}


def read(*plain, reader=None):
    """The parts of these chunks, read one after the other, after the start."""
    reader = reader or ChatReader()
    found = [part for one in plain for part in reader.read(SseEvent(data=json.dumps(one))).parts]
    return [part for part in found if not isinstance(part, Started)]


def test_the_first_chunk_starts_the_answer_and_no_other_does():
    reader = ChatReader()
    first, second = (reader.read(SseEvent(data=json.dumps(chunk({"content": "a"})))).parts for _ in range(2))
    assert first == (Started("r", "m"), BlockOpened(0, Text("")), TextAdded(0, "a"))
    assert second == (TextAdded(0, "a"),)


def test_blocks_open_and_close_as_the_deltas_turn():
    assert read(
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning_content": "a"}),
        chunk({"reasoning": "b"}),
        chunk({"content": "c"}),
        chunk(call(0, id="1", function={"name": "f", "arguments": ""})),
        chunk(call(0, function={"arguments": "{}"})),
        chunk(call(1, id="2", function={"name": "g", "arguments": "{"})),
        chunk(call(1, function={"arguments": "}"})),
        chunk(finish_reason="tool_calls"),
    ) == [
        BlockOpened(0, Thinking("")),
        ThinkingAdded(0, "a"),
        ThinkingAdded(0, "b"),
        BlockClosed(0),
        BlockOpened(1, Text("")),
        TextAdded(1, "c"),
        BlockClosed(1),
        BlockOpened(2, ToolUse("1", "f", Json(b"{}"))),
        InputAdded(2, "{}"),
        BlockClosed(2),
        BlockOpened(3, ToolUse("2", "g", Json(b"{}"))),
        InputAdded(3, "{"),
        InputAdded(3, "}"),
        BlockClosed(3),
        Finished("tool_use"),
    ]


def test_counts_come_with_the_reason_or_alone():
    usage = {"prompt_tokens": 5, "completion_tokens": 3}
    (together,) = read(chunk(finish_reason="stop") | {"usage": usage})
    (alone,) = read({"id": "r", "model": "m", "choices": [], "usage": usage})
    assert together.stop_reason == "end_turn"
    assert alone.stop_reason is None
    assert together.usage == alone.usage
    assert alone.usage.prompt == 5


def test_only_the_first_choice_is_told():
    assert read(chunk({"content": "a"}, index=1)) == []


def test_an_error_in_the_middle_is_a_failure():
    assert read({"error": {"type": "server_error", "message": "gone"}}) == [Failed("server_error", "gone")]
    assert read(chunk({"content": ""}) | {"error": {}}) == []


@pytest.mark.parametrize(
    "plain",
    [
        None,
        5,
        [],
        {"choices": 5},
        {"choices": [5]},
        chunk({"content": 5}),
        chunk({"content": [{"type": "text"}]}),
        chunk({"content": "a", "tool_calls": 5}),
        chunk({"content": "a", "tool_calls": [5]}),
        chunk({"content": "a"} | call(0, function={"arguments": {"a": 1}})),
        chunk({"content": "a"}, finish_reason=5),
        chunk({"reasoning": ["a"]}),
        chunk("a"),
    ],
)
def test_what_is_not_understood_says_nothing_and_opens_nothing(plain):
    reader = ChatReader()
    sse = SseEvent(data=json.dumps(plain))
    found = reader.read(sse)
    assert found.parts == ()
    assert found.sse is sse
    assert read(chunk({"content": "b"}), reader=reader) == [BlockOpened(0, Text("")), TextAdded(0, "b")]


def test_comments_and_the_end_mark_are_told():
    reader = ChatReader()
    assert reader.read(SseEvent(comments=("ping",))).parts == (Pinged(),)
    assert reader.read(SseEvent(data=" [DONE] ")).parts == (Ended(),)


@pytest.mark.parametrize("data", ["", "{", "DONE", "NaN"])
def test_data_that_is_no_json_is_refused_in_words(data):
    with pytest.raises(NotJson):
        ChatReader().read(SseEvent(data=data))


def test_our_sample_is_put_together():
    whole, decoder, reader = Assembler("openai-chat"), SseDecoder(), ChatReader()
    for sse in [*decoder.feed(SAMPLE.read_bytes()), *decoder.end()]:
        for part in reader.read(sse).parts:
            whole.add(part)
    response = whole.response()
    assert (response.id, response.stop_reason, whole.ended) == ("chatcmpl-02", "tool_use", True)
    assert response.blocks == (
        Text("I read the façade."),
        ToolUse("call_04", "read_file", Json.of({"path": "a.py"})),
        ToolUse("call_05", "run_tests", Json(b"{}")),
    )
    assert (response.usage.prompt, response.usage.cache_read, response.usage.output_tokens) == (1200, 1024, 60)


# --- writing


def written(*parts, **settings):
    writer = ChatWriter(**settings)
    return [event for part in parts for event in writer.write(part)]


def test_every_chunk_says_whose_it_is():
    chunks = [json.loads(event.data) for event in written(Started("r", "m"), TextAdded(0, "a"), created=5)]
    assert [(one["id"], one["model"], one["created"], one["object"]) for one in chunks] == [
        ("r", "m", 5, "chat.completion.chunk")
    ] * 2


def test_calls_are_numbered_among_themselves():
    events = written(
        Started("r", "m"),
        BlockOpened(0, Text("")),
        BlockOpened(1, ToolUse("1", "f", Json(b"{}"))),
        InputAdded(1, "{}"),
        BlockOpened(2, ToolUse("2", "g", Json(b"{}"))),
        InputAdded(2, "[]"),
    )
    calls = [json.loads(event.data)["choices"][0]["delta"]["tool_calls"][0] for event in events[1:]]
    assert [(one["index"], one.get("id")) for one in calls] == [(0, "1"), (0, None), (1, "2"), (1, None)]


def test_what_the_dialect_has_no_words_for_is_not_written():
    assert written(SignatureAdded(0, "s"), BlockClosed(0), BlockOpened(0, Thinking("")), InputAdded(7, "{}")) == []


def test_the_end_the_failure_and_the_ping():
    assert written(Ended())[0].data == "[DONE]"
    assert json.loads(written(Failed("server_error", "gone"))[0].data)["error"]["message"] == "gone"
    assert written(Pinged())[0] == SseEvent(comments=("ping",))


def test_counts_are_written_only_where_they_were_asked_for():
    done = Finished("max_tokens", Usage(5))
    with_counts, without = written(done), written(done, include_usage=False)
    assert json.loads(with_counts[0].data)["choices"][0]["finish_reason"] == "length"
    assert json.loads(with_counts[1].data)["usage"]["prompt_tokens"] == 5
    assert len(without) == 1
    assert written(Finished(None)) == []


def _chunk(calls: list[dict[str, object]], finish: str | None = None) -> SseEvent:
    choice = {"index": 0, "delta": {"tool_calls": calls}, "finish_reason": finish}
    plain = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return SseEvent(data=json.dumps(plain))


def _calls_of(*chunks: SseEvent) -> list[tuple[str, str, object]]:
    reader, whole = ChatReader(), Assembler("openai-chat")
    for chunk in chunks:
        for part in reader.read(chunk).parts:
            whole.add(part)
    return [(block.id, block.name, block.input.value) for block in whole.response().blocks]  # type: ignore[union-attr]


def test_calls_whose_pieces_alternate_stay_apart() -> None:
    assert _calls_of(
        _chunk([{"index": 0, "id": "a", "function": {"name": "read", "arguments": '{"x":'}}]),
        _chunk([{"index": 1, "id": "b", "function": {"name": "find", "arguments": '{"y":'}}]),
        _chunk([{"index": 0, "function": {"arguments": "1}"}}]),
        _chunk([{"index": 1, "function": {"arguments": "2}"}}], "tool_calls"),
    ) == [("a", "read", {"x": 1}), ("b", "find", {"y": 2})]


def test_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    assert _calls_of(
        _chunk([{"index": 0, "id": "a", "function": {"name": "read", "arguments": "{}"}}]),
        _chunk([{"index": 0, "id": "b", "function": {"name": "find", "arguments": "{}"}}], "tool_calls"),
    ) == [("a", "read", {}), ("b", "find", {})]


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        ("boom", Failed("api_error", "boom")),
        ({"message": "boom"}, Failed("api_error", "boom")),
        ({}, Failed("api_error", "")),
        (["boom"], Failed("api_error", '["boom"]')),
    ],
)
def test_an_error_of_any_form_is_a_failure(error, failed):
    assert read({"error": error}) == [failed]
