"""What was weighed lately, under the hash of what it was."""

from __future__ import annotations

from hashlib import sha256
from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """A bounded mapping from hash to value that forgets what was not asked for in a while.

    Two generations: when the young one is full it becomes the old one, and what is asked for comes back. Threads may
    share it: the worst that a race can do is to forget.
    """

    __slots__ = ("_limit", "_old", "_young")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._young: dict[bytes, V] = {}
        self._old: dict[bytes, V] = {}

    def get(self, key: bytes) -> V | None:
        """The value under the key, if it is still known."""
        value = self._young.get(key)
        if value is None and (value := self._old.get(key)) is not None:
            self.put(key, value)
        return value

    def put(self, key: bytes, value: V) -> None:
        """Keeps a value under a key."""
        if len(self._young) >= self._limit:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())


def key_of(text: bytes) -> bytes:
    """The hash to remember a text by."""
    return sha256(text).digest()
