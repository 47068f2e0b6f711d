"""JSON that remembers its own text: parse, canonical form, and edits that touch only what changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Final, Generic, TypeVar, overload

import msgspec

from agentforge.wire.errors import NotJson

T = TypeVar("T")

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_string = msgspec.json.Decoder(str)
_any = msgspec.json.Decoder()
_sorted = msgspec.json.Encoder(order="sorted")
_plain = msgspec.json.Encoder()

_KEY = re.compile(rb'[\s,{]*("(?:[^"\\]|\\.)*")\s*:\s*')
_SPACE = re.compile(rb"\s*")
_COMMA = re.compile(rb"\s*,\s*")
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)


class Json:
    """A JSON value with the text it came as; equal when their canonical forms are."""

    __slots__ = ("_value", "text")
    text: bytes
    _value: Any

    def __init__(self, text: bytes) -> None:
        self.text = text

    @classmethod
    def of(cls, value: object) -> Json:
        """The JSON of a plain Python value."""
        return cls(dump(value))

    @property
    def value(self) -> Any:
        """The plain Python value; a fresh parse is made once and must not be changed."""
        try:
            return self._value
        except AttributeError:
            self._value = load(self.text)
            return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Json):
            return NotImplemented
        return self.text == other.text or (
            bool(self.text) and bool(other.text) and canonical(self.text) == canonical(other.text)
        )

    def __hash__(self) -> int:
        return hash(canonical(self.text) if self.text else b"")

    def __repr__(self) -> str:
        return f"Json({self.text!r})"


ABSENT: Final = Json(b"")
"""In `extra`: this member was not there, though a writer would have put it."""


class Items(Sequence[T], Generic[T]):
    """A JSON array whose items are read when they are first looked at; immutable, equal to any sequence of equals."""

    __slots__ = ("_texts", "_values", "read", "text")

    def __init__(self, text: bytes, read: Callable[[bytes], T]) -> None:
        self.text = text
        self.read = read
        self._texts: list[bytes] | None = None
        self._values: list[T | None] = []

    @property
    def texts(self) -> list[bytes]:
        """The text of each item, as it came."""
        if self._texts is None:
            texts = elements(self.text)
            # Set last what tells that both are there: threads may share these items.
            self._values = [None] * len(texts)
            self._texts = texts
        return self._texts

    @property
    def known(self) -> Sequence[T | None]:
        """The items that were looked at, in their places; there once `texts` is."""
        return self._values

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        texts = self.texts
        value = self._values[index]
        if value is None:
            value = self._values[index] = self.read(texts[index])
        return value

    def __iter__(self) -> Iterator[T]:
        texts = self.texts
        for at, value in enumerate(self._values):
            if value is None:
                value = self._values[at] = self.read(texts[at])
            yield value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str | bytes) or not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Items({list(self)!r})"


def parse_object(text: bytes) -> Mapping[str, bytes]:
    """The members of a JSON object, each with its own text.

    A body is taken apart when it is read, when its chain is made and when it is written: the last long text, by
    identity, is not taken apart again.
    """
    last, members = _taken_apart[0]
    if text is last:
        return members
    try:
        members = {key: bytes(raw) for key, raw in _members.decode(text).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _diagnosis(text, error) from None
    if len(text) >= _LONG:
        _taken_apart[0] = text, members
    return members


_LONG: Final = 16 * 1024
_taken_apart: Final[list[tuple[bytes | None, Mapping[str, bytes]]]] = [(None, {})]
"""The last long text and its members: one assignment, so that threads see both or neither."""


def elements(text: bytes) -> list[bytes]:
    """The text of each element of a JSON array."""
    try:
        return [bytes(raw) for raw in _elements.decode(text)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _diagnosis(text, error) from None


def parse_string(text: bytes) -> str:
    """The string of a JSON string."""
    try:
        return _string.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _diagnosis(text, error) from None


def load(text: bytes) -> Any:
    """The plain Python value of a JSON text; `NotJson` with line and column where it is none."""
    try:
        return _any.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _diagnosis(text, error) from None


def dump(value: object) -> bytes:
    """The compact JSON text of a plain Python value, keys in their order."""
    return _plain.encode(value)


def canonical(source: bytes | object) -> bytes:
    """The one form of a JSON value: compact, UTF-8, keys sorted. Takes a JSON text, or a plain value."""
    return _sorted.encode(load(source) if isinstance(source, bytes) else source)


def strict(text: bytes) -> Any:
    """The plain value, refusing besides what `load` refuses: keys that occur twice."""
    load(text)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise _at(text, max(text.rfind(dump(key)), 0), f"the key {key!r} occurs twice in one object")
            seen[key] = value
        return seen

    try:
        return json.loads(text, object_pairs_hook=unique)
    except RecursionError as error:
        raise _diagnosis(text, error) from None


def splice(text: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The same object text with some members' values replaced, added, or (None) dropped; every other byte stays."""
    for key, new in changes.items():
        if new is None:
            text = _drop(text, key)
    left = {key: new for key, new in changes.items() if new is not None}
    out: list[bytes] = []
    done = 0
    for key, _, start, end in _spans(text):
        if key in left:
            out += text[done:start], left.pop(key)
            done = end
    if left:
        close = text.rindex(b"}")
        end = len(text[:close].rstrip())
        comma = b"" if text[:end].endswith(b"{") else b","
        out += text[done:end], comma, b",".join(dump(key) + b":" + new for key, new in left.items())
        done = end
    out.append(text[done:])
    return b"".join(out)


