"""The neutral values."""

from __future__ import annotations

from typing import get_args

import pytest

from agentforge.transcripts import CLIENTS, Client, Kind, Problem
from agentforge.transcripts.events import IN_VIEW, tokens_in


def test_a_problem_says_where_it_is() -> None:
    assert str(Problem("torn", 3, "/a/s.jsonl")) == "/a/s.jsonl:3: torn"
    assert str(Problem("torn", path="/a/s.jsonl")) == "/a/s.jsonl: torn"


def test_the_lists_and_the_types_are_of_one_mind() -> None:
    assert get_args(Client) == CLIENTS
    assert set(get_args(Kind)) - IN_VIEW == {"compaction", "system", "meta"}


def test_a_number_of_tokens_is_none_that_nobody_can_have_used() -> None:
    assert [tokens_in(told) for told in (None, 0, 7, 7.0)] == [0, 0, 7, 7]
    for told in (-1, 10**30, 1e300, "x"):
        with pytest.raises(ValueError, match=r"number|literal"):
            tokens_in(told)
