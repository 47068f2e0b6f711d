"""Anthropic's streams, cut and odd."""

import json

import pytest

from agentforge.gateway.own_answers import own_answers
from agentforge.gateway.talk import OwnTools
from agentforge.gateway.treatment import FollowUp
from agentforge.wire import Json, Message, Request, ToolUse
from gateway.conversing import answer_of

ASKED = Request("anthropic", "m", [Message("user", "Go.")], stream=True, max_tokens=9)


def event(kind, **more):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


def start():
    message = {"id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {}}
    return event("message_start", message=message)


def block(index, *pieces, **plain):
    deltas = [
        event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": piece})
        for piece in pieces
    ]
    return [
        event("content_block_start", index=index, content_block=plain),
        *deltas,
        event("content_block_stop", index=index),
    ]


def use(index, name, *pieces):
    return block(index, *pieces, type="tool_use", id=f"t{index}", name=name, input={})


def end(reason):
    return [event("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": 3}), event("message_stop")]


def carry(call):
    given = call.input.value
    return ToolUse(call.id, "Real", Json.of(given["arguments"])) if isinstance(given, dict) and given else "No."


def reader(asides, **more):
    return own_answers(ASKED, OwnTools({"recall": str}, {"call_tool": carry}, **more), asides.append)


def read(*events, **more):
    asides = []
    one = reader(asides, **more)
    out = one.feed(b"".join(events))
    last = one.end()
    return out if isinstance(last, FollowUp) else out + last, last, asides


def test_a_call_in_pieces_reaches_the_client_whole_under_its_real_name():
    pieces = ('{"name": "x", "argu', 'ments": {"a"', ": 1}}")
    out, _, asides = read(start(), *use(0, "call_tool", *pieces), *use(1, "Read", "{}"), *end("tool_use"))
    first, second = answer_of(out, stream=True).blocks
    assert (first.name, first.id, first.input.value) == ("Real", "t0", {"a": 1})
    assert second.name == "Read"
    assert b"call_tool" not in out
    assert not asides


def test_nothing_of_a_call_is_said_before_it_is_whole():
    one = reader([])
    out = one.feed(start() + b"".join(use(0, "call_tool", '{"name": "x", "arguments": {}}')[:-1]))
    assert out == start()
    assert b"call_tool" in one.release()


def test_a_call_that_was_cut_short_reaches_nobody():
    out, last, asides = read(start(), *use(0, "call_tool", '{"name": "x", "argu'), *end("max_tokens"))
    assert answer_of(out, stream=True).stop_reason == "max_tokens"
    assert b"tool_use" not in out
    assert not asides
    assert not isinstance(last, FollowUp)


def test_a_faulty_call_is_answered_as_an_error():
    _, last, _ = read(start(), *use(0, "call_tool", "{}"), *end("tool_use"))
    (result,) = json.loads(last.body)["messages"][-1]["content"]
    assert result == {"type": "tool_result", "tool_use_id": "t0", "content": "No.", "is_error": True}


SEARCH = block(0, '{"query": "x"}', type="server_tool_use", id="s1", name="tool_search_tool_bm25", input={})
FOUND = block(1, type="tool_search_tool_result", tool_use_id="s1", content={"type": "tool_search_tool_search_result"})
WEB = block(2, '{"query": "x"}', type="server_tool_use", id="s2", name="web_search", input={})
TEXT = block(3, type="text", text="So.")


def test_only_the_search_for_tools_is_hidden_and_only_where_it_is_ours():
    out, _, (aside,) = read(start(), *SEARCH, *FOUND, *WEB, *TEXT, *end("end_turn"), hides_search=True)
    assert b"tool_search" not in out
    assert b"web_search" in out
    assert [json.loads(line[6:])["index"] for line in out.split(b"\n") if b'"content_block_stop"' in line] == [0, 1]
    assert aside.places == (0, 1)
    whole, _, asides = read(start(), *SEARCH, *FOUND, *WEB, *TEXT, *end("end_turn"))
    assert whole == b"".join([start(), *SEARCH, *FOUND, *WEB, *TEXT, *end("end_turn")])
    assert not asides


def test_half_a_search_is_remembered_only_where_the_answer_is_to_go_on():
    assert not read(start(), *SEARCH, *end("max_tokens"), hides_search=True)[2]
    (aside,) = read(start(), *SEARCH, *end("pause_turn"), hides_search=True)[2]
    assert aside.places == (0,)


@pytest.mark.parametrize("size", [1, 7, 1_000, 10_000_000])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_however_an_answer_is_cut_up_its_words_pass_and_our_call_does_not(size, line_end):
    said = {"type": "text_delta", "text": "word " * (60_000 if size > 100 else 60)}
    words = start() + event("content_block_delta", index=0, delta=said)
    stream = b"".join((words, *use(1, "recall", '{"query":', '"a"}'), *end("tool_use"))).replace(b"\n", line_end)
    read_by = reader([])
    out = b"".join(read_by.feed(stream[at : at + size]) for at in range(0, len(stream), size))
    # Blank lines that come late belong to no event.
    assert out.rstrip() == words.replace(b"\n", line_end).rstrip()
    assert isinstance(read_by.end(), FollowUp)


def test_an_answer_without_calls_passes_to_its_last_byte():
    half = b"event: content_block_delta\ndata: {"
    read_by = reader([])
    assert read_by.feed(start() + half) + read_by.feed(b'"half":') == start()
    assert read_by.end() == half + b'"half":'
