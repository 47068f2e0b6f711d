from decimal import Decimal
from itertools import pairwise

import pytest

from agentforge.simulate import demonstrate
from agentforge.simulate.demo import play, rolling_marker


@pytest.fixture(scope="module")
def played():
    return demonstrate()


def test_the_session_is_played_to_its_end_in_twenty_turns(played):
    first = played[0]
    assert [turn.turn for turn in first.turns] == list(range(1, 21))
    assert first.refused is None
    assert first.peak == first.turns[-1].usage.prompt


def test_each_turn_reads_exactly_the_prompt_of_the_turn_before(played):
    turns = played[0].turns
    assert turns[0].usage.cache_read == 0
    for before, turn in pairwise(turns):
        assert turn.usage.cache_read == before.usage.prompt


def test_law_8_the_bill_is_the_sum_of_its_turns_and_every_prompt_is_charged_whole(played):
    for one in played:
        assert one.dollars == sum((turn.cost.total for turn in one.turns), Decimal(0))
        for turn in one.turns:
            parts = turn.usage.cache_read + turn.usage.cache_write + turn.usage.input_tokens
            assert turn.usage.prompt == parts > 0


def test_without_markers_nothing_is_cached_and_the_bill_is_higher(played):
    cached, plain = played[:2]
    assert all(turn.usage.cache_read == turn.usage.cache_write == 0 for turn in plain.turns)
    assert [turn.usage.prompt for turn in plain.turns] == [turn.usage.prompt for turn in cached.turns]
    assert plain.dollars > 2 * cached.dollars


def test_clearing_results_is_refused_by_a_model_that_checks(played):
    cleared = played[2]
    assert cleared.refused.startswith(f"turn {len(cleared.turns) + 1}: messages.")
    assert "Invalid `signature`" in cleared.refused


def test_clearing_results_every_turn_costs_more_than_it_saves(played):
    cached, *_, unchecked = played
    assert unchecked.refused is None
    assert unchecked.peak < cached.peak / 2
    assert unchecked.dollars > cached.dollars


def test_any_session_can_be_played():
    session = {
        "model": "claude-opus-5",
        "system": "be",
        "tools": [{"name": "read", "input_schema": {"type": "object"}}],
        "prompt": "go",
        "turns": [
            {"text": "I look", "calls": [{"name": "read", "input": {}, "result": "no", "is_error": True}] * 2},
            {"text": "done"},
        ],
    }
    shown = play(session, "short", rolling_marker)
    assert [turn.did for turn in shown.turns] == ["read x2", "answers"]
