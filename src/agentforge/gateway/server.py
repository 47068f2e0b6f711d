"""A gateway on a port: for as long as a context lasts, or until it is interrupted."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from agentforge.gateway.app import Gateway
from agentforge.gateway.config import Config
from agentforge.gateway.record import Recorder
from agentforge.gateway.totals import Totals
from agentforge.gateway.treatment import Treatment, Untouched
from agentforge.gateway.upstream import missing
from agentforge.ledger import Ledger
from agentforge.wire.errors import OutsideError

_BACKLOG = 1024


def serve(
    config: Config,
    ledger: Ledger,
    *,
    treatment: Treatment | None = None,
    ready: Callable[[str], None],
    say: Callable[[str], None],
    clock: Callable[[], int] = time.time_ns,
) -> Totals:
    """What went through, once SIGINT or SIGTERM has ended it; `ready` gets the base URL when the port is open."""
    listening = _listen(config)
    url = _url(listening)
    with _interrupts(), _recording(config, ledger, treatment or Untouched(), say, clock) as (server, recorder):
        ready(url)
        # uvicorn raises the signal again once it has shut down; here that is the wanted end.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    return recorder.totals


@contextmanager
def serving(
    config: Config,
    ledger: Ledger,
    *,
    treatment: Treatment | None = None,
    say: Callable[[str], None] = lambda _: None,
    clock: Callable[[], int] = time.time_ns,
) -> Iterator[str]:
    """The base URL of a gateway that serves for as long as the context lasts."""
    listening = _listen(config)
    with _recording(config, ledger, treatment or Untouched(), say, clock) as (server, _):
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield _url(listening)
        finally:
            server.should_exit = True
            thread.join(timeout=config.goodbye_seconds + 10)
            listening.close()


@contextmanager
def _recording(
    config: Config, ledger: Ledger, treatment: Treatment, say: Callable[[str], None], clock: Callable[[], int]
) -> Iterator[tuple[Any, Recorder]]:
    """A server that is ready to run; at the end, all it took part in is in the ledger."""
    try:
        import aiohttp  # noqa: F401 - asked for here, before the port is announced

        from agentforge.gateway.listener import Listener
    except ImportError:
        raise missing() from None
    recorder = Recorder(ledger, treatment, clock=clock, say=say)
    app = Gateway(config, treatment, recorder, clock=clock)
    server = Listener(app, goodbye_seconds=config.goodbye_seconds)
    recorder.start()
    try:
        yield server, recorder
    finally:
        recorder.close()


def _listen(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host.strip("[]"), config.port))
        # From here on a client's connection waits for the server to start, and is not refused.
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise OutsideError(
            error.strerror or "the port cannot be opened",
            where=f"{config.host}:{config.port}",
            fix="choose another with --port",
        ) from error
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _interrupts() -> Iterator[None]:
    """Nothing; SIGTERM ends things as SIGINT does, so that what is under way can be put in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
