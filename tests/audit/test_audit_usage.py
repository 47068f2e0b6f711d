import json
from decimal import Decimal

from agentforge.audit import (
    compactions_words,
    cost_words,
    filled_by_kind,
    first_call,
    many,
    plain_usage,
    usage_markdown,
)
from agentforge.tokens import Count
from agentforge.transcripts import Compaction, Filled, Problem, Reread, Totals, UsageReport
from audit.findings.judged import session, usage, use

ROW = {
    "answers", "input", "output", "cache_creation", "cache_creation_5m", "cache_creation_1h", "cache_read", "thinking",
    "total", "cache_share", "cost_usd",
}  # fmt: skip


def estimated(tokens: int) -> Count:
    return Count(tokens, "estimated", "each session's")


def full(**given) -> UsageReport:
    totals = Totals(2, 10, 20, 300, 100, 700, 5, Decimal("1.50"))
    told = {
        "totals": totals,
        "retold": Totals(1, 1),
        "by_model": {"m|odel": totals},
        "by_day": {"2026-01-01": totals},
        "sessions": [session("a", first_call=100), session("b", first_call=300), session("c")],
        "used": [use("tool", "mcp__`x`", "a", "b")],
        "filled": [
            Filled("prompt", "", 1, 9, estimated(5)),
            Filled("tool_result", "Read", 1, 99, estimated(50)),
            Filled("tool_result", "<b>", 1, 9, estimated(60)),
        ],
        "rereads": [Reread("/p/a.py", 2, 80, estimated(20))],
        "compactions": [Compaction("", "a", "auto", 900, 100), Compaction("", "b", "", 0, 0)],
        "unpriced": [],
        "skipped": {"hologram": 2},
        "problems": [Problem("half written", 3, "/t/a.jsonl")],
        "files": 3,
        "others": 1,
        "bytes": 999,
    }
    return UsageReport(**{**told, **given})


def test_the_json_has_every_figure_under_its_name_and_dollars_as_text():
    told = json.loads(json.dumps(plain_usage(full())))
    for row in (told["totals"], told["retold"], *told["by_model"].values(), *told["by_day"].values()):
        assert set(row) == ROW
    assert set(told["sessions"][0]["totals"]) == ROW
    assert (told["totals"]["total"], told["totals"]["cost_usd"], told["totals"]["cache_creation_5m"]) == (
        1030, "1.50", 200,
    )  # fmt: skip
    assert told["first_call_median"] == 200
    assert told["used"][0] | {"first": 0, "last": 0} == {
        "kind": "tool", "name": "mcp__`x`", "times": 2, "sessions": 2, "first": 0, "last": 0,
    }  # fmt: skip
    assert told["filled"][1]["tokens"]["method"] == told["rereads"][0]["tokens"]["method"] == "estimated"
    assert told["problems"] == [{"what": "half written", "line": 3, "path": "/t/a.jsonl"}]
    assert (told["skipped"], told["files"], told["others"], told["bytes"]) == ({"hologram": 2}, 3, 1, 999)


def test_a_price_that_is_not_known_is_null_and_what_the_rest_cost_is_a_least():
    unknown = Totals(cost=None)
    report = full(totals=unknown, by_model={"a": Totals(cost=Decimal(2)), "b": unknown}, unpriced=["b"])
    assert plain_usage(report)["totals"]["cost_usd"] is None
    assert cost_words(report) == "at least $2.00"
    assert cost_words(full(totals=unknown, by_model={"b": unknown})) == "no known price"
    assert cost_words(full()) == "$1.50"


def test_the_page_fits_a_screen_and_names_cannot_break_it():
    page = usage_markdown(full())
    assert page.startswith("# 1,030 tokens in 3 sessions\n")
    assert len(page.splitlines()) <= 50
    for escaped in ("m\\|odel", "\\`x\\`", "\\<b\\>"):
        assert escaped in page
    for said in ("200 tokens (median", "20 tokens (estimated) in 1 file", "hologram 2", "/t/a.jsonl:3: half written"):
        assert said in page


def test_an_empty_report_is_a_page_too():
    assert usage_markdown(usage([])).startswith("# 0 tokens in 0 sessions\n")
    assert first_call(usage([])) is None


def test_what_filled_windows_is_grouped_by_kind_and_the_heaviest_comes_first():
    groups = filled_by_kind(full())
    assert list(groups) == ["tool_result", "prompt"]
    assert [row.name for row in groups["tool_result"]] == ["<b>", "Read"]


def test_compactions_are_told_by_what_set_them_off():
    assert compactions_words(full()) == "2 (1 auto, 1 not told); at 900 tokens (median)"


def test_one_is_no_plural():
    assert [many(number, "file") for number in (0, 1, 1000)] == ["0 files", "1 file", "1,000 files"]
