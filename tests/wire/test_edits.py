"""Edits across values and dialects: each reads back as meant, or is refused."""

import json
from dataclasses import replace

import pytest

from agentforge.wire import (
    Items,
    Message,
    Request,
    Text,
    ToolResult,
    decode_request,
    decode_response,
    encode_request,
    without_origin,
)
from agentforge.wire.errors import NotTranslatable


def test_an_answer_goes_into_the_next_request_as_a_message_without_its_choice():
    request = decode_request("openai-chat", b'{"model":"m","messages":[{"role":"user","content":"hi"}]}')
    choice = b'{"index":0,"message":{"role":"assistant","content":"yo"},"finish_reason":"stop"}'
    answer = decode_response("openai-chat", b'{"id":"x","model":"m","choices":[%b]}' % choice)
    grown = encode_request(replace(request, messages=(*request.messages, *answer.output)))
    assert json.loads(grown)["messages"][-1] == {"role": "assistant", "content": "yo"}
    assert json.loads(encode_request(without_origin(decode_request("openai-chat", grown)))) == json.loads(grown)


def test_a_field_that_decides_the_form_is_written_when_it_changes():
    block = b'{"type":"image","source":{"type":"url","url":"u"}}'
    body = b'{"model":"m","messages":[{"role":"user","content":[%b]}]}' % block
    request = decode_request("anthropic", body)
    (message,) = request.messages
    changed = replace(message, content=(replace(message.content[0], media="document"),))
    assert b'"type":"document"' in encode_request(replace(request, messages=(changed,)))


def test_a_field_without_a_word_in_the_dialect_is_refused_and_never_dropped():
    request = decode_request("openai-chat", b'{"model":"m","messages":[{"role":"user","content":"hi"}]}')
    with pytest.raises(NotTranslatable, match="system"):
        encode_request(replace(request, system="Be brief."))
    error = ToolResult("t", "no", is_error=True)
    with pytest.raises(NotTranslatable):
        encode_request(replace(request, messages=(*request.messages, Message("tool", (error,)))))


@pytest.mark.parametrize("goes", ["anthropic", "openai-chat", "openai-responses"])
@pytest.mark.parametrize("came", ["anthropic", "openai-chat", "openai-responses"])
def test_a_value_read_in_one_dialect_is_not_written_into_another(came, goes):
    turn = b'{"role":"user","content":[{"type":"text","text":"hi"}]}'
    body = b'{"model":"m","%b":[%b]}' % (b"input" if came == "openai-responses" else b"messages", turn)
    request = decode_request(came, body)
    if came == goes:
        assert encode_request(replace(request, messages=tuple(request.messages))) == body
    else:
        with pytest.raises(NotTranslatable, match="convert"):
            encode_request(replace(request, dialect=goes))
        with pytest.raises(NotTranslatable, match="convert"):
            encode_request(Request(goes, "m", request.messages))


def test_a_field_set_while_its_odd_member_is_cleared_is_written():
    request = decode_request("anthropic", b'{"model":"m","system":null,"messages":[]}')
    assert json.loads(encode_request(replace(request, system="S", extra={})))["system"] == "S"


def test_instructions_of_several_texts_become_one_string():
    request = decode_request("openai-responses", b'{"model":"m","input":"hi"}')
    body = encode_request(replace(request, system=(Text("Be brief."), Text("Be kind."))))
    assert decode_request("openai-responses", body).system == "Be brief.\nBe kind."
    assert json.loads(body)["input"] == "hi"


def test_a_bare_input_edited_into_blocks_becomes_a_message():
    request = decode_request("openai-responses", b'{"model":"m","input":"hi"}')
    edited = replace(request, messages=(replace(request.messages[0], content=(Text("x"),)),))
    (item,) = json.loads(encode_request(edited))["input"]
    assert (item["type"], item["role"]) == ("message", "user")


def test_items_shared_by_threads_are_never_seen_half_read():
    items = Items(b"[1,2,3]", int)
    assert items.texts == [b"1", b"2", b"3"]
    assert len(items._values) == 3
    assert list(items) == [1, 2, 3]
