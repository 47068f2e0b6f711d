"""uvicorn as the gateway uses it: nothing added to an answer, nothing said, and nothing left open at the end."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn

_IDLE_SECONDS = 75


class Listener(uvicorn.Server):
    """A server for one application; `run` it with the sockets it listens on."""

    def __init__(self, application: Any, *, goodbye_seconds: float) -> None:
        config = uvicorn.Config(
            application,
            log_level="critical",
            access_log=False,
            lifespan="on",
            ws="none",
            date_header=False,
            server_header=False,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=max(1, round(goodbye_seconds)),
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Nothing; also those connections are closed whose clients take no more of their answers."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
