import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens import Count, total
from agentforge.tokens.count import METHODS

counts = st.builds(
    Count,
    st.integers(0, 10**7),
    st.sampled_from(METHODS),
    st.sampled_from(["claude-opus-5-5", "gpt-5.5", "claude-sonnet-4-5"]),
    st.none() | st.floats(0, 2),
)


@given(st.lists(counts, min_size=1))
def test_law_8_honest_numbers_a_sum_is_known_no_better_than_its_worst_part(parts: list[Count]) -> None:
    added = parts[0]
    for part in parts[1:]:
        added = added + part
    for whole in (added, total(parts, "none")):
        assert whole.value == sum(part.value for part in parts)
        assert METHODS.index(whole.method) == max(METHODS.index(part.method) for part in parts)
        assert set(whole.model.split(", ")) == {part.model for part in parts}
        assert (whole.error is None) == any(part.error is None for part in parts)


@given(st.lists(counts, min_size=1), st.randoms())
def test_law_8_honest_numbers_the_order_of_a_sum_does_not_matter(parts: list[Count], random) -> None:
    shuffled = random.sample(parts, len(parts))
    one, other = total(parts, "none"), total(shuffled, "none")
    assert (one.value, one.method, one.model) == (other.value, other.method, other.model)
    assert one.error == (None if other.error is None else pytest.approx(other.error))


@given(st.lists(counts.filter(lambda count: count.error is not None), min_size=1))
def test_law_8_honest_numbers_no_sum_is_surer_than_the_floor_it_is_given(parts: list[Count]) -> None:
    assert (total(parts, "none", at_least=0.08).error or 0) >= 0.08


@given(counts)
def test_law_8_honest_numbers_every_figure_is_shown_with_its_provenance(count: Count) -> None:
    shown = str(count)
    assert f"{count.value:,}" in shown
    assert count.method in shown
    assert count.model in shown
    assert ("error unknown" in shown) == (count.error is None)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (Count(12_345, "estimated", "claude-opus-5-5", 0.08), "12,345 (estimated, claude-opus-5-5, ±8 %)"),
        (Count(12_345, "calibrated", "claude-opus-5-5", 0.005), "12,345 (calibrated, claude-opus-5-5, ±0.5 %)"),
        (Count(7, "counted", "claude-opus-5-5", 0.0), "7 (counted, claude-opus-5-5)"),
        (Count(0, "estimated", "x"), "0 (estimated, x, error unknown)"),
    ],
)
def test_a_count_reads_well(count: Count, shown: str) -> None:
    assert str(count) == shown


def test_errors_that_may_go_the_same_way_add_up() -> None:
    added = Count(100, "estimated", "m", 0.1) + Count(300, "counted", "m", 0.0)
    assert added == Count(400, "estimated", "m", 0.025)


def test_nothing_weighs_nothing_for_sure() -> None:
    assert total([], "m") == Count(0, "counted", "m", 0.0)
