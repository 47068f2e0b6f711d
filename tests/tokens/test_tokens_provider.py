import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib import error, request

import pytest

from agentforge.tokens import Answer, Ask, Count, ask_for_count, provider_count, read_count
from agentforge.wire.errors import NotJson, NotThisDialect, TokensError

BODY = (
    b'{"model": "claude-opus-5-5", "max_tokens": 9, "stream": true, "messages": '
    b'[{"role":"user","content":"hi \\u00e9"}], "metadata": {"user_id": "x"}, "tools": [], '
    b'"thinking": {"type":"adaptive"}}'
)
HEADERS = {
    "x-api-key": "k",
    "anthropic-beta": "a,b",
    "Content-Length": "9",
    "Host": "h",
    "anthropic-version": "2026-10-21",
}


def test_what_does_not_count_is_left_out_and_the_rest_is_sent_as_it_was() -> None:
    ask = ask_for_count(BODY, HEADERS)
    assert ask.path == "/v1/messages/count_tokens"
    assert list(json.loads(ask.body)) == ["model", "messages", "tools", "thinking"]
    assert b'"messages": [{"role":"user","content":"hi \\u00e9"}]' in ask.body
    assert dict(ask.headers) == {"x-api-key": "k", "anthropic-beta": "a,b", "anthropic-version": "2026-10-21"}


def test_the_providers_count_is_called_counted() -> None:
    ask = ask_for_count(BODY, HEADERS)
    assert read_count(ask, Answer(200, b'{"input_tokens": 12, "more": 1}')) == Count(
        12, "counted", "claude-opus-5-5", 0.0
    )


def test_a_refusal_is_told_in_the_providers_words() -> None:
    ask = ask_for_count(BODY, HEADERS)
    refused = b'{"type":"error","error":{"type":"invalid_request_error","message":"server tools are not counted"}}'
    with pytest.raises(TokensError, match=r"400.*server tools are not counted"):
        read_count(ask, Answer(400, refused))
    with pytest.raises(TokensError, match=r"502.*Bad Gateway"):
        read_count(ask, Answer(502, b"<h1>Bad Gateway</h1>"))


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"input_tokens": "12"}', b"[12]"])
def test_an_answer_without_a_count_is_an_error(answer: bytes) -> None:
    with pytest.raises(TokensError, match="no count"):
        read_count(ask_for_count(BODY, HEADERS), Answer(200, answer))


def test_a_body_that_is_no_request_is_an_error() -> None:
    with pytest.raises(NotJson):
        ask_for_count(b"{", HEADERS)
    with pytest.raises(NotThisDialect):
        read_count(ask_for_count(b"{}", HEADERS), Answer(200, b'{"input_tokens": 1}'))


class Provider(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status = 400 if "max_tokens" in body or self.headers["x-api-key"] != "k" else 200
        answer = json.dumps({"input_tokens": 41 + len(body["messages"])}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


def test_a_count_goes_over_whatever_wire_the_caller_has() -> None:
    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def send(ask: Ask) -> Answer:
        url = f"http://127.0.0.1:{server.server_port}{ask.path}"
        try:
            with request.urlopen(request.Request(url, ask.body, dict(ask.headers))) as answer:
                return Answer(answer.status, answer.read())
        except error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read())

    try:
        assert provider_count(BODY, HEADERS, send).value == 42
        with pytest.raises(TokensError):
            provider_count(BODY, {}, send)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
