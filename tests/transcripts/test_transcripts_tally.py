"""What one file adds."""

from __future__ import annotations

from pathlib import Path

from recorded_transcripts import SHOP, answer, write_lines

from agentforge.transcripts import usage_report


def test_reading_again_is_waste_only_while_the_first_reading_is_in_view() -> None:
    report = usage_report(SHOP)
    assert [(each.path, each.times, each.characters) for each in report.rereads] == [("/home/dev/shop/cart.py", 1, 23)]
    assert [(each.trigger, each.before, each.after) for each in report.compactions] == [("auto", 2914, 700)]


def test_what_filled_the_windows_is_told_by_kind_and_tool_with_estimated_tokens() -> None:
    filled = {
        (each.kind, each.name): each
        for each in usage_report(SHOP / "11111111-1111-4111-8111-111111111111.jsonl").filled
    }
    reads = filled["tool_result", "Read"]
    assert (reads.items, reads.characters, reads.tokens.method) == (3, 69, "estimated")
    assert 0 < reads.tokens.value < reads.characters
    assert filled["thinking", ""].characters == len("Rounding, surely.")
    assert ("tool_call", "Grep") not in filled


def test_many_problems_of_one_file_are_told_by_their_number(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", [answer("m", "r", 5)])
    path.write_bytes(path.read_bytes() + b"not json\n" * 50)
    problems = usage_report(tmp_path).problems
    assert len(problems) == 21
    assert problems[0].what == "30 more lines like these"
