import asyncio
import http.client
import json
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from agentforge.gateway import FollowUp, Prepared
from gateway.faulty import ask, chunked, gateway, upstream, whole

FIRST = b"event: first\n\n"
SECOND = b"event: second\n\n"


@dataclass
class Reads:
    """A reader that does what its test says."""

    feeds: object = lambda chunk: chunk
    ends: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    held: bytes = b""

    def feed(self, chunk):
        return self.feeds(chunk)

    def end(self):
        last = self.ends.pop(0) if self.ends else b""
        if isinstance(last, Exception):
            raise last
        return last

    def refuse(self, status, body):
        self.refused.append((status, body))
        return b"event: error\n\n"

    def release(self):
        if self.held is None:
            raise ValueError("lost")
        return self.held


@dataclass
class Treats:
    """A treatment whose answers are read."""

    reader: Reads

    def is_quick(self, _):
        return True

    def prepare(self, asked):
        return Prepared(asked.body, session="s", role="main", reader=self.reader)

    def learn(self, _):
        return ()


def through(reader, *answers):
    """What a client gets, what the upstream was asked, and what is recorded."""

    async def answer(hand, got, writer):
        writer.write(answers[min(len(hand.got), len(answers)) - 1])
        await writer.drain()
        if not answers[min(len(hand.got), len(answers)) - 1].endswith((b"0\r\n\r\n", b"}")):
            writer.close()

    with upstream(answer) as hand, gateway(hand.url, treatment=Treats(reader)) as line:
        got = ask(line.url)
        events = line.events(at_least=len(hand.got))
    return got, [one.body for one in hand.got], [event.data for event in events]


def test_a_reader_says_what_the_client_gets():
    got, _, (event,) = through(Reads(bytes.upper, [b"and so on"]), chunked(FIRST, SECOND))
    assert (got.body, got.broken) == (FIRST.upper() + SECOND.upper() + b"and so on", False)
    assert event["outcome"] == "whole"


def test_an_answer_of_known_length_may_change_its_length():
    got, _, _ = through(Reads(lambda _: b"", [b'{"longer": true}']), whole(200, b"{}"))
    assert (got.plain, got.all("content-length")) == ({"longer": True}, [])


def test_a_follow_up_is_asked_where_the_client_sees_one_answer():
    reader = Reads(ends=[FollowUp(b'{"again": 1}'), FollowUp(b'{"again": 2}'), b"the end"])
    got, asked, events = through(reader, chunked(FIRST), chunked(SECOND), chunked(b"third "))
    assert got.body == FIRST + SECOND + b"third the end"
    assert asked[1:] == [b'{"again": 1}', b'{"again": 2}']
    assert [event["sent"] for event in events] == ["untouched", "followup", "followup"]
    assert {event["outcome"] for event in events} == {"whole"}
    assert {event["role"] for event in events} == {"main"}
    assert [event["bytes"]["sent"] for event in events[1:]] == [12, 12]


def test_a_follow_up_that_is_refused_after_the_client_has_something_ends_in_the_readers_words():
    reader = Reads(ends=[FollowUp(b"{}")])
    got, _, events = through(reader, chunked(FIRST), whole(429, b'{"error": 1}'))
    assert (got.status, got.body, got.broken) == (200, FIRST + b"event: error\n\n", False)
    assert reader.refused == [(429, b'{"error": 1}')]
    assert [event["status"] for event in events] == [200, 429]


def test_a_follow_up_that_is_refused_before_that_is_the_answer():
    reader = Reads(lambda _: b"", [FollowUp(b"{}")])
    got, _, _ = through(reader, chunked(FIRST), whole(429, b'{"error": 1}', retry_after="9"))
    assert (got.status, got.plain, got.all("retry-after")) == (429, {"error": 1}, ["9"])
    assert reader.refused == []


@pytest.mark.parametrize("holds", [True, False])
def test_a_follow_up_that_reaches_nobody_is_said_like_any_other(holds):
    reader = Reads((lambda _: b"") if holds else (lambda chunk: chunk), [FollowUp(b"{}")])
    got, _, events = through(reader, chunked(FIRST), b"SSH\r\n\r\n")
    if holds:
        assert (got.status, "does not answer in HTTP" in got.plain["error"]["message"]) == (502, True)
        assert events[-1]["outcome"] == "refused"
    else:
        assert (got.status, got.body) == (200, FIRST + b"event: error\n\n")


def test_law_10_a_reader_that_fails_gives_back_what_it_held_and_the_rest_passes():
    def feeds(chunk):
        raise ValueError("on purpose")

    got, _, (event,) = through(Reads(feeds, held=FIRST), chunked(FIRST))
    assert (got.body, got.broken) == (FIRST, False)
    assert event["why"] == ["the answer passed unread: ValueError: on purpose"]


def test_law_10_also_when_it_fails_at_the_end():
    got, _, _ = through(Reads(lambda _: b"", [ValueError("late")], held=FIRST), chunked(FIRST))
    assert (got.body, got.broken) == (FIRST, False)


def test_what_is_lost_with_a_reader_breaks_the_stream_so_that_the_client_asks_again():
    got, _, (event,) = through(Reads(lambda _: b"", [ValueError("late")], held=None), chunked(FIRST))
    assert (got.status, "what was held back" in got.plain["error"]["message"]) == (502, True)
    assert event["outcome"] == "cut"


def test_a_cut_answer_is_cut_after_what_was_held_of_it():
    got, _, (event,) = through(Reads(lambda _: b"", held=FIRST), chunked(FIRST, end=False))
    assert (got.body, got.broken) == (FIRST, True)
    assert event["outcome"] == "cut"


@pytest.mark.parametrize("answer", [whole(400, b'{"no": 1}'), whole(200, b"x}", content_encoding="br")])
def test_errors_and_packed_answers_are_nobodys_to_read(answer):
    def feeds(chunk):
        raise AssertionError(chunk)

    got, _, _ = through(Reads(feeds), answer)
    assert answer.endswith(got.body)
    assert got.all("content-length")


def test_a_stream_that_is_read_still_comes_event_by_event():
    more = threading.Event()

    async def answer(hand, got, writer):
        writer.write(chunked(FIRST, end=False))
        while not more.is_set():
            await asyncio.sleep(0.005)
        writer.write(b"0\r\n\r\n")

    with upstream(answer) as hand, gateway(hand.url, treatment=Treats(Reads())) as line:
        client = http.client.HTTPConnection(urlsplit(line.url).netloc, timeout=20)
        client.request("POST", "/v1/messages", json.dumps({}))
        assert client.getresponse().read(len(FIRST)) == FIRST
        more.set()
        client.close()
