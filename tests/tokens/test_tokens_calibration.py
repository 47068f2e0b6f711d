import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens import NEVER_SEEN, Calibration, Count, dump_calibration, load_calibration
from agentforge.tokens.calibration import KEPT
from agentforge.wire.errors import TokensError

MODEL = "claude-opus-5-5"


def estimated(value: int) -> Count:
    return Count(value, "estimated", MODEL, 0.08)


def off(calibration: Calibration, estimate: int, actual: int) -> float:
    return abs(calibration.apply(estimated(estimate)).value / actual - 1)


@pytest.mark.parametrize("ratio", [0.7, 1.07, 1.34])
@pytest.mark.parametrize("wrapper", [0, 600])
def test_after_one_observation_the_next_turns_are_within_one_percent(ratio: float, wrapper: int) -> None:
    """A hidden linear truth with noise; each turn adds a little, as conversations do."""
    chance = random.Random(7)
    misses, worst = [], 0.0
    for _ in range(40):
        calibration, size = NEVER_SEEN, chance.randint(15_000, 40_000)
        for turn in range(40):
            actual = round((ratio * size + wrapper) * chance.gauss(1, 0.001))
            if turn:
                misses.append(off(calibration, size, actual))
                worst = max(worst, misses[-1])
            calibration = calibration.observe(MODEL, size, actual)
            size += chance.randint(100, 1_500)
    assert median(misses) < 0.005
    assert worst < 0.01


@given(
    st.floats(0.6, 1.6),
    st.integers(0, 2_000),
    st.lists(st.integers(5_000, 150_000), min_size=9, max_size=16, unique=True),
)
def test_a_linear_truth_is_found_from_requests_of_many_sizes(ratio: float, wrapper: int, sizes: list[int]) -> None:
    calibration = NEVER_SEEN
    for size in sizes:
        calibration = calibration.observe(MODEL, size, round(ratio * size + wrapper))
    third, ordered = len(sizes) // 3, sorted(sizes)
    if ordered[-third] >= 1.2 * ordered[third - 1]:
        for size in (2_000, 30_000, 300_000):
            assert off(calibration, size, round(ratio * size + wrapper)) < 0.005


@given(
    st.lists(st.integers(10_000, 60_000), min_size=6, max_size=16),
    st.integers(0, 15),
    st.tuples(st.integers(1, 10**6), st.floats(0, 8)).map(lambda one: (one[0], round(one[0] * one[1]))),
)
def test_one_absurd_usage_does_not_spoil_it(sizes: list[int], place: int, absurd: tuple[int, int]) -> None:
    calibration = NEVER_SEEN
    for number, size in enumerate(sizes):
        if number == place % len(sizes):
            calibration = calibration.observe(MODEL, *absurd)
        calibration = calibration.observe(MODEL, size, round(1.1 * size))
    assert off(calibration, 30_000, 33_000) < 0.02


def test_what_cannot_be_true_changes_nothing() -> None:
    known = NEVER_SEEN.observe(MODEL, 1_000, 1_100)
    for absurd in ((0, 50), (1_000, 0), (1_000, 10_000_000), (-5, 5)):
        assert known.observe(MODEL, *absurd) == known


def test_a_change_of_the_provider_is_followed() -> None:
    calibration = NEVER_SEEN
    for ratio in [1.0] * KEPT + [1.3] * KEPT:
        calibration = calibration.observe(MODEL, 20_000, round(20_000 * ratio))
    assert calibration.apply(estimated(20_000)).value == 26_000


def test_observing_gives_a_new_value_and_leaves_the_old_one() -> None:
    assert NEVER_SEEN.observe(MODEL, 10, 11) != NEVER_SEEN
    assert Calibration() == NEVER_SEEN
    assert NEVER_SEEN.error(MODEL) is None


def test_law_8_honest_numbers_only_what_was_observed_is_called_calibrated() -> None:
    known = NEVER_SEEN.observe(MODEL, 1_000, 1_100)
    assert known.apply(estimated(1_000)) == Count(1_100, "calibrated", MODEL, known.error(MODEL))
    other = Count(1_000, "estimated", "claude-sonnet-5", 0.08)
    assert known.apply(other) == other
    counted = Count(1_000, "counted", MODEL, 0.0)
    assert known.apply(counted) == counted


