from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.simulate.whatif import Billed, Facts, Off, Replay, Replayed, Sum, report_of
from agentforge.simulate.whatif.sums import sum_of


def billed(response="r1", *, dollars="1", recall=False, broke="", tokens=100):
    return Billed(0.0, response, "m", 0, tokens, 10, 0, 5, Decimal(dollars) if dollars else None, recall, broke)


def replayed(*requests, session="s1", started=0.0, method="calibrated", off=Off()):  # noqa: B008 - frozen
    facts = Facts(session, "codex", "/home/dev", False, ("m",), started, method, 1.0, 0)
    return Replayed(facts, Replay(tuple(requests), (), 0), off)


def test_a_sum_is_that_of_its_requests():
    total = sum_of([billed(), billed("r2", dollars="0.5", recall=True, broke="why"), billed("r3", dollars=None)])
    assert (total.requests, total.prompt, total.peak, total.hits) == (3, 330, 110, 3)
    assert (total.dollars, total.recalls, total.recall_dollars) == (Decimal("1.5"), 1, Decimal("0.5"))
    assert (total.breaks, total.unpriced) == (1, 1)


@given(st.lists(st.booleans(), max_size=9), st.integers(0, 9))
def test_sums_of_parts_are_the_sum_of_the_whole(recalls, at):
    requests = [billed(f"r{place}", recall=recall) for place, recall in enumerate(recalls)]
    assert sum_of(requests[:at]) + sum_of(requests[at:]) == sum_of(requests)
    assert sum_of([]) == Sum()


def test_a_request_in_two_transcripts_counts_once_for_every_plan():
    first = {"direct": replayed(billed()), "p": replayed(billed(recall=True), billed(dollars="0.25"))}
    second = {
        "direct": replayed(billed(), billed("r2"), session="s2", started=1.0),
        "p": replayed(billed(), billed("r2"), session="s2", started=1.0),
    }
    report = report_of(["direct", "p"], [second, first])
    assert report.twice == 1
    assert [row.facts.id for row in report.rows] == ["s1", "s2"]
    assert report.totals["direct"].requests == 2
    assert report.totals["p"].dollars == Decimal("2.25")
    assert report.saved("p") == pytest.approx(-0.125)
    assert report.saved("p", row=report.rows[0]) == pytest.approx(-0.25)


def test_a_transcript_that_only_repeats_another_is_no_session_of_its_own():
    twin = {"direct": replayed(billed(), session="s2", started=1.0)}
    report = report_of(["direct"], [{"direct": replayed(billed())}, twin])
    assert [row.facts.id for row in report.rows] == ["s1"]


def test_law_8_a_report_is_known_no_better_than_its_worst_session():
    sessions = [{"direct": replayed(billed(), method="calibrated")}]
    assert report_of(["direct"], sessions).method == "calibrated"
    sessions.append({"direct": replayed(billed("r2"), session="s2", method="estimated")})
    assert report_of(["direct"], sessions).method == "estimated"


def test_reasons_of_breaks_are_counted_by_plan():
    sessions = [{"direct": replayed(billed()), "p": replayed(billed(broke="why"))}]
    assert report_of(["direct", "p"], sessions).breaks == {"direct": {}, "p": {"why": 1}}


def test_how_far_off_is_told_of_tokens_and_dollars_and_only_where_there_is_a_charge():
    off = Off(2, 1000, 990, 30, Decimal(2), Decimal(3))
    assert (off.tokens, off.dollars) == (pytest.approx(0.03), pytest.approx(0.5))
    assert off + Off() == off
    assert (Off().tokens, Off().dollars) == (None, None)


def test_no_prices_no_share():
    assert (
        report_of(
            ["direct", "p"], [{"direct": replayed(billed(dollars=None)), "p": replayed(billed(dollars=None))}]
        ).saved("p")
        is None
    )
