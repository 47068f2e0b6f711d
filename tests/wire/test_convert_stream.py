import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire import (
    Assembler,
    Dialect,
    Json,
    Loss,
    Message,
    Response,
    SseDecoder,
    SseEvent,
    StreamConverter,
    Text,
    Thinking,
    ToolUse,
    Usage,
    convert_response,
    encode_event,
    event_reader,
    event_writer,
    parts_of,
)
from agentforge.wire.errors import NotTranslatable
from strategies import EVENTS, json_objects, words

DONE = SseEvent(data="[DONE]")


def sse(plain: Any) -> SseEvent:
    return SseEvent(data=json.dumps(plain))


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> SseEvent:
    choices = [{"index": 0, "delta": delta or {}, "finish_reason": finish}] if delta is not None or finish else []
    return sse({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-5.5", "choices": choices} | more)


def call(slot: int, arguments: str, **head: str) -> dict[str, Any]:
    name = {"name": head.pop("name")} if "name" in head else {}
    return {"tool_calls": [{"index": slot, "function": name | {"arguments": arguments}} | head]}


def fed(converter: StreamConverter, *events: SseEvent) -> list[Any]:
    """What the events become: plain values, by the names they go under."""
    out = [event for one in events for event in converter.feed(one)]
    for event in out:
        if event.name is not None:
            assert json.loads(event.data or "")["type"] == event.name
    return [plain(event) for event in out]


def plain(event: SseEvent) -> Any:
    if event.data is None:
        return event.comments
    return event.data if event.data == "[DONE]" else json.loads(event.data)


def to_anthropic() -> StreamConverter:
    return StreamConverter("openai-chat", "anthropic")


def kinds(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


CHAT_STREAM = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Look "}),
    chunk({"reasoning_content": "first."}),
    chunk({"content": "I look "}),
    chunk({"content": "at both."}),
    chunk(call(0, "", id="call_1", name="read")),
    chunk(call(0, '{"path":')),
    chunk(call(0, ' "a.py"}')),
    chunk(call(1, "", id="call_2", name="now")),
    chunk(finish="tool_calls"),
    chunk(usage={"prompt_tokens": 240, "completion_tokens": 40, "prompt_tokens_details": {"cached_tokens": 200}}),
    DONE,
]


def test_a_chat_stream_becomes_anthropics_events_in_their_order():
    converter = to_anthropic()
    start, *events, delta, stop = fed(converter, *CHAT_STREAM)
    assert (start["type"], start["message"]["id"], start["message"]["model"]) == (
        "message_start",
        "chatcmpl-1",
        "gpt-5.5",
    )
    assert events == [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Look "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "first."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "I look "}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "at both."}},
        {"type": "content_block_stop", "index": 1},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "tool_use", "id": "call_1", "name": "read", "input": {}},
        },
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"path":'}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ' "a.py"}'}},
        {"type": "content_block_stop", "index": 2},
        {
            "type": "content_block_start",
            "index": 3,
            "content_block": {"type": "tool_use", "id": "call_2", "name": "now", "input": {}},
        },
        {"type": "content_block_stop", "index": 3},
    ]
    assert delta["type"] == "message_delta"
    assert delta["delta"]["stop_reason"] == "tool_use"
    usage = delta["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]) == (40, 200, 40)
    assert stop == {"type": "message_stop"}
    assert converter.losses == ()


def test_nothing_follows_the_end():
    converter = to_anthropic()
    fed(converter, *CHAT_STREAM)
    assert fed(converter, DONE, chunk({"content": "more"})) == []
    assert converter.end() == []


def test_an_end_without_a_word_before_it_is_whole_all_the_same():
    assert kinds(fed(to_anthropic(), DONE)) == ["message_start", "message_delta", "message_stop"]


def test_a_block_left_open_is_closed_at_the_end():
    events = fed(to_anthropic(), chunk({"content": "a"}), DONE)
    assert kinds(events)[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert events[-2]["delta"]["stop_reason"] == "end_turn"
    calls = fed(to_anthropic(), chunk(call(0, "{}", id="a", name="f")), DONE)
    assert kinds(calls)[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert calls[-2]["delta"]["stop_reason"] == "tool_use"


def test_a_server_that_never_says_done_is_ended_by_what_it_said_last():
    converter = to_anthropic()
    fed(converter, chunk({"content": "a"}), chunk(finish="stop"))
    assert [event.name for event in converter.end()] == ["message_delta", "message_stop"]
    assert converter.end() == []


def test_a_stream_that_was_cut_stays_cut():
    converter = to_anthropic()
    fed(converter, chunk({"content": "a"}))
    assert converter.end() == []
    assert converter.feed(SseEvent(data='{"choices": [', complete=False)) == []


def test_an_error_in_the_middle_becomes_the_other_dialects_error():
    converter = to_anthropic()
    error = {"error": {"type": "server_error", "message": "overheated", "code": 500}}
    *_, last = fed(converter, chunk({"content": "a"}), sse(error), DONE)
    assert last == {"type": "error", "error": {"type": "api_error", "message": "overheated"}}
    assert converter.losses == (Loss("member", "error.code"),)
    back = StreamConverter("anthropic", "openai-chat")
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    assert fed(back, sse(overloaded), sse({"type": "message_stop"})) == [{"error": overloaded["error"]}]
    assert back.end() == []


def test_a_refusal_streams_as_words_and_ends_as_one():
    converter = to_anthropic()
    events = fed(converter, chunk({"refusal": "Not "}), chunk({"refusal": "that."}), chunk(finish="stop"), DONE)
    assert [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"] == ["Not ", "that."]
    assert events[-2]["delta"]["stop_reason"] == "refusal"
    assert converter.losses == ()


def test_a_sign_of_life_passes_but_never_before_the_start():
    ping = SseEvent(comments=("keep-alive",))
    converter = to_anthropic()
    assert fed(converter, ping) == [("keep-alive",)]
    assert kinds(fed(converter, chunk({"content": "a"})))[0] == "message_start"
    assert fed(converter, SseEvent()) == []
    back = StreamConverter("anthropic", "openai-chat")
    assert fed(back, sse({"type": "ping"})) == []
    assert fed(back, STARTED, sse({"type": "ping"}))[1:] == [("ping",)]


STARTED = sse(
    {
        "type": "message_start",
        "message": {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 10, "cache_read_input_tokens": 5}},
    }
)


def opened(index: int, **block: Any) -> SseEvent:
    return sse({"type": "content_block_start", "index": index, "content_block": block})


def added(index: int, **delta: Any) -> SseEvent:
    return sse({"type": "content_block_delta", "index": index, "delta": delta})


def closed(index: int) -> SseEvent:
    return sse({"type": "content_block_stop", "index": index})


def test_anthropics_events_become_a_chat_stream():
    converter = StreamConverter("anthropic", "openai-chat", created=1790000000)
    events = fed(
        converter,
        STARTED,
        opened(0, type="text", text=""),
        added(0, type="text_delta", text="I look."),
        closed(0),
        opened(1, type="tool_use", id="toolu_1", name="Read", input={}),
        added(1, type="input_json_delta", partial_json=""),
        added(1, type="input_json_delta", partial_json='{"path": "a.py"}'),
        closed(1),
        opened(2, type="tool_use", id="toolu_2", name="Now", input={}),
        closed(2),
        sse({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}}),
        sse({"type": "message_stop"}),
    )
    assert events[-1] == "[DONE]"
    assert all(
        (event["id"], event["created"], event["model"]) == ("msg_1", 1790000000, "claude") for event in events[:-1]
    )
    assert [choice["delta"] for event in events[:-1] for choice in event["choices"]] == [
        {"role": "assistant", "content": ""},
        {"content": "I look."},
        {
            "tool_calls": [
                {"index": 0, "id": "toolu_1", "type": "function", "function": {"name": "Read", "arguments": ""}}
            ]
        },
        call(0, ""),
        call(0, '{"path": "a.py"}'),
        {
            "tool_calls": [
                {"index": 1, "id": "toolu_2", "type": "function", "function": {"name": "Now", "arguments": ""}}
            ]
        },
        call(1, "{}"),
        {},
    ]
    assert events[-3]["choices"][0]["finish_reason"] == "tool_calls"
    usage = events[-2]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (15, 7, 22)
    assert usage["prompt_tokens_details"] == {"cached_tokens": 5}
    assert converter.losses == ()


def test_a_chat_client_that_did_not_ask_for_usage_is_not_told():
    converter = StreamConverter("anthropic", "openai-chat", include_usage=False)
    end = sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}})
    events = fed(converter, STARTED, end, sse({"type": "message_stop"}))
    assert not any("usage" in event for event in events[:-1])


