"""Chat's streams as real servers write them: calls in one chunk, one index for all, reasoning, no end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.gateway.own_answers import own_answers
from agentforge.gateway.talk import OwnTools
from agentforge.gateway.treatment import FollowUp
from agentforge.wire import Message, Request, Text, ToolUse
from gateway.conversing import answer_of

ASKED = Request("openai-chat", "m", [Message("user", "Go.")], stream=True)


def chunk(delta=None, finish=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    plain = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}
    return b"data: " + json.dumps(plain).encode() + b"\n\n"


def call(index, name, arguments="{}", id_=None, **more):
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": id_ or f"call_{index}", "type": "function", "function": function, **more}


DONE = b"data: [DONE]\n\n"
END = [chunk({}, "tool_calls"), DONE]


def carry(use):
    plain = use.input.value
    return ToolUse(use.id, "Real", use.input, extra=use.extra) if "name" in plain else "What is its name?"


def read(*rounds, chunk_size=10_000):
    """What the client gets of these rounds, what was asked next, and the asides."""
    asides, follow_ups = [], []
    own = OwnTools({"recall": lambda use: f"it is {use.id}"}, {"call_tool": carry})
    reader = own_answers(ASKED, own, asides.append)
    out = b""
    for chunks in rounds:
        whole = b"".join(chunks)
        for at in range(0, len(whole), chunk_size):
            out += reader.feed(whole[at : at + chunk_size])
        end = reader.end()
        if isinstance(end, FollowUp):
            follow_ups.append(json.loads(end.body))
        else:
            out += end
    return out, follow_ups, asides


def calls(out):
    return [(block.name, block.id) for block in got(out).blocks if isinstance(block, ToolUse)]


def got(out):
    return answer_of(out, stream=True, dialect="openai-chat")


def test_calls_that_come_in_one_chunk_are_told_apart():
    both = chunk({"tool_calls": [call(0, "Read"), call(1, "recall"), call(2, "call_tool", '{"name": 1}')]})
    out, follow_ups, (aside,) = read([chunk({"role": "assistant"}), both, *END])
    assert calls(out) == [("Read", "call_0"), ("Real", "call_2")]
    assert not follow_ups
    assert aside.places == (1,)
    assert b"recall" not in out


def test_calls_that_all_say_the_same_index_are_told_apart_by_their_ids():
    one, two = call(0, "recall", id_="a"), call(0, "Read", id_="b")
    out, _, _ = read([chunk({"tool_calls": [one]}), chunk({"tool_calls": [two]}), *END])
    assert calls(out) == [("Read", "b")]


def test_a_call_of_the_clients_that_goes_on_behind_ours_is_whole():
    more = {"index": 0, "function": {"arguments": '"a.py"}'}}
    out, _, _ = read(
        [
            chunk({"tool_calls": [call(0, "Read", '{"path": ')]}),
            chunk({"tool_calls": [call(1, "recall")]}),
            chunk({"tool_calls": [more]}),
            *END,
        ]
    )
    (use,) = got(out).blocks
    assert use.input.value == {"path": "a.py"}


def test_members_of_a_call_that_we_do_not_know_reach_the_client():
    signed = call(1, "call_tool", '{"name": 1}', extra_content={"google": {"thought_signature": "s"}})
    plain = call(2, "Read", extra_content={"google": {"thought_signature": "t"}})
    out, _, _ = read([chunk({"tool_calls": [call(0, "recall"), signed, plain]}), *END])
    assert out.count(b"thought_signature") == 2


def test_a_server_that_says_stop_though_it_calls_is_answered_too():
    out, (asked,), _ = read(
        [chunk({"tool_calls": [call(0, "recall")]}), chunk({}, "stop"), DONE],
        [chunk({"content": "So."}), chunk({}, "stop"), DONE],
    )
    assert asked["messages"][-1] == {"role": "tool", "content": "it is call_0", "tool_call_id": "call_0"}
    assert got(out).blocks == (Text("So."),)
    assert out.count(b"[DONE]") == 1


def test_the_end_in_one_chunk_with_words_and_calls_keeps_the_words():
    last = chunk({"content": "I look.", "tool_calls": [call(0, "recall")]}, "tool_calls")
    out, follow_ups, _ = read(
        [last, DONE], [chunk({"role": "assistant", "content": ""}), chunk({"content": "So."}, "stop"), DONE]
    )
    assert len(follow_ups) == 1
    assert got(out).blocks[0].text == "I look.\n\nSo."
    assert out.count(b'"role"') == 0


def test_reasoning_goes_on_and_comes_apart_again():
    first = [
        chunk({"role": "assistant", "reasoning_content": "Hm. "}),
        chunk({"tool_calls": [call(0, "recall")]}),
        *END,
    ]
    out, (asked,), (aside,) = read(
        first, [chunk({"reasoning_content": "Ah."}), chunk({"content": "So."}, "stop"), DONE]
    )
    assert asked["messages"][1]["reasoning_content"] == "Hm. "
    assert got(out).output[0].extra["reasoning_content"].value == "Hm. Ah."
    assert aside.rounds[0][0].extra["reasoning_content"].value == "Hm. "


def test_usage_where_a_server_tells_it_at_the_finish_is_summed():
    def counts(number):
        return {"prompt_tokens": 10, "completion_tokens": number, "total_tokens": 10 + number}

    first = [chunk({"tool_calls": [call(0, "recall")]}), chunk({}, "tool_calls", usage=counts(5)), DONE]
    out, _, _ = read(first, [chunk({"content": "So."}), chunk({}, "stop", usage=counts(3)), DONE])
    assert got(out).usage.output_tokens == 8
    assert b'"total_tokens":18' in out


def test_a_stream_that_stops_in_the_middle_gives_what_was_said_and_remembers_nothing():
    out, follow_ups, asides = read([chunk({"content": "I look."}), chunk({"tool_calls": [call(0, "recall")]})])
    assert got(out).blocks == (Text("I look."),)
    assert not follow_ups
    assert not asides


def test_a_stream_without_an_end_gives_the_clients_calls():
    out, _, _ = read([chunk({"tool_calls": [call(0, "recall"), call(1, "Read")]}), DONE])
    assert calls(out) == [("Read", "call_1")]
    assert out.endswith(DONE)


def test_what_is_held_can_be_had_as_it_came():
    reader = own_answers(ASKED, OwnTools({"recall": str}), print)
    out = reader.feed(chunk({"tool_calls": [call(0, "recall")]}) + b"data: {")
    out += reader.release()
    assert calls(out.removesuffix(b"data: {")) == [("recall", "call_0")]


def test_comments_errors_and_other_choices_pass():
    other = chunk({"content": "x"}).replace(b'"index": 0', b'"index": 1')
    error = b'data: {"error": {"message": "Busy", "type": "server_error"}}\n\n'
    out, _, _ = read([b": ping\n\n", chunk({"tool_calls": [call(0, "recall")]}), other, b": ping\n\n", error])
    assert out.count(b": ping") == 2
    assert other in out
    assert error in out


NAMES = st.lists(st.sampled_from(["Read", "recall", "call_tool"]), max_size=5)


@pytest.mark.parametrize("together", [True, False])
@given(NAMES, st.integers(1, 400))
def test_law_9_the_clients_calls_keep_their_order_however_the_stream_is_cut(together, names, size):
    entries = [call(at, name, '{"name": 1}') for at, name in enumerate(names)]
    chunks = [chunk({"tool_calls": entries})] if together else [chunk({"tool_calls": [one]}) for one in entries]
    rounds = [[chunk({"role": "assistant", "content": "a"}), *chunks, *END]]
    if names and {*names} == {"recall"}:
        rounds.append([chunk({"content": "b"}, "stop"), DONE])
    out, follow_ups, _ = read(*rounds, chunk_size=size)
    wanted = [("Real" if name == "call_tool" else name, f"call_{at}") for at, name in enumerate(names)]
    assert calls(out) == [one for one in wanted if one[0] != "recall"]
    assert len(follow_ups) == len(rounds) - 1
    slots = [
        entry["index"]
        for line in out.split(b"\n\n")
        if line.startswith(b"data: {")
        for choice in json.loads(line[6:])["choices"]
        for entry in choice["delta"].get("tool_calls", ())
    ]
    assert slots == [*range(len(slots))]
