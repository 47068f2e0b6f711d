"""A server behind a URL, by the official client's transports, with a limit on what one response may hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from agentforge.knowledge.items import Server
from agentforge.knowledge.mcp.limits import BODY, MESSAGE, MIB
from agentforge.knowledge.mcp.tap import Tap
from agentforge.wire.errors import OutsideError

if TYPE_CHECKING:
    import httpx2
    from mcp.client._transport import TransportStreams


class Flooded(OutsideError):
    """A response is larger than anyone should have to keep."""


@asynccontextmanager
async def connected(server: Server, tap: Tap, *, timeout: float) -> AsyncIterator[TransportStreams]:
    """The streams to and from a server that is reached by HTTP."""
    import httpx2
    from mcp.client.sse import sse_client
    from mcp.client.streamable_http import streamable_http_client

    # Not compressed: what unpacks to gigabytes would pass any limit on what arrives.
    headers = {**server.headers, "accept-encoding": "identity"}

    async def take_in(response: httpx2.Response) -> None:
        if response.status_code >= 400 and response.request.method == "POST":
            tap.flaw(f"HTTP {response.status_code} {response.reason_phrase}".rstrip())
        _limit(response)

    def open_client(
        headers: dict[str, str] | None = None, timeout: Any = None, auth: httpx2.Auth | None = None
    ) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(headers=headers, timeout=timeout, auth=auth, event_hooks={"response": [take_in]})

    if server.transport == "sse":
        async with sse_client(
            server.url, headers, timeout=timeout, sse_read_timeout=timeout, httpx_client_factory=open_client
        ) as streams:
            yield streams
        return
    async with (
        open_client(headers, httpx2.Timeout(timeout)) as client,
        streamable_http_client(server.url, http_client=client, max_sse_event_size=MESSAGE) as streams,
    ):
        yield streams


def _limit(response: httpx2.Response) -> None:
    """Nothing; the response's body now ends in an error where it grows too large."""
    import httpx2

    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Flooded(f"answers in {encoding} though it was asked not to compress")
    whole = cast("httpx2.AsyncByteStream", response.stream)

    class Limited(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for chunk in whole:
                size += len(chunk)
                if size > BODY:
                    raise Flooded(f"answers with more than {BODY // MIB} MiB")
                yield chunk

        async def aclose(self) -> None:
            await whole.aclose()

    response.stream = Limited()
