import asyncio
import signal
import socket
import threading
import time
import urllib.request

import pytest

from agentforge.gateway import Config, serving
from agentforge.gateway.server import serve
from agentforge.ledger import EVERYWHERE, open_ledger
from agentforge.wire.errors import OutsideError
from gateway.faulty import ask, upstream, whole


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.db") as opened:
        yield opened


def test_it_serves_for_as_long_as_the_context_lasts_and_then_all_is_recorded(ledger):
    with upstream(whole(200, b"{}")) as hand:
        with serving(Config(anthropic=hand.url, port=0), ledger) as url:
            for _ in range(3):
                ask(url)
        assert len(list(ledger.events(project=EVERYWHERE))) == 3
        with pytest.raises(OSError, match="refused"):
            ask(url)


def test_a_port_that_is_taken_is_the_worlds_fault(ledger):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutsideError, match="in use") as error, serving(Config(port=port), ledger):
            pass
    assert (error.value.where, error.value.fix) == (f"127.0.0.1:{port}", "choose another with --port")


def test_it_listens_on_the_other_loopback_too(ledger):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with upstream(whole(200, b"{}")) as hand:
        try:
            with serving(Config(anthropic=hand.url, port=0, host="::1"), ledger) as url:
                assert url.startswith("http://[::1]:")
                with urllib.request.urlopen(url + "/api/hello", timeout=20) as reply:
                    assert reply.status == 200
        except OutsideError as error:
            pytest.skip(f"no IPv6 loopback: {error}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(ledger, number):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    urls = []

    def ready(url):
        urls.append(url)

        def use():
            ask(url)
            signal.pthread_kill(threading.main_thread().ident, number)

        threading.Thread(target=use).start()

    with upstream(whole(200, b"{}")) as hand:
        totals = serve(Config(anthropic=hand.url, port=0), ledger, ready=ready, say=print)
    assert (totals.requests, totals.outcomes["whole"]) == (1, 1)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_an_answer_under_way_may_finish_when_it_is_told_to_end(ledger):
    async def answer(hand, got, writer):
        started.set()
        await asyncio.sleep(0.4)
        writer.write(whole(200, b"late"))

    started, got = threading.Event(), []
    with upstream(answer) as hand:
        with serving(Config(anthropic=hand.url, port=0, goodbye_seconds=5.0), ledger) as url:
            asking = threading.Thread(target=lambda: got.append(ask(url).body))
            asking.start()
            started.wait(10)
        asking.join(10)
    assert got == [b"late"]


def test_an_answer_that_takes_too_long_for_that_is_ended_and_recorded(ledger):
    async def answer(hand, got, writer):
        started.set()
        await asyncio.sleep(60)

    started, got = threading.Event(), []

    def use(url):
        try:
            ask(url)
        except OSError as error:
            got.append(error)

    with upstream(answer) as hand:
        begin = time.monotonic()
        with serving(Config(anthropic=hand.url, port=0, goodbye_seconds=1.0), ledger) as url:
            asking = threading.Thread(target=use, args=(url,))
            asking.start()
            started.wait(10)
        asking.join(10)
        assert time.monotonic() - begin < 30
    assert [event.data["outcome"] for event in ledger.events(project=EVERYWHERE)] == ["ended"]
