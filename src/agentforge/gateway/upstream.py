"""The side of the provider: one pool of connections, requests out, answers back chunk by chunk."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, ref

from agentforge.gateway.config import Config
from agentforge.gateway.refusals import Refusal
from agentforge.wire.errors import MissingExtra

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, StreamReader
    from aiohttp.client_proto import ResponseHandler

LONGEST_HEADER: Final = 64 * 1024
_ADDED: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""What the client library would add where the client sent none."""
_PIECE: Final = 256 * 1024
_IDLE_SECONDS: Final = 30.0


class Broken(Exception):
    """The answer stopped before its end."""


class Reply:
    """An answer under way."""

    __slots__ = ("_response", "headers", "status")

    def __init__(self, response: ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.raw_headers

    async def read(self) -> bytes:
        """What has come by now, as soon as there is any; empty at the end. Raises `Broken` where it is cut."""
        import aiohttp

        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Broken(f"the answer was cut: {_words(error)}") from error

    def close(self) -> None:
        """Nothing; the connection goes back to the pool after a whole answer, and is closed after any other."""
        self._response.close()


class Upstream:
    """A pool of connections to whatever the configuration names."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._session: ClientSession | None = None
        self._under_way: WeakKeyDictionary[ResponseHandler, StreamReader] = WeakKeyDictionary()
        """What is read from a connection, or was read last."""

    async def open(self) -> None:
        """Nothing; requests can be sent."""
        try:
            import aiohttp
        except ImportError:
            raise missing() from None

        patience = aiohttp.ClientTimeout(
            total=None,
            connect=None,
            sock_connect=self._config.connect_seconds,
            sock_read=self._config.silence_seconds,
        )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=patience,
            skip_auto_headers=_ADDED,
            auto_decompress=False,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )

    async def close(self) -> None:
        """Nothing; all connections are closed."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | AsyncIterator[bytes] | None
    ) -> Reply:
        """The answer, from its headers on; `Refusal` where there is none."""
        import aiohttp
        from yarl import URL

        assert self._session is not None, "open it first"
        if isinstance(body, bytes) and len(body) > _PIECE:
            headers = [*headers, ("content-length", str(len(body)))]
            body = _pieces(body)
        try:
            response = await self._session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                proxy=self._config.proxy,
            )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise self._refusal(error, url) from error
        if not 200 <= response.status <= 599:
            response.close()
            raise Refusal(502, f"{_site(url)} answered with the status {response.status}, which no client understands")
        self._watch(response)
        return Reply(response)

    def _watch(self, response: ClientResponse) -> None:
        """Nothing; an answer whose connection ends before it does will say so.

        The client library leaves its reader waiting for ever when the frame of a chunk is garbage.
        """
        line = response.connection
        if line is None or line.protocol is None:
            return  # whole already
        protocol = line.protocol
        if protocol not in self._under_way:
            closed = protocol.closed
            if closed is None:
                return
            closed.add_done_callback(partial(self._closed, ref(protocol)))
        self._under_way[protocol] = response.content

    def _closed(self, of: ref[ResponseHandler], closed: asyncio.Future[None]) -> None:
        import aiohttp

        error = None if closed.cancelled() else closed.exception()
        protocol = of()
        content = None if protocol is None else self._under_way.pop(protocol, None)
        if content is not None and not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError(_words(error) if error else "it is no HTTP any more"))

    def _refusal(self, error: Exception, url: str) -> Refusal:
        """What to tell the client; only where trying again cannot help, it is told so."""
        import aiohttp

        site, words = _site(url), _words(error)
        options = "start the gateway with another --anthropic or --openai URL"
        match error:
            case aiohttp.ClientConnectorCertificateError():
                reason = getattr(error.certificate_error, "verify_message", words)
                return Refusal(
                    502,
                    f"the certificate of {site} is not trusted ({reason}): "
                    "name the file of its authority in SSL_CERT_FILE when you start the gateway",
                    retry=False,
                )
            case aiohttp.ClientSSLError() | ssl.SSLError():
                return Refusal(502, f"no TLS with {site} ({words}): is its URL right? If not, {options}", retry=False)
            case aiohttp.ClientConnectorDNSError():
                return Refusal(502, f"no address is known for {site}: check the network, or {options}")
            case aiohttp.ConnectionTimeoutError():
                seconds = self._config.connect_seconds
                return Refusal(504, f"no connection to {site} within {seconds:g} s: check the network, or {options}")
            case TimeoutError():
                return Refusal(504, f"{site} sent nothing for {self._config.silence_seconds:g} s")
            case aiohttp.ClientConnectorError() | aiohttp.ClientProxyConnectionError():
                return Refusal(502, f"cannot connect to {site} ({words}): check that it is up, or {options}")
            case aiohttp.ClientResponseError(message=words):
                words = " ".join(words.split())[:200]
                return Refusal(502, f"{site} does not answer in HTTP ({words}): is its URL right? If not, {options}")
            case aiohttp.ClientError() | OSError():
                return Refusal(502, f"{site} closed the connection before it answered ({words})")
        return Refusal(400, f"the request cannot be sent on: {words}", retry=False)


def missing() -> MissingExtra:
    """The error of who has not installed what a gateway needs."""
    return MissingExtra(
        "the gateway needs uvicorn and aiohttp, which are not installed",
        fix="pip install 'agentforge-context[gateway]', or in a clone: pip install -e '.[gateway]'",
    )


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """A large body bit by bit, so that a slow upstream holds it up here and not in a buffer."""
    for at in range(0, len(body), _PIECE):
        yield body[at : at + _PIECE]


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _words(error: BaseException) -> str:
    """The error in one line, or its name where it has no words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__
