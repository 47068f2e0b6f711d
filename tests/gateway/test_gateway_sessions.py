import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import UNTOUCHED, Settings
from agentforge.gateway.sessions import Lock, Sessions, lock_of
from agentforge.wire import Json, Message, Request, Text, Thinking, Tool, chain_of


def talk(*words, thinking=False):
    """Turns of user and assistant, in turn."""
    turns = []
    for at, word in enumerate(words):
        blocks = [Thinking("", signature="s")] if thinking and at % 2 else []
        turns.append(Message("assistant" if at % 2 else "user", [*blocks, Text(word)]))
    return Request("anthropic", "m", turns, system="You help.")


class Seer:
    """Sessions with ids in order, and every lock that was new."""

    def __init__(self, known=(), choose=lambda *_, **__: (Settings(), "treated")):
        self.sessions = Sessions(choose, known)
        self.locks = []
        self.asked = 0

    def see(self, request, project="p", key=""):
        self.asked += 1
        seen = self.sessions.see(request, chain_of(request), project=project, key=key, new_id=f"s{self.asked}")
        if seen.is_new:
            self.locks.append(seen.lock)
        return seen


def test_a_session_is_new_once_and_then_goes_on():
    seer = Seer()
    assert seer.see(talk("a")).how == "new"
    assert seer.see(talk("a", "b", "c")).how == "continued"
    assert seer.see(talk("a", "b", "c")).how == "repeated"
    assert seer.see(talk("a", "b", "c", "d", "e")).lock.session == "s1"
    assert len(seer.locks) == 1


def test_the_settings_of_the_first_request_stay_whatever_is_chosen_later():
    chosen = [Settings()]
    seer = Seer(choose=lambda *_, **__: (chosen[0], "treated"))
    seer.see(talk("a"))
    chosen[0] = UNTOUCHED
    assert seer.see(talk("a", "b", "c")).lock.settings == Settings()
    assert seer.see(talk("other")).lock.settings == UNTOUCHED


def test_a_fork_keeps_the_settings_of_what_it_forked_from():
    chosen = [Settings(admit_to=1234)]
    seer = Seer(choose=lambda *_, **__: (chosen[0], "treated"))
    seer.see(talk("a"), key="k1")
    seer.see(talk("a", "b", "c"), key="k1")
    chosen[0] = UNTOUCHED
    forked = seer.see(talk("a", "b", "another end"), key="k2")
    assert (forked.how, forked.lock.settings.admit_to, forked.lock.parent) == ("forked", 1234, "s1")
    assert seer.see(talk("a", "b", "another end", "d", "e"), key="k2").lock == forked.lock


def test_the_same_first_words_in_another_session_of_the_client_begin_anew():
    seer = Seer()
    seer.see(talk("hello"), key="k1")
    seer.see(talk("hello", "hi", "go on"), key="k1")
    again = seer.see(talk("hello"), key="k2")
    assert (again.how, again.lock.session) == ("new", "s3")


def test_what_began_without_us_is_left_as_it_was_up_to_here():
    seer = Seer()
    seen = seer.see(talk("a", "b", "c", thinking=True))
    assert (seen.how, seen.lock.start) == ("adopted", 3)
    assert seer.see(talk("a", "b", "c", "d", "e", thinking=True)).lock.start == 3


def test_a_fork_right_behind_the_last_answer_keeps_the_settings_too():
    seer = Seer()
    seer.see(talk("a"), key="k1")
    seer.see(talk("a", "b", "c", thinking=True), key="k1")
    forked = seer.see(talk("a", "b", "c", "answered to k1", "other words", thinking=True), key="k2")
    assert (forked.how, forked.lock.start, forked.lock.parent) == ("forked", 0, "s1")


def test_a_history_that_went_on_elsewhere_is_adopted_as_it_stands():
    seer = Seer()
    seer.see(talk("a"), key="k1")
    seen = seer.see(talk("a", "said to somebody else", "c"), key="k2")
    assert (seen.how, seen.lock.start) == ("adopted", 3)


def test_a_session_that_begins_with_a_summary_is_treated_from_its_start():
    words = "This session is being continued from a previous conversation."
    assert Seer().see(talk(words, "b", "c")).how == "compacted"
    assert Seer().see(talk(words, "b", "c", thinking=True)).how == "adopted"


def test_after_its_own_compaction_a_named_session_keeps_its_settings():
    chosen = [Settings(admit_to=1234)]
    seer = Seer(choose=lambda *_, **__: (chosen[0], "treated"))
    seer.see(talk("a"), key="k")
    seer.see(talk("for a sub-agent"), key="k")
    chosen[0] = UNTOUCHED
    seen = seer.see(
        talk("This session is being continued from a previous conversation.", "b", "c", thinking=True), key="k"
    )
    assert (seen.how, seen.lock.settings.admit_to) == ("compacted", 1234)
    assert (seen.lock.start, seen.lock.parent) == (0, "s1")


def test_projects_never_share_a_session():
    seer = Seer()
    seer.see(talk("a"), project="one")
    seer.see(talk("a", "b", "c"), project="one")
    assert seer.see(talk("a", "b", "c"), project="two").how == "adopted"


