"""opencode's sessions: its database, its exports, and the lines of `run --format json`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from agentforge.transcripts.events import About, Entry, Item, Problem, Skipped, tokens_in
from agentforge.wire import Json, Usage

_SESSIONS: Final = "SELECT id, parent_id, directory, version FROM session ORDER BY time_created, id"
_PARTS: Final = """SELECT m.id, m.data, p.id, p.data, p.time_created FROM message m JOIN part p ON p.message_id = m.id
WHERE m.session_id = ? ORDER BY m.time_created, m.id, p.id"""
_NOTES: Final = frozenset({"step-start", "snapshot", "patch", "file", "agent", "subtask", "retry"})
_object = msgspec.json.Decoder(dict[str, Any])


def database_items(path: Path) -> Iterator[Item]:
    """What every session of a database says, one session after the other."""
    try:
        with closing(_open(path)) as database:
            for session, parent, folder, version in database.execute(_SESSIONS).fetchall():
                yield About(session, parent or "", folder or "", "", version or "")
                rows = database.execute(_PARTS, (session,))
                for number, (message, told, part, data, created) in enumerate(rows, 1):
                    try:
                        yield from list(
                            _part(message, _object.decode(told), part, _object.decode(data), created, number)
                        )
                    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, AttributeError, ValueError) as error:
                        yield Problem(f"part {part} has a form this version does not know: {error}", number)
    except sqlite3.Error as error:
        yield Problem(f"this is no database of opencode that can be read: {error}")


def _open(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing; a database whose journal cannot be opened is read as it lies there."""
    name = path.absolute().as_uri()
    database = sqlite3.connect(f"{name}?mode=ro", uri=True)
    try:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        database.close()
        database = sqlite3.connect(f"{name}?mode=ro&immutable=1", uri=True)
    return database


def export_items(file: BinaryIO, path: Path) -> Iterator[Item]:
    """What an exported session says."""
    try:
        told = _object.decode(file.read())
        info = told["info"]
        parent = str(info.get("parentID") or "")
        yield About(str(info["id"]), parent, str(info.get("directory") or ""), "", str(info.get("version") or ""))
        number = 0
        for message in told["messages"]:
            for part in message["parts"]:
                number += 1
                created = (message["info"].get("time") or {}).get("created")
                yield from _part(
                    str(message["info"]["id"]), message["info"], str(part.get("id")), part, created, number
                )
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, AttributeError, ValueError) as error:
        yield Problem(f"{path.name} is no export of opencode: {error}")


class _Line(msgspec.Struct, rename={"session": "sessionID"}):
    type: str = ""
    timestamp: int | None = None
    session: str = ""
    part: dict[str, Any] | None = None


_line = msgspec.json.Decoder(_Line)


class Reader(msgspec.Struct):
    """Reads the output of a run line by line; what it remembers in between can be stored."""

    session: str = ""

    def read(self, text: bytes, number: int) -> list[Item]:
        """What a line says."""
        try:
            line = _line.decode(text)
        except msgspec.ValidationError as error:
            return [Problem(f"this line has a form this version does not know: {error}", number)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return [Problem(f"this line is no JSON: {error}", number)]
        if line.part is None:
            return [Skipped(line.type, number)]
        out: list[Item] = []
        if line.session != self.session:
            self.session = line.session
            out.append(About(line.session))
        part = line.part
        try:
            out += _part(str(part.get("messageID")), {}, str(part.get("id")), part, line.timestamp, number)
        except (TypeError, AttributeError, ValueError) as error:
            out.append(Problem(f"this {line.type} line has a form this version does not know: {error}", number))
        return out


def _part(
    message: str, told: dict[str, Any], id: str, part: dict[str, Any], created: Any, number: int
) -> Iterator[Item]:
    user = told.get("role") == "user"
    model = str(told.get("modelID") or "")
    about: dict[str, Any] = {"id": id, "parent": message, "at": _time(created), "line": number}
    text = str(part.get("text") or "")
    match part.get("type"):
        case "text" if user and not part.get("synthetic"):
            yield Entry("prompt", "user", text=text, **about)
        case "text" if user:
            yield Entry("context_injection", "client", name="synthetic", text=text, **about)
        case "text":
            yield Entry("assistant_text", "assistant", text=text, model=model, **about)
        case "reasoning":
            yield Entry("thinking", "assistant", text=text, model=model, **about)
        case "tool":
            yield from _tool(part, part.get("state") or {}, model, about)
        case "step-finish":
            usage = _usage(part.get("tokens") or {})
            yield Entry("meta", "client", name="step-finish", response=id, usage=usage, model=model, **about)
        case "compaction":
            yield Entry("compaction", "client", structured=Json.of(part), **about)
        case type if type in _NOTES:
            yield Entry("meta", "client", name=str(type), structured=Json.of(part), **about)
        case type:
            yield Skipped(str(type), number)


def _tool(part: dict[str, Any], state: dict[str, Any], model: str, about: dict[str, Any]) -> Iterator[Entry]:
    call, name = str(part.get("callID") or ""), str(part.get("tool") or "")
    arguments = Json.of(state.get("input"))
    yield Entry("tool_call", "assistant", call_id=call, name=name, structured=arguments, model=model, **about)
    if state.get("status") in ("completed", "error"):
        failed = state["status"] == "error"
        text = str(state.get("error" if failed else "output") or "")
        note = Json.of(state.get("metadata"))
        yield Entry("tool_result", "tool", call_id=call, name=name, text=text, structured=note, error=failed, **about)


def _usage(tokens: dict[str, Any]) -> Usage:
    cache = tokens.get("cache") or {}
    thinking = tokens_in(tokens.get("reasoning"))
    return Usage(
        input_tokens=tokens_in(tokens.get("input")),
        cache_read=tokens_in(cache.get("read")),
        cache_write=tokens_in(cache.get("write")),
        output_tokens=tokens_in(tokens.get("output")) + thinking,
        thinking_tokens=thinking,
    )


def _time(milliseconds: Any) -> str:
    if not isinstance(milliseconds, int | float):
        return ""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
