"""Through the whole gateway, as a client and an upstream see it: byte for byte, whatever happens."""

import asyncio
import http.client
import json
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from agentforge.simulate import Failure, Turn
from agentforge.simulate import serving as simulated
from gateway.faulty import ASKED, KEY, ask, chunked, gateway, upstream, whole
from simulate.asking import body as messages
from simulate.asking import provider

OPENAI = {"authorization": "Bearer sk-test"}
PATHS = [
    ("/v1/messages", KEY),
    ("/v1/chat/completions", OPENAI),
    ("/v1/responses", OPENAI),
    ("/v1/messages/count_tokens", KEY),
    ("/v1/files", KEY),
]
EVENTS = (
    b": a comment first\n\n",
    b'event: message_start\ndata: {"type":"message_start"}\n\n',
    b"event: ping\ndata: {}\n\n",
    b"data: line ends\r\n\r\nevent: of any kind\rdata: \xff\xfe\r\r",
    b"event: half",
)


def test_a_request_arrives_as_it_was_sent_and_its_answer_comes_back_as_it_is():
    answer = whole(
        200, b'{"odd":  1}', request_id="req_1", x_ratelimit="5", set_cookie="a=b", Server="cloud", Date="now"
    )
    body = b'{"model":"m", "messages":[],\n "unknown_field" : [1.0, "\\u00e9"]}'
    headers = [
        *KEY.items(),
        ("anthropic-beta", "one"),
        ("anthropic-beta", "two"),
        ("X-Claude-Code-Session-Id", "s-1"),
        ("Accept-Encoding", "gzip, br"),
        ("Connection", "keep-alive, X-Hop"),
        ("X-Hop", "this connection only"),
        ("TE", "trailers"),
    ]
    with upstream(answer) as hand, gateway(hand.url) as through:
        got = ask(through.url, body, "/v1/messages?beta=true&x=%2F&&y", headers=headers)
        sent = hand.got[0]
    assert (got.status, got.body) == (200, b'{"odd":  1}')
    assert got.headers == [
        ("request-id", "req_1"),
        ("x-ratelimit", "5"),
        ("set-cookie", "a=b"),
        ("server", "cloud"),
        ("date", "now"),
        ("content-length", "11"),
    ]
    assert (sent.method, sent.target, sent.body) == ("POST", "/v1/messages?beta=true&x=%2F&&y", body)
    assert sent.all("anthropic-beta") == ["one", "two"]
    assert sent.all("x-claude-code-session-id") == ["s-1"]
    assert sent.all("x-api-key") == ["sk-test"]
    assert sent.all("accept-encoding") == ["identity"]
    assert sent.all("host") == [urlsplit(hand.url).netloc]
    known = {"x-api-key", "anthropic-version", "anthropic-beta", "x-claude-code-session-id", "content-type"}
    assert {name.lower() for name, _ in sent.headers} == known | {"host", "accept-encoding", "content-length"}


@pytest.mark.parametrize("events", [EVENTS, (b"x" * 300_000, b"\n\n"), ()])
def test_a_stream_comes_through_byte_for_byte(events):
    with upstream(chunked(*events)) as hand, gateway(hand.url) as through:
        got = ask(through.url)
    assert (got.body, got.broken) == (b"".join(events), False)
    assert got.all("content-type") == ["text/event-stream"]


def test_an_event_is_passed_on_before_the_next_one_is_there():
    more = threading.Event()

    async def answer(hand, got, writer):
        writer.write(chunked(b"event: ping\n\n", end=False))
        while not more.is_set():
            await asyncio.sleep(0.005)
        writer.write(b"4\r\nrest\r\n0\r\n\r\n")

    with upstream(answer) as hand, gateway(hand.url) as through:
        line = http.client.HTTPConnection(urlsplit(through.url).netloc, timeout=20)
        line.request("POST", "/v1/messages", json.dumps(ASKED), KEY)
        reply = line.getresponse()
        assert reply.read(13) == b"event: ping\n\n"
        more.set()
        assert reply.read() == b"rest"
        line.close()


