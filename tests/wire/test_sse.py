import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentforge.wire.errors import WireError
from agentforge.wire.sse import SseDecoder, SseEvent, encode_event

BOM = b"\xef\xbb\xbf"
LINES = [
    b"data: a",
    b"data:",
    b"data",
    b"event: b",
    b"id: 1",
    b"id: \0",
    b": c",
    b":",
    b"retry: 3",
    b"x: y",
    b"data: \xff",
]
PIECES = [b"data", b"event", b"id", b":", b" ", b"\n", b"\r", b"\0", BOM, b"\xff", "é€😀".encode(), b"a"]

lines = st.tuples(st.just(b"") | st.sampled_from(LINES), st.sampled_from([b"\n", b"\r\n", b"\r"])).map(b"".join)
streams = st.one_of(
    st.lists(lines, max_size=12).map(b"".join),
    st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join),
    st.builds(bytes.__add__, st.just(BOM), st.lists(lines, max_size=4).map(b"".join)),
    st.binary(max_size=60),
)
one_line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)
events = st.builds(
    SseEvent,
    name=st.none() | one_line,
    data=st.none() | st.lists(one_line, min_size=1, max_size=4).map("\n".join),
    id=st.none() | one_line,
    comments=st.lists(one_line, max_size=3).map(tuple),
)


@st.composite
def cut_streams(draw):
    """A stream and the chunks it comes in, some of them empty."""
    stream = draw(streams)
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return stream, [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]


def decode(*chunks, **settings):
    decoder = SseDecoder(**settings)
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.end()


def telling(decoded):
    """The events, without blank lines that came late, which say nothing."""
    return [event for event in decoded if event.raw.strip(b"\r\n")]


def by_the_book(stream):
    """The blocks of a stream, read plainly: all lines of the whole stream, one after the other."""
    lines = re.split(rb"\r\n|\r|\n", stream.removeprefix(BOM))
    blocks, block = [], []
    for line in lines[:-1]:
        if line:
            block.append(line)
        elif block:
            blocks.append((block, True))
            block = []
    if lines[-1]:
        block.append(lines[-1])
    return [*blocks, (block, False)] if block else blocks


def fields_by_the_book(block):
    name = id_ = None
    data, comments = [], []
    for line in block:
        field, _, value = line.decode("utf-8", "surrogateescape").partition(":")
        value = value.removeprefix(" ")
        if line.startswith(b":"):
            comments.append(value)
        elif field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            id_ = value
    return name, data, id_, tuple(comments)


@given(cut_streams())
def test_law_1_lossless_the_raw_bytes_of_all_events_are_the_stream_however_it_is_cut(cut):
    stream, chunks = cut
    decoded = decode(*chunks)
    assert b"".join(event.raw for event in decoded) == stream
    assert b"".join(encode_event(event) for event in decoded) == stream


@given(events)
def test_law_1_lossless_an_event_written_and_read_again_is_the_same_event(event):
    assert decode(encode_event(event)) == [event]


@given(st.lists(events, max_size=5), st.data())
def test_law_1_lossless_a_stream_of_written_events_reads_as_these_events(written, data):
    stream = b"".join(map(encode_event, written))
    cut = data.draw(st.integers(0, len(stream)))
    said = [event for event in written if encode_event(event) != b"\n"]
    assert telling(decode(stream[:cut], stream[cut:])) == said


@given(streams)
def test_law_1_lossless_data_that_is_no_utf8_writes_back_as_the_bytes_it_was(stream):
    line = re.sub(rb"[\r\n]", b"", stream)
    (event,) = decode(b"data: " + line + b"\n\n")
    assert event.payload == line
    assert encode_event(replace(event, name="x")) == b"event: x\ndata: " + line + b"\n\n"


@given(cut_streams())
def test_how_a_stream_is_cut_into_chunks_changes_no_event(cut):
    stream, chunks = cut
    assert telling(decode(*chunks)) == telling(decode(stream))


@given(streams)
def test_one_byte_at_a_time_reads_as_the_whole_at_once(stream):
    assert telling(decode(*(bytes([byte]) for byte in stream))) == telling(decode(stream))


