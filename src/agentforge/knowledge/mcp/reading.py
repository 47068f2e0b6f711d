"""What a stdio server writes, sans I/O: bytes in, lines out, and each line read as far as it can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_types import JSONRPCMessage


class TooLong(Exception):
    """A message is longer than anyone should have to keep."""


class Lines:
    """Cuts a byte stream into lines, keeping those that may be JSON objects and no more than `limit` of one."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.skipped = 0
        """Bytes that cannot have been a message."""
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now; `TooLong` when one of them never seems to end."""
        head, newline, tail = data.partition(b"\n")
        if not newline:
            self._keep(head)
            return []
        self._keep(head)
        first = bytes(self._rest)
        self._rest.clear()
        self._skipping = False
        *whole, last = tail.split(b"\n")
        kept = []
        for line in (first, *whole):
            if line.lstrip()[:1] == b"{":
                kept.append(line)
            elif not line.isspace():
                self.skipped += len(line)
        self._keep(last)
        return kept

    def _keep(self, data: bytes) -> None:
        if self._skipping:
            self.skipped += len(data)
            return
        self._rest += data
        if len(self._rest) <= self.limit:
            return
        if self._rest[:64].lstrip()[:1] == b"{":
            raise TooLong
        self.skipped += len(self._rest)
        self._rest.clear()
        self._skipping = True


def read_message(line: bytes) -> tuple[JSONRPCMessage | None, str]:
    """The message of a line, and what was wrong with the line; None where nothing can be made of it."""
    from mcp_types import jsonrpc_message_adapter
    from pydantic import ValidationError

    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False), ""
    except ValidationError:
        pass
    try:
        value = json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None, "writes lines to stdout that look like JSON and are none"
    if not isinstance(value, dict) or not {"id", "method"} & value.keys():
        return None, "writes JSON to stdout that is no JSON-RPC message"
    mended, flaw = _mend(value)
    try:
        # Through text, because that is where half surrogate pairs and other strings no JSON can hold are replaced.
        text = json.dumps(mended, ensure_ascii=False).encode(errors="replace")
        return jsonrpc_message_adapter.validate_json(text, by_name=False), flaw
    except (ValidationError, RecursionError):
        return _refusal(value.get("id")), flaw


def _mend(value: dict[str, Any]) -> tuple[dict[str, Any], str]:
    if "method" in value or "result" not in value:
        return {**value, "jsonrpc": "2.0"}, "sends messages that are not JSON-RPC 2.0"
    result = value["result"]
    if not isinstance(result, dict):
        return {}, f"answers with {type(result).__name__} where an object belongs"
    if value.get("jsonrpc") != "2.0" or "error" in value:
        return {"jsonrpc": "2.0", "id": value["id"], "result": result}, "sends answers that are not JSON-RPC 2.0"
    return value, "sends text that is not UTF-8, or JSON that is not JSON (half surrogate pairs, deep nesting)"


def _refusal(number: object) -> JSONRPCMessage | None:
    """An error in the server's stead, so that who asked need not wait for the time limit."""
    from mcp_types import INTERNAL_ERROR, ErrorData, JSONRPCError

    if isinstance(number, bool) or not isinstance(number, int | str):
        return None
    error = ErrorData(code=INTERNAL_ERROR, message="its answer cannot be read")
    return JSONRPCError(jsonrpc="2.0", id=number, error=error)
