from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search.matching import match
from agentforge.knowledge.search.postings import Field, Postings
from agentforge.knowledge.search.spelling import Spelling
from agentforge.knowledge.search.terms import counted
from agentforge.knowledge.search.words import words


def matched(request, *texts):
    postings, spelling = Postings(Field(1.0, 0.75)), Spelling()
    for number, text in enumerate(texts):
        postings.put(number, (counted(text),))
        spelling.learn(words(text))
    return match(postings, spelling, request)


def best(request, *texts):
    scores = matched(request, *texts).scores
    return max(scores, key=scores.__getitem__, default=None)


def test_the_very_form_of_a_word_beats_another_form_of_it():
    assert best("charts", "a chart of sales", "charts of sales") == 1


def test_words_that_stand_together_beat_the_same_words_apart():
    assert best("credit card", "card of a game, a credit", "card game of a credit", "game of a credit card") == 2


def test_what_is_said_in_other_words_is_found():
    assert best("erase a picture", "deletes an image", "sorts a table") == 0


def test_a_word_with_a_slip_is_found():
    assert best("calender", "opens the calendar", "opens the door") == 0


def test_each_part_of_a_task_brings_its_own():
    scores = matched(
        "Book a hotel room in Rome with a view of the sea and breakfast. Then send mail.",
        "books a hotel room with breakfast",
        "books a hotel with a sea view",
        "sends mail",
        "sorts a table",
    ).scores
    assert min(scores[0], scores[1], scores[2]) > 0.8
    assert 3 not in scores


def test_what_meets_more_of_the_words_fits_better():
    fits = matched("merge the pull request", "merges a pull request", "pull").fits
    assert 1 >= fits[0] > fits.get(1, 0) >= 0
    assert matched("xylophone zebra", "merges a pull request").fits == {}


texts = st.lists(
    st.sampled_from(["send mail", "open a page", "delete", "the", "ärger", "?", "2", "then", "."]), max_size=8
)


@given(texts.map(" ".join), st.lists(texts.map(" ".join), max_size=5))
def test_scores_and_fits_are_shares(request, documents):
    found = matched(request, *documents)
    assert found.scores.keys() == found.fits.keys()
    assert all(0 <= share <= 1 + 1e-9 for share in (*found.scores.values(), *found.fits.values()))
