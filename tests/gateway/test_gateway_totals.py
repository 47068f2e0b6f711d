from decimal import Decimal

from agentforge.gateway import Totals
from agentforge.wire import Usage

USAGE = Usage(input_tokens=10, cache_read=1000, cache_write=100, output_tokens=50)


def test_usage_adds_up_and_costs():
    totals = Totals()
    first = totals.add_usage(USAGE, "claude-opus-5-5", followup=False)
    totals.add_usage(USAGE, "claude-opus-5-5", followup=True)
    plain = totals.plain()
    assert totals.dollars == 2 * first > 0
    assert plain["tokens"] == {
        "input": 20,
        "cache_read": 2000,
        "cache_write": 200,
        "output": 100,
        "method": "counted",
        "unread_answers": 0,
    }
    assert plain["saved"]["recalls"] == 1


def test_a_model_without_a_price_is_counted_and_not_guessed():
    totals = Totals()
    assert totals.add_usage(USAGE, "nobody-knows-it", followup=False) is None
    assert (totals.dollars, totals.plain()["unpriced_answers"]) == (Decimal(0), 1)


def test_what_was_cut_stands_beside_how_often_it_was_asked_for_again():
    saved = Totals(cut_tokens=5000, followups=2).plain()["saved"]
    assert saved == {"cut_tokens": 5000, "recalls": 2, "method": "estimated"}
