"""Rows of earlier probes, one file a server, good for a day and for as long as nothing they depend on has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from agentforge.knowledge.items import Server
from agentforge.knowledge.mcp.discretion import repeats, secrets_of
from agentforge.knowledge.mcp.probed import Probed, ProbedPrompt, ProbedResource, ProbedTool
from agentforge.wire.errors import OutsideError
from agentforge.wire.jsontext import Json

DAY: Final = 86_400.0
"""Seconds a row is good for: what a server lists may hang on things no hash of its program shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """What lies in a file: a probed server without its configuration, which may hold secrets, and its stderr."""

    fingerprint: str
    at: float
    tools: tuple[ProbedTool, ...]
    prompts: tuple[ProbedPrompt, ...]
    resources: tuple[ProbedResource, ...]
    offers_resources: bool
    instructions: str
    protocol: str
    program: str
    version: str
    seconds: float
    problem: str


def open_cache(folder: Path) -> Cache:
    """The cache in a folder, made where it is missing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable")
    except OSError as error:
        raise OutsideError(
            f"what MCP servers list cannot be kept: {error.strerror}",
            where=str(folder),
            fix="make the folder writable, or name another one",
        ) from error
    return Cache(folder)


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of rows."""

    folder: Path

    def recall(self, server: Server, fingerprint: str, now: float) -> Probed | None:
        """The row of an earlier probe of the same server, unchanged since; None where there is none."""
        try:
            row = _rows.decode(self._file(server).read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None  # no row, or one that another version or a crash left: the server is asked again
        if row.fingerprint != fingerprint or not 0 <= now - row.at < DAY:
            return None
        return Probed(
            server,
            "ok",
            row.tools,
            row.prompts,
            row.resources,
            row.offers_resources,
            row.instructions,
            row.protocol,
            row.program,
            row.version,
            row.seconds,
            row.problem,
            cached=True,
        )

    def keep(self, probed: Probed, fingerprint: str, now: float) -> str:
        """Why the row could not be kept; empty when it was."""
        row = Row(
            fingerprint,
            now,
            probed.tools,
            probed.prompts,
            probed.resources,
            probed.offers_resources,
            probed.instructions,
            probed.protocol,
            probed.program,
            probed.version,
            probed.seconds,
            probed.problem,
        )
        text = msgspec.json.encode(row, enc_hook=_text_of)
        if repeats(text, secrets_of(probed.server)):
            return "not cached, because what it lists repeats a value of its environment or headers"
        file = self._file(probed.server)
        fresh = file.with_suffix(f".{os.getpid()}.new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(text)
            fresh.replace(file)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            return f"not cached: {error.strerror}"
        return ""

    def _file(self, server: Server) -> Path:
        """The server's file: a changed configuration takes the place of the old row."""
        source = server.source
        who = "\0".join((source.client, source.scope, source.path, server.name))
        return self.folder / f"{sha256(who.encode(errors='surrogatepass')).hexdigest()[:32]}.json"


def _text_of(value: Any) -> msgspec.Raw:
    assert isinstance(value, Json)
    return msgspec.Raw(value.text)


def _json_of(kind: type, value: Any) -> Json:
    assert kind is Json
    return Json.of(value)


_rows = msgspec.json.Decoder(Row, dec_hook=_json_of)
