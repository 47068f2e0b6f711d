import asyncio
import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from agentforge.simulate import Clock, Failure, Provider, Turn, as_plain, serve, serving
from agentforge.simulate.asked import LARGEST
from agentforge.simulate.server import SimulatedServer
from agentforge.wire.errors import OutsideError
from simulate.asking import KEY, MARKER, body, long, provider, text, user


def fetch(url, sent=None, method=None, headers=KEY):
    """Status, headers and body, also of an error."""
    data = sent if sent is None or isinstance(sent, bytes) else json.dumps(sent).encode()
    request = urllib.request.Request(url, data, dict(headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def fetched(url, sent=None, method=None):
    status, _, answer = fetch(url, sent, method)
    assert status == 200, answer
    return json.loads(answer)


def test_it_serves_for_as_long_as_the_context_lasts():
    with serving(provider("hi")) as url:
        assert url.startswith("http://127.0.0.1:")
        assert fetched(url + "/v1/messages", body())["content"][0]["text"] == "hi"
    with pytest.raises(OSError, match="refused"):
        fetch(url + "/v1/messages", body())


def test_the_clock_can_be_moved_over_http_and_the_cache_expires():
    of = provider()
    asked = body(user(text(long(900), MARKER)))

    def read(url):
        return fetched(url + "/v1/messages", asked)["usage"]["cache_read_input_tokens"] > 0

    with serving(of) as url:
        assert [read(url), read(url)] == [False, True]
        before = fetched(url + "/_simulate/state")["now"]
        assert fetched(url + "/_simulate/clock", {"advance": 301})["now"] >= before + 301
        assert [read(url), read(url)] == [False, True]
        fetched(url + "/_simulate/clock", {"advance": 299})
        assert read(url)


@pytest.mark.parametrize("sent", [b"", b"{", {}, [], {"advance": "1"}, {"advance": -1}, {"advance": 1e300}])
def test_the_clock_only_takes_seconds(sent):
    with serving(provider()) as url:
        status, _, answer = fetch(url + "/_simulate/clock", sent, "POST")
        assert (status, json.loads(answer)) == (400, {"error": 'send {"advance": seconds}'})


def test_a_clock_may_be_given():
    clock = Clock()
    clock.ahead = 1e9
    of = provider()
    with serving(of, clock=clock) as url:
        fetch(url + "/v1/messages", body())
    assert of.exchanges[0].at > time.time() + 9e8


def test_every_request_can_be_looked_at_without_its_key():
    with serving(provider("hi")) as url:
        fetch(url + "/v1/messages?beta=true", body())
        fetch(url + "/v1/messages", b"{")
        good, bad = fetched(url + "/_simulate/requests")
        state = fetched(url + "/_simulate/state")
        status, _, answer = fetch(url + "/_simulate/elsewhere")
    assert (good["path"], good["body"], good["headers"]["x-api-key"]) == (
        "/v1/messages?beta=true",
        body(),
        "(left out)",
    )
    assert good["usage"]["output_tokens"] > 0
    assert "refused" not in good
    assert (bad["status"], bad["body"]) == (400, "{")
    assert "invalid_request_error" in bad["refused"]
    assert (state["requests"], state["agent"]) == (2, {"refetches": 0, "recalls": 0, "lost": []})
    assert status == 404
    assert b"there are requests, state, and POST clock" in answer


def test_bytes_that_are_no_text_are_shown_as_well_as_they_can_be():
    of = provider()
    of.handle("POST", "/v1/messages", KEY, b"\xff\xfe", now=0.0)
    assert as_plain(of.exchanges[0])["body"] == "��"


def test_a_body_beyond_32_mb_is_refused_and_not_kept_whole():
    of = provider()
    with serving(of) as url:
        status, _, answer = fetch(url + "/v1/messages", b" " * (LARGEST + 5_000_000))
    assert (status, json.loads(answer)["error"]["type"]) == (413, "request_too_large")
    assert len(of.exchanges[0].body) < LARGEST + 2_000_000


def test_a_stream_arrives_event_by_event_and_with_pings_while_the_model_is_slow():
    of = provider(Turn(text="word " * 30, pace=0.02, ping_every=2))
    with serving(of) as url:
        request = urllib.request.Request(
            url + "/v1/messages", json.dumps(body(stream=True)).encode(), {**KEY, "content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            first = reply.readline()
            rest = reply.read()
    assert first == b"event: message_start\n"
    assert rest.count(b"event: ping") > 2
    assert rest.endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')


@pytest.mark.parametrize("cut_after", [0, 3])
@pytest.mark.parametrize("stream", [True, False])
def test_a_cut_breaks_the_connection_and_the_next_try_succeeds(cut_after, stream):
    of = provider(Turn(text="x" * 300, cut_after=cut_after))
    with serving(of) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as line:
            sent = json.dumps(body(stream=stream)).encode()
            head = (
                "POST /v1/messages HTTP/1.1\r\nHost: [::1]\r\nx-api-key: sk-test\r\nanthropic-version: 2023-06-01\r\n"
            )
            line.sendall(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"\r\n0\r\n\r\n" not in answer
        assert b"message_stop" not in answer
        assert fetch(url + "/v1/messages", body(stream=stream))[0] == 200


def test_parallel_requests_all_miss_and_a_later_one_reads():
    of = provider(Turn(text="x", wait=0.3))
    asked = body(user(text(long(900), MARKER)))
    with serving(of) as url:
        threads = [threading.Thread(target=fetch, args=(url + "/v1/messages", asked)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fetch(url + "/v1/messages", asked)
    assert [exchange.usage["cache_read_input_tokens"] > 0 for exchange in of.exchanges] == [False, False, False, True]


def test_an_answer_to_head_has_no_body():
    with serving(provider()) as url:
        assert fetch(url + "/api/hello", method="HEAD")[2] == b""
        assert fetch(url + "/v1/models", method="HEAD")[2] == b""


def test_a_refusal_carries_its_headers():
    of = provider(Turn(text="x", failures=(Failure(429, headers={"retry-after": "7"}),)))
    with serving(of) as url:
        status, headers, _ = fetch(url + "/v1/messages", body())
    assert (status, headers["retry-after"]) == (429, "7")
    assert headers["request-id"].startswith("req_")


def test_a_client_that_goes_away_leaves_nothing_behind():
    of = provider()
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/v1/messages", "method": "POST", "query_string": b"", "headers": []}
    asyncio.run(SimulatedServer(of)(scope, receive, send))
    asyncio.run(SimulatedServer(of)({"type": "lifespan"}, receive, send))
    assert (sent, of.exchanges) == ([], [])


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutsideError) as error, serving(Provider(), port=port):
            raise AssertionError
        with pytest.raises(OutsideError):
            serve(Provider(), port, ready=lambda _: None)
    assert error.value.where == f"127.0.0.1:{port}"
    assert error.value.fix == "choose another with --port"


def test_a_port_is_free_again_at_once():
    with contextlib.ExitStack() as stack:
        port = int(stack.enter_context(serving(provider())).rpartition(":")[2])
    with serving(provider(), port=port) as url:
        assert url.endswith(str(port))


STRANGERS = [
    {"host": "evil.example"},
    {"host": "127.0.0.1.evil.example:8790"},
    {"host": "localhost:8790@evil.example"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/models", "/_simulate/requests", "/_simulate/clock"])
@pytest.mark.parametrize("named", STRANGERS)
def test_a_request_that_names_another_host_or_comes_from_another_origin_is_refused(path, named):
    of = provider()
    with serving(of) as url:
        status, _, answer = fetch(url + path, {"advance": 9}, "POST", {**KEY, **named})
    assert (status, json.loads(answer)["error"]["type"]) == (403, "permission_error")
    assert of.exchanges == []


@pytest.mark.parametrize(
    "named",
    [{"host": "localhost"}, {"host": "LOCALHOST:1"}, {"host": "[::1]:8790"}, {"origin": "http://127.0.0.1:3000"}],
)
def test_this_machine_may_be_named_in_any_way(named):
    with serving(provider("hi")) as url:
        assert fetch(url + "/v1/messages", body(), headers={**KEY, **named})[0] == 200
        assert fetch(url + "/_simulate/state", headers=named)[0] == 200
