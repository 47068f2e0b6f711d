import json
import threading
from dataclasses import replace

import pytest

from agentforge.context import UNTOUCHED, Settings
from agentforge.gateway import Answered, treated
from agentforge.gateway.gate import SESSIONS_TO_JUDGE, Gate
from agentforge.gateway.recalling import recall_from
from agentforge.gateway.record import TROUBLE
from agentforge.gateway.treated import ASIDE, GATE, MOST_OPENINGS, SESSION, WHOLE, Treated
from agentforge.ledger import open_ledger
from agentforge.simulate import Turn
from agentforge.simulate import serving as simulated
from agentforge.wire import Message, Text, ToolResult, ToolUse, Usage, decode_request
from gateway.faulty import KEY, ask, gateway, upstream, whole
from gateway.playing import SECRET, TEXTS, Client, Shelf, World, asked_as, read, recall

BOTH = pytest.mark.parametrize("dialect", ["anthropic", "openai-chat"])
ALL = pytest.mark.parametrize("dialect", ["anthropic", "openai-chat", "openai-responses"])
READS = tuple(Turn(thinking="So.", text="Look.", calls=(read(number),)) for number in (3, 4, 1, 5))


def results(request):
    return [
        str(block.content) for message in request.messages for block in message.blocks if isinstance(block, ToolResult)
    ]


def kinds(world):
    return [event.kind for event in world.ledger.told]


@ALL
def test_a_new_session_is_cut_and_written_down_once_and_goes_on_as_it_began(dialect):
    world, client = World(READS, dialect), Client()
    for _ in range(4):
        world.say(client)
    assert kinds(world) == [SESSION]
    assert world.check_handles() == 1 + 2 + 3 - (TEXTS[1] in results(world.went[-1].sent)) * 1
    assert sum(map(len, results(world.went[-1].sent))) < 0.3 * sum(map(len, results(world.went[-1].asked)))
    world.check_prefixes()


@ALL
def test_after_a_restart_under_other_settings_a_session_keeps_to_its_own(dialect):
    world, client = World(READS, dialect), Client()
    world.say(client)
    world.say(client)
    for other in (replace(world.settings, admit_to=500), UNTOUCHED):
        world.settings = other
        world.restart()
        world.say(client)
    world.check_prefixes()
    assert kinds(world) == [SESSION]


@BOTH
@pytest.mark.parametrize("stream", [True, False])
def test_a_gateway_killed_between_an_answer_and_the_next_request_knows_what_the_client_did_not_see(dialect, stream):
    turns = (
        READS[0],
        Turn(thinking="a", calls=(recall(3),)),
        Turn(thinking="b", calls=(read(4), recall(3))),
        *READS[2:],
    )
    world, client = World(turns, dialect, stream), Client()
    for _ in range(4):
        world.say(client, dies=True)
    world.check_prefixes()
    assert kinds(world) == [SESSION, ASIDE]


@BOTH
def test_a_client_that_fills_in_its_echo_loses_neither_the_session_nor_what_it_did_not_see(dialect):
    turns = (READS[0], Turn(thinking="a", text="b", calls=(recall(3),)), Turn(thinking="c", calls=(recall(3), read(4))))
    world, client = World((*turns, *READS[1:]), dialect), Client(edits=True)
    for _ in range(5):
        world.say(client)
    world.check_prefixes()
    assert kinds(world) == [SESSION, ASIDE]
    said = [
        block.name for message in world.went[-1].sent.messages for block in message.blocks if isinstance(block, ToolUse)
    ]
    assert said.count("recall") == 2


@pytest.mark.parametrize("key", ["", "k"])
def test_sessions_with_the_same_first_words_side_by_side_are_each_told_whole(key):
    turns = (Turn(thinking="a", calls=(recall(3), read(3))), Turn(thinking="b", calls=(recall(3),)), *READS[1:])
    world = World(turns)
    clients = [Client(key) for _ in range(3)]
    for _ in range(4):
        for client in clients:
            world.say(client)
    world.check_prefixes()