def test_law_8_honest_numbers_scattered_observations_give_a_wider_error() -> None:
    steady = scattered = NEVER_SEEN
    for number in range(10):
        steady = steady.observe(MODEL, 10_000 + number, 11_000)
        scattered = scattered.observe(MODEL, 10_000 + number, 11_000 + 900 * (-1) ** number)
    assert (scattered.error(MODEL) or 0) > (steady.error(MODEL) or 0) >= 0.005


@given(
    st.lists(st.tuples(st.integers(100, 10**5), st.floats(0.6, 1.6)), min_size=1, max_size=16), st.integers(0, 10**6)
)
def test_law_8_honest_numbers_an_unknown_error_stays_unknown(seen: list[tuple[int, float]], value: int) -> None:
    calibration = NEVER_SEEN
    for size, ratio in seen:
        calibration = calibration.observe(MODEL, size, round(size * ratio))
    count = calibration.apply(Count(value, "estimated", MODEL, None))
    assert (count.method, count.error) == ("calibrated", None)


@given(
    st.floats(0.7, 1.4),
    st.integers(0, 600),
    st.lists(st.integers(18_000, 22_000), min_size=1, max_size=16),
    st.integers(2_000, 500_000),
)
def test_law_8_honest_numbers_a_size_never_seen_is_within_its_error(
    ratio: float, wrapper: int, sizes: list[int], size: int
) -> None:
    """Fitted where requests were alike, used where they are not: the hidden truth is a line, and the error holds it."""
    calibration = NEVER_SEEN
    for one in sizes:
        calibration = calibration.observe(MODEL, one, round(ratio * one + wrapper))
    count = calibration.apply(estimated(size))
    assert abs(count.value - (ratio * size + wrapper)) <= (count.error or 0) * count.value + 1


def test_law_8_honest_numbers_the_error_grows_with_the_distance_from_what_was_observed() -> None:
    calibration = NEVER_SEEN
    for number in range(10):
        calibration = calibration.observe(MODEL, 10_000 + 100 * number, 11_000 + 110 * number)
    inside = calibration.error(MODEL)
    larger = [calibration.apply(estimated(size)).error or 0 for size in (10_900, 15_000, 30_000, 300_000)]
    smaller = [calibration.apply(estimated(size)).error or 0 for size in (10_000, 7_000, 2_000, 100)]
    for errors in (larger, smaller):
        assert errors[0] == inside
        assert errors == sorted(set(errors))


observations = st.lists(
    st.tuples(st.sampled_from([MODEL, "x"]), st.integers(1, 10**6), st.integers(0, 10**6)), max_size=40
)


@given(observations)
def test_a_calibration_survives_being_kept(seen: list[tuple[str, int, int]]) -> None:
    calibration = NEVER_SEEN
    for one in seen:
        calibration = calibration.observe(*one)
    assert load_calibration(dump_calibration(calibration)) == calibration
    assert all(len(kept) <= KEPT for kept in calibration.seen.values())


@given(observations, st.integers(0, 10**6))
def test_a_calibrated_count_is_never_negative(seen: list[tuple[str, int, int]], value: int) -> None:
    calibration = NEVER_SEEN
    for one in seen:
        calibration = calibration.observe(*one)
    assert calibration.apply(estimated(value)).value >= 0


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[]", b'{"estimator": 1}', b'{"estimator":"x","models":{"m":[[1]]}}', b"\xff"]
)
def test_a_broken_calibration_is_an_error_that_says_what_to_do(broken: bytes) -> None:
    with pytest.raises(TokensError, match="delete it"):
        load_calibration(broken)


def test_what_was_learnt_of_another_estimator_is_dropped() -> None:
    kept = dump_calibration(NEVER_SEEN.observe(MODEL, 10, 11))
    assert load_calibration(kept.replace(b'"estimator":"20', b'"estimator":"19')) == NEVER_SEEN
