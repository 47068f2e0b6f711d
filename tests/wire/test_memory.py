from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire.memory import Memory, key_of, remembered


@given(st.lists(st.integers(0, 50)), st.integers(1, 10))
def test_a_memory_never_gives_a_wrong_value_and_never_grows_beyond_two_generations(
    asked: list[int], limit: int
) -> None:
    memory: Memory[int] = Memory(limit)
    for number in asked:
        key = key_of(b"%d" % number)
        assert memory.get(key) in (None, number)
        memory.put(key, number)
        assert memory.get(key) == number
        assert len(memory) <= 2 * limit


def test_what_is_asked_for_again_and_again_is_kept() -> None:
    memory: Memory[str] = Memory(4)
    memory.put(b"hot", "hot")
    for number in range(100):
        memory.put(b"%d" % number, "cold")
        assert memory.get(b"hot") == "hot"


def test_room_is_counted_in_sizes_and_what_is_larger_than_all_of_it_is_kept_until_the_next_comes() -> None:
    memory: Memory[str] = Memory(10)
    memory.put(b"huge", "huge", 100)
    assert memory.get(b"huge") == "huge"
    for number in range(20):
        memory.put(b"%d" % number, "small", 5)
    assert memory.get(b"huge") is None


def test_a_value_that_grows_under_its_key_takes_the_room_it_grew_to() -> None:
    memory: Memory[str] = Memory(100)
    memory.put(b"grows", "small", 10)
    memory.put(b"grows", "large", 90)
    memory.put(b"next", "next", 15)
    memory.put(b"last", "last", 90)
    assert memory.get(b"grows") is None
    assert memory.get(b"next") == "next"


def test_a_remembered_reader_reads_a_text_once_and_gives_the_very_same_value() -> None:
    read: list[bytes] = []

    def reader(text: bytes) -> list[bytes]:
        read.append(text)
        return [text]

    recall = remembered(reader)
    first = recall(b"abc")
    assert recall(bytes(bytearray(b"abc"))) is first
    assert read == [b"abc"]