def test_a_fork_and_a_resumed_session_go_on_as_the_one_they_come_from():
    world, client = World(READS), Client()
    for _ in range(3):
        world.say(client)
    for other in (client.fork("k", 1), client.fork("k2", 2), client.fork("k3", 99)):
        world.say(other)
        world.restart()
        world.say(other)
    world.check_prefixes()
    parents = [event.data["parent"] for event in world.ledger.told if event.kind == SESSION]
    assert parents.count(None) == 1


def test_tokens_are_counted_of_what_would_be_sent():
    world, client = World(READS), Client()
    for _ in range(4):
        counted = world.count(client)
        response = world.say(client)
        assert counted == response.usage.prompt
    assert kinds(world) == [SESSION]


@ALL
def test_a_session_that_is_held_out_goes_out_byte_for_byte(dialect):
    world, client = World(READS, dialect, holdout=1.0), Client()
    for _ in range(4):
        world.say(client)
        asked = world.asks(client)
        assert world.treated.prepare(asked).body is asked.body
        world.restart()
    assert world.ledger.told[0].data["arm"] == "held out"
    assert world.ledger.blobs == {}


@ALL
def test_what_was_sent_before_we_came_stays_and_what_comes_is_cut(dialect):
    direct, client = World(READS, dialect, settings=UNTOUCHED), Client()
    for _ in range(3):
        direct.say(client)
    client.ended = None
    world = World(READS, dialect)
    world.provider = direct.provider
    for _ in range(2):
        world.say(client)
        world.restart()
    before, after = (results(getattr(world.went[0], side)) for side in ("asked", "sent"))
    assert before == after
    assert results(world.went[1].sent)[: len(before)] == before
    assert len(results(world.went[1].sent)[-1]) < len(TEXTS[5])
    world.check_prefixes()


def test_with_a_full_ledger_what_was_cut_stays_cut_and_what_is_new_stays_whole_for_good():
    world, client = World(READS), Client()
    world.say(client)
    world.say(client)
    world.ledger.refuses = "full"
    world.say(client)
    world.ledger.refuses = ""
    world.say(client)
    first, second, _ = results(world.went[-1].sent)
    assert len(first) < len(TEXTS[3])
    assert second == TEXTS[4]
    world.restart()
    world.say(client)
    assert results(world.went[-1].sent)[:2] == [first, second]
    assert WHOLE in kinds(world)
    world.check_prefixes()


def test_a_fork_of_a_session_with_a_text_that_stays_whole_has_it_whole_too_also_after_a_restart():
    world, client = World(READS), Client()
    world.say(client)
    world.ledger.refuses = "read-only"
    world.say(client)
    world.ledger.refuses = ""
    world.say(client)
    fork = client.fork("k2", 99)
    world.say(fork)
    world.restart()
    world.say(fork)
    assert results(world.went[-1].sent)[0] == TEXTS[3]
    world.check_prefixes()


def test_after_a_restart_on_a_ledger_that_can_only_be_read_a_session_stays_as_it_is():
    world, client = World(READS), Client()
    for _ in range(3):
        world.say(client)
    world.ledger.refuses = "read-only"
    world.restart()
    world.say(client)
    world.check_prefixes()
    assert results(world.went[-1].sent)[:2] == results(world.went[-2].sent)


def test_a_session_that_began_while_the_ledger_was_full_is_written_down_later():
    world, client = World(READS), Client()
    world.ledger.refuses = "full"
    world.say(client)
    world.say(client)
    assert kinds(world) == []
    world.ledger.refuses = ""
    world.say(client)
    world.restart()
    world.say(client)
    assert {SESSION, WHOLE} <= {*kinds(world)}
    world.check_prefixes()


def test_a_text_with_a_secret_stays_whole():
    world, client = World((Turn(calls=(read(TEXTS.index(SECRET)),)), *READS)), Client()
    for _ in range(3):
        world.say(client)
    assert results(world.went[-1].sent)[0] == SECRET
    world.check_prefixes()


class Odd(Gate):
    """Locks settings that a transform cannot work with."""

    def choose(self, request, **more):
        chosen, arm = super().choose(request, **more)
        return replace(chosen, admit_to=None), arm


