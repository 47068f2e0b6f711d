import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentforge.wire import (
    DIALECTS,
    Json,
    Message,
    Text,
    ToolResult,
    ToolUse,
    canonical,
    decode_message,
    decode_request,
    decode_response,
    encode_message,
    encode_request,
    encode_response,
    event_reader,
    event_writer,
    guess_dialect,
    without_origin,
)
from agentforge.wire.errors import NotJson, NotThisDialect, NotTranslatable, WireError
from strategies import MESSAGES, REQUESTS, RESPONSES, STYLES, conversations, dialects, texts, written

DECODERS = {"request": decode_request, "response": decode_response, "message": decode_message}
ENCODERS = {"request": encode_request, "response": encode_response}
SOURCES = {"request": REQUESTS, "response": RESPONSES, "message": MESSAGES}
KINDS = [(dialect, kind) for dialect in DIALECTS for kind in SOURCES]
whole = pytest.mark.parametrize(("dialect", "kind"), KINDS)
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)

SMALL = {
    "anthropic": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "openai-chat": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "openai-responses": {"model": "m", "input": [{"role": "user", "content": "hi"}]},
}
TURNS = {"anthropic": "messages", "openai-chat": "messages", "openai-responses": "input"}


def encode(dialect, kind, value):
    return encode_message(dialect, value) if kind == "message" else ENCODERS[kind](value)


def pairs(request):
    """Every call and every result, in order."""
    blocks = [block for message in request.messages for block in message.blocks]
    calls = [("call", block.id, block.name) for block in blocks if isinstance(block, ToolUse)]
    results = [("result", block.tool_use_id, block.content) for block in blocks if isinstance(block, ToolResult)]
    order = [type(block).__name__ for block in blocks if isinstance(block, ToolUse | ToolResult)]
    return calls, results, order


def places(request):
    """Where each block is."""
    return [(at, n) for at, message in enumerate(request.messages) for n in range(len(message.blocks))]


def exchanged(request, place, block):
    """The request with another block in that place."""
    at, n = place
    message = request.messages[at]
    blocks = [*message.blocks[:n], block, *message.blocks[n + 1 :]]
    messages = [*request.messages[:at], replace(message, content=tuple(blocks)), *request.messages[at + 1 :]]
    return replace(request, messages=tuple(messages))


def changed(block):
    """The block, saying something else."""
    match block:
        case Text():
            return replace(block, text="other words")
        case ToolUse():
            return replace(block, input=Json(b'{"other": "arguments"}'))
        case ToolResult():
            return replace(block, content="another answer")
    raise AssertionError(block)


def gist(block):
    """What a block says, apart from how its dialect says it."""
    match block:
        case Text(text=text):
            return "text", text
        case ToolUse(id=id_, name=name, input=given):
            return "call", id_, name, given
        case ToolResult(tool_use_id=id_, content=content):
            return "result", id_, content
    raise AssertionError(block)


@st.composite
def talks(draw):
    """A dialect, a whole conversation in it, and its text."""
    dialect = draw(dialects)
    plain = draw(conversations(dialect))
    return dialect, plain, written(plain, draw(st.sampled_from(sorted(STYLES))))


# --- law 1


@whole
@given(data=st.data())
def test_law_1_what_nobody_changed_goes_out_as_the_very_bytes_that_came_in(dialect, kind, data):
    body = data.draw(texts(SOURCES[kind][dialect]))
    assert encode(dialect, kind, DECODERS[kind](dialect, body)) == body


@whole
@given(data=st.data())
def test_law_1_lossless_even_when_the_origin_is_forgotten(dialect, kind, data):
    body = data.draw(texts(SOURCES[kind][dialect]))
    value = without_origin(DECODERS[kind](dialect, body))
    assert canonical(encode(dialect, kind, value)) == canonical(body)


@whole
@given(data=st.data())
def test_law_1_a_value_is_read_back_as_it_was_written(dialect, kind, data):
    value = without_origin(DECODERS[kind](dialect, data.draw(texts(SOURCES[kind][dialect]))))
    assert DECODERS[kind](dialect, encode(dialect, kind, value)) == value


@whole
@given(data=st.data())
def test_looking_at_everything_changes_nothing(dialect, kind, data):
    body = data.draw(texts(SOURCES[kind][dialect]))
    value = DECODERS[kind](dialect, body)
    assert value == without_origin(value)
    assert repr(value)
    assert encode(dialect, kind, value) == body


