from dataclasses import replace

from agentforge.gateway.asides import Aside, Asides, aside_of
from agentforge.wire import Json, Message, Request, Text, Thinking, ToolResult, ToolUse

CALL = ToolUse("r1", "recall", Json.of({"handle": "recall:123456789abc"}))
READ = ToolUse("t1", "Read", Json.of({}))
RESULT = Message("user", (ToolResult("r1", "line 3"),))
INSIDE = Aside(((Message("assistant", (Thinking("", "s"), Text("I look."), CALL)), RESULT),), calls=("t1",))
BESIDE = Aside((), (1,), Message("assistant", (CALL,)), (RESULT,), calls=("t1",))


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


def test_the_same_words_answered_twice_are_each_told_whole():
    asides = Asides()
    other = Aside(((Message("assistant", (Thinking("", "t"), CALL)), RESULT),))
    for aside in (INSIDE, other, BESIDE):
        asides.put("p", "link 0", aside)
    links = ["link 0", "link 1", "link 2"]
    for aside, answer in (
        (INSIDE, (Thinking("", "s"), Text("I look."), READ)),
        (other, (Thinking("", "t"), Text("a"))),
    ):
        assert asides.restore(asked(*answer), links, "p").messages[1:3] == aside.rounds[0]
    assert asides.restore(asked(READ), links, "p").messages[1].blocks == (READ, CALL)
    strange = asked(ToolUse("t9", "Read", Json.of({})))
    assert asides.restore(strange, links, "p") is strange


def test_of_an_answer_only_so_many_versions_are_remembered():
    asides = Asides()
    for number in range(100):
        asides.put("p", "link", Aside((), (0,), Message("assistant", (CALL,)), (RESULT,), calls=(f"t{number}",)))
    old, new = (asked(ToolUse(f"t{number}", "Read", Json.of({}))) for number in (0, 99))
    assert asides.restore(old, ["link"] * 3, "p") is old
    assert asides.restore(new, ["link"] * 3, "p") is not new


def test_what_a_client_cuts_off_its_echo_does_not_hide_the_answer():
    blank = Aside(
        ((Message("assistant", (Thinking("", "s"), Text(""), CALL)), RESULT),), (1,), BESIDE.ours, calls=("t1",)
    )
    edited = ToolUse("t1", "Read", Json.of({"replace_all": False}))
    sent = restored(blank, asked(Thinking("", "s"), edited))
    assert sent.messages[1:3] == blank.rounds[0]
    assert sent.messages[3].blocks == (edited, CALL)


def test_where_a_client_does_not_keep_thinking_it_is_gone_from_what_it_did_not_see_too():
    aside = Aside(INSIDE.rounds, (1,), BESIDE.ours, (RESULT,), calls=("t1",), thought=(0,))
    sent = restored(aside, asked(Text("I look. "), Text("Done."), READ))
    assert sent.messages[1].blocks == (Text("I look."), CALL)
    assert sent.messages[3].blocks == (CALL, Text("Done."), READ)
    sent = restored(aside, asked(Thinking("", "s"), Text("I look."), Thinking("", "t"), Text("Done."), READ))
    assert sent.messages[3].blocks == (Thinking("", "t"), CALL, Text("Done."), READ)
