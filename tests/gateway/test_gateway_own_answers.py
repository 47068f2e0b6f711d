import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.gateway.asides import Asides, aside_of
from agentforge.simulate import Call, Failure, Provider, Script, Turn
from agentforge.wire import Json, Message, Text, Thinking, ToolUse, is_prefix
from gateway.conversing import Conversation, answer_of

RECALL = Call("recall", {"handle": "recall:123456789abc", "pattern": "fault"})
READ = Call("Read", {"file_path": "a.py"})


BOTH = pytest.mark.parametrize("dialect", ["anthropic", "openai-chat"])


def conversation(*turns, **more):
    return Conversation(Provider(Script(turns=turns), enforce_prefix=True), **more)


def kinds(response):
    return [type(block).__name__ for block in response.blocks]


def check_prefixes(talk):
    assert all(exchange.status == 200 for exchange in talk.provider.exchanges)
    for one, two in zip(talk.sent, talk.sent[1:], strict=False):
        assert is_prefix(one, two)


@pytest.mark.parametrize("stream", [True, False])
def test_a_call_of_ours_is_answered_and_the_client_gets_one_answer_without_it(stream):
    talk = conversation(
        Turn(thinking="Look.", text="I look it up.", calls=(RECALL,)),
        Turn(thinking="There.", text="Now I read.", calls=(READ,)),
        Turn(text="It is in line 3."),
        stream=stream,
    )
    talk.say()
    assert kinds(talk.got[0]) == ["Thinking", "Text", "Thinking", "Text", "ToolUse"]
    assert [block.name for block in talk.got[0].blocks if isinstance(block, ToolUse)] == ["Read"]
    assert talk.got[0].stop_reason == "tool_use"
    assert [call.input.value for call in talk.asked] == [RECALL.input]
    talk.say()
    assert talk.got[1].blocks[-1].text == "It is in line 3."
    assert len(talk.sent) == 3
    check_prefixes(talk)


@pytest.mark.parametrize("stream", [True, False])
def test_where_the_clients_tools_are_called_too_our_result_goes_with_the_clients(stream):
    talk = conversation(
        Turn(thinking="Both.", calls=(READ, RECALL, READ)),
        Turn(thinking="Good.", text="Done."),
        stream=stream,
    )
    talk.say()
    assert kinds(talk.got[0]) == ["Thinking", "ToolUse", "ToolUse"]
    assert len(talk.sent) == 1
    talk.say()
    restored = talk.sent[1].messages
    assert [block.name for block in restored[1].blocks if isinstance(block, ToolUse)] == ["Read", "recall", "Read"]
    assert len(restored[2].blocks) == 3
    check_prefixes(talk)


@BOTH
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_without_a_call_of_ours_passes_byte_for_byte(stream, dialect):
    said = Turn(thinking="So.", text='I say "recall" and mean it.', calls=(READ,))
    talk = conversation(said, stream=stream, dialect=dialect)
    out = talk.say()
    assert out == talk.raw[0]
    assert talk.kept == []
    assert answer_of(out, stream=stream, dialect=dialect).blocks[-2].text == 'I say "recall" and mean it.'


@pytest.mark.parametrize("stream", [True, False])
def test_in_chat_the_words_of_all_turns_are_one_text_and_come_apart_again(stream):
    talk = conversation(
        Turn(text="I look it up.", calls=(RECALL,)),
        Turn(text="Now I read.", calls=(READ, RECALL, READ)),
        Turn(text="It is in line 3."),
        stream=stream,
        dialect="openai-chat",
    )
    talk.say()
    assert talk.got[0].blocks[0].text == "I look it up.\n\nNow I read."
    assert [block.name for block in talk.got[0].blocks[1:]] == ["Read", "Read"]
    assert talk.got[0].stop_reason == "tool_use"
    talk.say()
    said = talk.sent[-1].messages
    assert [message.role for message in said] == ["user", "assistant", "tool", "assistant", "tool", "tool", "tool"]
    assert said[3].blocks[0].text == "Now I read."
    assert [block.name for block in said[3].blocks[1:]] == ["Read", "recall", "Read"]
    assert talk.got[1].blocks[-1].text == "It is in line 3."
    check_prefixes(talk)


