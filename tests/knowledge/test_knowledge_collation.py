from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.collation import collated


def test_signs_come_before_digits_and_these_before_letters_whose_case_hardly_counts():
    names = ["Explore", "zeta", "alpha", "_under", "9th", "b-low", "b_low", "Bcap", "a b", "Alpha"]
    assert sorted(names, key=collated) == [
        "_under",
        "9th",
        "a b",
        "alpha",
        "Alpha",
        "b_low",
        "b-low",
        "Bcap",
        "Explore",
        "zeta",
    ]


@given(st.lists(st.text(max_size=8), unique=True))
def test_the_order_does_not_depend_on_where_one_starts(names):
    backwards = names[::-1]
    assert sorted(names, key=collated) == sorted(backwards, key=collated)
