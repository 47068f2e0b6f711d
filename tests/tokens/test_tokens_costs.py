from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens import cost, known_models
from agentforge.wire import Usage

tokens = st.integers(0, 10**6)


def test_a_usage_costs_by_its_parts() -> None:
    usage = Usage(input_tokens=1_000, cache_read=2_000_000, cache_write=3_000, cache_write_1h=1_000, output_tokens=500)
    bill = cost(usage, "claude-opus-5-5")
    assert (bill.input, bill.write_5m, bill.write_1h) == (Decimal("0.004"), Decimal("0.01"), Decimal("0.008"))
    assert (bill.read, bill.output) == (Decimal("0.4"), Decimal("0.01"))
    assert bill.total == Decimal("0.432")
    assert bill.known
    assert bill.date


def test_a_haiku_prompt_above_100k_costs_five_times_on_every_token() -> None:
    below, above = Usage(cache_read=100_000, output_tokens=10), Usage(cache_read=100_001, output_tokens=10)
    assert cost(below, "claude-haiku-5-5").output == Decimal("0.000005")
    assert cost(above, "claude-haiku-5-5").output == Decimal("0.000025")


def test_an_unknown_price_makes_an_unknown_bill_unless_it_was_not_used() -> None:
    assert cost(Usage(cache_write=10, cache_write_1h=10), "claude-fable-5-2").total is None
    assert cost(Usage(cache_write=10), "claude-fable-5-2").total == Decimal("0.0001")


def test_an_unknown_model_has_no_bill() -> None:
    bill = cost(Usage(input_tokens=1), "nobody")
    assert bill.total is None
    assert not bill.known
    assert cost(Usage(), "nobody").total == 0


@given(st.sampled_from(known_models()), tokens, tokens, tokens, tokens, tokens)
def test_a_known_bill_is_the_sum_of_its_parts(model, plain, read, five, hour, out) -> None:
    usage = Usage(plain, read, five + hour, hour, out)
    bill = cost(usage, model)
    parts = [bill.input, bill.write_5m, bill.write_1h, bill.read, bill.output]
    assert bill.total == (None if None in parts else sum(parts))
    assert all(part is None or part >= 0 for part in parts)


anything = st.integers(-(10**6), 10**6)


@given(st.sampled_from(known_models()), anything, anything, anything, anything, anything)
def test_a_usage_that_contradicts_itself_never_costs_less_than_nothing(model, plain, read, write, hour, out) -> None:
    bill = cost(Usage(plain, read, write, hour, out), model)
    for part in (bill.input, bill.write_5m, bill.write_1h, bill.read, bill.output, bill.total):
        assert part is None or part >= 0


def test_what_was_written_for_an_hour_costs_so_even_where_no_sum_of_writes_was_told() -> None:
    bill = cost(Usage(input_tokens=-7, cache_write_1h=1_000), "claude-opus-5-5")
    assert (bill.input, bill.write_5m, bill.write_1h) == (0, 0, Decimal("0.008"))
    assert bill.total == Decimal("0.008")
