import pytest

from agentforge.knowledge.search.spelling import Spelling


def spelling(*words):
    made = Spelling()
    made.learn(words)
    return made


VOCABULARY = spelling("repository", "screenshot", "calendar", "payment", "deploy", "authentication", "form", "from")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("repositry", "repository"),
        ("screnshot", "screenshot"),
        ("calender", "calendar"),
        ("paymnet", "payment"),
        ("depoly", "deploy"),
        ("repo", "repository"),
        ("authentication2", None),
        ("xylophone", None),
        ("frm", None),
        ("12345", None),
        ("", None),
    ],
)
def test_a_word_with_a_slip_is_near_the_one_that_was_meant(typed, meant):
    assert next((word for word, _ in VOCABULARY.near(typed, bool)), None) == meant


def test_words_that_are_learnt_later_count_too():
    made = spelling("payment")
    assert made.near("invoise", bool) == ()
    made.learn(["invoice"])
    assert [word for word, _ in made.near("invoise", bool)] == ["invoice"]


def test_no_word_is_nearer_than_itself():
    assert all(0 < how <= 1 for typed in ("paymnt", "form", "repo") for _, how in VOCABULARY.near(typed, bool))


def test_a_word_that_is_gone_is_near_to_nothing():
    assert VOCABULARY.near("paymnet", lambda word: word != "payment") == ()
