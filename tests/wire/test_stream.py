import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire import (
    DIALECTS,
    Assembler,
    Json,
    Message,
    Other,
    Response,
    SseDecoder,
    Text,
    Thinking,
    ToolUse,
    Usage,
    decode_response,
    encode_event,
    encode_response,
    event_reader,
    event_writer,
    parts_of,
)
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import (
    USAGE_FORMS,
    BlockClosed,
    BlockOpened,
    CitationAdded,
    CompactionAdded,
    Ended,
    Failed,
    Finished,
    InputAdded,
    Pinged,
    SignatureAdded,
    Started,
    TextAdded,
    ThinkingAdded,
    merge_usage,
    read_input,
    words,
)
from strategies import EVENTS, ids, json_objects, names, texts
from strategies import words as any_words

each_dialect = pytest.mark.parametrize("dialect", DIALECTS)
said = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)
counts = st.integers(0, 10**6)


def kinds_differ(blocks):
    """Two texts side by side are one text in a dialect that does not number its blocks."""
    rows = [type(block) for block in blocks]
    return all(one is not other or one is ToolUse for one, other in pairwise(rows))


@st.composite
def answers(draw, dialect):
    """Answers that the dialect has words for."""
    signatures = st.none() if dialect == "openai-chat" else st.none() | said
    thoughts = st.builds(Thinking, said, signatures)
    calls = st.builds(ToolUse, ids, names, json_objects.map(Json.of))
    blocks = draw(st.lists(st.builds(Text, said) | thoughts | calls, max_size=4).filter(kinds_differ))
    calling = any(isinstance(block, ToolUse) for block in blocks)
    reason = draw(st.sampled_from(["tool_use" if calling else "end_turn", "max_tokens", "refusal"]))
    written = draw(counts) if dialect == "anthropic" else 0
    usage = Usage(draw(counts), draw(counts), written, written // 2, draw(counts), draw(counts))
    return Response(dialect, draw(said), draw(said), (Message("assistant", tuple(blocks)),), reason, usage)


def assembled(dialect, events):
    reader, whole = event_reader(dialect), Assembler(dialect)
    for event in events:
        for part in reader.read(event).parts:
            whole.add(part)
    return whole


def through_the_wire(dialect, response, piece):
    """The events of a streamed answer, as a client would decode them."""
    writer = event_writer(dialect)
    events = [event for part in parts_of(response, piece=piece) for event in writer.write(part)]
    decoder = SseDecoder()
    return [*decoder.feed(b"".join(map(encode_event, events))), *decoder.end()]


@each_dialect
@given(data=st.data(), piece=st.integers(1, 50))
def test_law_1_a_streamed_answer_is_put_together_as_it_was(dialect, data, piece):
    response = data.draw(answers(dialect))
    whole = assembled(dialect, through_the_wire(dialect, response, piece))
    assert whole.ended
    assert whole.failed is None
    again = whole.response()
    assert (again.id, again.model, again.stop_reason) == (response.id, response.model, response.stop_reason)
    if dialect == "openai-chat":
        assert said_in_chat(again) == said_in_chat(response)
        assert decode_response(dialect, encode_response(again)).blocks == again.blocks
    else:
        assert [bare(block) for block in again.blocks] == list(response.blocks)
    assert replace(again.usage, extra={}, origin=None) == response.usage


def said_in_chat(response):
    """The reasoning, the words and the calls; Chat's answer keeps no order among them."""
    beside = response.output[0].extra.get("reasoning_content", Json(b'""')).value
    thoughts = "".join(block.text for block in response.blocks if isinstance(block, Thinking))
    said = "".join(block.text for block in response.blocks if isinstance(block, Text))
    return beside + thoughts, said, [block for block in response.blocks if isinstance(block, ToolUse)]


def bare(block):
    """A block without what its dialect's stream says besides."""
    return replace(block, extra={}, origin=None)


@each_dialect
@given(data=st.data())
def test_law_1_every_event_goes_out_as_the_very_bytes_that_came_in(dialect, data):
    plain = data.draw(st.lists(texts(EVENTS[dialect]), max_size=5))
    stream = b"".join(b"event: e\r\ndata: %s\n: c\n\n" % text.replace(b"\n", b"\ndata: ") for text in plain)
    decoder, reader = SseDecoder(), event_reader(dialect)
    events = [reader.read(event) for event in [*decoder.feed(stream), *decoder.end()]]
    assert b"".join(encode_event(event.sse) for event in events) == stream
    assert {event.dialect for event in events} <= {dialect}


@each_dialect
@given(data=st.data())
def test_law_1_an_event_made_again_from_its_values_says_the_same(dialect, data):
    text = data.draw(texts(EVENTS[dialect]))
    (event,) = SseDecoder().feed(b"event: e\ndata: %s\n\n" % text.replace(b"\n", b"\ndata: "))
    (again,) = SseDecoder().feed(encode_event(replace(event)))
    assert again == event
    assert json.loads(again.payload) == json.loads(text)
    assert event_reader(dialect).read(again).parts == event_reader(dialect).read(event).parts


@each_dialect
@given(data=st.data())
def test_any_events_in_any_order_are_read_and_put_together_as_far_as_they_go(dialect, data):
    events = [SseEvent(data=text.decode()) for text in data.draw(st.lists(texts(EVENTS[dialect]), max_size=8))]
    response = assembled(dialect, events).response()
    assert response.dialect == dialect
    assert all(isinstance(block.text, str) for block in response.blocks if isinstance(block, Text | Thinking))


@each_dialect
@given(data=st.data())
def test_law_3_the_same_parts_are_written_as_the_same_bytes(dialect, data):
    response = data.draw(answers(dialect))
    one, other = (b"".join(map(encode_event, through_the_wire(dialect, response, 7))) for _ in range(2))
    assert one == other


@given(st.data(), st.integers(1, 9))
def test_parts_are_cut_to_pieces_and_lose_nothing(data, piece):
    response = data.draw(answers("anthropic"))
    parts = list(parts_of(response, piece=piece))
    assert isinstance(parts[0], Started)
    assert parts[-2:] == [Finished(response.stop_reason, response.usage), Ended()]
    assert all(len(part.text) <= piece for part in parts if isinstance(part, TextAdded | InputAdded))
    assert [part.index for part in parts if isinstance(part, BlockClosed)] == list(range(len(response.blocks)))


# --- putting together by hand


def test_an_answer_is_there_at_any_time_and_grows():
    whole = Assembler("anthropic")
    assert whole.response() == Response("anthropic", "", "", (Message("assistant", ()),))
    whole.add(Started("r", "m", Usage(3)))
    whole.add(BlockOpened(0, Text("a")))
    whole.add(TextAdded(0, "b"))
    assert whole.response().blocks == (Text("ab"),)
    whole.add(TextAdded(0, "c"))
    assert whole.response().blocks == (Text("abc"),)
    assert not whole.ended


def test_parts_of_blocks_that_were_never_opened_are_passed_over():
    whole = Assembler("anthropic")
    for part in (TextAdded(5, "a"), SignatureAdded(5, "s"), BlockClosed(5), Pinged()):
        whole.add(part)
    assert whole.response().blocks == ()


def test_blocks_stand_in_the_order_of_their_numbers():
    whole = Assembler("anthropic")
    whole.add(BlockOpened(2, Text("b")))
    whole.add(BlockOpened(0, Text("a")))
    assert whole.response().blocks == (Text("a"), Text("b"))


def test_a_failure_is_kept_with_what_came_before_it():
    whole = Assembler("anthropic")
    whole.add(BlockOpened(0, Text("a")))
    whole.add(Failed("overloaded_error", "busy"))
    assert whole.failed == Failed("overloaded_error", "busy")
    assert whole.response().blocks == (Text("a"),)
    assert not whole.ended


def test_a_call_a_provider_makes_itself_keeps_its_streamed_arguments():
    whole = Assembler("anthropic")
    opened = Other("server_tool_use", Json(b'{"type": "server_tool_use", "id": "1", "input": {}}'))
    whole.add(BlockOpened(0, opened))
    assert whole.response().blocks == (opened,)
    whole.add(InputAdded(0, '{"query": "a"}'))
    (block,) = whole.response().blocks
    assert block.body.value == {"type": "server_tool_use", "id": "1", "input": {"query": "a"}}


def test_a_call_without_arguments_keeps_those_it_was_opened_with():
    whole = Assembler("anthropic")
    whole.add(BlockOpened(0, ToolUse("1", "f", Json(b'{"a": 1}'))))
    assert whole.response().blocks == (ToolUse("1", "f", Json(b'{"a": 1}')),)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"a": 1}', b'{"a": 1}'),
        ('{"a": ', b'"{\\"a\\": "'),
        ("plain words", b'"plain words"'),
        ('"quoted"', b'"\\"quoted\\""'),
        ("5", b"5"),
        ("half \udcff", b'"half ?"'),
    ],
)
def test_streamed_arguments_that_are_no_json_stand_as_a_string(text, read):
    assert read_input(text).text == read


