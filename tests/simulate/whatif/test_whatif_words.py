from decimal import Decimal

import pytest

from agentforge.simulate.whatif import Off, dollars, headline, notes, percent, report_of
from simulate.whatif.test_whatif_sums import billed, replayed


def report(*plans, off=None, direct=None):
    sessions = {"direct": direct or replayed(billed(dollars="4"), off=off or Off())}
    sessions |= {name: replayed(*requests) for name, requests in plans}
    return report_of(list(sessions), [sessions])


def test_the_one_number_is_net_and_tells_the_recalls():
    told = headline(report(("default", [billed(dollars="2"), billed(dollars="1", recall=True)])))
    assert told == "default would have cost $3.00 instead of $4.00: 25.0 % less; 1 recall charged"


def test_a_plan_that_costs_more_says_so():
    assert ": 25.0 % more; 0 recalls" in headline(report(("default", [billed(dollars="5")])))


def test_without_prices_the_tokens_speak():
    said = headline(report(("default", [billed(dollars=None, tokens=45)]), direct=replayed(billed(dollars=None))))
    assert said == "default would have sent 55 prompt tokens instead of 110: 50.0 % fewer; 0 recalls charged"


def test_the_direct_replay_alone_tells_what_it_comes_to():
    assert headline(report()) == "direct: $4.00; requests: 1; sessions: 1"


def test_notes_tell_how_far_off_the_replay_is():
    off = Off(2, 1000, 990, 30, Decimal(2), Decimal("1.9"))
    said = " ".join(notes(report(off=off)))
    assert "Prompts calibrated, from what 2 requests were charged: the direct replay is off by 3.0 %" in said
    assert "its bill by -5.0 %" in said


def test_notes_tell_where_nothing_was_charged_and_what_has_no_price():
    said = " ".join(notes(report(direct=replayed(billed(dollars=None), method="estimated"))))
    assert "estimated" in said
    assert "without a known price, not in the dollars: 1." in said


def test_a_plan_is_told_beside_the_one_it_is_compared_with():
    said = " ".join(notes(report(("one", [billed(dollars="1")]), ("other", [billed(dollars="2")]))))
    assert "one costs 50.0 % less than other." in said


@pytest.mark.parametrize(("value", "words"), [("0", "$0.00"), ("0.01234", "$0.0123"), ("1234.5", "$1,234.50")])
def test_dollars_have_the_digits_that_say_something(value, words):
    assert dollars(Decimal(value)) == words


def test_an_unknown_share_is_empty():
    assert (percent(None), percent(0.125)) == ("", "12.5 %")
