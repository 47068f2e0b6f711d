"""What passes between a server and the official client: remembered, and mended where it would end the talk."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from agentforge.knowledge.mcp.limits import ENTRIES, REQUESTS

if TYPE_CHECKING:
    from mcp.client._transport import ReadStream, TransportStreams, WriteStream
    from mcp.shared.message import SessionMessage

LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tools/list": "tools",
        "prompts/list": "prompts",
        "resources/list": "resources",
        "resources/templates/list": "resourceTemplates",
    }
)
"""Method to the key of its entries."""

SHOWN: Final = 5


class Tap:
    """Everything a server answered so far, and what was wrong with it."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any]] = {}
        """The latest answer to each method, as it came."""
        self.tools_changed = False
        """The server said that its tools are others now."""
        self.refused: set[str] = set()
        """The methods a server answered with an error."""
        self._asked: dict[str, str] = {}
        self._requests = 0
        self._flaws: dict[str, None] = {}
        self._more = 0

    def flaw(self, what: str) -> None:
        """Nothing; notes that the server did something wrong."""
        if what in self._flaws:
            return
        if len(self._flaws) < SHOWN:
            self._flaws[what] = None
        else:
            self._more += 1

    @property
    def problem(self) -> str:
        """What was wrong, in a line; empty where nothing was."""
        told = "; ".join(self._flaws)
        return f"{told}; and {self._more:,} more" if self._more else told

    def streams(self, inner: TransportStreams) -> tuple[Reader, Writer]:
        """The two streams of a transport, with this tap in them."""
        return Reader(inner[0], self), Writer(inner[1], self)

    def sent(self, message: SessionMessage) -> None:
        """Nothing; remembers what was asked."""
        from mcp_types import JSONRPCRequest

        if isinstance(message.message, JSONRPCRequest):
            self._asked[str(message.message.id)] = message.message.method

    def received(self, item: SessionMessage | Exception) -> SessionMessage | Exception | None:
        """What the client is to see of it; None where that is nothing."""
        from mcp.shared.message import SessionMessage
        from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest

        if isinstance(item, Exception):
            return item
        message = item.message
        if isinstance(message, JSONRPCNotification):
            self.tools_changed |= message.method == "notifications/tools/list_changed"
            return None
        if isinstance(message, JSONRPCRequest):
            self._requests += 1
            return item if self._requests <= REQUESTS else None
        method = self._asked.pop(str(message.id), None)
        if method is None:
            return item
        if isinstance(message, JSONRPCError):
            self.refused.add(method)
            return item
        self.answers[method] = message.result
        seen = self._seen(method, message.result)
        return item if seen is message.result else SessionMessage(message.model_copy(update={"result": seen}))

    def _seen(self, method: str, result: dict[str, Any]) -> dict[str, Any]:
        if method == "initialize":
            return self._greeting(result)
        entries = result.get(LISTS.get(method, ""))
        if isinstance(entries, list) and len(entries) > ENTRIES:
            return {**result, LISTS[method]: entries[:ENTRIES]}
        return result

    def _greeting(self, result: dict[str, Any]) -> dict[str, Any]:
        """An `initialize` result the client accepts, because one it refuses ends the talk."""
        from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION

        version = result.get("protocolVersion")
        if version not in HANDSHAKE_PROTOCOL_VERSIONS:
            self.flaw(f"greets with the unknown protocol version {str(version)[:40]!r}")
            version = LATEST_HANDSHAKE_VERSION
        info = result.get("serverInfo")
        if not isinstance(info, dict) or not all(isinstance(info.get(key), str) for key in ("name", "version")):
            self.flaw("greets without its name and version (serverInfo)")
        if not isinstance(result.get("capabilities"), dict):
            self.flaw("greets without saying what it offers (capabilities)")
        if not isinstance(result.get("instructions", ""), str):
            self.flaw("greets with instructions that are no text")
        return {"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "", "version": ""}}


class Reader:
    """What comes from the server, through the tap."""

    def __init__(self, inner: ReadStream[SessionMessage | Exception], tap: Tap) -> None:
        self._inner = inner
        self._tap = tap

    async def receive(self) -> SessionMessage | Exception:
        """The next message for the client."""
        while True:
            seen = self._tap.received(await self._inner.receive())
            if seen is not None:
                return seen

    async def aclose(self) -> None:
        """Nothing; closes the stream."""
        await self._inner.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        from anyio import EndOfStream

        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Writer:
    """What goes to the server, through the tap."""

    def __init__(self, inner: WriteStream[SessionMessage], tap: Tap) -> None:
        self._inner = inner
        self._tap = tap

    async def send(self, item: SessionMessage, /) -> None:
        """Nothing; sends a message."""
        self._tap.sent(item)
        await self._inner.send(item)

    async def aclose(self) -> None:
        """Nothing; closes the stream."""
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
