"""What was worked out lately, kept within bounds: a conversation that grows pays only for what is new."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final, Generic, TypeVar

V = TypeVar("V")


REMEMBERED_BYTES: Final = 8 << 20


class Memory(Generic[V]):
    """A bounded mapping from bytes to value that forgets what was not asked for in a while.

    Two generations: when the young one is full it becomes the old one, and what is asked for comes back. Threads may
    share it: the worst that a race can do is to forget.
    """

    __slots__ = ("_limit", "_old", "_size", "_young")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._young: dict[bytes, tuple[V, int]] = {}
        self._old: dict[bytes, tuple[V, int]] = {}

    def get(self, key: bytes) -> V | None:
        """The value under the key, if it is still known."""
        kept = self._young.get(key)
        if kept is None and (kept := self._old.get(key)) is not None:
            self.put(key, *kept)
        return None if kept is None else kept[0]

    def put(self, key: bytes, value: V, size: int = 1) -> None:
        """Keeps a value that takes so much room under a key."""
        if self._size + size > self._limit:
            self._old, self._young, self._size = self._young, {}, 0
        self._size += size - (self._young[key][1] if key in self._young else 0)
        self._young[key] = value, size

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())


def key_of(text: bytes) -> bytes:
    """The hash to remember a text by."""
    return sha256(text).digest()


def remembered(read: Callable[[bytes], V], *, limit: int = REMEMBERED_BYTES) -> Callable[[bytes], V]:
    """The same reader, but a text it has read lately is not read again: frozen values serve twice."""
    memory: Memory[V] = Memory(limit)

    def recall(text: bytes) -> V:
        value = memory.get(text)
        if value is None:
            value = read(text)
            memory.put(text, value, len(text))
        return value

    return recall
