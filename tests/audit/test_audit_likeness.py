import re

from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import pairs_alike

WORDS = ["parcel", "letter", "stamp", "sort", "weigh", "send"]


def phrases(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 3]) for at in range(max(len(words) - 2, 1 if words else 0))}


def by_brute_force(texts: list[str], least: float) -> dict[tuple[int, int], float]:
    found = {}
    for one in range(len(texts)):
        for other in range(one + 1, len(texts)):
            mine, theirs = phrases(texts[one]), phrases(texts[other])
            if mine & theirs and len(mine & theirs) / len(mine | theirs) >= least:
                found[one, other] = len(mine & theirs) / len(mine | theirs)
    return found


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), max_size=20))
def test_short_texts_are_compared_as_if_each_was_compared_with_each(texts):
    # Up to eight shingles a text, its sketch is all of it: nothing can be missed.
    assert {(one, other): share for one, other, share in pairs_alike(texts)} == by_brute_force(texts, 0.6)


@given(st.randoms(use_true_random=False))
def test_of_long_texts_no_pair_is_made_up_and_hardly_one_is_missed(random):
    texts = []
    for at in range(30):
        words = [f"w{at}x{number}" for number in range(40)]
        changed = words[:]
        changed[random.randrange(40)] = "changed"
        texts += [" ".join(words), " ".join(changed)]
    found = {(one, other): share for one, other, share in pairs_alike(texts)}
    wanted = by_brute_force(texts, 0.6)
    assert found.items() <= wanted.items()
    assert len(found) >= len(wanted) - 1


def test_texts_without_words_are_like_nothing():
    assert list(pairs_alike(["", "", "...", "..."])) == []
