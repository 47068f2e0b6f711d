from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.admission.outliers import MOST, far_out, study
from agentforge.context.admission.values import ERROR, ODD
from agentforge.context.text import MISSING


def test_a_number_far_from_all_others_is_found_the_farthest_first():
    assert far_out([5, 6, 7, 5, 6, 900, 5, 6, 7, 5, -4_000, 6, 7, 6, 5]) == [10, 5]


def test_counts_and_small_sets_have_no_outliers():
    assert far_out(list(range(100))) == []
    assert far_out([1, 2, 900]) == []
    assert far_out([5] * 40) == []


def test_many_far_numbers_are_a_second_kind_and_not_outliers():
    assert far_out([float(at % 7) for at in range(60)] + [90.0 + at % 7 for at in range(10)]) == []


@given(st.lists(st.integers() | st.floats(allow_nan=False), max_size=60))
def test_any_numbers_can_be_looked_at(numbers):
    found = far_out(numbers)
    assert len(found) <= MOST
    assert all(0 <= at < len(numbers) for at in found)


def test_rare_words_and_what_is_missing_are_marked():
    rows = ["open"] * 50 + ["lost"] + ["open"] * 49
    gaps = [1] * 30 + [None] + [1] * 69
    lacks = [1] * 40 + [MISSING] + [1] * 59
    found = study({"state": rows, "size": gaps, "owner": lacks})
    assert found.weights == {50: (ODD, 0), 30: (ODD, 0), 40: (ODD, 0)}
    assert found.notes == ["state open 99, lost 1", "size 1 (1 empty)", "owner 1 (1 empty)"]


def test_words_of_trouble_weigh_as_errors_unless_all_say_so():
    assert study({"said": [f"item {at}" for at in range(40)] + ["upload failed"]}).weights == {40: (ERROR, 0)}
    assert study({"said": ["failed"] * 40}).weights == {}


def test_names_are_no_rare_words():
    assert study({"id": [f"a{at}" for at in range(100)]}).weights == {}


def test_keys_that_few_have_are_not_listed_one_by_one():
    columns = {f"k{at}": [MISSING] * at + [1] + [MISSING] * (99 - at) for at in range(50)}
    found = study({"id": [7] * 100, **columns})
    assert found.weights == {}
    assert found.notes == ["id 7", "50 keys that few have"]


def test_odd_numbers_do_no_harm():
    assert study({"n": [10**400] * 20 + [float("inf")] + [1] * 20}).notes
