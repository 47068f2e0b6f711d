from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens.memory import Memory, key_of


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
