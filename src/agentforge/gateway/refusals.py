"""What the gateway itself has to say, in the words and the form of the API that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agentforge.wire import Dialect, Json

_ANTHROPIC: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    426: "invalid_request_error",
    504: "timeout_error",
}


class Refusal(Exception):
    """The gateway answers in the upstream's place."""

    def __init__(self, status: int, message: str, *, retry: bool | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry = retry
        """What to tell a client that asks itself whether to try again; None: as it thinks best for the status."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of ours, whole."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def said(refusal: Refusal, dialect: Dialect) -> Said:
    """The refusal as the API of that dialect would put it."""
    message, status = f"agentforge gateway: {refusal.message}", refusal.status
    if dialect == "anthropic":
        kind = _ANTHROPIC.get(status, "api_error")
        plain: object = {"type": "error", "error": {"type": kind, "message": message}}
    else:
        kind = "invalid_request_error" if status < 500 else "server_error"
        code = "request_too_large" if status == 413 else None
        plain = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    body = Json.of(plain).text
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if refusal.retry is not None:
        headers.append((b"x-should-retry", b"true" if refusal.retry else b"false"))
    if status == 426:
        headers.append((b"upgrade", b"HTTP/1.1"))
    return Said(status, tuple(headers), body)
