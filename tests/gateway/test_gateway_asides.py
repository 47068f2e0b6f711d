from dataclasses import replace

from agentforge.gateway.asides import Aside, Asides, aside_of
from agentforge.wire import Json, Message, Request, Text, Thinking, ToolResult, ToolUse

CALL = ToolUse("r1", "recall", Json.of({"handle": "recall:123456789abc"}))
READ = ToolUse("t1", "Read", Json.of({}))
RESULT = Message("user", (ToolResult("r1", "line 3"),))
INSIDE = Aside(((Message("assistant", (Thinking("", "s"), Text("I look."), CALL)), RESULT),))
BESIDE = Aside((), (1,), Message("assistant", (CALL,)), (RESULT,))


def asked(*answer):
    turns = (Message("user", "a"), Message("assistant", answer), Message("user", (ToolResult("t1", "read"),)))
    return Request("anthropic", "m", turns)


def restored(aside, request, project="p"):
    asides = Asides()
    asides.put("p", "link 0", aside)
    return asides.restore(request, ["link 0", "link 1", "link 2"], project)


def test_a_turn_inside_an_answer_is_put_back_where_it_was():
    request = asked(Thinking("", "s"), Text("I look.", cache=Json.of({"type": "ephemeral"})), Text("Done."), READ)
    sent = restored(INSIDE, request)
    assert sent.messages == (
        request.messages[0],
        *INSIDE.rounds[0],
        Message("assistant", (Text("Done."), READ)),
        request.messages[2],
    )


def test_a_call_beside_the_clients_is_put_back_with_its_result_first():
    sent = restored(BESIDE, asked(READ, Text("b")))
    assert sent.messages[1].blocks == (READ, CALL, Text("b"))
    assert sent.messages[2].blocks == (ToolResult("r1", "line 3"), ToolResult("t1", "read"))


def test_another_answer_another_place_or_another_project_is_left_alone():
    other = asked(Thinking("", "another"), Text("I look."))
    assert restored(INSIDE, other) is other
    assert restored(INSIDE, other, "q") is other
    same = asked(Thinking("", "s"), Text("I look."))
    assert Asides().restore(same, ["link 0"] * 3, "p") is same
    shifted = replace(same, messages=(Message("user", "b"), *same.messages))
    asides = Asides()
    asides.put("p", "link 0", INSIDE)
    assert asides.restore(shifted, ["link x", "link y", "link 1", "link 2"], "p") is shifted


def test_what_is_written_down_reads_back_the_same():
    for aside in (INSIDE, BESIDE):
        plain = aside.plain()
        assert aside_of(plain) == aside
        assert aside_of(plain).shown == aside.shown
