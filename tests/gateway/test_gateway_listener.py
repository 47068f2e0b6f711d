import socket
from urllib.parse import urlsplit

from gateway.faulty import ask, gateway, upstream, whole


def test_an_answer_gets_no_header_of_the_servers_own():
    with upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as hand, gateway(hand.url) as through:
        assert ask(through.url).headers == [("content-length", "0")]


def test_a_client_that_takes_no_more_does_not_keep_it_from_ending():
    async def answer(hand, got, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        for _ in range(1000):
            writer.write(bytes(100_000))
            await writer.drain()

    with upstream(answer) as hand, socket.socket() as line, gateway(hand.url) as through:
        place = urlsplit(through.url)
        line.connect((place.hostname, place.port))
        line.sendall(f"GET /v1/models HTTP/1.1\r\nhost: {place.netloc}\r\n\r\n".encode())
        assert line.recv(15) == b"HTTP/1.1 200 OK"
        ledger = through.ledger
        del ledger


def test_garbage_and_http_it_does_not_speak_are_refused():
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        place = urlsplit(through.url)
        for raw in (
            b"\x16\x03\x01 hello\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        ):
            with socket.create_connection((place.hostname, place.port), timeout=20) as line:
                line.sendall(raw)
                assert b" 400 " in line.recv(1000).partition(b"\r\n")[0]
    assert not hand.got
