"""Lazy tools as a whole: the transform, what answers the calls, and what the provider makes of it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.context import CALL, FIND, Settings
from agentforge.simulate import Call, Turn
from agentforge.wire import Json, Message, Text, Thinking, Tool, ToolUse, encode_request, is_prefix
from gateway.treating import Treatment

BOTH = pytest.mark.parametrize("dialect", ["anthropic", "openai-chat"])
STREAMED = pytest.mark.parametrize("stream", [True, False])
WORDS = "The quick brown fox jumps over the lazy dog and comes back again. " * 24
PORTABLE, NATIVE = (Settings(lazy_tools=lazy, recall="none") for lazy in ("portable", "native"))
READ = Tool("Read", "Reads a file.", Json.of({"type": "object"}))


def made(name, **parameters):
    schema = {"type": "object", "properties": parameters, "required": [*parameters]}
    return Tool(name, f"{name.replace('_', ' ')}: {WORDS}", Json.of(schema))


WEATHER = made("mcp__sky__get_weather", city={"type": "string", "description": "Name of the city"})
MANY = [READ, WEATHER, *(made(f"mcp__shop__order_{n}", item={"type": "string"}) for n in range(12))]
SEEK = Call(FIND, {"query": "weather in a city"})
CITY = Call(CALL, {"name": WEATHER.name, "arguments": {"city": "Bern"}})
OTHER = Call("Read", {"file_path": "a.py"})


def session(*turns, **more):
    more.setdefault("settings", PORTABLE)
    more.setdefault("tools", MANY)
    return Treatment(turns, **more)


def names(request):
    return [tool.name for tool in request.tools]


def calls(message):
    return [(block.name, block.input.value) for block in message.blocks if isinstance(block, ToolUse)]


def said_to_model(request):
    """The results at the end of a request."""
    blocks = [block for message in request.messages[-2:] for block in message.blocks]
    return "\n".join(str(block.content) for block in blocks if hasattr(block, "tool_use_id"))


def check_prefixes(talk):
    for one, two in zip(talk.sent, talk.sent[1:], strict=False):
        assert is_prefix(one, two)


@BOTH
@STREAMED
def test_a_tool_is_found_called_answered_and_the_next_turn_goes_on(dialect, stream):
    turns = (Turn(text="I look.", calls=(SEEK,)), Turn(text="Found.", calls=(CITY,)), Turn(text="Rain."))
    talk = session(*turns, dialect=dialect, stream=stream)
    first = talk.say()
    assert names(talk.sent[0]) == ["Read", FIND, CALL]
    assert "mcp__sky__get_weather(city: string)" in said_to_model(talk.sent[1])
    assert calls(first.output[0]) == [(WEATHER.name, {"city": "Bern"})]
    second = talk.say()
    assert second.blocks[-1].text == "Rain."
    (again,) = [said for message in talk.sent[2].messages for said in calls(message) if said[0] == CALL]
    assert again == (CALL, CITY.input)
    check_prefixes(talk)


@BOTH
@STREAMED
def test_calls_side_by_side_keep_their_order_and_their_ids(dialect, stream):
    bad = Call(CALL, {"name": "mcp__sky__weather", "arguments": {}})
    turns = (Turn(thinking="All.", calls=(OTHER, CITY, bad, SEEK, CITY, OTHER)), Turn(text="Done."))
    talk = session(*turns, dialect=dialect, stream=stream, chunk=13)
    first = talk.say()
    assert [name for name, _ in calls(first.output[0])] == ["Read", WEATHER.name, WEATHER.name, "Read"]
    ids = [block.id for block in first.blocks if isinstance(block, ToolUse)]
    assert len({*ids}) == 4
    talk.say()
    (answer,) = [message for message in talk.sent[1].messages if calls(message)]
    assert [name for name, _ in calls(answer)] == ["Read", CALL, CALL, FIND, CALL, "Read"]
    assert [block.id for block in answer.blocks if isinstance(block, ToolUse) and block.id in ids] == ids
    check_prefixes(talk)


HOSTILE = {
    "no name": {"arguments": {}},
    "a name that is a number": {"name": 7, "arguments": {}},
    "nobody's name": {"name": "mcp__sky__get_wether", "arguments": {}},
    "a long name": {"name": "x" * 5000, "arguments": {}},
    "no object": {"name": WEATHER.name, "arguments": [1]},
    "words": {"name": WEATHER.name, "arguments": "city Bern"},
    "nothing": {"name": WEATHER.name},
    "another type": {"name": WEATHER.name, "arguments": {"city": 7}},
    "itself": {"name": CALL, "arguments": CITY.input},
}


@BOTH
@pytest.mark.parametrize("given", HOSTILE.values(), ids=HOSTILE)
def test_a_call_with_a_fault_is_answered_with_what_would_work(dialect, given):
    talk = session(Turn(calls=(Call(CALL, given),)), Turn(text="I see."), dialect=dialect)
    assert talk.say().blocks[-1].text == "I see."
    told = said_to_model(talk.sent[1])
    assert CALL in told or FIND in told or "city: string" in told
    assert len(told) < 1500
    if "wether" in str(given):
        assert WEATHER.name in told


@BOTH
def test_arguments_written_as_text_are_taken_as_what_they_say(dialect):
    asked = {"name": WEATHER.name, "arguments": '{"city": "Bern"}'}
    talk = session(Turn(calls=(Call(CALL, asked),)), Turn(text="Done."), dialect=dialect)
    assert calls(talk.say().output[0]) == [(WEATHER.name, {"city": "Bern"})]
    talk.say()
    check_prefixes(talk)


@pytest.mark.parametrize("setting", [PORTABLE, NATIVE], ids=["portable", "native"])
def test_tools_that_come_later_change_nothing_that_stands_before_the_messages(setting):
    late = made("mcp__bank__pay", amount={"type": "string"})
    own = Tool("LateTool", "Comes late.", Json.of({"type": "object"}))
    call = late.name if setting is NATIVE else CALL
    pay = Call(call, {"amount": "5"} if setting is NATIVE else {"name": late.name, "arguments": {"amount": "5"}})
    found = {"search": "pay amount"} if setting is NATIVE else {}
    turns = (Turn(thinking="a", calls=(OTHER,)), Turn(thinking="b", calls=(pay,), **found), Turn(text="Paid."))
    talk = session(*turns, settings=setting)
    talk.say()
    talk.tools = [READ, own, *MANY[1:], late]
    assert calls(talk.say().output[0]) == [(late.name, {"amount": "5"})]
    talk.say()
    shown = [[tool.name for tool in request.tools if not tool.deferred] for request in talk.sent]
    assert shown == [shown[0]] * 3
    assert own.name not in shown[0]
    check_prefixes(talk)


@STREAMED
def test_natively_the_provider_searches_and_the_client_hears_nothing_of_it(stream):
    turns = (
        Turn(thinking="a", search="weather city", text="I ask.", calls=(Call(WEATHER.name, {"city": "Bern"}), OTHER)),
        Turn(thinking="b", text="Rain."),
    )
    talk = session(*turns, settings=NATIVE, stream=stream)
    first = talk.say()
    assert [type(block) for block in first.blocks] == [Thinking, Text, ToolUse, ToolUse]
    assert [tool.name for tool in talk.sent[0].tools if not tool.deferred] == ["Read", "tool_search_tool_bm25"]
    assert b"tool_search_tool_result" in talk.raw[0]
    second = talk.say()
    assert second.blocks[-1].text == "Rain."
    assert encode_request(talk.sent[1]).count(b'"tool_reference"') >= 1
    check_prefixes(talk)


def test_a_deferred_tool_leaves_its_cache_marker_to_the_last_that_is_sent():
    marked = [*MANY[:-1], replace(MANY[-1], cache=Json.of({"type": "ephemeral"}))]
    for setting, last in ((NATIVE, "Read"), (PORTABLE, CALL)):
        talk = session(Turn(text="ok"), settings=setting, tools=marked)
        talk.say()
        assert [tool.name for tool in talk.sent[0].tools if tool.cache] == [last]


def test_counting_agrees_and_takes_no_search_of_the_providers():
    for setting in (NATIVE, PORTABLE):
        talk = session(Turn(text="ok"), settings=setting)
        talk.say()
        counted = json.loads(talk.treated.prepare(talk.asked("count")).body)
        sent = json.loads(encode_request(talk.sent[0]))
        assert counted["tools"] == [tool for tool in sent["tools"] if "input_schema" in tool]


@BOTH
def test_a_client_that_forces_a_hidden_tool_forces_the_call(dialect):
    forced = {"type": "tool", "name": WEATHER.name}
    if dialect == "openai-chat":
        forced = {"type": "function", "function": {"name": WEATHER.name}}
    talk = session(Turn(calls=(CITY,)), dialect=dialect, more={"tool_choice": Json.of(forced)})
    sent = json.loads(talk.treated.prepare(talk.asked()).body)
    assert CALL in str(sent["tool_choice"])


AS_THEY_COME = {
    "began without us": {"history": [Message("user", "a"), Message("assistant", "b"), Message("user", "c")]},
    "few tools": {"tools": MANY[:8]},
    "a client that defers": {"tools": [*MANY, replace(READ, name="Placeholder", deferred=True)]},
    "a tool of our name": {"tools": [*MANY, replace(READ, name=FIND)]},
    "no tools": {"tools": None},
}


@pytest.mark.parametrize("setting", [PORTABLE, NATIVE], ids=["portable", "native"])
@pytest.mark.parametrize("given", AS_THEY_COME.values(), ids=AS_THEY_COME)
def test_where_lazy_tools_would_not_pay_or_break_something_all_goes_out_as_it_came(setting, given):
    talk = session(Turn(text="ok"), settings=replace(setting, cache_markers=False), **given)
    body = talk.asked().body
    talk.say()
    assert encode_request(talk.sent[0]) == body


texts = st.sampled_from([None, "a", "b c"])
RECALL = Call("recall", {"handle": "recall:123456789abc"})
one = st.sampled_from([OTHER, CITY, SEEK, Call(CALL, HOSTILE["nobody's name"]), RECALL])
turns = st.builds(Turn, thinking=st.sampled_from([None, "So."]), text=texts, calls=st.lists(one, max_size=4).map(tuple))


@settings(deadline=None)
@given(
    st.lists(turns, min_size=1, max_size=6),
    st.booleans(),
    st.integers(1, 300),
    st.sampled_from(["anthropic", "openai-chat"]),
)
def test_law_2_and_9_portable_tools_keep_the_prefix_and_every_call_its_result(said, stream, chunk, dialect):
    talk = session(*said, settings=replace(PORTABLE, recall="tool"), stream=stream, chunk=chunk, dialect=dialect)
    for _ in said:
        if not calls(talk.say().output[0]):
            break
    check_prefixes(talk)
    assert {name for one in talk.got for name, _ in calls(one.output[0])} <= {"Read", WEATHER.name}


native = st.builds(
    Turn,
    thinking=st.sampled_from([None, "So."]),
    text=texts,
    search=st.sampled_from([None, "weather", "order"]),
    calls=st.lists(st.sampled_from([OTHER, RECALL, Call(WEATHER.name, {"city": "B"})]), max_size=3).map(tuple),
)


@settings(deadline=None)
@given(st.lists(native, min_size=1, max_size=6), st.booleans(), st.integers(1, 300))
def test_law_2_and_9_native_searches_keep_the_prefix(said, stream, chunk):
    talk = session(*said, settings=replace(NATIVE, recall="tool"), stream=stream, chunk=chunk)
    for _ in said:
        if not calls(talk.say().output[0]):
            break
    check_prefixes(talk)
    assert not any("tool_search" in repr(one.blocks) or "server_tool" in repr(one.blocks) for one in talk.got)
