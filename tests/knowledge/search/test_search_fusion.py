from agentforge.knowledge.search import Entry, Search
from agentforge.knowledge.search.fusion import Meanings, fused

MEANINGS = ("rain storm umbrella", "money coin wallet")


class Toy:
    """Texts by how many words of each meaning they have."""

    def __init__(self):
        self.embedded = []

    def embed(self, texts):
        self.embedded += texts
        return [[sum(word in text for word in meaning.split()) for meaning in MEANINGS] for text in texts]


def test_what_both_orders_have_comes_before_what_one_has():
    scores = fused({1: 0.9, 2: 0.8}, [2, 3], 10)
    assert sorted(scores, key=scores.__getitem__, reverse=True) == [2, 1, 3]
    assert all(0 < score <= 1 for score in scores.values())


def test_an_item_that_shares_no_word_is_found_by_its_meaning():
    entries = [Entry("a", "storm"), Entry("b", "coin"), Entry("c", "door")]
    assert [hit.entry.id for hit in Search(entries, embedder=Toy()).find("umbrella")] == ["a"]
    assert Search(entries).find("umbrella") == []


def test_documents_are_embedded_once_and_forgotten_when_they_go():
    toy = Toy()
    meanings = Meanings(toy)
    meanings.put(1, "coin")
    meanings.put(2, "rain")
    assert meanings.near("money", 5) == meanings.near("wallet", 5) == {1: 1.0}
    meanings.drop(1)
    assert meanings.near("money", 5) == {}
    assert toy.embedded.count("coin") == 1
