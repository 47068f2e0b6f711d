import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire import Json, Usage, canonical, decode_response, encode_response, without_origin
from agentforge.wire.shape import Misfit
from agentforge.wire.stream import USAGE_FORMS
from agentforge.wire.usage import count
from strategies import anthropic_usages, chat_usages, responses_usages, texts

SOURCES = {"anthropic": anthropic_usages, "openai-chat": chat_usages, "openai-responses": responses_usages}
each_dialect = pytest.mark.parametrize("dialect", SOURCES)
counts = st.integers(0, 10**9)

ANTHROPIC = {
    "input_tokens": 3,
    "cache_creation_input_tokens": 20,
    "cache_read_input_tokens": 100,
    "cache_creation": {"ephemeral_5m_input_tokens": 12, "ephemeral_1h_input_tokens": 8},
    "output_tokens": 50,
    "output_tokens_details": {"thinking_tokens": 30},
}
CHAT = {
    "prompt_tokens": 123,
    "completion_tokens": 50,
    "total_tokens": 173,
    "prompt_tokens_details": {"cached_tokens": 100},
    "completion_tokens_details": {"reasoning_tokens": 30},
}
RESPONSES = {
    "input_tokens": 123,
    "input_tokens_details": {"cached_tokens": 100},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 30},
    "total_tokens": 173,
}


def read(dialect, plain):
    return USAGE_FORMS[dialect].read(json.dumps(plain).encode())


@each_dialect
@given(data=st.data())
def test_law_1_counts_are_written_as_they_were_read(dialect, data):
    text = data.draw(texts(SOURCES[dialect]))
    form = USAGE_FORMS[dialect]
    usage = form.read(text)
    assert form.write(usage) == text
    assert canonical(form.write(without_origin(usage))) == canonical(text)


def test_the_counts_of_the_dialects_mean_the_same():
    assert read("anthropic", ANTHROPIC) == Usage(3, 100, 20, 8, 50, 30)
    assert read("openai-chat", CHAT) == Usage(23, 100, 0, 0, 50, 30)
    assert read("openai-responses", RESPONSES) == Usage(23, 100, 0, 0, 50, 30)
    assert {read(*one).prompt for one in (("anthropic", ANTHROPIC), ("openai-chat", CHAT))} == {123}


@given(counts, counts, counts, counts, counts)
def test_law_8_counts_come_back_from_every_dialect_that_can_say_them(fresh, cached, written, answer, thought):
    usage = Usage(fresh, cached, written, written // 2, answer, thought)
    form = USAGE_FORMS["anthropic"]
    assert form.read(form.write(usage)) == usage
    for dialect in ("openai-chat", "openai-responses"):
        again = USAGE_FORMS[dialect].read(USAGE_FORMS[dialect].write(usage))
        assert again.prompt == usage.prompt
        assert (again.cache_read, again.output_tokens, again.thinking_tokens) == (cached, answer, thought)


@each_dialect
@given(data=st.data())
def test_an_edited_count_is_written_and_odd_members_beside_it_stay(dialect, data):
    form = USAGE_FORMS[dialect]
    usage = form.read(data.draw(texts(SOURCES[dialect].map(lambda plain: plain | {"tier": "a"}))))
    edited = replace(usage, output_tokens=usage.output_tokens + 1)
    again = form.read(form.write(edited))
    assert again.output_tokens == usage.output_tokens + 1
    assert again.extra["tier"] == Json(b'"a"')


@each_dialect
@pytest.mark.parametrize("odd", [None, "5", 5.0, True, [], {}, {"cached_tokens": "5"}])
def test_what_is_no_whole_number_counts_nothing_and_is_kept(dialect, odd):
    plain = dict.fromkeys({"anthropic": ANTHROPIC, "openai-chat": CHAT, "openai-responses": RESPONSES}[dialect], odd)
    usage = read(dialect, plain)
    assert replace(usage, extra={}) == Usage()
    assert set(usage.extra) >= set(plain)


@each_dialect
@pytest.mark.parametrize("plain", [None, 5, [], "5"])
def test_what_is_no_object_is_no_usage(dialect, plain):
    with pytest.raises(Misfit):
        read(dialect, plain)


def test_a_count_is_found_at_the_end_of_its_path():
    assert count({"a": {"b": 5}}, "a", "b") == 5
    assert count({"a": 5}, "a", "b") == count({}, "a") == count(None, "a") == count({"a": True}, "a") == 0


@pytest.mark.parametrize(
    ("dialect", "usage"),
    [
        ("openai-chat", {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 10}}),
        ("anthropic", {"input_tokens": 3, "output_tokens": 1, "cache_creation": {"ephemeral_1h_input_tokens": 100}}),
    ],
)
def test_parts_of_a_prompt_are_never_negative_and_the_whole_holds_them_all(dialect, usage):
    content = {"choices": []} if dialect == "openai-chat" else {"role": "assistant", "content": []}
    body = json.dumps({"id": "r", "model": "m", "usage": usage} | content).encode()
    response = decode_response(dialect, body)
    counts = response.usage
    assert min(counts.input_tokens, counts.cache_read, counts.cache_write - counts.cache_write_1h) >= 0
    assert counts.prompt >= counts.cache_write
    assert json.loads(encode_response(without_origin(response))) == json.loads(body)
