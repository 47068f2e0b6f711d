from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit.page_usage import usage_panel, usage_rules
from agentforge.transcripts import Compaction, Filled, Problem, Reread, SessionUsage, Totals, UsageReport, Used
from audit.paged import weight

DAY = Totals(3, 100, 200, 300, 0, 4_000, 0, Decimal("0.25"))


def usage(**given):
    told = {
        "totals": DAY,
        "retold": Totals(),
        "by_model": {"claude-opus-5-5": DAY},
        "by_day": {"2026-09-30": DAY, "2026-10-02": DAY},
        "sessions": [SessionUsage("s", "claude-code", "", "/t", "/p", "main", "2", "", "", 1, 31_000, DAY)],
        "used": [Used("tool", "Read", 7, "2026-09-30T08:00:00Z", "2026-10-02T08:00:00Z")],
        "filled": [Filled("tool_result", "Read", 7, 900, weight(300)), Filled("prompt", "", 2, 90, weight(30))],
        "rereads": [Reread("/p/a.py", 3, 900, weight(200))],
        "compactions": [Compaction("2026-10-02T08:00:00Z", "s", "auto", 167_000, 0)],
        "unpriced": [],
        "skipped": {},
        "problems": [],
        "files": 1,
        "others": 0,
        "bytes": 1_000,
    }
    return UsageReport(**{**told, **given})


def test_it_opens_with_the_total_and_says_who_counted():
    panel = usage_panel(usage())
    assert "<strong>4,600</strong> tokens" in panel
    assert "4,600, counted by the providers, in 3 answers of 1 session" in panel
    for words in ("31,000", "90.9%", "$0.25"):
        assert words in panel


def test_large_numbers_are_short_and_whole():
    panel = usage_panel(usage(totals=Totals(1, 0, 12_345_678)))
    assert "<strong>12.3 M</strong>" in panel
    assert "12,345,678" in panel


def test_days_without_work_have_their_place():
    panel = usage_panel(usage())
    assert 'viewBox="0 0 3 100"' in panel
    assert panel.count("<rect ") == 2 * 4
    assert "Tokens a day from 2026-09-30 to 2026-10-02; at most 4,600" in panel


@given(st.lists(st.one_of(st.dates().map(str), st.text(max_size=10)), max_size=6))
def test_days_that_transcripts_make_up_never_break_the_chart(days):
    panel = usage_panel(usage(by_day=dict.fromkeys(days, DAY)))
    assert panel.count("<rect ") <= 366 * 4


def test_each_kind_that_filled_the_windows_has_a_bar():
    assert list(usage_rules(usage())) == ["#filled-tool_result{--w:100.00}", "#filled-prompt{--w:10.00}"]
    panel = usage_panel(usage())
    assert "tool results" in panel
    assert "300 · 90.9%" in panel
    assert "estimated, ±10%" in panel


def test_nothing_used_is_a_panel_too():
    nothing = usage(
        totals=Totals(), by_model={}, by_day={}, sessions=[], used=[], filled=[], rereads=[], compactions=[]
    )
    assert "<strong>0</strong> tokens" in usage_panel(nothing)
    assert list(usage_rules(nothing)) == []


def test_what_the_figures_leave_out_is_said():
    panel = usage_panel(
        usage(
            retold=Totals(1, 0, 50),
            unpriced=["mystery-1"],
            skipped={"odd": 3},
            others=2,
            problems=[Problem("not JSON", 4, "/t/x.jsonl")],
        )
    )
    for words in ("50 of these tokens", "mystery-1", "3 lines", "2 files looked", "/t/x.jsonl:4: not JSON", "auto"):
        assert words in panel


def test_paths_are_shown_as_asked():
    panel = usage_panel(usage(), lambda text: text.replace("/p/", "~/"))
    assert "~/a.py" in panel
    assert "/p/a.py" not in panel