@pytest.mark.parametrize(
    "raw",
    [
        chunked(b"event: a\n\n", b"event: b\n", end=False),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nevent: a\n\nevent: b\n",
    ],
)
def test_an_answer_that_is_cut_is_cut_for_the_client_too(raw):
    async def answer(hand, got, writer):
        writer.write(raw)
        await writer.drain()
        writer.close()

    with upstream(answer) as hand, gateway(hand.url) as through:
        for number, (path, headers) in enumerate(PATHS, 1):
            got = ask(through.url, path=path, headers=headers)
            event = through.events(at_least=number)[-1].data
            assert (got.broken, b"event: a\n\nevent: b\n".startswith(got.body)) == (True, True)
            assert (event["outcome"], event["status"]) == ("cut", 200)
            assert "the answer was cut" in event["why"][0]


def test_garbage_in_the_middle_of_an_answer_cuts_it():
    async def answer(hand, got, writer):
        writer.write(chunked(b"event: a\n\n", end=False))
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(b"not a chunk\r\n")

    with upstream(answer) as hand, gateway(hand.url) as through:
        got = ask(through.url)
        assert (got.broken, got.body) == (True, b"event: a\n\n")
        assert through.event()["outcome"] == "cut"


def test_errors_and_redirects_are_the_upstreams_own_words():
    body = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_9"}'
    errors = [
        (429, {"retry-after": "7", "x-should-retry": "true", "anthropic-ratelimit-tokens-remaining": "0"}),
        (529, {"x-should-retry": "true"}),
        (400, {}),
        (500, {"content-type": "text/html"}),
        (301, {"location": "http://127.0.0.1:1/elsewhere"}),
        (404, {}),
    ]

    async def answer(hand, got, writer):
        status, headers = errors[len(hand.got) - 1]
        writer.write(whole(status, body, **headers))

    with upstream(answer) as hand, gateway(hand.url) as through:
        for number, (status, headers) in enumerate(errors, 1):
            got = ask(through.url)
            event = through.events(at_least=number)[-1].data
            assert (got.status, got.body, got.headers[:-1]) == (status, body, list(headers.items()))
            assert (event["status"], event["outcome"]) == (status, "whole")
            assert event.get("error") == ("overloaded_error: Overloaded" if status >= 400 else None)
        assert len(hand.got) == len(errors), "retries are the client's"


def test_what_it_does_not_know_it_passes_on():
    async def answer(hand, got, writer):
        writer.write(whole(405, b"" if got.method == "HEAD" else b"not allowed", allow="POST"))

    asked = [
        (method, path)
        for method in ("HEAD", "GET", "PUT", "DELETE", "PATCH", "OPTIONS")
        for path in ("/api/hello", "/", "/v1/models?limit=1000", "/v1/messages", "/nothing/here%20")
    ]
    with upstream(answer) as hand, gateway(hand.url) as through:
        for method, path in asked:
            got = ask(through.url, None, path, method=method)
            assert (got.status, got.body) == (405, b"" if method == "HEAD" else b"not allowed")
        assert [(got.method, got.target) for got in hand.got] == asked


def test_a_head_request_is_told_the_length_of_what_it_does_not_get():
    with upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n") as hand, gateway(hand.url) as through:
        got = ask(through.url, None, "/api/hello", method="HEAD")
    assert (got.status, got.all("content-length"), got.body) == (200, ["5000"], b"")


def test_projects_are_named_in_the_path_and_upstreams_keep_their_prefix():
    with upstream(whole(200, b"{}")) as hand:
        bases = {"anthropic": hand.url + "/deep/er", "openai": hand.url + "/api/v3"}
        with gateway(hand.url, **bases) as through:
            ask(through.url, path="/p/alpha/v1/messages?beta=true")
            ask(through.url, path="/p/beta/v1/chat/completions", headers=OPENAI)
            ask(through.url, path="/v1/responses", headers=OPENAI)
            events = through.events(at_least=3)
    targets = ["/deep/er/v1/messages?beta=true", "/api/v3/chat/completions", "/api/v3/responses"]
    assert [got.target for got in hand.got] == targets
    assert [event.project for event in events] == ["alpha", "beta", "default"]
    assert [event.data["path"] for event in events] == ["/v1/messages", "/v1/chat/completions", "/v1/responses"]


