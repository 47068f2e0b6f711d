import asyncio

import pytest

from agentforge.gateway.client import Client, Gone
from agentforge.gateway.refusals import Refusal, said

LEFT = {"type": "http.disconnect"}


def part(body, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def talk(work, *messages, headers=()):
    """What comes of some work with a client that sends these messages and then stays silent, and what it was sent."""
    waiting, sent = list(messages), []

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    async def run():
        return await work(Client(headers, receive, send))

    return asyncio.run(run()), sent


def test_a_body_in_one_piece_is_not_copied():
    body = b"x" * 1000
    got, _ = talk(lambda client: client.read(1000), part(body))
    assert got is body


def test_a_body_in_pieces_is_put_together():
    got, _ = talk(lambda client: client.read(10), part(b"ab", True), part(b"", True), part(b"cd"))
    assert got == b"abcd"


@pytest.mark.parametrize("pieces", [[part(b"abc")], [part(b"ab", True), part(b"c")], [part(b"abc", True)]])
def test_a_body_that_is_too_large_is_refused(pieces):
    with pytest.raises(Refusal) as refusal:
        talk(lambda client: client.read(2), *pieces, headers=() if len(pieces) > 1 else ((b"content-length", b"3"),))
    assert refusal.value.status == 413


def test_one_that_only_says_so_is_not_even_read():
    with pytest.raises(Refusal):
        talk(lambda client: client.read(2), headers=((b"content-length", b"3"),))


def test_a_client_that_leaves_while_it_sends_is_gone():
    with pytest.raises(Gone):
        talk(lambda client: client.read(9), part(b"a", True), LEFT)


def test_a_client_that_leaves_later_ends_the_work_for_it():
    async def work(client):
        client.watch()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.Event().wait()
        return client.gone

    assert talk(work, LEFT)[0] is True


def test_once_the_answer_is_whole_nothing_ends_the_work_any_more():
    async def work(client):
        client.watch()
        await client.finish(b"end")
        await asyncio.sleep(0.01)
        return client.gone

    gone, sent = talk(work, LEFT)
    assert gone is False
    assert sent == [{"type": "http.response.body", "body": b"end", "more_body": False}]


@pytest.mark.parametrize(
    ("headers", "has"),
    [
        ((), False),
        (((b"content-length", b"0"),), False),
        (((b"content-length", b"5"),), True),
        (((b"transfer-encoding", b"chunked"),), True),
    ],
)
def test_a_body_is_announced(headers, has):
    async def work(client):
        return client.has_body

    assert talk(work, headers=headers)[0] is has


def test_a_refusal_is_an_answer():
    _, sent = talk(lambda client: client.refuse(said(Refusal(404, "no"), "anthropic")))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 404
