"""The neutral values."""

from __future__ import annotations

from typing import get_args

from agentforge.transcripts import CLIENTS, Client, Kind, Problem
from agentforge.transcripts.events import IN_VIEW


def test_a_problem_says_where_it_is() -> None:
    assert str(Problem("torn", 3, "/a/s.jsonl")) == "/a/s.jsonl:3: torn"
    assert str(Problem("torn", path="/a/s.jsonl")) == "/a/s.jsonl: torn"


def test_the_lists_and_the_types_are_of_one_mind() -> None:
    assert get_args(Client) == CLIENTS
    assert set(get_args(Kind)) - IN_VIEW == {"compaction", "system", "meta"}