# --- law 3


@whole
@given(data=st.data())
def test_law_3_the_same_input_gives_the_same_bytes(dialect, kind, data):
    body = data.draw(texts(SOURCES[kind][dialect]))
    one, other = (without_origin(DECODERS[kind](dialect, body)) for _ in range(2))
    assert one == other
    assert encode(dialect, kind, one) == encode(dialect, kind, other)


def test_law_3_processes_with_other_hash_seeds_give_the_same_bytes_and_chains():
    program = """
import json
from agentforge.wire import canonical, chain_of, decode_request, encode_request, without_origin
tools = [{"name": name, "input_schema": {"b": 1, "a": [2]}, "zeta": 1, "alpha": 2} for name in ("x", "y")]
turns = [{"role": "user", "content": "hi", "k2": 2, "k1": 1}, {"role": "assistant", "content": "ho"}]
for dialect, key in (("anthropic", "messages"), ("openai-chat", "messages"), ("openai-responses", "input")):
    plain = {"model": "m", key: turns, "tools": tools, "odd": {"r": 1, "q": 2}}
    request = without_origin(decode_request(dialect, json.dumps(plain).encode()))
    print(encode_request(request), canonical(plain), chain_of(request))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"Chain(") == 3


# --- law 9


@given(talks())
def test_law_9_pairs_stay_paired_and_in_order_through_reading_and_writing(talk):
    dialect, plain, body = talk
    request = decode_request(dialect, body)
    calls, results, order = pairs(request)
    again = decode_request(dialect, encode_request(without_origin(request)))
    assert pairs(again) == (calls, results, order)
    assert [id_ for _, id_, _ in calls] == [id_ for _, id_, _ in results]
    assert len(calls) == len(re.findall(r'"call_\d', json.dumps(plain))) // 2


@given(talks(), st.data())
def test_law_9_pairs_stay_paired_when_other_blocks_are_edited_or_dropped(talk, data):
    dialect, _, body = talk
    request = decode_request(dialect, body)
    at, n = data.draw(st.sampled_from(places(request)))
    block = request.messages[at].blocks[n]
    assume(isinstance(block, Text))
    kept = pairs(request)
    edited = exchanged(request, (at, n), replace(block, text="shorter"))
    assert pairs(decode_request(dialect, encode_request(edited))) == kept
    blocks = tuple(one for one in request.messages[at].blocks if one is not block)
    message = replace(request.messages[at], content=blocks)
    dropped = replace(request, messages=(*request.messages[:at], message, *request.messages[at + 1 :]))
    assert pairs(decode_request(dialect, encode_request(dropped))) == kept


# --- edits are surgical


@given(talks(), st.data())
def test_an_edited_block_leaves_every_byte_before_and_after_it(talk, data):
    dialect, _, body = talk
    request = decode_request(dialect, body)
    at, n = data.draw(st.sampled_from(places(request)))
    block = request.messages[at].blocks[n]
    # Where a message is but a string or one result, the message is what has a text of its own.
    old = block.origin.text if block.origin else request.messages[at].origin.text
    assume(body.count(old) == 1)
    start, end = body.index(old), body.index(old) + len(old)
    out = encode_request(exchanged(request, (at, n), changed(block)))
    assert out.startswith(body[:start])
    assert out.endswith(body[end:])
    assert out != body
    again = decode_request(dialect, out).messages[at].blocks[n]
    assert gist(again) == gist(changed(block))


@given(talks(), st.data())
def test_an_edited_request_reads_as_the_request_that_was_meant(talk, data):
    dialect, _, body = talk
    request = decode_request(dialect, body)
    at, n = data.draw(st.sampled_from(places(request)))
    meant = exchanged(request, (at, n), changed(request.messages[at].blocks[n]))
    again = decode_request(dialect, encode_request(meant))
    assert [[gist(block) for block in message.blocks] for message in again.messages] == [
        [gist(block) for block in message.blocks] for message in meant.messages
    ]


@given(talks(), st.data())
def test_dropped_and_added_messages_leave_the_bytes_of_the_others(talk, data):
    dialect, plain, body = talk
    request = decode_request(dialect, body)
    at = data.draw(st.integers(0, len(request.messages) - 1))
    fewer = encode_request(replace(request, messages=(*request.messages[:at], *request.messages[at + 1 :])))
    turns = plain[TURNS[dialect]]
    assert json.loads(fewer)[TURNS[dialect]] == turns[:at] + turns[at + 1 :]
    assert all(message.origin.text in fewer for n, message in enumerate(request.messages) if n != at)
    more = encode_request(replace(request, messages=(*request.messages, Message("user", "bye"))))
    last = request.messages[-1].origin.text
    end = body.rindex(last) + len(last)
    assert more.startswith(body[:end])
    assert more.endswith(body[end:])
    assert json.loads(more)[TURNS[dialect]][-1]["content"] == "bye"


@each_dialect
@given(data=st.data())
def test_the_model_is_changed_in_its_place_and_nowhere_else(dialect, data):
    plain = data.draw(conversations(dialect))
    body = written({**plain, "model": "old-model"}, data.draw(st.sampled_from(sorted(STYLES))))
    assume(body.count(b'"old-model"') == 1)
    out = encode_request(replace(decode_request(dialect, body), model="new-model"))
    assert out == body.replace(b'"old-model"', b'"new-model"')


@each_dialect
def test_a_field_that_was_not_there_is_added_and_one_that_was_is_dropped(dialect):
    body = json.dumps(SMALL[dialect], indent=1).encode()
    request = decode_request(dialect, body)
    added = encode_request(replace(request, stream=True, max_tokens=7))
    assert added.startswith(body[:-2])
    fields = {"stream": True, "max_tokens": 7}
    again = decode_request(dialect, added)
    assert {field: getattr(again, field) for field in fields} == fields
    dropped = encode_request(replace(again, stream=False, max_tokens=None))
    assert json.loads(dropped) == SMALL[dialect]


@each_dialect
def test_members_nobody_knows_can_be_added_changed_and_dropped(dialect):
    body = json.dumps(SMALL[dialect] | {"odd": 1, "even": [2]}).encode()
    request = decode_request(dialect, body)
    assert set(request.extra) == {"odd", "even"}
    edited = replace(request, extra={"even": request.extra["even"], "new": Json(b"3")})
    assert json.loads(encode_request(edited)) == SMALL[dialect] | {"even": [2], "new": 3}
    assert json.loads(encode_request(replace(request, extra={}))) == SMALL[dialect]


@each_dialect
def test_an_odd_member_stays_when_another_field_is_edited(dialect):
    body = json.dumps(SMALL[dialect] | {"stream": None, "tools": None, "max_tokens": "many"}).encode()
    edited = encode_request(replace(decode_request(dialect, body), model="other"))
    assert edited == body.replace(b'"m"', b'"other"')


@each_dialect
@pytest.mark.parametrize("before", ["", "  ", "\n\t"])
def test_white_space_around_a_body_stays(dialect, before):
    body = (before + json.dumps(SMALL[dialect]) + before).encode()
    request = decode_request(dialect, body)
    assert encode_request(request) == body
    edited = encode_request(replace(request, model="other"))
    assert edited == body.replace(b'"m"', b'"other"')


# --- keys that occur twice


@each_dialect
def test_a_key_that_occurs_twice_goes_out_as_it_came_but_is_never_edited(dialect):
    body = json.dumps(SMALL[dialect]).encode()[:-1] + b', "odd": 1, "odd": 2}'
    request = decode_request(dialect, body)
    assert encode_request(request) == body
    with pytest.raises(NotJson, match="occurs twice"):
        encode_request(replace(request, model="other"))


@each_dialect
def test_a_message_with_a_key_twice_does_not_stop_edits_of_the_others(dialect):
    turn = b'{"role": "user", "content": "a", "content": "b"}'
    body = b'{"model": "m", "%s": [%s, {"role": "user", "content": "c"}]}' % (TURNS[dialect].encode(), turn)
    request = decode_request(dialect, body)
    first, second = request.messages
    edited = encode_request(replace(request, messages=(first, replace(second, content="d"))))
    assert edited == body.replace(b'"c"', b'"d"')
    with pytest.raises(NotJson, match="occurs twice"):
        encode_request(replace(request, messages=(replace(first, content="d"), second)))


# --- what is refused


def bodies(dialect):
    turns = TURNS[dialect]
    good = {"role": "user", "content": "hi"}
    return {
        "an array": ([], "$"),
        "a string": ("hello", "$"),
        "null": (None, "$"),
        "no model": ({turns: [good]}, "$"),
        "a model that is a number": ({"model": 5, turns: [good]}, "$.model"),
        "a model that is null": ({"model": None, turns: [good]}, "$.model"),
        "no messages": ({"model": "m"}, "$"),
        "messages that are a number": ({"model": "m", turns: 5}, f"$.{turns}"),
        "messages that are an object": ({"model": "m", turns: {"a": 1}}, f"$.{turns}"),
        "a message that is a string": ({"model": "m", turns: [good, "hi"]}, f"$.{turns}[1]"),
        "a message that is null": ({"model": "m", turns: [None]}, f"$.{turns}[0]"),
        "tools that are an object": ({"model": "m", turns: [good], "tools": {}}, "$.tools"),
        "a tool that is a string": ({"model": "m", turns: [good], "tools": [{}, "x"]}, "$.tools[1]"),
    }


@each_dialect
@pytest.mark.parametrize("case", bodies("anthropic"))
def test_a_request_of_the_wrong_form_is_refused_with_what_and_where(dialect, case):
    plain, where = bodies(dialect)[case]
    with pytest.raises(NotThisDialect) as refused:
        decode_request(dialect, json.dumps(plain).encode())
    assert refused.value.where == where
    assert f"no {dialect} request" in refused.value.what


@pytest.mark.parametrize("dialect", ["anthropic", "openai-chat"])
@pytest.mark.parametrize("turn", [{}, {"content": "hi"}, {"role": 5}, {"role": None}])
def test_a_message_needs_a_role(dialect, turn):
    body = json.dumps({"model": "m", "messages": [{"role": "user"}, turn]}).encode()
    with pytest.raises(NotThisDialect, match=r"\$\.messages\[1\]"):
        decode_request(dialect, body)
    with pytest.raises(NotThisDialect, match=f"no {dialect} message"):
        decode_message(dialect, json.dumps(turn).encode())


@each_dialect
@pytest.mark.parametrize("plain", [[], 1, {}, {"id": 1, "model": "m"}, {"id": "r", "model": None}, {"id": "r"}])
def test_a_response_of_the_wrong_form_is_refused(dialect, plain):
    with pytest.raises(NotThisDialect, match=f"no {dialect} response"):
        decode_response(dialect, json.dumps(plain).encode())


ANSWERS = {"anthropic": "content", "openai-chat": "choices", "openai-responses": "output"}
NO_ANSWER = [(dialect, odd) for dialect in DIALECTS for odd in (None, 5, {}, True)]
NO_ANSWER += [("openai-chat", [5]), ("openai-chat", [{"message": "hi"}]), ("openai-chat", [{"message": {}}])]


@pytest.mark.parametrize(("dialect", "output"), NO_ANSWER)
def test_a_response_without_its_answer_is_refused(dialect, output):
    plain = {"id": "r", "model": "m", "role": "assistant", ANSWERS[dialect]: output}
    with pytest.raises(NotThisDialect, match="missing or of another type"):
        decode_response(dialect, json.dumps(plain).encode())


BROKEN = {
    "cut": lambda body: body[:-3],
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "not UTF-8": lambda body: body.replace(b'"hi"', b'"h\xff"'),
    "NaN": lambda body: body.replace(b'"hi"', b"NaN"),
    "a lone surrogate": lambda body: body.replace(b'"hi"', rb'"\ud800"'),
    "a lone surrogate where nobody looks": lambda body: body.replace(b'{"', rb'{"odd": {"a": ["\udfff"]}, "', 1),
    "nested too deeply": lambda body: body.replace(b'"hi"', b"[" * 10**5 + b"]" * 10**5),
    "nested too deeply where nobody looks": lambda body: body[:-1] + b', "odd": ' + b'{"a":' * 10**5,
}


@each_dialect
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_body_is_refused_at_once_with_what_and_where(dialect, case):
    answer = {"id": "r", "model": "m", "role": "assistant", ANSWERS[dialect]: [{"text": "hi"}]}
    for decode, plain in ((decode_request, SMALL[dialect]), (decode_response, answer)):
        with pytest.raises(NotJson) as refused:
            decode(dialect, BROKEN[case](json.dumps(plain).encode()))
        assert refused.value.what
        assert refused.value.where


@each_dialect
@pytest.mark.parametrize("number", ["1" * 30, "-" + "9" * 40, "1e400", "7" * 5000, "0.1e-999"])
def test_numbers_of_any_size_pass_where_nobody_counts(dialect, number):
    body = json.dumps(SMALL[dialect]).replace('"hi"', number).encode()[:-1] + f', "max_tokens": {number}}}'.encode()
    request = decode_request(dialect, body)
    assert encode_request(request) == body
    assert request.max_tokens is None
    edited = encode_request(replace(request, model="other"))
    assert edited == body.replace(b'"m"', b'"other"')


@each_dialect
def test_fifty_megabytes_are_carried_and_cut_ones_refused(dialect):
    body = json.dumps(SMALL[dialect]).encode().replace(b"hi", b"x" * 50_000_000)
    request = decode_request(dialect, body)
    assert encode_request(request) is body
    with pytest.raises(NotJson, match=r"line 1, column 500000\d\d"):
        decode_request(dialect, body[:-3])


def outcome(read, *given):
    """What reading gives, or the `WireError` it raises; no other error passes."""
    try:
        return read(*given)
    except WireError as error:
        return error


@whole
@given(body=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_words(dialect, kind, body):
    value = outcome(DECODERS[kind], dialect, body)
    assert value.what if isinstance(value, WireError) else encode(dialect, kind, value) == body


@st.composite
def damaged(draw, source):
    """A text with some bytes cut out, written over, or put in twice."""
    body = draw(texts(source))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 9)))
        pieces = [b"", b"\xff", b"\\ud800", b"null", b"{}", b'"', b"[", b"1e999", body[start:end] * 2]
        piece = draw(st.sampled_from(pieces))
        body = body[:start] + piece + body[end:]
    return body


@whole
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused_in_words(dialect, kind, data):
    body = data.draw(damaged(SOURCES[kind][dialect]))
    value = outcome(DECODERS[kind], dialect, body)
    if isinstance(value, WireError):
        assert value.what
        return
    assert encode(dialect, kind, value) == body
    form, again = outcome(canonical, body), outcome(canonical, encode(dialect, kind, without_origin(value)))
    # Numbers past any range are carried, but have no canonical form.
    assert form == again or "out of range" in form.what


# --- the rest of the door


def test_one_message_of_several_items_is_not_one_item():
    message = Message("assistant", (Text("a"), ToolUse("call_1", "f", Json(b"{}"))))
    with pytest.raises(NotTranslatable, match="2 items"):
        encode_message("openai-responses", message)


@each_dialect
@given(data=st.data())
def test_the_dialect_of_a_whole_conversation_is_guessed_where_it_shows(dialect, data):
    plain = data.draw(conversations(dialect))
    calls = "tool_calls" in json.dumps(plain)
    assume(dialect != "openai-chat" or calls)
    assert guess_dialect(written(plain)) == dialect


GUESSES = [
    ({"model": "m", "system": "s", "messages": []}, "anthropic"),
    ({"model": "m", "messages": []}, "anthropic"),
    ({"type": "message", "content": []}, "anthropic"),
    ({"model": "m", "messages": [{"role": "system", "content": "s"}]}, "openai-chat"),
    ({"model": "m", "messages": [{"role": "tool"}]}, "openai-chat"),
    ({"model": "m", "messages": [], "tools": [{"type": "function", "function": {}}]}, "openai-chat"),
    ({"choices": []}, "openai-chat"),
    ({"object": "chat.completion.chunk"}, "openai-chat"),
    ({"model": "m", "input": "hi"}, "openai-responses"),
    ({"object": "response", "id": "r"}, "openai-responses"),
    ({"messages": 5, "tools": 5}, "anthropic"),
    ({"messages": {"a": 1}, "tools": {"function": 1}}, "anthropic"),
    ({"messages": [5, None], "tools": ["function"], "object": 5}, "anthropic"),
]


@pytest.mark.parametrize(("plain", "dialect"), GUESSES)
def test_the_dialect_is_told_by_the_members_only_it_has(plain, dialect):
    assert guess_dialect(json.dumps(plain).encode()) == dialect


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b'"messages"'])
def test_what_is_no_object_speaks_no_dialect(body):
    with pytest.raises(NotThisDialect, match="expected a JSON object"):
        guess_dialect(body)


@each_dialect
def test_every_stream_gets_a_reader_and_a_writer_of_its_own(dialect):
    assert event_reader(dialect) is not event_reader(dialect)
    assert event_writer(dialect) is not event_writer(dialect)


def test_an_unknown_dialect_is_named_with_those_there_are():
    with pytest.raises(NotThisDialect, match="openai-chat"):
        decode_request("openai", b"{}")