def test_a_client_that_leaves_takes_the_upstream_request_with_it():
    async def answer(hand, got, writer):
        writer.write(chunked(b"event: ping\n\n", end=False))
        await asyncio.sleep(60)

    with upstream(answer) as hand, gateway(hand.url) as through:
        line = http.client.HTTPConnection(urlsplit(through.url).netloc, timeout=20)
        line.request("POST", "/v1/messages", json.dumps(ASKED), KEY)
        reply = line.getresponse()
        reply.read(5)
        reply.close()
        line.close()
        assert hand.left.wait(10)
        assert through.event()["outcome"] == "gone"


def test_a_client_that_leaves_before_there_is_an_answer_does_so_too():
    async def answer(hand, got, writer):
        await asyncio.sleep(60)

    with upstream(answer) as hand, gateway(hand.url) as through:
        with socket.create_connection(("127.0.0.1", urlsplit(through.url).port)) as line:
            line.sendall(_head(through.url, 2) + b"{}")
            while not hand.got:
                threading.Event().wait(0.005)
        assert hand.left.wait(10)
        assert through.event()["outcome"] == "gone"


def test_a_client_that_leaves_in_the_middle_of_its_request_reaches_nobody():
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        with socket.create_connection(("127.0.0.1", urlsplit(through.url).port)) as line:
            line.sendall(_head(through.url, 1000) + b"{")
        assert through.event()["outcome"] == "gone"
    assert not hand.got


def test_a_slow_client_holds_the_upstream_back():
    written = []

    async def answer(hand, got, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n")
        for _ in range(1024):
            writer.write(bytes(65536))
            await writer.drain()
            written.append(65536)

    with upstream(answer) as hand, gateway(hand.url) as through:
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            line.connect(("127.0.0.1", urlsplit(through.url).port))
            line.sendall(_head(through.url, 2) + b"{}")
            before = -1
            while not written or len(written) != before:
                before = len(written)
                threading.Event().wait(0.3)
            assert sum(written) < 32 * 1024 * 1024
            taken = 0
            while taken < 67108864:
                taken += len(line.recv(1 << 20))
        assert sum(written) == 67108864


def test_an_upload_nobody_reads_streams_through_and_is_held_back_by_a_slow_upstream():
    go_on = threading.Event()

    async def answer(hand, got, writer):
        while not go_on.is_set():
            await asyncio.sleep(0.005)
        while await hand.reader.read(1 << 20):
            pass

    with upstream(answer, read_body=False) as hand, gateway(hand.url, largest=1000) as through:
        with socket.socket() as line:
            line.connect(("127.0.0.1", urlsplit(through.url).port))
            line.sendall(_head(through.url, 1 << 30, "/v1/files"))
            line.settimeout(0.5)
            sent = 0
            with suppress(TimeoutError):
                while True:
                    sent += line.send(bytes(1 << 20))
            assert hand.got
        assert sent < 64 * 1024 * 1024
        go_on.set()
        assert through.event()["outcome"] == "gone"


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/files"])
def test_a_chunked_upload_arrives(path):
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        line = http.client.HTTPConnection(urlsplit(through.url).netloc, timeout=20)
        line.request("POST", path, iter([b"{" + b" " * 200_000, b"}"]), KEY, encode_chunked=True)
        assert line.getresponse().read() == b"{}"
        line.close()
    assert hand.got[0].body == b"{" + b" " * 200_000 + b"}"


def test_a_body_of_megabytes_arrives():
    body = json.dumps({**ASKED, "metadata": {"user_id": "x" * 5_000_000}}).encode()
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        assert ask(through.url, body).status == 200
    assert hand.got[0].body == body
    assert hand.got[0].all("content-length") == [str(len(body))]


def test_who_expects_to_be_told_to_go_on_is_told():
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        line = socket.create_connection(("127.0.0.1", urlsplit(through.url).port), timeout=20)
        with line:
            head = _head(through.url, 2).replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n")
            line.sendall(head)
            assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            line.sendall(b"{}")
            assert line.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
    assert not hand.got[0].all("expect")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_refused_as_the_provider_would(announced):
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, largest=1 << 20) as through:
        line = http.client.HTTPConnection(urlsplit(through.url).netloc, timeout=20)
        body = bytes(3 << 20)
        line.request("POST", "/v1/messages", body if announced else iter([body]), KEY, encode_chunked=not announced)
        reply = line.getresponse()
        error = json.loads(reply.read())
        assert (reply.status, error["type"]) == (413, "error")
        assert error["error"]["type"] == "request_too_large"
        assert "exceeds the maximum allowed number of bytes: 1 MB" in error["error"]["message"]
        line.close()
        assert through.event()["outcome"] == "refused"
    assert not hand.got


