from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search.terms import counted, together, written


def test_a_text_is_stems_words_as_written_and_neighbours():
    assert counted("opens Doors") == {"open": 1, "door": 1, "=opens": 1, "=doors": 1, "door open": 1}


@given(st.text(max_size=9), st.text(max_size=9))
def test_neighbours_are_the_same_in_any_order(one, other):
    assert together(one, other) == together(other, one)


@given(st.text(max_size=60))
def test_a_term_of_one_kind_is_none_of_another(text):
    assert all(term == written(term[1:]) or " " in term or term.isalnum() for term in counted(text))
