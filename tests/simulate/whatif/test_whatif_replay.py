from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import UNTOUCHED, Change, Kept, Receipt, Settings, Transform
from agentforge.simulate.whatif import replay, sessions_of
from agentforge.simulate.whatif.sums import sum_of
from agentforge.transcripts import CLIENTS, Entry, Transcript, find_transcripts, read_transcript, read_transcripts
from agentforge.wire import Json, Text, ToolResult
from simulate.whatif.told import Did, listing, reading, told
from transcripts.recorded_transcripts import corpus

SHORT = 300


def clamp(request, view):
    """Keeps the first characters of every result."""
    changes, messages = [], []
    for at, message in enumerate(request.messages):
        blocks = []
        for place, block in enumerate(message.blocks):
            if isinstance(block, ToolResult) and isinstance(block.content, str) and len(block.content) > SHORT:
                kept = Kept(block.content.encode())
                after = f"{block.content[:SHORT]}\n[{kept.handle}]"
                changes.append(Change(f"messages.{at}.content.{place}", block.content, after, "long", kept))
                block = replace(block, content=after)
            blocks.append(block)
        touched = any(change.where.startswith(f"messages.{at}.") for change in changes)
        messages.append(replace(message, content=tuple(blocks)) if touched else message)
    return replace(request, messages=tuple(messages)), Receipt("clamp", "causal", tuple(changes))


def fickle(request, view):
    """Tells in the first message how many there are: what no transform may do."""
    said = Text(f"There are {len(request.messages)} messages.")
    first = replace(request.messages[0], content=(said, *request.messages[0].blocks))
    change = Change("messages.0.content.0", "", said.text, "why not")
    return replace(request, messages=(first, *request.messages[1:])), Receipt("fickle", "causal", (change,))


CLAMP = [Transform("clamp", "causal", clamp)]
FICKLE = [Transform("fickle", "causal", fickle)]


def session(path):
    (found,) = sessions_of(read_transcript(path))
    return found


def test_a_plan_that_cuts_results_costs_less_and_the_recall_it_needs_is_in_the_bill(tmp_path):
    played = session(told(tmp_path / "a.jsonl", reading(10, back=2)))
    direct, planned = replay(played, UNTOUCHED), replay(played, Settings(), CLAMP)
    assert sum_of(planned.requests).dollars < sum_of(direct.requests).dollars / 2
    (recall,) = planned.recalls
    assert recall.handle == Kept(listing(2).encode()).handle
    assert "handle_2_100" in recall.references
    assert len(planned.requests) == len(direct.requests) + 1
    (trip,) = (one for one in planned.requests if one.recall)
    assert trip.dollars > 0
    assert sum_of(planned.requests).recall_dollars == trip.dollars


def test_a_recall_is_a_round_trip_read_from_the_cache_and_its_answer_stays_in_view(tmp_path):
    played = session(told(tmp_path / "a.jsonl", reading(10, back=2)))
    planned = replay(played, Settings(), CLAMP).requests
    at = next(place for place, one in enumerate(planned) if one.recall)
    asked, gone_on, next_one = planned[at], planned[at + 1], planned[at + 2]
    assert gone_on.read == asked.prompt
    assert gone_on.prompt - asked.prompt == gone_on.write_5m > asked.output
    assert next_one.read == gone_on.prompt


def test_without_cuts_a_plan_costs_what_the_session_cost(tmp_path):
    played = session(told(tmp_path / "a.jsonl", reading(3)))
    assert replay(played, Settings(), []) == replay(played, UNTOUCHED)


def test_a_prefix_that_breaks_is_told_with_its_reason_and_paid_for(tmp_path):
    played = session(told(tmp_path / "a.jsonl", reading(4)))
    broken = replay(played, Settings(), FICKLE).requests
    assert [one.broke for one in broken] == ["", "fickle", "fickle", "fickle", "fickle"]
    assert sum_of(broken).dollars > sum_of(replay(played, UNTOUCHED).requests).dollars


