import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.gateway import answers
from agentforge.gateway.answers import Copy, hear
from agentforge.simulate import Call, Turn
from agentforge.wire import DIALECTS, decode_response
from simulate.asking import KEY, OPENAI_KEY, body, provider

PATHS = {"anthropic": "/v1/messages", "openai-chat": "/v1/chat/completions", "openai-responses": "/v1/responses"}
TURN = Turn(
    thinking="hm", text='some "usage" and "error" of words ' * 30, calls=(Call("read", {"path": "stop_reason"}),)
)


def asked(dialect, **members):
    if dialect == "anthropic":
        return body(**members)
    hello = {"role": "user", "content": "hello"}
    return {"model": "gpt-5.5", "input" if dialect == "openai-responses" else "messages": [hello], **members}


def answer(dialect, turn=TURN, **members):
    headers = KEY if dialect == "anthropic" else OPENAI_KEY
    sent = json.dumps(asked(dialect, **members)).encode()
    return provider(turn).handle("POST", PATHS[dialect], headers, sent, now=0.0)


def copied(*chunks):
    copy = Copy()
    for chunk in chunks:
        copy.add(chunk)
    return copy


def heard(dialect, data, kind=b"text/event-stream", status=200, packing=b""):
    return hear(dialect, status, kind, packing, copied(data))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_tells_its_model_usage_and_end(dialect):
    reply = answer(dialect)
    said = hear(dialect, 200, b"application/json", b"", copied(reply.body))
    whole = decode_response(dialect, reply.body)
    assert (said.model, said.usage, said.stop_reason) == (whole.model, whole.usage, whole.stop_reason)
    assert said.usage.output_tokens > 0


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_stream_tells_the_same(dialect, ends):
    more = {"stream_options": {"include_usage": True}} if dialect == "openai-chat" else {}
    reply = answer(dialect, stream=True, **more)
    said = heard(dialect, b": comment\n\n".replace(b"\n", ends) + reply.body.replace(b"\n", ends))
    whole = heard(dialect, answer(dialect).body, b"application/json")
    assert (said.model, said.stop_reason, said.error, said.unread) == (whole.model, whole.stop_reason, "", "")
    for name in ("input_tokens", "cache_read", "cache_write", "output_tokens"):
        assert getattr(said.usage, name) == getattr(whole.usage, name)


def test_the_usage_of_a_stream_that_was_cut_is_what_it_said_so_far():
    reply = answer("anthropic", stream=True)
    said = heard("anthropic", reply.body[: len(reply.body) // 2])
    assert said.model == "claude-opus-5-5"
    assert said.usage.prompt > 0
    assert said.stop_reason is None


def test_chat_without_usage_tells_none():
    said = heard("openai-chat", answer("openai-chat", stream=True).body)
    assert (said.model, said.usage) == ("gpt-5.5", None)


def test_an_error_in_a_stream_is_heard():
    event = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    assert heard("anthropic", answer("anthropic", stream=True).body[:900] + b"\n\n" + event).error == (
        "overloaded_error: Overloaded"
    )


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}', "rate_limit_error: slow down"),
        (b'{"error":{"message":"slow down","type":"requests","code":null}}', "requests: slow down"),
        (b'{"error":"plain"}', "api_error: plain"),
        (b'["odd"]', 'api_error: ["odd"]'),
        (b"", ""),
    ],
)
def test_an_errors_words_are_heard(data, error):
    assert heard("anthropic", data, b"application/json", 429).error == error


@pytest.mark.parametrize("data", [b"<html>", b"{", b'{"id": 1}', b"\xff"])
def test_what_cannot_be_read_is_said(data):
    assert heard("anthropic", data, b"text/html").unread


def test_a_compressed_answer_is_opened_where_that_can_be_done():
    reply = answer("anthropic")
    assert heard("anthropic", gzip.compress(reply.body), b"application/json", packing=b"gzip").usage.prompt > 0
    assert heard("anthropic", b"x", packing=b"br").unread == "the answer is compressed with br"
    assert heard("anthropic", b"no gzip at all", packing=b"gzip").unread == "the answer is compressed with gzip"


def test_a_copy_does_not_grow_for_ever():
    copy = Copy()
    piece = bytes(1 << 20)
    for _ in range(17):
        copy.add(piece)
    assert (copy.chunks, copy.size) == (None, 17 << 20)
    assert hear("anthropic", 200, b"", b"", copy).unread == "the answer is larger than 16 MB"
    assert answers.LARGEST == 16 << 20


@given(st.sampled_from(DIALECTS), st.binary(max_size=300), st.sampled_from([200, 400, 599]), st.booleans())
def test_nothing_that_an_upstream_sends_is_too_odd_to_be_looked_at(dialect, data, status, stream):
    heard(dialect, data, b"text/event-stream" if stream else b"", status)


@given(
    st.sampled_from(DIALECTS),
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["type", "usage", "error", "message", "id", "model", "response", "delta", "choices"]), x
            )
        ),
    ),
)
def test_nor_is_any_json(dialect, plain):
    data = json.dumps(plain).encode()
    heard(dialect, data, b"application/json")
    heard(dialect, data, b"application/json", 500)
    heard(dialect, b"data: " + data.replace(b'"usage"', b' "usage"') + b"\n\n")