# --- counts


@each_dialect
def test_later_counts_win_and_those_they_leave_out_stay(dialect):
    form = USAGE_FORMS[dialect]
    first = form.read(b'{"input_tokens":12,"prompt_tokens":12,"output_tokens":1,"completion_tokens":1,"tier":"a"}')
    later = form.read(b'{"output_tokens":77,"completion_tokens":77,"input_tokens":null,"prompt_tokens":null}')
    both = merge_usage(dialect, first, later)
    assert (both.prompt, both.output_tokens) == (12, 77)
    assert both.extra["tier"] == Json(b'"a"')
    assert merge_usage(dialect, None, later) is later
    assert merge_usage(dialect, first, None) is first
    assert merge_usage(dialect, None, None) is None


@given(any_words)
def test_words_are_strings_and_nothing_else(text):
    assert words(text) == text
    for odd in (None, 5, [text], text.encode()):
        with pytest.raises(TypeError):
            words(odd)


def test_reasoning_of_a_chat_stream_stands_beside_the_words_and_can_be_written_and_streamed_again():
    whole = Assembler("openai-chat")
    opened = [Started("r", "m"), BlockOpened(0, Thinking("")), ThinkingAdded(0, "hm")]
    for part in [*opened, BlockOpened(1, Text("")), TextAdded(1, "yes"), Finished("end_turn")]:
        whole.add(part)
    response = whole.response()
    message = json.loads(encode_response(response))["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "yes", "reasoning_content": "hm"}
    assert assembled("openai-chat", through_the_wire("openai-chat", response, 9)).response().output == response.output


def test_an_unknown_block_keeps_its_words_as_words():
    whole = Assembler("anthropic")
    whole.add(BlockOpened(0, Other("holo", Json(b'{"type":"holo","text":"a"}'))))
    whole.add(TextAdded(0, "b"))
    (block,) = whole.response().blocks
    assert block.body.value == {"type": "holo", "text": "ab"}


def test_a_compaction_is_filled_and_citations_are_gathered():
    whole = Assembler("anthropic")
    whole.add(BlockOpened(0, Other("compaction", Json(b'{"type":"compaction","content":null}'))))
    whole.add(CompactionAdded(0, {"content": Json(b'"So far."')}))
    whole.add(BlockOpened(1, Text("", extra={"citations": Json(b"[1]")})))
    whole.add(CitationAdded(1, Json(b"2")))
    compaction, text = whole.response().blocks
    assert compaction.body.value == {"type": "compaction", "content": "So far."}
    assert text.extra["citations"].value == [1, 2]


def test_what_the_end_tells_besides_is_the_answers_and_streams_again():
    whole = Assembler("anthropic")
    whole.add(Started("r", "m", extra={"stop_sequence": Json(b"null"), "container": Json(b"1")}))
    whole.add(Finished("stop_sequence", None, {"stop_sequence": Json(b'"END"')}))
    response = whole.response()
    assert response.extra == {"stop_sequence": Json(b'"END"'), "container": Json(b"1")}
    again = assembled("anthropic", through_the_wire("anthropic", response, 9)).response()
    assert again.extra["stop_sequence"] == Json(b'"END"')


def test_very_many_pieces_are_put_together_in_one_go():
    whole = Assembler("anthropic")
    whole.add(BlockOpened(0, Text("")))
    for _ in range(200_000):
        whole.add(TextAdded(0, "word "))
    assert len(whole.response().blocks[0].text) == 1_000_000
