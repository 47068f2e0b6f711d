from decimal import Decimal

from agentforge.audit.page_figures import dollars, fact, known, length, percent, things
from agentforge.tokens import Count


def test_a_figure_says_how_it_is_known():
    assert known(Count(1, "estimated", "m", 0.08)) == "estimated, ±8%"
    assert known(Count(1, "calibrated", "m", 0.004)) == "calibrated, ±<1%"
    assert known(Count(1, "counted", "m", 0.0)) == "counted"
    assert known(Count(1, "estimated", "m", None)) == "estimated, error unknown"


def test_what_is_not_known_is_not_shown_as_nothing():
    assert dollars(None) == "not known"
    assert dollars(Decimal("1234.5")) == "$1,234.50"
    assert percent(1, 3) == "33.3%"
    assert percent(0, 0) == "0%"


def test_a_bar_is_never_longer_than_its_track():
    assert [length("#a", share) for share in (-1, 0.5, 7)] == ["#a{--w:0.00}", "#a{--w:50.00}", "#a{--w:100.00}"]


def test_a_fact_has_its_name_first():
    assert fact("cost", "$1") == "<div><dt>cost</dt><dd><strong>$1</strong></dd></div>"


def test_one_thing_is_not_many():
    assert [things(number, "part") for number in (0, 1, 2_000)] == ["0 parts", "1 part", "2,000 parts"]
