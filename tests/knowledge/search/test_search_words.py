import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search.words import LONGEST, stem, words


def test_identifiers_are_split_and_idle_words_left_out():
    assert words("listPullRequests get_HTTPServer2 for the queries") == [
        "list",
        "pull",
        "requests",
        "http",
        "server",
        "2",
        "queries",
    ]


def test_words_of_other_scripts_are_words():
    assert words("天気 予報") == ["天気", "予報"]


@pytest.mark.parametrize(
    "forms",
    [
        ("search", "searches", "searched", "searching"),
        ("query", "queries"),
        ("relate", "related", "relating"),
        ("happy", "happiness"),
        ("stop", "stopped", "stopping"),
        ("configure", "configures", "configured"),
        ("formal", "formalize"),
        ("class", "classes"),
        ("agree", "agreed"),
        ("adopt", "adoption"),
        ("control", "controlling"),
    ],
)
def test_the_forms_of_a_word_are_one(forms):
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(("one", "other"), [("bed", "be"), ("post", "poser"), ("2", "22"), ("sing", "s")])
def test_other_words_stay_other_words(one, other):
    assert stem(one) != stem(other)


def test_a_text_without_end_is_read_to_a_point():
    assert len(words("word " * LONGEST)) == LONGEST // 5


@given(st.text(max_size=80))
def test_law_3_any_text_has_words_and_every_word_a_stem(text):
    for word in words(text):
        assert word
        assert stem(word)
