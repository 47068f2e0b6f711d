"""How many files' tallies add up: what several tell of counts once."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from recorded_transcripts import SHOP, answer, write_lines

from agentforge.transcripts import UsageReport, usage_report
from agentforge.transcripts.index import Counted
from agentforge.transcripts.scan import count_file
from agentforge.transcripts.sums import Sums
from agentforge.transcripts.tally import Tally

LATER = "2026-01-02T11:00:00.000Z"
SIDE = {"isSidechain": True, "agentId": "ab"}


def outputs(folder: Path, files: dict[str, list[Any]]) -> int:
    """The output tokens counted over some files of Claude Code."""
    for name, lines in files.items():
        write_lines(folder / f"{name}.jsonl", lines)
    return usage_report(folder).totals.output


def progress(id: str, request: str, output: int) -> dict[str, Any]:
    """A progress line with a sub-agent's answer inside."""
    told = answer(id, request, output)
    inner = {"type": "assistant", "uuid": "q", "timestamp": told["timestamp"], "requestId": request}
    data = {"type": "agent_progress", "agentId": "ab", "message": {**inner, "message": told["message"]}}
    return {"type": "progress", "sessionId": "s1", "uuid": "p", "timestamp": told["timestamp"], "data": data}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"a": [answer("m", "r", 1), answer("m", "r", 50)]}, 50, id="the last line wins"),
        pytest.param({"a": [answer("m", "r", 50), answer("m", "r", 1)]}, 1, id="the last line wins, smaller as it is"),
        pytest.param(
            {"a": [answer("m", "r", 50)], "b": [answer("m", "r", 50, session="s2")]}, 50, id="a copied session"
        ),
        pytest.param(
            {"a": [answer("m", "r", 9)], "b": [answer("m", "r", 50, at=LATER)]}, 50, id="the later file's word"
        ),
        pytest.param({"a": [answer("m", "r", 50)], "b": [answer("m", "r", 9)]}, 50, id="of one moment the fuller"),
        pytest.param({"a": [answer("m", "r", 50), answer("m", "q", 50)]}, 100, id="another request, another answer"),
        pytest.param({"a": [answer("m", None, 50), answer("m", None, 50, at=LATER)]}, 50, id="no request id"),
        pytest.param({"a": [progress("m", "r", 50)]}, 50, id="a sub-agent's answer in a progress line"),
        pytest.param({"a": [progress("m", "r", 1)], "b": [answer("m", "r", 50, **SIDE)]}, 50, id="and in its own file"),
        pytest.param({"a": [answer("m", "r", 50), answer("m", "q", 50, **SIDE)]}, 50, id="a side question told again"),
    ],
)
def test_an_answer_counts_once(tmp_path: Path, files: dict[str, list[Any]], expected: int) -> None:
    assert outputs(tmp_path, files) == expected


def test_answers_told_again_without_request_ids_are_counted_and_named() -> None:
    report = usage_report(SHOP)
    assert (report.retold.answers, report.retold.output) == (1, 16)
    assert report.retold.answers < report.totals.answers


def test_costs_are_known_or_none_and_never_in_part() -> None:
    report = usage_report(SHOP)
    assert report.by_model["claude-sonnet-5-5"].cost is not None
    assert report.by_model["claude-opus-5-5-fast"].cost is None
    assert report.totals.cost is None
    assert report.unpriced == ("claude-opus-5-5-fast",)
    assert usage_report(SHOP / "33333333-3333-4333-8333-333333333333.jsonl").totals.cost != Decimal(0)


def test_what_was_ever_used_is_told_once_for_a_call_that_two_files_tell_of() -> None:
    used = {(each.kind, each.name): each.times for each in usage_report(SHOP).used}
    assert used == {
        ("agent", "Explore"): 1,
        ("agent", "general-purpose"): 1,
        ("command", "/compact"): 1,
        ("skill", "tidy"): 1,
        ("tool", "Agent"): 1,
        ("tool", "Grep"): 1,
        ("tool", "Read"): 3,
        ("tool", "Skill"): 1,
        ("tool", "Task"): 1,
        ("tool", "mcp__shop__price"): 1,
    }


def report_of(rows: list[Counted], order: tuple[int, ...]) -> UsageReport:
    """The report of some counted files, added in an order."""
    sums = Sums()
    for index in order:
        sums.add(msgspec.msgpack.decode(rows[index].tally, type=Tally), rows[index])
    return sums.report(())


def test_law_3_deterministic_the_order_of_files_does_not_matter() -> None:
    rows = [count_file(path) for path in sorted(SHOP.rglob("*.jsonl"))]
    first = report_of(rows, tuple(range(len(rows))))
    for order in list(permutations(range(len(rows))))[::29]:
        assert report_of(rows, order) == first