@pytest.mark.parametrize("key", ["", "k1"])
def test_after_a_restart_a_session_has_the_lock_it_had(key):
    before = Seer(choose=lambda *_, **__: (Settings(admit_to=77), "held out"))
    before.see(talk("a"), key=key)
    written = [lock.plain() for lock in before.locks]
    after = Seer(known=[lock_of(plain) for plain in written])
    seen = after.see(talk("a", "b", "c"), key=key)
    assert (seen.how, seen.lock, seen.is_new) == ("resumed", before.locks[0], False)
    assert after.see(talk("a", "b", "c", "d", "e"), key=key).how == "continued"


def test_after_a_restart_a_fork_under_another_name_keeps_the_settings_too():
    lock = Lock("s0", "p", "k1", chain_of(talk("a")).links[0], Settings(admit_to=77))
    seen = Seer(known=[lock]).see(talk("a", "b", "c"), key="k2")
    assert (seen.how, seen.lock) == ("forked", replace(lock, session="s1", key="k2", parent="s0"))


@given(st.lists(st.text(max_size=3), min_size=1, max_size=9), st.sampled_from(["", "k"]), st.integers(0, 9))
def test_law_2_whatever_grows_keeps_its_lock_also_across_a_restart(words, key, restart):
    seer = Seer()
    first = None
    for at in range(1, len(words) + 1, 2):
        if at > restart and seer.locks:
            seer = Seer(known=seer.locks)
        lock = seer.see(talk(*words[:at]), key=key).lock
        first = first or lock
        assert lock == first
        restart = 9 if at > restart else restart


def with_tools(request, *names):
    return replace(request, tools=[Tool(name, "It does.", Json.of({"type": "object"})) for name in names])


def test_tools_that_come_with_the_second_request_leave_a_named_session_its_settings():
    chosen = [Settings(admit_to=1234)]
    seer = Seer(choose=lambda *_, **__: (chosen[0], "treated"))
    seer.see(with_tools(talk("a"), "Read"), key="k")
    chosen[0] = UNTOUCHED
    later = seer.see(with_tools(talk("a", "b", "c"), "Read", "mcp__hub__late"), key="k").lock
    assert later.settings == Settings(admit_to=1234)
    assert later.start == 0
    assert seer.see(with_tools(talk("a", "x", "c", "y", "e"), "Read"), key="another").lock.start == 5


def test_what_was_decided_about_tools_is_written_down_and_read_again():
    lock = Lock("s", "p", "k", "f", Settings(lazy_tools="portable", in_view=("Read",), servers=("hub",)))
    assert lock_of(json.loads(json.dumps(lock.plain()))) == lock


def test_after_a_restart_a_session_keeps_its_lock_beside_another_with_the_same_first_words():
    old = Lock("s0", "p", "k1", chain_of(talk("a")).links[0], Settings(admit_to=77))
    seer = Seer(known=[old])
    seer.see(talk("a"), key="k2")
    assert seer.see(talk("a", "b", "c"), key="k1").lock == old
    assert seer.see(talk("a", "b", "c"), key="k2").lock.settings == Settings()


def test_two_agents_of_one_client_that_are_asked_the_same_keep_their_own_locks_across_a_restart():
    one, two = with_tools(talk("a"), "Read"), with_tools(talk("a"), "Bash")
    before = Seer(choose=lambda request, **_: (Settings(keep_tools=(request.tools[0].name,)), "treated"))
    locks = [before.see(request, key="k").lock for request in (one, two)]
    after = Seer(known=before.locks)
    for request, lock, answer in zip((one, two), locks, "bx", strict=True):
        grown = replace(request, messages=talk("a", answer, "c").messages)
        assert after.see(grown, key="k").lock.settings == lock.settings


@pytest.mark.parametrize("key", ["", "k"])
def test_sessions_that_begin_with_the_same_words_side_by_side_are_all_treated_alike(key):
    seer = Seer()
    first = seer.see(talk("a"), key=key).lock
    assert seer.see(talk("a"), key=key).how == "repeated"
    for answer in ("b", "x"):
        seen = seer.see(talk("a", answer, "c"), key=key)
        assert (seen.lock.settings, seen.lock.start) == (first.settings, 0)
        assert seer.see(talk("a", answer, "c", answer, "e"), key=key).lock == seen.lock


def test_a_session_whose_first_request_went_out_as_it_came_is_left_alone_for_good():
    seer = Seer()
    lock = seer.see(talk("a"), key="k").lock
    left = seer.sessions.leave(lock, chain_of(talk("a")))
    assert (left.settings, left.arm, left.session) == (UNTOUCHED, "left alone", lock.session)
    assert seer.see(talk("a", "b", "c"), key="k").lock == left
    assert seer.see(talk("a", "x", "c"), key="k").lock.settings == UNTOUCHED
    assert Seer(known=[lock, left]).see(talk("a", "b", "c"), key="k").lock == left


def test_what_counts_tokens_sees_the_clients_own_session_and_leaves_no_trace():
    arms = iter([(UNTOUCHED, "held out"), (Settings(), "treated")])
    seer = Seer(choose=lambda *_, **__: next(arms))
    for key in ("k1", "k2"):
        seer.see(talk("a"), key=key)
    for key, settings in (("k1", UNTOUCHED), ("k2", Settings())):
        peeked = seer.sessions.peek(talk("a", "b", "c"), chain_of(talk("a", "b", "c")), project="p", key=key)
        assert (peeked.lock.settings, peeked.is_new) == (settings, False)
        assert seer.see(talk("a", "b", "c"), key=key).how == "continued"