def test_what_a_transform_cannot_work_out_stays_whole_and_the_ledger_hears_why():
    world, client = World(READS), Client()
    world.treated = Treated(Odd(Settings()), recall_from(world.ledger))
    for _ in range(4):
        world.say(client)
    assert results(world.went[-1].sent) == results(world.went[-1].asked)
    assert [tool.name for tool in world.went[-1].sent.tools] == ["Read", "Bash", "recall"]
    why = [event.text for event in world.ledger.told if event.kind == TROUBLE]
    assert len(why) == 3
    assert why[0].startswith("what is new stays as it came: TypeError: ")
    world.check_prefixes()


def test_a_first_request_that_went_out_as_it_came_leaves_its_session_alone():
    world, client = World(READS), Client()
    asked = world.asks(client)
    world.treated.prepare(asked).unsent()
    for _ in range(3):
        asked = world.asks(client)
        assert world.treated.prepare(asked).body is asked.body
        world.say(client)
    world.restart()
    world.say(client)
    assert [event.data["arm"] for event in world.ledger.told if event.kind == SESSION][-1] == "left alone"
    world.check_prefixes()


def test_a_later_request_that_went_out_as_it_came_has_its_results_whole_from_then_on():
    world, client = World(READS), Client()
    world.say(client)
    world.say(client)
    late = world.treated.prepare(world.asks(client))
    late.unsent()
    world.say(client)
    assert results(world.went[-1].sent)[1] == TEXTS[4]
    assert len(results(world.went[-1].sent)[0]) < len(TEXTS[3])
    world.say(client)
    world.restart()
    world.say(client)
    world.check_prefixes()


@pytest.mark.parametrize(
    ("headers", "messages", "role"),
    [
        ({"x-claude-code-request-class": "title"}, ["a"], "title"),
        ({"x-claude-code-agent-id": "a1"}, ["a"], "subagent"),
        ({}, ["a", "b", "CRITICAL: Respond with TEXT ONLY. Sum up."], "compaction"),
        ({}, ["a"], "main"),
    ],
)
def test_what_a_request_is_for_is_told(headers, messages, role):
    said = [Message("assistant" if at % 2 else "user", [Text(word)]) for at, word in enumerate(messages)]
    asked = World(READS).asks(Client(history=said))
    pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
    prepared = treated(Settings(), Shelf()).prepare(replace(asked, headers=(*asked.headers, *pairs)))
    assert prepared.role == role
    brief = decode_request("anthropic", prepared.body).messages[-1].blocks[-1].text
    assert ("recall:" in brief) == (role == "compaction")


def test_projects_have_their_own_sessions_and_cuts():
    world, client = World(READS), Client()
    world.say(client)
    prepared = world.treated.prepare(replace(world.asks(client), project="q"))
    assert prepared.events[0].data["project"] == "q"
    assert prepared.events[0].data["start"] == len(client.history)


def test_little_is_quick_and_much_only_where_it_grew_from_what_was_seen():
    world = World(READS)
    small, large = (asked_as(world_of(size), "k", 1) for size in (2_000, 400_000))
    assert world.treated.is_quick(small)
    assert not world.treated.is_quick(large)
    world.treated.prepare(large)
    assert world.treated.is_quick(large)
    grown = asked_as(world_of(400_000, "and more"), "k", 2)
    assert world.treated.is_quick(grown)
    assert not world.treated.is_quick(asked_as(world_of(400_000, letter="y"), "k", 3))
    assert not world.treated.is_quick(asked_as(world_of(400_000), "another", 3))


def world_of(size, *more, letter="x"):
    texts = [f"Go. {letter * size}", *more]
    return replace(
        decode_request("anthropic", World(READS).asks(Client()).body),
        messages=[Message("user" if at % 2 == 0 else "assistant", [Text(text)]) for at, text in enumerate(texts)],
    )


def test_what_is_remembered_of_bodies_has_bounds():
    treatment = treated(Settings(), Shelf())
    assert treatment._lately._limit == MOST_OPENINGS


