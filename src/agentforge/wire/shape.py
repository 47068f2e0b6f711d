"""How a value lies in a JSON object: one table read in both directions, so that codecs are data.

Reading keeps in `extra` whatever has no field, or would not be written back the same: so writing a value that has lost
its origin still gives the same JSON. Writing a value that has its origin gives the old bytes, changed members aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from itertools import chain, repeat
from operator import attrgetter, is_
from typing import Any, Generic, NoReturn, TypeVar, cast

from agentforge.wire.errors import NotTranslatable
from agentforge.wire.jsontext import ABSENT, Items, Json, dump, parse_object, parse_string, splice, splice_items
from agentforge.wire.values import NOTHING, Block, Dialect, Extra, Origin, Other

T = TypeVar("T")
Members = dict[str, bytes | None]
"""JSON key to text; None: not written."""


class Misfit(Exception):
    """This text does not fit here; it is kept as it is."""


@dataclass(frozen=True, slots=True)
class Member:
    """One field over one JSON key, or over several that only make sense together."""

    field: str
    keys: tuple[str, ...]
    read: Callable[[dict[str, bytes]], tuple[Any, dict[str, bytes]]]
    """Texts by key to the value, and those texts that it did not take in."""
    write: Callable[[Any, Any], Members]
    """The value, and the one that stood there before (or None), to texts by key."""
    read_one: Callable[[bytes], Any] | None = None
    """The same as `read`, quicker, where there is only one key."""


def one(field: str, key: str, read: Callable[[bytes], Any], write: Callable[[Any, Any], bytes | None]) -> Member:
    """A member over a single key."""
    return Member(field, (key,), lambda texts: (read(texts[key]), {}), lambda new, old: {key: write(new, old)}, read)


def string(field: str, key: str) -> Member:
    """A required string."""
    return one(field, key, read_string, lambda new, _: dump(new))


def optional_string(field: str, key: str) -> Member:
    """A string that may be missing; an empty one counts as something to keep."""

    def read(text: bytes) -> str:
        return read_string(text) or _misfit()

    return one(field, key, read, lambda new, _: dump(new) if new else None)


def whole_number(field: str, key: str) -> Member:
    """A number that may be missing."""

    def read(text: bytes) -> int:
        return int(text) if text.isdigit() and len(text) < 19 else _misfit()

    return one(field, key, read, lambda new, _: None if new is None else dump(new))


def flag(field: str, key: str) -> Member:
    """True where it says so; anything else is kept as it stands."""
    return one(field, key, lambda text: text == b"true" or _misfit(), lambda new, _: b"true" if new else None)


def any_json(field: str, key: str) -> Member:
    """A value nobody here looks into, not null."""

    def read(text: bytes) -> Json:
        return Json(text) if text != b"null" else _misfit()

    return one(field, key, read, lambda new, _: None if new is None else new.text)


def array(field: str, key: str, read_item: Callable[[bytes], Any], write_item: Callable[[Any], bytes]) -> Member:
    """An array of values, read item by item when looked at."""

    def read(text: bytes) -> Items[Any]:
        return Items(text, read_item) if text.startswith(b"[") else _misfit()

    return one(field, key, read, lambda new, old: None if new is None else write_array(new, old, read_item, write_item))


def content(field: str, key: str, read_block: Callable[[bytes], Any], write_block: Callable[[Any], bytes]) -> Member:
    """A string, or an array of blocks."""
    return one(
        field,
        key,
        lambda text: read_content(text, read_block),
        lambda new, old: write_content(new, old, read_block, write_block),
    )


def read_string(text: bytes) -> str:
    """The string, if it is one."""
    return parse_string(text) if text.startswith(b'"') else _misfit()


def read_content(text: bytes, read_block: Callable[[bytes], Any]) -> str | Items[Any]:
    """A string, or blocks to be read when looked at."""
    if text.startswith(b'"'):
        return parse_string(text)
    return Items(text, read_block) if text.startswith(b"[") else _misfit()


def write_content(
    new: Any, old: Any, read_block: Callable[[bytes], Any], write_block: Callable[[Any], bytes]
) -> bytes | None:
    """The text of a content field, or None where there is none."""
    if new is None or isinstance(new, str):
        return None if new is None else dump(new)
    return write_array(new, old, read_block, write_block)


def write_array(
    new: Sequence[Any], old: Any, read_item: Callable[[bytes], Any], write_item: Callable[[Any], bytes]
) -> bytes:
    """The text of an array, spaced like the one before it; items that another reader read are written one by one."""
    if isinstance(new, Items) and new.read is read_item:
        return new.text
    if not isinstance(old, Items):
        return b"[" + b",".join(map(write_item, new)) + b"]"
    if old.read is not read_item:
        return splice_items(old.text, map(write_item, new), old.texts)
    texts = old.texts
    before = chain(zip(old.known, texts, strict=True), repeat((None, b"")))
    paired = zip(new, before, strict=False)
    return splice_items(old.text, [text if was is item else write_item(item) for item, (was, text) in paired], texts)


class Shape(Generic[T]):
    """How values of one type lie in the JSON objects of one dialect."""

    def __init__(
        self,
        dialect: Dialect,
        make: type[T],
        *members: Member,
        fixed: Mapping[str, bytes] | None = None,
        given: Mapping[str, Any] | None = None,
        nests: Sequence[str] = (),
        elsewhere: Sequence[str] = (),
    ) -> None:
        """`fixed` members always say the same, `given` fields come from the shape, `nests` are flattened objects.

        `elsewhere` are fields, and keys of `extra`, that others write.
        """
        self.dialect = dialect
        self.make: Callable[..., T] = make
        self.members = members
        self.fixed = dict(fixed or {})
        self.given = dict(given or {})
        self.nests = frozenset(nests)
        self._singles = {member.keys[0]: (member.field, member.read_one) for member in members if member.read_one}
        self._groups = [member for member in members if not member.read_one]
        self._grouped = frozenset(key for member in self._groups for key in member.keys)
        self._fields = attrgetter(*(member.field for member in members), "extra")
        self._elsewhere = frozenset(elsewhere)
        mine = {member.field for member in members} | self.given.keys() | self._elsewhere | {"extra", "origin"}
        self._wordless = [
            (field.name, field.default)
            for field in fields(make)  # type: ignore[arg-type]
            if field.name not in mine and field.default is not MISSING
        ]
        self._required = [
            field.name
            for field in fields(make)  # type: ignore[arg-type]
            if field.default is field.default_factory is MISSING and field.name not in self.given
        ]

    def read(self, text: bytes, found: Mapping[str, bytes] | None = None) -> T:
        """The value, with its origin; `found` are the members of the text where they are known already.

        `Misfit` where a required part is missing or odd.
        """
        members = parse_object(text) if found is None else found
        if self.nests:
            members = self._flat(members)
        extra: dict[str, Json] = {}
        values = dict(self.given)
        grouped: dict[str, bytes] = {}
        for key, raw in members.items():
            single = self._singles.get(key)
            if single is not None:
                try:
                    values[single[0]] = single[1](raw)
                except Misfit:
                    extra[key] = Json(raw)
            elif key in self._grouped:
                grouped[key] = raw
            elif self.fixed.get(key) != raw:
                extra[key] = Json(raw)
        for key in self.fixed:
            if key not in members:
                extra[key] = ABSENT
        for member in self._groups:
            mine = {key: grouped[key] for key in member.keys if key in grouped}
            if mine:
                try:
                    values[member.field], left = member.read(mine)
                except Misfit:
                    left = mine
                extra |= {key: Json(raw) for key, raw in left.items()}
        for field in self._required:
            if field not in values:
                raise Misfit
        value = self.make(**values, extra=extra or NOTHING)
        object.__setattr__(value, "origin", Origin(self.dialect, text, self._fields(value), self))
        return value

    def write(self, value: T) -> bytes:
        """The JSON text: the old bytes where nothing changed."""
        now = self._fields(value)
        origin: Origin | None = value.origin  # type: ignore[attr-defined]
        self._refuse_the_unsayable(value, origin)
        if origin is not None and origin.shape is self and all(map(is_, now, origin.fields)):
            return origin.text
        if self._elsewhere and any(key in self._elsewhere for key in now[-1]):
            now = (*now[:-1], {key: json for key, json in now[-1].items() if key not in self._elsewhere})
        if origin is None or origin.shape is not self:
            texts: Members = dict(self.fixed)
            for member, new in zip(self.members, now, strict=False):
                texts |= member.write(new, None)
            # What stands in `extra` under a field's own key was no value of that field; a real one replaces it.
            left = {key: json for key, json in now[-1].items() if texts.get(key) is None or key in self.fixed}
            texts |= _texts_of(left)
            return self._splice(b"{}", {key: text for key, text in texts.items() if text is not None})
        new_extra, old_extra = now[-1], origin.fields[-1]
        changes: Members = {}
        if new_extra is not old_extra:
            changes |= {key: None for key in old_extra if key not in new_extra}
            changes |= _texts_of({key: json for key, json in new_extra.items() if old_extra.get(key) is not json})
        for member, new, old in zip(self.members, now, origin.fields, strict=False):
            if new is not old:
                texts = member.write(new, old)
                # A field without a value says nothing about the odd member that stands in `extra` under its key.
                changes |= {key: text for key, text in texts.items() if text is not None or key not in old_extra}
        return self._splice(origin.text, changes)

    def _refuse_the_unsayable(self, value: T, origin: Origin | None) -> None:
        """Raises where writing would lose something without a word."""
        if origin is not None and origin.dialect != self.dialect:
            raise NotTranslatable(
                f"a {type(value).__name__} of {origin.dialect} stands in a value of {self.dialect}",
                fix="convert the whole request first",
            )
        for name, default in self._wordless:
            if getattr(value, name) != default:
                raise NotTranslatable(f"{self.dialect} has no word for {name} of a {type(value).__name__}")

    def _flat(self, members: Mapping[str, bytes]) -> dict[str, bytes]:
        flat: dict[str, bytes] = {}
        for key, raw in members.items():
            inner = parse_object(raw) if key in self.nests and raw.startswith(b"{") else {}
            if inner:
                flat |= {f"{key}/{name}": inner_raw for name, inner_raw in inner.items()}
            elif key.partition("/")[0] in self.nests and "/" in key:
                raise Misfit
            else:
                flat[key] = raw
        return flat

    def _splice(self, text: bytes, changes: Members) -> bytes:
        if not self.nests:
            return splice(text, changes)
        outer: Members = {}
        inner: dict[str, Members] = {}
        for path, new in changes.items():
            head, slash, key = path.partition("/")
            if slash and head in self.nests:
                inner.setdefault(head, {})[key] = new
            else:
                outer[path] = new
        for head, texts in inner.items():
            old = parse_object(text).get(head, b"")
            outer[head] = splice(old if old.startswith(b"{") else b"{}", texts)
        return splice(text, outer)


def read_by_type(text: bytes, shapes: Mapping[bytes, Shape[Any]]) -> Block:
    """The block of a text, by its type; what is not known, or odd, is kept whole."""
    found = parse_object(text) if text.startswith(b"{") else {}
    kind = found.get("type", b"")
    try:
        block: Block = shapes[kind].read(text, found)
    except (KeyError, Misfit):
        return Other(parse_string(kind) if kind.startswith(b'"') else "", Json(text))
    return block


def _texts_of(extra: Extra) -> Members:
    return {key: json.text or None for key, json in extra.items()}


def without_origin(value: T) -> T:
    """The same value as if made by hand: writing it shows what was understood, not what was remembered."""
    if isinstance(value, Items | tuple | list):
        return tuple(without_origin(item) for item in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {field.name: without_origin(getattr(value, field.name)) for field in fields(value)}
    return cast("T", replace(value, **changes | ({"origin": None} if "origin" in changes else {})))


def _misfit() -> NoReturn:
    raise Misfit