@BOTH
def test_after_a_restart_the_turns_are_put_back_from_what_was_written_down(dialect):
    talk = conversation(
        Turn(thinking="a", calls=(RECALL,)),
        Turn(thinking="b", calls=(READ, RECALL)),
        Turn(thinking="c", text="Done."),
        dialect=dialect,
    )
    talk.say()
    written = [(link, aside.plain()) for link, aside in talk.kept]
    talk.asides = Asides()
    for link, plain in written:
        talk.asides.put("p", link, aside_of(json.loads(json.dumps(plain))))
    talk.say()
    check_prefixes(talk)


@BOTH
def test_a_client_that_changed_its_answer_is_left_with_it(dialect):
    turns = (Turn(text="I look.", calls=(RECALL,)), Turn(text="So it is."), Turn(text="Done."))
    talk = conversation(*turns, dialect=dialect)
    talk.say()
    talk.history[-1] = Message("assistant", [Text("I never said that.")])
    talk.history.append(Message("user", "Go on."))
    talk.say()
    assert [message.role for message in talk.sent[-1].messages] == ["user", "assistant", "user"]


@BOTH
def test_a_call_that_was_cut_short_is_left_out_and_not_remembered(dialect):
    turns = (Turn(text="I look.", calls=(RECALL,), stop_reason="max_tokens"), Turn(text="Again."))
    talk = conversation(*turns, dialect=dialect)
    talk.say()
    assert kinds(talk.got[0]) == ["Text"]
    assert talk.got[0].stop_reason == "max_tokens"
    assert talk.kept == []
    assert talk.asked == []


@BOTH
@pytest.mark.parametrize("stream", [True, False])
def test_what_all_rounds_put_out_is_told_as_one(dialect, stream):
    talk = conversation(Turn(text="one two three", calls=(RECALL,)), Turn(text="four"), dialect=dialect, stream=stream)
    talk.say()
    counted = "output_tokens" if dialect == "anthropic" else "completion_tokens"
    told = [exchange.usage[counted] for exchange in talk.provider.exchanges]
    assert talk.got[0].usage.output_tokens == sum(told)


@BOTH
@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_to_go_on_reaches_the_client_in_the_providers_words(stream, dialect):
    turns = (Turn(text="I look.", calls=(RECALL,)), Turn(text="x", failures=(Failure(529, message="Busy"),)))
    talk = conversation(*turns, stream=stream, dialect=dialect)
    out = talk.say()
    assert b"overloaded_error" in out
    assert b"Busy" in out
    if stream:
        assert out.startswith(b"event: message_start" if dialect == "anthropic" else b"data: {")
        assert b"I look." in out
    else:
        assert out.startswith(b"{")


@BOTH
def test_nobody_asks_for_ever(dialect):
    talk = conversation(*[Turn(calls=(RECALL,))] * 14, Turn(text="Enough."), dialect=dialect)
    talk.say()
    assert talk.got[0].blocks[-1].text == "Enough."
    assert len(talk.asked) == 12
    choices = [request.extra.get("tool_choice") for request in talk.sent]
    assert choices == [None] * 12 + [Json.of({"type": "none"} if dialect == "anthropic" else "none")] * 3


def test_a_model_that_never_stops_asking_is_given_up():
    talk = conversation(*[Turn(calls=(RECALL,))] * 40)
    with pytest.raises(RuntimeError, match="does not stop"):
        talk.say()
    assert len(talk.sent) == 16


calls = st.lists(st.sampled_from([RECALL, READ]), max_size=3).map(tuple)
dialects = st.sampled_from(["anthropic", "openai-chat"])
turns = st.builds(Turn, thinking=st.sampled_from([None, "So."]), text=st.sampled_from(["a", "b c"]), calls=calls)


@settings(deadline=None)
@given(st.lists(turns, min_size=1, max_size=7), st.booleans(), st.integers(1, 200), dialects)
def test_law_2_and_9_what_goes_out_only_grows_and_every_call_has_its_result(said, stream, chunk, dialect):
    talk = conversation(*said, stream=stream, chunk=chunk, dialect=dialect)
    for _ in said:
        talk.say()
        if not any(isinstance(block, ToolUse) for block in talk.got[-1].blocks):
            break
    check_prefixes(talk)
    assert not any(block.name == "recall" for one in talk.got for block in one.blocks if isinstance(block, ToolUse))
    if dialect == "anthropic":
        thought = sum(isinstance(block, Thinking) for one in talk.got for block in one.blocks)
        assert thought == sum(turn.thinking is not None for turn in said[: len(talk.sent)])
