"""The gateway as an ASGI application: every request goes to its upstream, and its answer comes back as it is."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Final

from agentforge.gateway import guard
from agentforge.gateway.client import Client, Gone, Receive, Scope, Send
from agentforge.gateway.config import Config
from agentforge.gateway.exchange import Exchange
from agentforge.gateway.headers import Headers, is_packed, to_upstream, value_of
from agentforge.gateway.record import NotKept, Recorder
from agentforge.gateway.refusals import Refusal, said
from agentforge.gateway.relay import pass_on, read_through
from agentforge.gateway.routes import Route, find_route
from agentforge.gateway.treatment import Asked, Prepared, Treatment
from agentforge.gateway.upstream import Broken, Reply, Upstream
from agentforge.ledger import Event

_IDS: Final = (b"request-id", b"x-request-id")
_ANSWERED: Final = re.compile(rb'"assistant"|"function_call"')
_MORE_PATIENCE: Final = 15


class Cut(Exception):
    """The connection to the client breaks here, as that to the upstream did."""


class Gateway:
    """The application. Its life is that of the server: connections open at the start and close at the end."""

    def __init__(self, config: Config, treatment: Treatment, recorder: Recorder, *, clock: Callable[[], int]) -> None:
        self._config = config
        self._treatment = treatment
        self._recorder = recorder
        self._clock = clock
        self._upstream = Upstream(config)
        self._preparer = ThreadPoolExecutor(1, "preparer")
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or open and close with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._upstream.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._upstream.close()
        self._preparer.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = Client(tuple(scope["headers"]), receive, send)
        course = _Course(Exchange(next(self._numbers), self._clock(), scope["method"]))
        first = course.latest
        try:
            await self._serve(scope, client, course)
            course.latest.outcome = "whole"
        except Refusal as refusal:
            course.latest.outcome = "refused"
            course.latest.status = course.latest.status or refusal.status
            course.latest.why.append(refusal.message)
            await client.refuse(said(refusal, first.dialect))
        except Gone:
            course.latest.outcome = "gone"
        except Broken as broken:
            course.latest.outcome = "cut"
            course.latest.why.append(str(broken))
            if client.started:
                raise Cut from broken
            await client.refuse(said(Refusal(502, str(broken)), first.dialect))
        except asyncio.CancelledError:
            if not client.gone:
                raise
            course.latest.outcome = "gone"
            _no_longer_cancelled()
        except Exception as error:
            course.latest.outcome = "cut"
            course.latest.why.append(f"{type(error).__name__}: {error}")
            if client.started:
                raise
            await client.refuse(said(Refusal(500, f"it made a mistake: {error}"), first.dialect))
        finally:
            client.unwatch()
            course.end()
            for exchange in course.exchanges:
                self._recorder.take(exchange)

    async def _serve(self, scope: Scope, client: Client, course: _Course) -> None:
        exchange, headers = course.latest, client.headers
        route = find_route(self._config, exchange.method, scope["raw_path"], scope["query_string"], headers)
        exchange.path, exchange.dialect = route.path, route.dialect
        exchange.project, exchange.operation = route.project, route.operation
        guard.check(self._config, headers)
        if value_of(headers, b"upgrade") == b"websocket":
            raise Refusal(426, "it speaks no websockets: use HTTP", retry=False)
        if route.operation == "other":
            await self._forward(route, client, course)
            return
        body = await client.read(self._config.largest)
        client.watch()
        exchange.asked_bytes = len(body)
        asked = Asked(exchange.number, exchange.at, route.project, route.dialect, route.operation, headers, body)
        prepared = await self._prepare(asked, exchange)
        reply = await self._ask(route, prepared.headers or headers, prepared.body, course)
        if prepared.reader is None or reply.status != 200 or is_packed(_low(reply)):
            await pass_on(client, reply, exchange)
            return

        async def ask_again(body: bytes) -> tuple[Reply, Exchange]:
            course.follow(Exchange(next(self._numbers), self._clock(), exchange.method))
            return await self._ask(route, prepared.headers or headers, body, course), course.latest

        async def settle() -> None:
            if prepared.owed:
                await self._owe(prepared.owed, course.latest)

        await read_through(client, reply, exchange, prepared.reader, ask_again, settle)

    async def _owe(self, events: Sequence[Event], exchange: Exchange) -> None:
        """Nothing; the events are in the ledger, or will be when it can be written again."""
        try:
            await asyncio.wait_for(self._recorder.keep_events(events), self._config.prepare_seconds)
        except (NotKept, TimeoutError) as error:
            exchange.why.append(f"not written down in time: {_reason(error)}")
            exchange.owed += events

    async def _forward(self, route: Route, client: Client, course: _Course) -> None:
        """Nothing; a request that nobody reads went through, its body as fast as the upstream takes it."""
        headers = to_upstream(client.headers, plain=False)
        if client.has_body:
            length = value_of(client.headers, b"content-length")
            if length:
                headers.append(("content-length", length.decode("latin-1")))
            body = client.pieces()
        else:
            body = None
            client.watch()
        try:
            reply = await self._upstream.ask(course.latest.method, route.url, headers, body)
        except Refusal:
            if client.gone:
                raise Gone from None
            raise
        course.answered(reply)
        await pass_on(client, reply, course.latest)

    async def _ask(self, route: Route, headers: Headers, body: bytes, course: _Course) -> Reply:
        course.latest.sent_bytes = len(body)
        reply = await self._upstream.ask(course.latest.method, route.url, to_upstream(headers, plain=True), body)
        course.answered(reply)
        return reply

    async def _prepare_beside(self, asked: Asked) -> Prepared:
        """What the treatment says, from a thread of its own, and in time or not at all."""
        given_up = threading.Event()

        def prepare() -> Prepared | Exception:
            # As a value, because not every exception can be raised into a future.
            try:
                prepared = self._treatment.prepare(asked)
                if given_up.is_set():
                    _unsent(prepared)
            except Exception as error:  # noqa: BLE001 - raised again below
                return error
            return prepared

        work = asyncio.get_running_loop().run_in_executor(self._preparer, prepare)
        try:
            # Shielded: one that is still in the queue must run as well, to learn that it went out as it came.
            prepared = await asyncio.wait_for(asyncio.shield(work), self._patience(asked))
        except TimeoutError:
            given_up.set()
            raise
        if isinstance(prepared, Exception):
            raise prepared
        return prepared

    def _patience(self, asked: Asked) -> float:
        """Seconds to wait. Of what was answered once, part may have been cut: as it came, it would be refused."""
        return self._config.prepare_seconds * (_MORE_PATIENCE if _ANSWERED.search(asked.body) else 1)

    async def _prepare(self, asked: Asked, exchange: Exchange) -> Prepared:
        """What to send: what the treatment says, or the request as it came and a word in the ledger why."""
        as_it_came = Prepared(asked.body)
        if is_packed(asked.headers):
            exchange.why.append("passed untouched: its body is compressed")
            return as_it_came
        start = perf_counter()
        prepared: Prepared | None = None
        try:
            if self._treatment.is_quick(asked):
                prepared = self._treatment.prepare(asked)
            else:
                prepared = await self._prepare_beside(asked)
            exchange.session, exchange.role = prepared.session, prepared.role
            exchange.receipts, exchange.memo = prepared.receipts, prepared.memo
            if self._config.shadow:
                exchange.sent = "shadow"
                return as_it_came
            prepared = await self._keep(prepared, asked, exchange)
        except Exception as error:  # noqa: BLE001 - Law 10: whatever goes wrong here, the request goes through
            exchange.why.append(f"sent as it came: {_reason(error)}")
            exchange.receipts = ()
            if prepared is not None:
                _unsent(prepared)
            return as_it_came
        finally:
            exchange.prepare_ms = _ms(start)
        if prepared.body is not asked.body or prepared.headers is not None:
            exchange.sent = "changed"
        return prepared

    async def _keep(self, prepared: Prepared, asked: Asked, exchange: Exchange) -> Prepared:
        """The same, with all it cuts in the ledger; or, where that fails, what cuts no more than was stored before."""
        if not prepared.kept and not prepared.events:
            return prepared
        keeping = self._recorder.keep(prepared, project=asked.project, at=asked.at)
        try:
            await asyncio.wait_for(keeping, self._config.prepare_seconds)
        except Exception as error:
            if prepared.spare is None:
                raise
            exchange.why.append(f"cut no more than before: {_reason(error)}")
            prepared = prepared.spare(frozenset(one.hash for one in self._recorder.unkept(prepared, asked.project)))
            exchange.receipts, exchange.memo = prepared.receipts, prepared.memo
        return prepared


class _Course:
    """The exchanges that one request of a client leads to, the latest under way."""

    __slots__ = ("_reply", "_start", "exchanges")

    def __init__(self, first: Exchange) -> None:
        self.exchanges = [first]
        self._start = perf_counter()
        self._reply: Reply | None = None

    @property
    def latest(self) -> Exchange:
        return self.exchanges[-1]

    def answered(self, reply: Reply) -> None:
        """Nothing; the latest exchange has an answer, of which the headers are here."""
        exchange, headers = self.latest, _low(reply)
        self._reply = reply
        exchange.first_ms = _ms(self._start)
        exchange.status = reply.status
        exchange.kind = value_of(headers, b"content-type")
        exchange.packing = value_of(headers, b"content-encoding")
        exchange.request_id = next(
            (value.decode("latin-1") for wanted in _IDS for name, value in headers if name == wanted), ""
        )

    def follow(self, exchange: Exchange) -> None:
        """Nothing; the latest is whole, and another one follows it."""
        before = self.latest
        self.end()
        before.outcome = "whole"
        exchange.path, exchange.project, exchange.dialect = before.path, before.project, before.dialect
        exchange.operation, exchange.session, exchange.role = before.operation, before.session, before.role
        exchange.sent, exchange.memo = "followup", before.memo
        self.exchanges.append(exchange)
        self._start = perf_counter()

    def end(self) -> None:
        """Nothing; the latest exchange is over."""
        if self._reply is not None:
            self._reply.close()
            self._reply = None
        self.latest.whole_ms = _ms(self._start)


def _unsent(prepared: Prepared) -> None:
    """Nothing; the treatment knows that the request went out as it came."""
    if isinstance(prepared, Prepared) and prepared.unsent is not None:
        prepared.unsent()


def _low(reply: Reply) -> Headers:
    return tuple((name.lower(), value) for name, value in reply.headers)


def _ms(start: float) -> float:
    return round((perf_counter() - start) * 1e3, 3)


def _reason(error: Exception) -> str:
    match error:
        case NotKept():
            return str(error)
        case TimeoutError():
            return "it was not ready in time"
    return f"{type(error).__name__}: {error}"


def _no_longer_cancelled() -> None:
    """Nothing; the cancellation that ended the work is not the task's own end."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
