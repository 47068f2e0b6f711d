from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.utf16 import cut, units


def test_signs_beyond_the_first_plane_count_twice():
    assert units("a😀") == 3
    assert cut("a😀b", 3) == "a😀"


@given(st.text(), st.integers(0, 20))
def test_what_is_cut_is_never_longer_than_it_may_be(text, most):
    assert units(cut(text, most)) == min(units(text), most)
