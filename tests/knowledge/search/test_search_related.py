from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search.related import related
from agentforge.knowledge.search.words import stem


def test_words_that_are_used_for_one_another_are_related_in_any_form():
    assert stem("adding") in related()[stem("created")]
    assert stem("removes") in related()[stem("deleting")]


@given(st.sampled_from(sorted(related())))
def test_relation_goes_both_ways_and_never_to_itself(word):
    assert word not in related()[word]
    assert all(word in related()[other] for other in related()[word])