@given(streams)
@example(BOM)
@example(BOM + b"\n" + BOM + b"data:x\n\n")
@example(b"data: \xf0\x9f\r\n")
def test_any_bytes_read_as_the_blocks_a_plain_reading_of_the_rules_gives(stream):
    decoded = telling(decode(stream))
    if decoded and stream.startswith(BOM) and not decoded[0].raw.removeprefix(BOM).strip(b"\r\n"):
        del decoded[0]
    read = [(event.name, event.data, event.id, event.comments, event.complete) for event in decoded]
    expected = []
    for block, complete in by_the_book(stream):
        name, data, id_, comments = fields_by_the_book(block)
        expected.append((name, "\n".join(data) if data else None, id_, comments, complete))
    assert read == expected


@given(cut_streams(), st.integers(3, 12))
def test_an_event_past_the_limit_is_refused_however_it_is_cut_and_no_byte_is_dropped(cut, limit):
    stream, chunks = cut
    decoder, fed, out, refused = SseDecoder(limit=limit), b"", [], False
    for chunk in chunks:
        fed += chunk
        try:
            out += decoder.feed(chunk)
        except WireError:
            refused = True
            break
    out += decoder.end()
    assert b"".join(event.raw for event in out) == fed

    everything = telling(decode(stream))
    sizes = [len(event.raw.rstrip(b"\r\n")) for event in everything]
    assert refused == any(size > limit for size in sizes)
    whole = next((at for at, size in enumerate(sizes) if size > limit), len(sizes))
    assert telling(out)[:whole] == everything[:whole]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_an_event_is_out_with_the_first_byte_of_its_blank_line_that_can_end_it(line_end):
    decoder = SseDecoder()
    assert decoder.feed(b"event: ping" + line_end + b"data: {}" + line_end) == []
    assert decoder.feed(line_end[:1]) == [SseEvent("ping", "{}")]
    assert [event.raw for event in decoder.feed(line_end[1:])] == ([b"\n"] if line_end == b"\r\n" else [])
    assert decoder.end() == []


def test_a_blank_line_that_comes_late_is_an_event_that_says_nothing():
    assert decode(b"data: a\r\n\r", b"\ndata: b\r\n\r\n") == [SseEvent(data="a"), SseEvent(), SseEvent(data="b")]


def test_blank_lines_that_came_with_an_event_go_with_it():
    assert [event.raw for event in decode(b"\n\r\ndata: a\n\n\n\r\ndata: b\r\r")] == [
        b"\n\r\n",
        b"data: a\n\n\n\r\n",
        b"data: b\r\r",
    ]


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("data: a\ndata:b\ndata:  c\n\n", SseEvent(data="a\nb\n c")),
        ("data\n\n", SseEvent(data="")),
        ("data\ndata\n\n", SseEvent(data="\n")),
        ("event: a\nevent: b\ndata: x\n\n", SseEvent("b", "x")),
        ("event\ndata: x\n\n", SseEvent("", "x")),
        ("event: ping\n\n", SseEvent("ping")),
        ("data: x: y\n\n", SseEvent(data="x: y")),
        ("data: x\u2028y\x0bz\x85\n\n", SseEvent(data="x\u2028y\x0bz\x85")),
        (": one\n:two\n\n", SseEvent(comments=("one", "two"))),
        (":\n\n", SseEvent(comments=("",))),
        ("id: 7\ndata: x\nid\n\n", SseEvent(data="x", id="")),
        ("id: 7\nid: 8\0\ndata: x\n\n", SseEvent(data="x", id="7")),
        ("retry: 3000\ndata: x\nData: y\n data: z\nfield\n\n", SseEvent(data="x")),
        ("\ufeffdata: x\n\n", SseEvent(data="x")),
        ("\ufeff\ufeffdata: x\n\n", SseEvent()),
        ("data: \ufeffx\n\n", SseEvent(data="\ufeffx")),
    ],
)
def test_each_kind_of_line_is_read_as_the_rules_say(text, event):
    (read,) = decode(text.encode())
    assert read == event
    assert read.raw == text.encode()