def test_a_huge_request_under_way_does_not_hold_up_the_others():
    """While one thread works on a request, the event loop's prepare of another is not kept waiting."""
    began, end = threading.Event(), threading.Event()

    treatment = Treated(Gate(Settings()), lambda *_: "")
    world = World(READS)
    client = Client()
    world.say(client)
    slow = treatment._made

    def made(came):
        if came.asked.number == 1:
            began.set()
            end.wait(20)
        return slow(came)

    treatment._made = made
    worker = threading.Thread(target=treatment.prepare, args=(asked_as(world_of(10), "k", 1),))
    worker.start()
    began.wait(20)
    try:
        assert treatment.prepare(asked_as(world_of(20), "k2", 2)).session
        assert worker.is_alive()
    finally:
        end.set()
        worker.join(20)


def test_a_transform_that_does_not_pay_is_off_for_new_sessions_only_and_the_ledger_hears_it():
    world = World(READS)
    old = Client("old")
    world.say(old)
    world.say(old)
    for number in range(SESSIONS_TO_JUDGE + 1):
        client = Client(f"k{number}")
        world.say(client)
        world.say(client)
        world.write(world.treated.learn(costly(world.prepare(world.asks(client)))))
    assert kinds(world).count(GATE) == 1
    world.say(old)
    assert len(results(world.went[-1].sent)[-1]) < len(TEXTS[4])
    new = Client("new")
    world.say(new)
    world.say(new)
    assert results(world.went[-1].sent) == [TEXTS[3]]


def costly(prepared):
    """What came of a request that only cost."""
    usage = Usage(cache_write=10**7)
    return Answered(
        1,
        "p",
        "anthropic",
        "answer",
        prepared.session,
        "main",
        "followup",
        (),
        200,
        "whole",
        "claude-opus-5-5",
        usage,
        prepared.memo,
    )


def test_over_http_the_aside_is_in_the_ledger_before_the_client_has_the_end_of_the_answer(tmp_path):
    world = World((READS[0], Turn(calls=(recall(3),)), Turn(text="Done.")), stream=False)
    seen = []

    async def answer(hand, got, writer):
        reply = world.provider.handle("POST", "/v1/messages", dict(got.headers), got.body, now=float(len(hand.got)))
        writer.write(whole(reply.status, reply.body, content_type="application/json"))

    with open_ledger(tmp_path / "ledger.db") as ledger:
        treatment = treated(Settings(), ledger)
        client = Client()
        with upstream(answer) as hand, gateway(hand.url, ledger=ledger, treatment=treatment) as through:
            for _ in range(2):
                got = ask(through.url, world.asks(client).body, headers={**KEY, "x-claude-code-session-id": "k"})
                seen = [event.kind for event in ledger.events(project="default", kind=ASIDE)] or seen
                assert got.status == 200
                world.heard(client, got.body)
    assert seen == [ASIDE]
    assert json.loads(got.body)["content"][-1]["text"] == "Done."


class Late(Treated):
    """Takes as long as it is told, in the thread beside the event loop."""

    seconds = 0.0

    def is_quick(self, asked):  # noqa: ARG002 - the treatment's signature
        return False

    def prepare(self, asked):
        threading.Event().wait(self.seconds)
        return super().prepare(asked)


def test_over_http_what_was_answered_once_is_waited_for_and_a_first_request_is_not():
    world, client, other = World(READS, stream=False), Client("k"), Client("k2")
    shelf = Shelf()
    late = Late(Gate(Settings()), recall_from(shelf))
    with simulated(world.provider) as up, gateway(up, ledger=shelf, treatment=late, prepare_seconds=0.2) as through:

        def say(who):
            got = ask(through.url, world.asks(who).body, headers={**KEY, "x-claude-code-session-id": who.key})
            assert got.status == 200, got.body
            world.heard(who, got.body)
            sent.append(decode_request("anthropic", world.provider.exchanges[-1].body))

        sent = []
        say(client)
        late.seconds = 0.5
        say(client)
        say(other)
        late.seconds = 0.0
        say(other)
        say(client)
        through.events(at_least=5)
    assert [len(request.tools) for request in sent] == [3, 3, 2, 2, 3]
    assert [len(results(request)) for request in sent] == [0, 1, 0, 1, 2]
    assert results(sent[3]) == [TEXTS[3]]
    assert len(results(sent[4])[0]) < len(TEXTS[3])
    assert [event.data["arm"] for event in shelf.told if event.kind == SESSION] == ["treated", "left alone"]
