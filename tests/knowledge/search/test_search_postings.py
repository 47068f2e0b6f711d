from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search.postings import SATURATION, Field, Postings

FIELDS = (Field(3.0, 0.3), Field(1.0, 0.75))
texts = st.lists(st.sampled_from("abcdefg"), max_size=12).map(Counter)
documents = st.dictionaries(st.integers(0, 30), st.tuples(texts, texts), max_size=12)


def posted(documents):
    postings = Postings(*FIELDS)
    for number, counts in documents.items():
        postings.put(number, counts)
    return postings


def scores(postings):
    return {term: (postings.tells(term), dict(sorted(postings.impacts(term).items()))) for term in "abcdefg"}


def test_a_word_in_every_document_still_tells_something_and_a_rare_one_more():
    postings = posted({number: (Counter("a"), Counter("b" if number else "a")) for number in range(4)})
    assert 0 < postings.tells("a") < postings.tells("never seen")
    assert postings.tells("b") > postings.tells("a")


def test_a_word_counts_more_in_a_weightier_field_and_less_in_a_longer_one():
    told = posted(
        {1: (Counter("a"), Counter("b")), 2: (Counter("b"), Counter("a")), 3: (Counter("b"), Counter("abbb"))}
    )
    impacts = told.impacts("a")
    assert impacts[1] > impacts[2] > impacts[3]


@given(documents, documents)
def test_law_3_what_was_put_and_dropped_leaves_no_trace(kept, gone):
    postings = posted(gone | kept)
    scores(postings)
    for number in gone.keys() - kept.keys():
        postings.drop(number)
    assert len(postings) == len(kept)
    for term, (tells, impacts) in scores(posted(kept)).items():
        assert postings.tells(term) == tells
        assert dict(postings.impacts(term)) == pytest.approx(impacts)
        assert (term in postings) == bool(impacts)


@given(documents)
def test_no_word_is_worth_more_than_the_most(documents):
    for _, impacts in scores(posted(documents)).values():
        assert all(0 < impact <= SATURATION + 1 for impact in impacts.values())