def test_what_a_block_opens_with_is_said():
    converter = StreamConverter("anthropic", "openai-chat")
    events = fed(
        converter,
        STARTED,
        opened(0, type="thinking", thinking="Hm.", signature=""),
        opened(1, type="text", text="Well."),
        opened(2, type="tool_use", id="a", name="f", input={"b": 1}),
        closed(2),
    )
    deltas = [event["choices"][0]["delta"] for event in events[1:]]
    assert deltas[0] == {"reasoning_content": "Hm."}
    assert deltas[1] == {"content": "Well."}
    assert deltas[3] == call(0, '{"b":1}')


def test_an_id_is_the_same_in_the_stream_and_in_the_whole_answer():
    converter = to_anthropic()
    events = fed(converter, chunk(call(0, "{}", id="f:0", name="f")), DONE)
    response = Response("openai-chat", "c", "m", (Message("assistant", (ToolUse("f:0", "f", Json(b"{}")),)),))
    whole = convert_response(response, "anthropic")
    assert events[1]["content_block"]["id"] == whole.value.blocks[0].id
    assert converter.losses == whole.losses


def test_law_4_a_member_nobody_knows_is_reported_wherever_it_stands_in_a_stream():
    new = {"hologram": "unheard-of"}
    converter = to_anthropic()
    heard = call(0, "{}", id="a", name="f")["tool_calls"][0]
    fed(
        converter,
        chunk({"content": "a"} | new, **new),
        chunk({"tool_calls": [heard | new | {"function": heard["function"] | new}]}),
        sse({"choices": [{"index": 0, "delta": {}} | new]}),
    )
    assert [(loss.rule, loss.where) for loss in converter.losses] == [
        ("member", "hologram"),
        ("member", "choices[0].message.hologram"),
        ("member", "choices[0].message.tool_calls[0].hologram"),
        ("member", "choices[0].message.tool_calls[0].function.hologram"),
        ("member", "choices[0].hologram"),
    ]
    back = StreamConverter("anthropic", "openai-chat")
    fed(
        back,
        sse({"type": "message_start", "message": {"id": "a", "model": "m", "container": {"id": "c"}}}),
        opened(0, type="text", text="", **new),
        sse({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_details": new}, **new}),
    )
    assert [(loss.rule, loss.where) for loss in back.losses] == [
        ("member", "container"),
        ("member", "content[0].hologram"),
        ("member", "hologram"),
        ("member", "stop_details"),
    ]


def test_no_other_dialect_is_converted():
    with pytest.raises(NotTranslatable, match="openai-responses"):
        StreamConverter("openai-responses", "anthropic")


# The whole answer, and the answer put together from the converted stream, say the same.


def meaning(response: Response) -> dict[str, Any]:
    """What a client gets out of an answer, however it is laid out."""
    reasons = [block.text for block in response.blocks if isinstance(block, Thinking)]
    (message,) = response.output
    if "reasoning_content" in message.extra:
        reasons.append(message.extra["reasoning_content"].value)
    usage = response.usage
    return {
        "id": response.id,
        "model": response.model,
        "text": "".join(block.text for block in response.blocks if isinstance(block, Text)),
        "reasons": "".join(reasons),
        "calls": [(block.id, block.name, block.input) for block in response.blocks if isinstance(block, ToolUse)],
        "stop_reason": response.stop_reason,
        "usage": usage and (usage.prompt, usage.cache_read, usage.output_tokens, usage.thinking_tokens),
    }


def streamed(response: Response, goes: Dialect, piece: int) -> tuple[dict[str, Any], set[Loss]]:
    """What an answer says after it was streamed, converted on the way, sent as bytes and put together again."""
    writer, converter = event_writer(response.dialect), StreamConverter(response.dialect, goes)
    reader, assembler = event_reader(goes), Assembler(goes)
    decoder = SseDecoder()
    for part in parts_of(response, piece=piece):
        for event in (out for one in writer.write(part) for out in converter.feed(one)):
            for came in decoder.feed(encode_event(event)):
                for said in reader.read(came).parts:
                    assembler.add(said)
    assert assembler.ended
    return meaning(assembler.response()), set(converter.losses)


names = st.text("abcXYZ019_-", min_size=1, max_size=9)
texts_ = words.filter(bool)
uses = st.builds(ToolUse, names, names, st.builds(Json.of, json_objects))
counts = st.integers(0, 9000)
ends = st.sampled_from(["end_turn", "max_tokens", "refusal", "tool_use", "stop_sequence"])


@given(
    st.lists(st.builds(Text, texts_) | uses | st.builds(Thinking, texts_, names), max_size=5),
    ends,
    st.builds(Usage, counts, counts, counts, output_tokens=counts.map(lambda n: n + 1)),
    st.integers(1, 9),
)
def test_streaming_from_anthropic_to_chat_says_what_the_whole_answer_says(blocks, end, usage, piece):
    response = Response("anthropic", "msg_1", "claude", (Message("assistant", tuple(blocks)),), end, usage)
    whole, losses = convert_response(response, "openai-chat")
    assert streamed(response, "openai-chat", piece) == (meaning(whole), set(losses))


@given(
    st.lists(st.builds(Text, texts_), max_size=1),
    st.lists(uses, max_size=4),
    st.sampled_from(["end_turn", "max_tokens", "tool_use", "refusal", "later"]),
    st.builds(Usage, counts, counts, output_tokens=counts),
    st.integers(1, 9),
)
def test_streaming_from_chat_to_anthropic_says_what_the_whole_answer_says(said, calls, end, usage, piece):
    output = (Message("assistant", (*said, *calls)),)
    response = Response("openai-chat", "c-1", "gpt", output, end, usage, {"created": Json(b"0")})
    whole, losses = convert_response(response, "anthropic")
    assert streamed(response, "anthropic", piece) == (meaning(whole), set(losses))


pairs: st.SearchStrategy[tuple[Dialect, Dialect]] = st.sampled_from(
    [("anthropic", "openai-chat"), ("openai-chat", "anthropic")]
)


@given(pairs.flatmap(lambda pair: st.tuples(st.just(pair), st.lists(EVENTS[pair[0]], max_size=6))))
def test_a_stream_to_anthropic_or_chat_keeps_its_form_whatever_comes(given_):
    (came, goes), events = given_
    converter = StreamConverter(came, goes)
    out = fed(
        converter, *(sse(event) for event in events), DONE if came == "openai-chat" else sse({"type": "message_stop"})
    )
    if goes == "openai-chat":
        assert out[-1] == "[DONE]" or "error" in out[-1]
        return
    names = [event["type"] for event in out if isinstance(event, dict)]
    if names[-1] != "error":
        assert names[0] == "message_start"
        assert names[-2:] == ["message_delta", "message_stop"]
        assert names.count("message_start") == names.count("message_delta") == 1
        assert names.count("content_block_start") == names.count("content_block_stop")


@pytest.mark.parametrize("error", ["boom", {}, {"message": "boom"}, ["boom"], 5])
def test_a_failed_stream_never_ends_as_if_it_were_whole(error):
    converter = to_anthropic()
    events = fed(converter, chunk({"content": "a"}), sse({"error": error}), chunk(finish="stop"), DONE)
    assert events[-1]["type"] == "error"
    assert not {"message_delta", "message_stop"} & set(kinds(events))
    assert converter.end() == []