def test_a_pause_longer_than_the_cache_lives_is_paid_for(tmp_path):
    did = [*reading(3), Did("", [("Bash", {"command": "make"}, "ok " * 900)], pause=301.0), Did("So.")]
    requests = replay(session(told(tmp_path / "a.jsonl", did)), UNTOUCHED).requests
    assert [one.read > 0 for one in requests[:5]] == [False, True, True, True, False]
    assert not any(one.broke for one in requests)


def test_a_model_without_a_price_has_no_dollars(tmp_path):
    path = tmp_path / "a.jsonl"
    text = told(path, reading(2)).read_text(encoding="utf-8").replace("claude-opus-5-5", "mock-1")
    path.write_text(text, encoding="utf-8")
    assert all(one.dollars is None for one in replay(session(path), UNTOUCHED).requests)


results = st.one_of(
    st.text("ab_1/ \n", max_size=30),
    st.integers(0, 9).map(lambda number: listing(number, 30 + number)),
    st.just('[{"id": 1, "name": "one"}]' * 300),
)


@st.composite
def transcripts(draw):
    """Generated transcripts of any client, with compactions."""
    events = [Entry("prompt", "user", text="Find value_17.", at="2026-11-20T10:00:00Z")]
    for number in range(draw(st.integers(1, 6))):
        response = f"msg_{number}"
        about = {"response": response, "model": "claude-opus-5-5"}
        if draw(st.booleans()):
            events.append(Entry("assistant_text", "assistant", text=draw(st.text("ab ", min_size=1)), **about))
        calls = draw(st.lists(results, max_size=3))
        for place, _ in enumerate(calls):
            given = Json.of({"path": f"src/m{place}.py"})
            events.append(
                Entry("tool_call", "assistant", call_id=f"t{number}-{place}", name="Read", structured=given, **about)
            )
        for place, text in enumerate(calls):
            events.append(Entry("tool_result", "tool", call_id=f"t{number}-{place}", name="Read", text=text))
        if not calls:
            events.append(Entry("assistant_text", "assistant", text="Done.", **about))
            events.append(Entry("prompt", "user", text="And now?"))
        if draw(st.integers(0, 5)) == 0:
            events.append(Entry("compaction", "client", text="What was done."))
    client = draw(st.sampled_from(CLIENTS))
    return Transcript(client, "s1", "", "/home/dev", "", "claude-opus-5-5", "", Path("a.jsonl"), tuple(events))


@given(transcripts())
def test_law_2_prefix_holds_for_what_every_plan_sends_of_generated_sessions(transcript):
    for one in sessions_of(transcript):
        for settings in (UNTOUCHED, Settings(), Settings(admit_above=50, admit_to=40)):
            assert not any(billed.broke for billed in replay(one, settings).requests)
        assert not any(billed.broke for billed in replay(one, Settings(), CLAMP).requests)


@given(transcripts())
def test_law_3_deterministic_the_same_session_costs_the_same_again(transcript):
    first, second = (
        [replay(one, Settings(admit_above=50, admit_to=40)) for one in sessions_of(transcript)] for _ in range(2)
    )
    assert first == second


@given(transcripts())
def test_law_8_a_recall_is_never_free_and_is_counted_with_the_requests(transcript):
    for one in sessions_of(transcript):
        direct, planned = replay(one, UNTOUCHED), replay(one, Settings(), CLAMP)
        trips = [billed for billed in planned.requests if billed.recall]
        assert len(trips) == len(planned.recalls) == len(planned.requests) - len(direct.requests)
        assert all(billed.prompt and billed.output for billed in trips)


@pytest.mark.parametrize("folder", [("claude_code", "transcripts_sanitized"), ("other_agents",)], ids="/".join)
def test_law_2_prefix_holds_for_recorded_sessions_under_the_default_plan(folder):
    for path in find_transcripts(corpus(*folder)):
        for transcript in read_transcripts(path):
            for one in sessions_of(transcript):
                assert not any(billed.broke for billed in replay(one, Settings()).requests)
                assert not any(billed.broke for billed in replay(one, Settings(), CLAMP).requests)