def _drop(text: bytes, key: str) -> bytes:
    spans = list(_spans(text))
    for number, (name, start, _, end) in enumerate(spans):
        if name == key:
            if number + 1 < len(spans):
                return text[:start] + text[spans[number + 1][1] :]
            return text[: spans[number - 1][3] if number else start] + text[end:]
    return text


def splice_items(text: bytes, items: Iterable[bytes], old: Sequence[bytes] | None = None) -> bytes:
    """An array text with other items, set out with the spacing it had; `old` are its items where they are known."""
    old = elements(text) if old is None else old
    new = list(items)
    if not old or not new:
        return b"[" + b",".join(new) + b"]"
    if len(text) == sum(map(len, old)) + len(old) + 1:
        # Brackets and commas, and no space between.
        return b"[" + b",".join(new) + b"]"
    head = end = _past(_SPACE, text, text.index(b"[") + 1)
    gaps: list[bytes] = []
    for item in old[:-1]:
        start = end + len(item)
        end = _past(_COMMA, text, start)
        gaps.append(text[start:end])
    out = [text[:head], new[0]]
    for gap, item in zip(chain(gaps, repeat(gaps[0] if gaps else b",")), new[1:], strict=False):
        out += gap, item
    return b"".join([*out, text[end + len(old[-1]) :]])


def _past(pattern: re.Pattern[bytes], text: bytes, start: int) -> int:
    found = pattern.match(text, start)
    assert found is not None
    return found.end()


def _spans(text: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Key, start of key, start of value, end of value of each member of an object text."""
    position = text.index(b"{")
    seen: set[str] = set()
    for key, value in parse_object(text).items():
        found = _KEY.match(text, position)
        if found is None or parse_string(found.group(1)) != key or key in seen:
            raise _at(text, position, "a key occurs twice in one object")
        seen.add(key)
        end = found.end() + len(value)
        if text[found.end() : end] != value:
            raise _at(text, position, f"the key {key!r} occurs twice in one object")
        yield key, found.start(1), found.end(), end
        position = end
    if text[position:].strip(b"{} \t\r\n"):
        raise _at(text, position, "a key occurs twice in one object")


def _at(text: bytes, byte: int, what: str) -> NotJson:
    line = text.count(b"\n", 0, byte) + 1
    column = byte - text.rfind(b"\n", 0, byte)
    return NotJson(what, where=f"line {line}, column {column} (byte {byte})")


def _diagnosis(text: bytes, error: Exception) -> NotJson:
    """What is wrong with a text the fast parser refused, and where, in words a person can act on."""
    if isinstance(error, RecursionError):
        return NotJson("nested too deeply", where=f"{len(text)} bytes")
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in text[:4]:
        return _at(text, 0, "this is UTF-16 or UTF-32; JSON on the wire is UTF-8")
    if text.startswith(b"\xef\xbb\xbf"):
        return _at(text, 0, "starts with a byte order mark, which JSON does not allow")
    if isinstance(error, msgspec.ValidationError):
        problem, _, path = str(error).partition(" - at ")
        return NotJson(problem[:1].lower() + problem[1:], where=path.strip("`") or "$")
    try:
        decoded = text.decode()
    except UnicodeDecodeError as wrong:
        return _at(text, wrong.start, f"byte 0x{text[wrong.start]:02x} is not UTF-8")
    try:
        json.loads(decoded, parse_constant=_refuse_constant)
    except json.JSONDecodeError as wrong:
        return _at(text, len(decoded[: wrong.pos].encode()), wrong.msg[:1].lower() + wrong.msg[1:])
    except ValueError as wrong:
        place = re.search(rb"-?Infinity|NaN", text)
        return _at(text, place.start() if place else 0, str(wrong))
    except RecursionError:
        return NotJson("nested too deeply", where=f"{len(text)} bytes")
    for found in _ESCAPE.finditer(text):
        if found["lone"]:
            return _at(text, found.start(), f"{found.group().decode()} is half of a surrogate pair")
    return _at(text, 0, str(error))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
