import json
import math
from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import (
    ABSENT,
    Items,
    Json,
    canonical,
    dump,
    elements,
    load,
    parse_object,
    parse_string,
    splice,
    splice_items,
    strict,
)
from strategies import STYLES, json_objects, json_values, texts, words, written

arrays = st.lists(json_values, max_size=5)
changes = st.dictionaries(words, st.none() | json_values.map(dump), max_size=4)
spaces = st.text(" \n\t\r", max_size=3).map(str.encode)


@st.composite
def loose_arrays(draw):
    """An array text with white space of any kind anywhere, and its values."""
    values = draw(st.lists(json_values, min_size=1, max_size=5))
    cells = [draw(spaces) + dump(value) + draw(spaces) for value in values]
    return draw(spaces) + b"[" + b",".join(cells) + b"]" + draw(spaces), values


@st.composite
def loose_objects(draw):
    """An object text with white space of any kind anywhere, and its plain value."""
    plain = draw(json_objects)
    cells = [
        draw(spaces) + dump(key) + draw(spaces) + b":" + draw(spaces) + dump(value) + draw(spaces)
        for key, value in plain.items()
    ]
    inside = b",".join(cells) if cells else draw(spaces)
    return draw(spaces) + b"{" + inside + b"}" + draw(spaces), plain


def outcome(read, text):
    """What reading gives, or the `NotJson` it raises; no other error passes."""
    try:
        return read(text)
    except NotJson as error:
        return error


def nested(depth):
    return b'{"a":[' * depth + b"]}" * depth


# --- canonical form


@given(json_values, st.sampled_from(sorted(STYLES)), st.sampled_from(sorted(STYLES)))
def test_law_3_the_canonical_form_is_one_however_the_text_was_set_out(plain, one, other):
    assert canonical(written(plain, one)) == canonical(written(plain, other)) == canonical(plain)


@given(json_objects)
def test_the_canonical_form_does_not_know_the_order_of_keys(plain):
    assert canonical(dict(reversed(plain.items()))) == canonical(plain)


@given(json_values)
def test_the_canonical_form_means_the_same_and_stays_as_it_is(plain):
    form = canonical(plain)
    assert json.loads(form) == plain
    assert canonical(form) == form


@given(json_values, json_values)
def test_json_is_equal_and_hashes_equal_when_its_values_do(one, other):
    assert Json.of(one) == Json(written(one, "indented"))
    assert hash(Json.of(one)) == hash(Json(written(one, "indented")))
    assert (Json.of(one) == Json.of(other)) == (canonical(one) == canonical(other))


def test_json_tells_true_from_one_and_absent_from_null():
    assert Json(b"true") != Json(b"1")
    assert Json(b"null") != ABSENT
    assert hash(ABSENT) != hash(Json(b"null"))
    assert Json(b"1") != 1


def test_json_reads_its_value_once():
    value = Json(b"[1]")
    assert value.value is value.value
    assert repr(value) == "Json(b'[1]')"


# --- reading


@given(json_values.flatmap(lambda plain: st.tuples(st.just(plain), texts(st.just(plain)))))
def test_loading_and_dumping_keep_the_value(pair):
    plain, text = pair
    assert load(text) == strict(text) == plain
    assert load(dump(plain)) == plain


@given(json_objects, st.sampled_from(sorted(STYLES)))
def test_members_and_elements_are_given_as_the_very_bytes_they_came_as(plain, style):
    text = written(plain, style)
    assert {key: json.loads(raw) for key, raw in parse_object(text).items()} == plain
    assert all(raw in text for raw in parse_object(text).values())
    values = list(plain.values())
    assert [json.loads(raw) for raw in elements(written(values, style))] == values


@given(words)
def test_a_string_is_read_whichever_way_it_was_escaped(text):
    assert parse_string(json.dumps(text).encode()) == parse_string(dump(text)) == text