def test_a_byte_order_mark_is_only_taken_off_the_very_start():
    assert decode(b"\xef", b"\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == [SseEvent(data="a"), SseEvent()]
    assert decode(b"\xef\xbb\xbfdata: a") == [SseEvent(data="a", complete=False)]


def test_what_the_stream_leaves_behind_is_an_incomplete_event():
    decoder = SseDecoder()
    assert decoder.feed(b'event: a\ndata: {}\n\nevent: b\ndata: {"x') == [SseEvent("a", "{}")]
    (left,) = decoder.end()
    assert left == SseEvent("b", '{"x', complete=False)
    assert left.raw == encode_event(left) == b'event: b\ndata: {"x'
    assert decoder.end() == []


def test_an_incomplete_event_that_was_changed_stays_incomplete():
    (left,) = decode(b"event: b\ndata: x\n")
    assert decode(encode_event(replace(left, data="y"))) == [SseEvent("b", "y", complete=False)]


def test_a_changed_event_goes_out_with_its_change_and_not_as_its_old_bytes():
    (event,) = decode(b": note\r\nevent: delta\r\nid: 1\r\ndata: old\r\n\r\n")
    assert encode_event(event) == event.raw
    changed = replace(event, data="new\nlines")
    assert changed.raw == b""
    assert encode_event(changed) == b": note\nevent: delta\nid: 1\ndata: new\ndata: lines\n\n"


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("event", [SseEvent(name="a{}b"), SseEvent(id="a{}b"), SseEvent(comments=("a{}b",))])
def test_a_line_end_where_one_line_is_all_there_is_is_refused(event, line_end):
    broken = replace(
        event,
        name=event.name and event.name.format(line_end),
        id=event.id and event.id.format(line_end),
        comments=tuple(comment.format(line_end) for comment in event.comments),
    )
    with pytest.raises(WireError, match="holds a line end"):
        encode_event(broken)


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (SseEvent(data="a\rb"), "the data 'a.rb' of an event holds a line end"),
        (SseEvent(id="a\0"), "holds a NUL"),
        (SseEvent(data="\ud83d"), "half of a surrogate pair"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(event, what):
    with pytest.raises(WireError, match=what):
        encode_event(event)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("step", [1, 2, 3, 100])
def test_an_event_of_just_the_limit_is_taken_whatever_its_line_ends(line_end, step):
    stream = b"data: 1234" + line_end + line_end
    chunks = [stream[at : at + step] for at in range(0, len(stream), step)]
    assert telling(decode(*chunks, limit=10)) == [SseEvent(data="1234")]
    with pytest.raises(WireError):
        decode(*chunks, limit=9)


def test_a_refusal_names_the_size_the_limit_and_the_place_and_stands():
    decoder = SseDecoder(limit=10)
    assert decoder.feed(b"data: 1234\n\n") == [SseEvent(data="1234")]
    with pytest.raises(WireError, match=r"byte 12 of the stream: an event of 11 bytes or more; the limit is 10"):
        decoder.feed(b"data: 12345")
    with pytest.raises(WireError, match=r"an event of 11 bytes or more"):
        decoder.feed(b"\n\n")
    (left,) = decoder.end()
    assert left == SseEvent(complete=False)
    assert left.raw == b"data: 12345"


def test_the_events_before_a_refused_one_in_the_same_chunk_are_handed_out_at_the_end():
    decoder = SseDecoder(limit=10)
    with pytest.raises(WireError):
        decoder.feed(b"data: a\n\ndata: 12345\n\ndata: b\n\n")
    first, rest = decoder.end()
    assert first == SseEvent(data="a")
    assert rest.raw == b"data: 12345\n\ndata: b\n\n"


def test_an_event_of_megabytes_in_small_chunks_is_one_event():
    line = b"data: " + b"x" * 1017 + b"\n"
    events = decode(*[line] * 2000, b"\n")
    assert [(len(event.raw), len(event.payload)) for event in events] == [(2000 * 1024 + 1, 2000 * 1018 - 1)]
