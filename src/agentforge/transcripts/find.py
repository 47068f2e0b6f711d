"""Where transcripts lie, and whose a file is."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from agentforge.transcripts.events import Client, Problem
from agentforge.transcripts.places import places_of
from agentforge.wire.errors import OutsideError

HEAD: Final = 64 << 10
_NAMES: Final = re.compile(r".*\.jsonl|opencode[\w.-]*\.db|(?:session-|ses_).*\.json")
_LINES_SEEN: Final = 5
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SIGNS: Final[tuple[tuple[Client, tuple[bytes, ...], bytes], ...]] = (
    ("codex", (b'"session_meta"',), b'"payload"'),
    ("gemini-cli", (b'"projectHash"',), b'"sessionId"'),
    ("opencode", (b'"id": "ses_', b'"id":"ses_'), b'"info"'),
    ("claude-code", (b'"sessionId"', b'"parentUuid"'), b'"type"'),
)
"""What only one client writes where no line can be read as a whole: any of the first, and the second.
A quotation inside a transcript has its quotes escaped, and is no sign."""


def find_transcripts(folder: Path, on_problem: Callable[[Problem], None] = lambda _: None) -> Iterator[Path]:
    """The files that may be transcripts: of a home folder where the clients keep them, of any other all below it."""
    if folder.is_file():
        yield folder
        return
    kept = (place for of_client in places_of(folder, {}).values() for place in of_client)
    places = {place.resolve(): place for place in kept if place.is_dir()}
    for place in places.values() or (folder,):
        yield from _walk(place, on_problem)


def _walk(folder: Path, on_problem: Callable[[Problem], None]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        on_problem(Problem(f"this folder cannot be read: {error.strerror}", path=str(error.filename)))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders.sort()
        for name in sorted(names):
            if _NAMES.fullmatch(name):
                yield Path(root, name)


def client_of(path: Path) -> Client | None:
    """Which client wrote the file; None: none that is known here, or nothing is in it."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise OutsideError(f"cannot be read: {error.strerror}", where=str(path), fix="check its permissions") from None
    return client_of_head(head)


def client_of_head(head: bytes) -> Client | None:
    """Which client wrote a file that begins like this."""
    if head.startswith(b"SQLite format 3\0"):
        return "opencode"
    for line in head.removeprefix(BOM_UTF8).split(b"\n", _LINES_SEEN)[:_LINES_SEEN]:
        try:
            members = _members.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if client := _client_of_line(members):
            return client
    return next(
        (client for client, any_of, and_this in _SIGNS if and_this in head and any(s in head for s in any_of)), None
    )


def _client_of_line(members: dict[str, msgspec.Raw]) -> Client | None:
    """Which client writes lines with these members."""
    if members.keys() >= {"type", "payload"}:
        return "codex"
    if members.keys() >= {"sessionId", "projectHash"}:
        return "gemini-cli"
    if members.keys() >= {"type", "sessionID"} or members.keys() >= {"info", "messages"}:
        return "opencode"
    if members.keys() >= {"type", "data"} and b"." in bytes(members["type"]):
        return "copilot-cli"
    if "type" in members and members.keys() & {"sessionId", "parentUuid", "leafUuid", "isSnapshotUpdate"}:
        return "claude-code"
    return None
