import copy
import json
import string
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentforge.wire import (
    DIALECTS,
    Chain,
    Json,
    Message,
    Recognised,
    Request,
    SessionIndex,
    Text,
    Tool,
    ToolReference,
    ToolResult,
    ToolUse,
    chain_of,
    common_prefix,
    decode_request,
    encode_request,
    is_prefix,
    without_origin,
)
from strategies import REQUESTS, STYLES, conversations, dialects, texts, written

TURNS = {"anthropic": "messages", "openai-chat": "messages", "openai-responses": "input"}
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)
MARK = {"type": "ephemeral"}


@st.composite
def talks(draw):
    """A dialect, the key of its turns, and a whole conversation in it."""
    dialect = draw(dialects)
    return dialect, TURNS[dialect], draw(conversations(dialect))


def read(dialect, plain, style="compact"):
    return decode_request(dialect, written(plain, style))


def chain(dialect, plain, style="compact"):
    return chain_of(read(dialect, plain, style))


def marked(dialect, key, plain):
    """The same conversation with a marker on each message's last block; a string becomes the block it stands for."""
    words = {"user": "input_text", "assistant": "output_text"} if dialect == "openai-responses" else {}
    other = copy.deepcopy(plain)
    for turn in other[key]:
        if isinstance(turn.get("content"), str):
            turn["content"] = [{"type": words.get(turn["role"], "text"), "text": turn["content"]}]
        for block in turn.get("content", ())[-1:]:
            block["cache_control"] = MARK
    return other


# --- the chain


@given(talks(), st.sampled_from(sorted(STYLES)))
def test_law_3_the_chain_does_not_know_how_the_request_was_set_out(talk, style):
    dialect, _, plain = talk
    assert chain(dialect, plain, style) == chain(dialect, plain)


@each_dialect
@given(data=st.data())
def test_law_3_the_chain_is_of_what_goes_out_whether_read_or_made_by_hand(dialect, data):
    request = decode_request(dialect, data.draw(texts(REQUESTS[dialect])))
    found = chain_of(request)
    assert chain_of(without_origin(request)) == found
    assert len(found.links) == len(request.messages)
    assert chain_of(decode_request(dialect, encode_request(without_origin(request)))) == found


@given(talks())
def test_law_2_cache_markers_and_strings_for_blocks_make_no_difference(talk):
    dialect, key, plain = talk
    assert chain(dialect, marked(dialect, key, plain)) == chain(dialect, plain)


@given(talks(), st.data())
def test_any_other_change_of_a_message_changes_its_link_and_all_later_ones_and_none_before(talk, data):
    dialect, key, plain = talk
    at = data.draw(st.integers(0, len(plain[key]) - 1))
    other = copy.deepcopy(plain)
    member = data.draw(st.sampled_from([one for one in sorted(other[key][at]) if one != "type"] + ["new"]))
    other[key][at][member] = "something else"
    before, after = chain(dialect, plain), chain(dialect, other)
    assert before.head == after.head
    assert before.links[:at] == after.links[:at]
    assert not set(before.links[at:]) & set(after.links[at:])
    assert common_prefix(before, after) == at


def test_a_marker_inside_arguments_is_what_the_user_wrote():
    def call(given):
        block = {"type": "tool_use", "id": "1", "name": "f", "input": given}
        return chain("anthropic", {"model": "m", "messages": [{"role": "assistant", "content": [block]}]})

    assert call({"cache_control": MARK}) != call({})
    assert call({"content": "a"}) != call({"content": [{"type": "text", "text": "a"}]})


def test_a_marker_inside_a_tools_result_makes_no_difference():
    def result(content):
        block = {"type": "tool_result", "tool_use_id": "1", "content": content}
        return chain("anthropic", {"model": "m", "messages": [{"role": "user", "content": [block]}]})

    assert result([{"type": "text", "text": "a", "cache_control": MARK}]) == result("a")
    assert result("b") != result("a")
    # Deeper than that no marker stands: there it is content like any other.
    assert result([{"content": [{"cache_control": MARK}]}]) != result([{"content": [{}]}])


def test_the_same_words_in_another_place_have_another_link():
    turns = [{"role": "user", "content": "hi"}] * 3
    assert len(set(chain("anthropic", {"model": "m", "messages": turns}).links)) == 3


