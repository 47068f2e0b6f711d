from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire.errors import NotJson, NotTranslatable
from agentforge.wire.jsontext import ABSENT, Json, load
from agentforge.wire.shape import (
    Misfit,
    Shape,
    any_json,
    array,
    content,
    flag,
    optional_string,
    string,
    whole_number,
    without_origin,
)
from agentforge.wire.values import NOTHING, Extra, Origin, Text
from strategies import maybe_odd, objects, texts, words


@dataclass(frozen=True, slots=True)
class Thing:
    """One field of every sort."""

    name: str
    note: str | None = None
    size: int | None = None
    on: bool = False
    more: Json | None = None
    said: Any = None
    parts: Any = None
    extra: Extra = field(default_factory=lambda: NOTHING)
    origin: Origin | None = field(default=None, compare=False, repr=False)


PART = Shape("anthropic", Text, string("text", "t"))
THING = Shape(
    "anthropic",
    Thing,
    string("name", "name"),
    optional_string("note", "inner/note"),
    whole_number("size", "inner/size"),
    flag("on", "on"),
    any_json("more", "more"),
    content("said", "said", PART.read, PART.write),
    array("parts", "parts", PART.read, PART.write),
    fixed={"type": b'"thing"'},
    nests=("inner",),
)
part_objects = st.fixed_dictionaries({"t": words})
things = objects(
    {"name": words},
    {
        "type": st.sampled_from(["thing", "other"]),
        "inner": objects({}, {"note": words, "size": st.integers(-2, 10**20)}),
        "on": st.booleans(),
        "said": words | st.lists(part_objects, max_size=2),
        "parts": st.lists(part_objects, max_size=2),
        "more": st.none(),
    },
).filter(lambda plain: all(well_formed(plain.get(key)) for key in ("said", "parts")))


def well_formed(parts):
    return not isinstance(parts, list) or all(isinstance(part, dict) and "t" in part for part in parts)


def read(text):
    return THING.read(text)


@given(texts(things))
def test_law_1_a_shape_writes_what_it_read_with_or_without_its_origin(text):
    thing = read(text)
    assert THING.write(thing) == text
    assert load(THING.write(without_origin(thing))) == load(text)


@given(texts(things), st.fixed_dictionaries({}, optional={"name": words, "note": words, "size": st.integers(0, 9)}))
def test_replaced_fields_are_written_and_read_back(text, changes):
    changed = replace(read(text), **changes)
    again = read(THING.write(changed))
    assert all((getattr(again, key) or None) == (value or None) for key, value in changes.items() if value != "")


@given(texts(things))
def test_two_edits_one_after_the_other_and_back_give_the_old_bytes(text):
    thing = read(text)
    changed = replace(replace(thing, name="new", on=not thing.on), name=thing.name, on=thing.on)
    assert THING.write(changed) == text


def test_a_field_takes_only_what_it_can_give_back():
    thing = read(
        b'{"type": "thing", "name": "n", "inner": {"note": "", "size": -1}, "on": false, "said": 5, "parts": {}}'
    )
    assert (thing.note, thing.size, thing.on, thing.said, thing.parts) == (None, None, False, None, None)
    assert set(thing.extra) == {"inner/note", "inner/size", "on", "said", "parts"}


def test_what_always_says_the_same_is_missed_when_it_is_missing_and_kept_when_it_differs():
    assert read(b'{"type": "thing", "name": "n"}').extra == {}
    assert read(b'{"name": "n"}').extra == {"type": ABSENT}
    assert read(b'{"type": "else", "name": "n"}').extra == {"type": Json(b'"else"')}
    assert THING.write(Thing("n")) == b'{"type":"thing","name":"n"}'


def test_a_value_made_by_hand_writes_nested_members_together():
    assert load(THING.write(Thing("n", note="a", size=3))) == {
        "type": "thing",
        "name": "n",
        "inner": {"note": "a", "size": 3},
    }


def test_nested_members_are_edited_where_they_are():
    text = b'{ "type": "thing", "name": "n", "inner" : { "note": "a", "k": [ 1 ] } }'
    thing = read(text)
    assert thing.extra == {"inner/k": Json(b"[1]")}
    assert THING.write(replace(thing, note="b")) == text.replace(b'"a"', b'"b"')
    assert THING.write(replace(thing, size=4)) == text.replace(b"[ 1 ]", b'[ 1 ],"size":4')
    assert THING.write(replace(thing, extra={})) == text.replace(b', "k": [ 1 ]', b"")


@pytest.mark.parametrize("inner", [b"null", b"[]", b"{}", b'"x"', b"{ }"])
def test_a_nest_that_is_none_gives_way_to_a_real_one(inner):
    thing = read(b'{"type":"thing","name":"n","inner":%s}' % inner)
    assert load(THING.write(replace(thing, note="a")))["inner"] == {"note": "a"}
    assert load(THING.write(replace(without_origin(thing), note="a")))["inner"] == {"note": "a"}


def test_an_odd_member_stays_until_its_field_gets_a_value():
    thing = read(b'{"type":"thing","name":"n","said":5}')
    assert THING.write(replace(thing, said=())) == b'{"type":"thing","name":"n","said":[]}'
    assert THING.write(replace(thing, said="a")) == b'{"type":"thing","name":"n","said":"a"}'
    assert THING.write(replace(replace(thing, said="a"), said=None)) == b'{"type":"thing","name":"n","said":5}'


def test_items_are_written_with_the_spacing_they_had():
    text = b'{"type":"thing","name":"n","parts":[ {"t": "a"},\n {"t": "b"} ]}'
    thing = read(text)
    first, second = thing.parts
    assert THING.write(replace(thing, parts=(first, replace(second, text="c")))) == text.replace(b'"b"', b'"c"')
    assert THING.write(replace(thing, parts=(second,))) == text.replace(b'{"t": "a"},\n ', b"")
    assert THING.write(replace(thing, parts=None)) == b'{"type":"thing","name":"n"}'


@pytest.mark.parametrize("text", [b"{}", b'{"name": 5}', b'{"name": null}', b'{"name": "n", "inner/note": "x"}'])
def test_a_text_without_what_is_required_or_with_a_name_like_a_path_does_not_fit(text):
    with pytest.raises(Misfit):
        read(text)


def test_a_member_that_occurs_twice_cannot_be_edited():
    thing = read(b'{"type":"thing","name":"n","inner":{"note":"a"},"inner":{"note":"b"}}')
    assert thing.note == "b"
    with pytest.raises(NotJson, match="occurs twice"):
        THING.write(replace(thing, note="c"))


def test_a_value_of_another_dialect_is_refused():
    thing = read(b'{ "name": "n", "type": "thing" }')
    foreign = replace(thing, origin=Origin("openai-chat", b"{}", thing.origin.fields, THING))
    with pytest.raises(NotTranslatable, match="convert"):
        THING.write(foreign)


def test_a_value_of_another_shape_is_written_from_its_fields():
    thing = read(b'{ "name": "n", "type": "thing" }')
    moved = replace(thing, origin=Origin("anthropic", b"{}", thing.origin.fields, None))
    assert THING.write(moved) == b'{"type":"thing","name":"n"}'


@given(texts(objects({"name": words}, {"on": maybe_odd(st.booleans())})))
def test_forgetting_the_origin_changes_nothing_that_is_said(text):
    thing = read(text)
    bare = without_origin(thing)
    assert bare.origin is None
    assert bare == thing
    assert without_origin(bare) == bare