BAD = {
    "nothing": (b"", "line 1, column 1 (byte 0)", "expecting value"),
    "white space": (b" \n ", "line 2, column 2 (byte 3)", "expecting value"),
    "cut in the middle": (b'{"a": [1, 2', "line 1, column 12 (byte 11)", "expecting ',' delimiter"),
    "cut in a string": (b'{"a": "b', "line 1, column 7 (byte 6)", "unterminated string"),
    "two values": (b"{} {}", "line 1, column 4 (byte 3)", "extra data"),
    "a comma too few": (b'{\n "a": 1\n "b": 2}', "line 3, column 2 (byte 11)", "expecting ',' delimiter"),
    "NaN": (b'{"a": NaN}', "line 1, column 7 (byte 6)", "NaN is not JSON"),
    "minus infinity": (b"[-Infinity]", "line 1, column 2 (byte 1)", "-Infinity is not JSON"),
    "lone high surrogate": (rb'["\ud83d"]', "line 1, column 3 (byte 2)", r"\ud83d is half of a surrogate pair"),
    "lone low surrogate": (rb'["a\uDE00"]', "line 1, column 4 (byte 3)", "half of a surrogate pair"),
    "surrogates the wrong way round": (rb'["\ude00\ud83d"]', "byte 2", "half of a surrogate pair"),
    "a lone surrogate as a key": (rb'{"\ud83d": 1}', "byte 2", "half of a surrogate pair"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "byte 0", "UTF-16"),
    "UTF-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), "byte 0", "UTF-16"),
    "UTF-32": ('{"a": 1}'.encode("utf-32"), "byte 0", "UTF-16 or UTF-32"),
    "a byte order mark": (b'\xef\xbb\xbf{"a": 1}', "byte 0", "byte order mark"),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), "line 1, column 8 (byte 7)", "byte 0xe9 is not UTF-8"),
    "a control character": (b'["\x01"]', "byte 2", "control character"),
    "an unknown escape": (rb'["\x"]', "byte 2", "escape"),
    "a float out of range": (b'{"a": [1e400]}', "$[...][0]", "number out of range"),
    "an endless whole number": (b"[" + b"7" * 5000 + b"]", "$[0]", "out of range"),
    "nested 100,000 deep": (b"[" * 10**5 + b"]" * 10**5, "200000 bytes", "nested too deeply"),
    "opened 100,000 times": (b'{"a":' * 10**5, "500000 bytes", "nested too deeply"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("read", [load, strict, canonical])
def test_what_is_no_json_is_refused_with_what_and_where(case, read):
    text, where, what = BAD[case]
    with pytest.raises(NotJson) as refused:
        read(text)
    assert where in refused.value.where
    assert what in refused.value.what


def test_columns_and_bytes_are_counted_after_words_of_many_bytes():
    with pytest.raises(NotJson, match=r"line 2, column 11 \(byte 20\)"):
        load('{"é€":\n "äöü" x}'.encode())


@pytest.mark.parametrize("read", [parse_object, elements, parse_string])
@pytest.mark.parametrize("text", [b"1", b"null", b"[1", b"\xff", b"", b'{"a":NaN}'])
def test_a_text_of_another_type_is_not_json_of_this_one(read, text):
    with pytest.raises(NotJson):
        read(text)


@pytest.mark.parametrize("read", [load, strict, canonical])
def test_any_depth_is_read_up_to_one_and_refused_in_words_from_there(read):
    depths = [*range(1, 1400, 23), 10_000, 50_000]
    refused = [depth for depth in depths if isinstance(outcome(read, nested(depth)), NotJson)]
    assert refused
    assert refused == depths[-len(refused) :]
    assert {outcome(read, nested(depth)).what for depth in refused} == {"nested too deeply"}


def test_at_the_very_depth_where_reading_ends_no_reader_fails_otherwise():
    def refused(depth):
        return isinstance(outcome(load, b"[" * depth + b"]" * depth), NotJson)

    depth = bisect_left(range(1, 100_000), True, key=refused)
    assert 100 < depth < 100_000
    for near in range(depth - 9, depth + 2):
        for read in (strict, canonical, elements):
            outcome(read, b"[" * near + b"]" * near)


def test_fifty_megabytes_are_read_and_cut_ones_are_refused():
    text = b'{"a":["' + b"x" * 50_000_000 + b'"]}'
    assert len(load(text)["a"][0]) == 50_000_000
    with pytest.raises(NotJson, match="unterminated string"):
        load(text[:-3])


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(body):
    for read in (load, strict, canonical, parse_object, elements, parse_string):
        found = outcome(read, body)
        assert not isinstance(found, NotJson) or found.what


def test_a_key_that_occurs_twice_is_refused_by_strict_alone():
    text = b'{"a": {"k": 1,\n "k": 2}}'
    assert load(text) == {"a": {"k": 2}}
    with pytest.raises(NotJson, match=r"line 2.*the key 'k' occurs twice"):
        strict(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back_to_the_last_bit(number):
    assert math.copysign(1, load(dump(number))) == math.copysign(1, number)
    assert load(dump(number)) == load(canonical(number)) == number


# --- edits


@given(loose_objects(), changes)
def test_splicing_an_object_is_what_changing_a_dict_is(source, wanted):
    text, model = source
    for key, new in wanted.items():
        if new is None:
            model.pop(key, None)
        else:
            model[key] = load(new)
    assert strict(splice(text, wanted)) == model


@given(loose_objects(), st.data(), json_values.map(dump))
def test_replacing_a_member_leaves_every_other_byte(source, data, new):
    text, model = source
    assume(model)
    key = data.draw(st.sampled_from(sorted(model)))
    out = splice(text, {key: new})
    old = parse_object(text)[key]
    places = [at for at in range(len(text)) if text.startswith(old, at)]
    assert any(out == text[:at] + new + text[at + len(old) :] for at in places)


@given(loose_objects(), st.data())
def test_dropping_a_member_and_its_comma_leaves_every_other_member_as_it_was(source, data):
    text, model = source
    assume(model)
    key = data.draw(st.sampled_from(sorted(model)))
    kept = {name: raw for name, raw in parse_object(text).items() if name != key}
    assert parse_object(splice(text, {key: None})) == kept


@given(loose_objects(), json_values.map(dump))
def test_an_added_member_goes_to_the_end(source, new):
    text, model = source
    assume("fresh" not in model)
    out = splice(text, {"fresh": new})
    assert list(strict(out).items()) == [*model.items(), ("fresh", load(new))]
    last = len(text[: text.rindex(b"}")].rstrip())
    assert out.startswith(text[:last])
    assert out.endswith(text[last:])


@given(loose_objects())
def test_changing_nothing_or_dropping_what_is_not_there_changes_nothing(source):
    text, model = source
    assume("fresh" not in model)
    assert splice(text, {}) == splice(text, {"fresh": None}) == text


@pytest.mark.parametrize(
    "text", [b'{"a":1,"a":2}', b'{"a":1,"b":2,"a":1}', b'{"b":1,"a":1,"a":1}', b'{"a":1,"\\u0061":1}']
)
@pytest.mark.parametrize("wanted", [{"a": b"3"}, {"b": None}, {"b": b"3"}, {"c": b"3"}])
def test_an_object_with_a_key_twice_is_never_edited(text, wanted):
    with pytest.raises(NotJson, match="occurs twice"):
        splice(text, wanted)


@given(loose_arrays(), arrays)
def test_splicing_an_array_is_what_another_list_is(source, wanted):
    text, _ = source
    assert load(splice_items(text, map(dump, wanted))) == wanted


@given(loose_arrays())
def test_setting_out_the_same_items_gives_the_same_bytes(source):
    text, _ = source
    assert splice_items(text, elements(text)) == text


@given(loose_arrays(), st.data(), json_values.map(dump))
def test_replacing_an_item_leaves_every_other_byte(source, data, new):
    text, values = source
    at = data.draw(st.integers(0, len(values) - 1))
    items = elements(text)
    out = splice_items(text, [*items[:at], new, *items[at + 1 :]])
    places = [place for place in range(len(text)) if text.startswith(items[at], place)]
    assert any(out == text[:place] + new + text[place + len(items[at]) :] for place in places)


@given(loose_arrays(), json_values.map(dump))
def test_an_appended_item_leaves_all_before_it(source, new):
    text, _ = source
    items = elements(text)
    end = len(text[: text.rindex(b"]")].rstrip())
    out = splice_items(text, [*items, new])
    assert out.startswith(text[:end])
    assert out.endswith(new + text[end:])


@pytest.mark.parametrize("text", [b"[]", b"[ ]", b"[\n]"])
def test_an_empty_array_takes_items(text):
    assert load(splice_items(text, [b"1", b"2"])) == [1, 2]
    assert load(splice_items(text, [])) == []


# --- items


@given(texts(arrays))
def test_items_are_the_sequence_of_their_values(text):
    items = Items(text, load)
    plain = json.loads(text)
    assert items == plain
    assert items == tuple(plain)
    assert list(items) == plain
    assert [items[at] for at in range(-len(plain), len(plain))] == plain + plain
    assert items[1:] == tuple(plain[1:])
    assert items[::-1] == tuple(plain[::-1])
    assert items.texts == elements(text)


def test_items_are_read_when_they_are_looked_at_and_once():
    seen = []
    items = Items(b"[1, 2, 3]", lambda text: seen.append(text) or text)
    assert len(items) == 3
    assert seen == []
    assert items[1] is items[1]
    assert seen == [b"2"]
    assert list(items) == [b"1", b"2", b"3"]
    assert sorted(seen) == [b"1", b"2", b"3"]


def test_items_compare_by_value_and_hash_alike():
    items = Items(b"[1, 2]", load)
    assert items == Items(b"[1,2]", load)
    assert items != [1]
    assert items != "12"
    assert hash(items) == hash((1, 2))
    assert repr(items) == "Items([1, 2])"
    with pytest.raises(IndexError):
        items[2]


def test_every_pair_of_styles_differs_so_that_the_tests_above_mean_something():
    plain = {"a": [1, {"b": "é"}]}
    forms = sorted(written(plain, style) for style in STYLES)
    assert all(one != other for one, other in pairwise(forms))
