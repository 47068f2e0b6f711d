from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import BUILT_IN, Bill, Part, Report, Sent, bill, heaviest
from agentforge.audit.report import ENVIRONMENT, PROMPT, UNATTRIBUTED
from agentforge.tokens import Count, Model, Prices

MODEL = "claude-opus-5-5"
PARTS = st.builds(
    Part,
    category=st.sampled_from(["memory", "personas", "MCP tools"]),
    name=st.text(max_size=3),
    bytes=st.integers(-9, 9_999),
    count=st.builds(
        Count, st.integers(0, 9_999), st.just("estimated"), st.just(MODEL), st.sampled_from([0.0, 0.13, None])
    ),
    source=st.sampled_from([BUILT_IN, "/p/CLAUDE.md:1"]),
)


@given(st.lists(PARTS, max_size=20))
def test_law_8_sums_are_the_sums_of_their_parts_and_say_how_they_are_known(parts):
    report = Report("claude-code", MODEL, 1000, "", tuple(parts), Bill(None, None))
    assert report.total.value == sum(part.count.value for part in parts)
    assert sum(count.value for count in report.by_category.values()) == report.total.value
    assert report.governed.value == sum(part.count.value for part in parts if part.source != BUILT_IN)
    assert report.share == report.total.value / 1000
    if any(part.count.error is None for part in parts):
        assert report.total.error is None
    elif parts:
        assert report.total.error >= 0.08


def test_a_hundred_turns_are_written_once_and_read_in_all_the_others():
    prices = Prices(input=Decimal(5), write_5m=Decimal("6.25"), read=Decimal("0.5"))
    known = Model("m", known=True, prices=prices, cache_minimum=1024)
    assert bill(10_000, known) == Bill(Decimal(5), Decimal("0.0625") + Decimal("0.495"))
    assert bill(1_000, known) == Bill(Decimal("0.5"), Decimal("0.5"))


def test_a_price_that_is_not_known_is_not_made_up():
    assert bill(10_000, Model("m", known=False)) == Bill(None, None)
    assert bill(10_000, Model("m", known=True, prices=Prices(input=Decimal(1)))) == Bill(Decimal(1), None)


def test_the_heaviest_come_first_and_in_the_same_order_every_time():
    light, heavy, other = (
        Part("memory", name, 1, Count(tokens, "estimated", MODEL), "f:1")
        for name, tokens in (("a", 1), ("c", 9), ("b", 9))
    )
    assert heaviest([light, heavy, other], 2) == (other, heavy)


def test_only_what_stands_in_a_file_is_yours():
    count = Count(5, "estimated", MODEL, 0.1)
    places = ("/p/CLAUDE.md:1", BUILT_IN, ENVIRONMENT, PROMPT, UNATTRIBUTED)
    parts = tuple(Part("memory", place, 5, count, place) for place in places)
    assert [part.source for part in parts if part.is_yours] == ["/p/CLAUDE.md:1"]
    assert Report("codex", MODEL, None, "", parts, Bill(None, None)).governed.value == 5


def test_a_prediction_is_off_by_a_share_of_what_was_sent():
    assert Sent("1", 900, attributed=1.0, from_files=100, predicted=103, isolated=True).off == 103 / 100 - 1
    assert Sent("1", 900, attributed=1.0, from_files=0, predicted=0, isolated=True).off is None