def test_websockets_are_refused_so_that_a_client_falls_back():
    asked = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": "eA==",
        "sec-websocket-version": "13",
    }
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        got = ask(through.url, None, "/v1/responses", method="GET", headers=asked)
    assert (got.status, "use HTTP" in got.plain["error"]["message"]) == (426, True)
    assert not hand.got


def test_a_compressed_request_passes_untouched_and_a_compressed_answer_is_read_aside():
    import gzip

    answer = gzip.compress(
        json.dumps(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "claude-opus-5-5",
                "content": [],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 3, "output_tokens": 4},
            }
        ).encode()
    )
    body = gzip.compress(json.dumps(ASKED).encode())
    raw = whole(200, answer, content_encoding="gzip", content_type="application/json")
    with upstream(raw) as hand, gateway(hand.url) as through:
        got = ask(through.url, body, headers={**KEY, "content-encoding": "gzip"})
        event = through.event()
    assert (got.body, got.all("content-encoding"), hand.got[0].body) == (answer, ["gzip"], body)
    assert (event["usage"]["input"], event["usage"]["output"]) == (3, 4)
    assert event["why"] == ["passed untouched: its body is compressed"]


def test_a_connection_is_used_again_by_the_client_and_towards_the_upstream():
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        line = http.client.HTTPConnection(urlsplit(through.url).netloc, timeout=20)
        for _ in range(5):
            line.request("POST", "/v1/messages", json.dumps(ASKED), KEY)
            assert line.getresponse().read() == b"{}"
            assert hand.open == 1
        line.close()
        assert len(through.events(at_least=5)) == 5


def test_every_request_is_recorded_with_what_it_was_charged_and_without_its_key():
    with simulated(provider("hi", "there")) as up, gateway(up) as through:
        for stream in (False, True):
            assert ask(through.url, messages(stream=stream), "/p/alpha/v1/messages").status == 200
        first, second = through.events(at_least=2)
        everything = repr(list(through.ledger.events(project="alpha")))
    assert (first.kind, first.project) == ("gateway.request", "alpha")
    for event in (first, second):
        assert event.data["usage"]["output"] > 0
        assert event.data["dollars"] > 0
        assert (event.data["model"], event.data["stop_reason"]) == ("claude-opus-5-5", "end_turn")
    assert "sk-test" not in everything


def test_one_upstreams_failures_and_pings_and_pace_are_the_same_through_it():
    turn = Turn(
        text="word " * 20, pace=0.01, ping_every=2, failures=(Failure(529), Failure(429, headers={"retry-after": "3"}))
    )
    answers = {}
    for way in ("direct", "through"):
        with simulated(provider(turn)) as up, gateway(up) as through:
            url = up if way == "direct" else through.url
            answers[way] = [ask(url, messages(stream=True)) for _ in range(3)]
    for direct, through in zip(answers["direct"], answers["through"], strict=True):
        skipped = ("date", "server")
        assert (through.status, through.body) == (direct.status, direct.body)
        assert [h for h in through.headers if h[0] not in skipped] == [h for h in direct.headers if h[0] not in skipped]


def _head(url: str, length: int, path: str = "/v1/messages") -> bytes:
    host = urlsplit(url).netloc
    return f"POST {path} HTTP/1.1\r\nhost: {host}\r\nx-api-key: k\r\ncontent-length: {length}\r\n\r\n".encode()