def test_responses_input_as_a_string_or_with_types_left_out_is_the_same_message():
    forms = [
        "hi",
        [{"role": "user", "content": "hi"}],
        [{"type": "message", "role": "user", "content": "hi"}],
        [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
    ]
    assert len({chain("openai-responses", {"model": "m", "input": form}) for form in forms}) == 1


def test_a_message_nested_very_deeply_has_a_link_like_any_other():
    text = b'{"type":"tool_result","content":[' * 400 + b"]}" * 400
    body = b'{"model":"m","messages":[{"role":"user","content":[%s]}]}' % text
    assert len(chain_of(decode_request("anthropic", body)).links) == 1


def test_an_edited_request_has_the_chain_of_what_it_became():
    body = json.dumps({"model": "m", "input": [{"role": "user", "content": "hi"}]}).encode()
    request = decode_request("openai-responses", body)
    more = replace(request, messages=(*request.messages, Message("assistant", (Text("ho"),))))
    assert chain_of(more) == chain_of(decode_request("openai-responses", encode_request(more)))
    assert is_prefix(request, more)


# --- the head

TOOLS = [{"name": "f", "input_schema": {}}, {"name": "g", "input_schema": {}}]


def head(**members):
    return chain("anthropic", {"model": "m", "messages": []} | members).head


def test_the_head_is_system_and_tools_and_nothing_else():
    assert head(system="a", tools=TOOLS) == head(system="a", tools=TOOLS, max_tokens=5, temperature=0)
    assert head(system="a", tools=TOOLS) != head(system="b", tools=TOOLS)
    assert head(system="a", tools=TOOLS) != head(system="a", tools=TOOLS[::-1])
    assert head(system="a", tools=TOOLS) != head(system="a")


def test_markers_and_tools_not_yet_in_view_make_no_difference_to_the_head():
    block = {"type": "text", "text": "a"}
    assert head(system="a") == head(system=[block]) == head(system=[block | {"cache_control": MARK}])
    assert head(tools=TOOLS) == head(tools=[TOOLS[0], TOOLS[1] | {"cache_control": MARK}])
    assert head(tools=TOOLS) == head(tools=[*TOOLS, {"name": "h", "defer_loading": True}])
    assert head() == head(tools=[]) == head(tools=None) == head(system=None)


# --- prefixes


@given(talks(), st.data())
def test_law_2_a_request_is_a_prefix_of_another_exactly_when_the_other_extends_it(talk, data):
    dialect, key, plain = talk
    at = data.draw(st.integers(0, len(plain[key])))
    shorter = read(dialect, plain | {key: plain[key][:at]})
    longer = read(dialect, marked(dialect, key, plain))
    assert is_prefix(shorter, longer)
    assert is_prefix(longer, shorter) == (at == len(plain[key]))


@given(talks(), talks())
def test_is_prefix_and_common_prefix_agree(one, other):
    assume(one[0] == other[0])
    requests = [read(dialect, plain) for dialect, _, plain in (one, other)]
    chains = [chain_of(request) for request in requests]
    shared = common_prefix(*chains)
    assert shared == common_prefix(*chains[::-1])
    assert is_prefix(*requests) == (chains[0].head == chains[1].head and shared == len(chains[0].links))
    assert chains[0].links[:shared] == chains[1].links[:shared]
    assert shared <= min(len(one.links) for one in chains)


def test_nothing_is_shared_under_another_system_or_other_tools():
    one = chain("anthropic", {"model": "m", "messages": [{"role": "user"}], "system": "a"})
    other = chain("anthropic", {"model": "m", "messages": [{"role": "user"}], "system": "b"})
    assert one.links == other.links
    assert common_prefix(one, other) == 0
    assert common_prefix(one, one) == 1


# --- sessions


def talk_of(words):
    """The chain of a session that went this way, a letter being a message."""
    links = tuple("".join(words[: at + 1]) for at in range(len(words)))
    return Chain("head", links)


def test_a_session_is_new_then_continued_repeated_and_forked():
    index = SessionIndex()
    assert index.recognise(talk_of("ab"), new_id="s1") == Recognised("new", "s1", None, 0)
    assert index.recognise(talk_of("abcd"), new_id="s2") == Recognised("continued", "s1", None, 2)
    assert index.recognise(talk_of("abcd"), new_id="s3") == Recognised("repeated", "s1", None, 4)
    assert index.recognise(talk_of("abx"), new_id="s4") == Recognised("forked", "s4", "s1", 2)
    assert index.recognise(talk_of("abxy"), new_id="s5") == Recognised("continued", "s4", None, 3)
    assert index.recognise(talk_of("abcde"), new_id="s6") == Recognised("continued", "s1", None, 4)
    assert index.recognise(talk_of("z"), new_id="s7") == Recognised("new", "s7", None, 0)


def test_what_the_client_keeps_apart_stays_apart():
    index = SessionIndex()
    assert index.recognise(talk_of("ab"), new_id="s1", key="one").kind == "new"
    assert index.recognise(talk_of("abc"), new_id="s2", key="two") == Recognised("new", "s2", None, 0)
    assert index.recognise(talk_of("abc"), new_id="s3", key="one") == Recognised("continued", "s1", None, 2)
    assert index.recognise(talk_of("abcd"), new_id="s4", key="two") == Recognised("continued", "s2", None, 3)


def test_a_request_without_messages_is_new_each_time():
    index = SessionIndex()
    assert index.recognise(talk_of(""), new_id="s1") == Recognised("new", "s1", None, 0)
    assert index.recognise(talk_of(""), new_id="s2") == Recognised("new", "s2", None, 0)


@given(st.lists(st.text("abc", min_size=1, max_size=5), max_size=12))
def test_whatever_came_before_a_session_that_only_grows_is_continued(noise):
    index = SessionIndex()
    for number, words in enumerate(noise):
        found = index.recognise(talk_of(words), new_id=f"n{number}")
        assert (found.kind in ("new", "forked")) == (found.session == f"n{number}")
        assert (found.kind == "forked") == (found.parent is not None)
        assert found.shared <= len(words)
    grown = [index.recognise(talk_of("z" + string.ascii_letters[:at]), new_id=f"g{at}") for at in range(9)]
    assert [one.kind for one in grown] == ["new"] + ["continued"] * 8
    assert {one.session for one in grown} == {"g0"}
    assert [one.shared for one in grown] == list(range(9))


def _asked(*words, system=None, tools=None):
    turns = tuple(Message("user" if at % 2 == 0 else "assistant", word) for at, word in enumerate(words))
    return chain_of(Request("anthropic", "m", turns, system=system, tools=tools))


def test_a_session_that_was_wound_back_goes_on_as_one_fork():
    index = SessionIndex()
    index.recognise(_asked("a"), new_id="first")
    index.recognise(_asked("a", "b", "c"), new_id="unused")
    fork = index.recognise(_asked("a"), new_id="fork")
    assert (fork.kind, fork.session, fork.parent) == ("forked", "fork", "first")
    assert index.recognise(_asked("a", "x", "y"), new_id="other").session == "fork"
    assert index.recognise(_asked("a", "b", "c", "d", "e"), new_id="other").session == "first"


def test_two_agents_with_the_same_first_words_are_two_sessions():
    index = SessionIndex()
    assert index.recognise(_asked("go", system="You test."), new_id="tester").kind == "new"
    assert index.recognise(_asked("go", system="You write."), new_id="writer").kind == "new"


def test_an_index_forgets_what_it_has_not_seen_for_long():
    index = SessionIndex(remembers=4)
    index.recognise(_asked("a"), new_id="old")
    for number in range(20):
        index.recognise(_asked(f"another {number}"), new_id=f"s{number}")
    assert index.recognise(_asked("a", "b"), new_id="again").kind == "new"


def test_a_deferred_tool_counts_from_the_message_that_finds_it():
    def chain(description):
        tools = (Tool("f", description, Json(b"{}"), deferred=True),)
        found = ToolResult("t", (ToolReference("f"),))
        turns = (
            Message("user", "a"),
            Message("assistant", (ToolUse("t", "s", Json(b"{}")),)),
            Message("user", (found,)),
        )
        return chain_of(Request("anthropic", "m", turns, tools=tools))

    one, other = chain("Finds."), chain("Loses.")
    assert one.head == other.head
    assert common_prefix(one, other) == 2
