"""The front door to every client's transcripts: a file in, items, entries or whole transcripts out."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from agentforge.transcripts import claude_code, codex, copilot_cli, gemini_cli, opencode
from agentforge.transcripts.events import About, Client, Entry, Item, Problem, Transcript
from agentforge.transcripts.find import HEAD, client_of, client_of_head
from agentforge.transcripts.lines import Line, is_json, lines_of
from agentforge.wire.errors import OutsideError


class LineReader(Protocol):
    """Takes a client's lines one by one."""

    def read(self, text: bytes, number: int) -> Sequence[Item]:
        """What a line says."""


READERS: Final[dict[Client, type[LineReader]]] = {
    "claude-code": claude_code.Reader,
    "codex": codex.Reader,
    "copilot-cli": copilot_cli.Reader,
    "opencode": opencode.Reader,
}


def reads_by_line(client: Client, path: Path) -> bool:
    """Whether a file grows line by line, so that reading can go on where it stopped."""
    return client in READERS and path.suffix not in (".db", ".json")


def items(path: Path) -> Iterator[Item]:
    """Everything a transcript says, and every problem with it, as it is read."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            client = client_of_head(head)
            file.seek(0)
            if client is None:
                if head:
                    yield Problem(stranger(head) or "no client known here wrote this", path=str(path))
                return
            found = by_line(file, READERS[client]()) if reads_by_line(client, path) else whole(client, file, path)
            for item in found:
                yield replace(item, path=str(path)) if isinstance(item, Problem) else item
    except OSError as error:
        yield Problem(f"cannot be read: {error.strerror}", path=str(path))


def by_line(file: BinaryIO, reader: LineReader) -> Iterator[Item]:
    """What the lines of a file say, from where it stands."""
    for line in lines_of(file):
        yield from read_line(reader, line)


def read_line(reader: LineReader, line: Line) -> Sequence[Item]:
    """What a line says, torn or too long as it may be."""
    if line.text is None:
        return (Problem("this line is too long to be taken into memory", line.number),)
    if not line.text.strip():
        return ()
    if is_torn(line):
        return (Problem("the last line is half written", line.number),)
    return reader.read(line.text.removeprefix(BOM_UTF8) if line.number == 1 else line.text, line.number)


def is_torn(line: Line) -> bool:
    """Whether the writer was interrupted, or is not done."""
    return not line.whole and line.text is not None and not is_json(line.text)


def whole(client: Client, file: BinaryIO, path: Path) -> Iterator[Item]:
    """What a file says that can only be read as a whole."""
    if client == "gemini-cli":
        return gemini_cli.items(file, path)
    return opencode.database_items(path) if path.suffix == ".db" else opencode.export_items(file, path)


def stranger(head: bytes) -> str:
    """Why a file of no known client cannot even be JSON, from how it begins; empty where it may be."""
    first, broken, _ = head.partition(b"\n")
    may_be = is_json(first.removeprefix(BOM_UTF8)) if broken else head.lstrip().startswith((b"{", b"["))
    return "" if may_be or not first.strip() else "this is no transcript: binary, or in another encoding than UTF-8"


def entries(path: Path) -> Iterator[Entry]:
    """The entries of a transcript as they are read; `items` also tells what could not be."""
    return (item for item in items(path) if isinstance(item, Entry))


def read_transcript(path: Path, session: str = "") -> Transcript:
    """The first transcript of a file, or that of a session in it."""
    for transcript in read_transcripts(path):
        if not session or transcript.session == session:
            return transcript
    raise OutsideError(
        f"there is no transcript of {session}" if session else "there is no transcript in this file", where=str(path)
    )


def read_transcripts(path: Path) -> Iterator[Transcript]:
    """The transcripts of a file: one, but for a database, which has one a session."""
    client = client_of(path)
    if client is None:
        return
    about: About | None = None
    said: list[Entry] = []
    for item in items(path):
        if isinstance(item, About):
            if path.suffix == ".db" and about is not None:
                yield _transcript(client, path, about, said)
                said, about = [], None
            about = _filled(about, item) if about else item
        elif isinstance(item, Entry):
            said.append(item)
    if about is not None or said:
        yield _transcript(client, path, about or About(path.stem), said)


def _filled(about: About, later: About) -> About:
    """What was said first, with what only later lines say of the same session."""
    if later.session != about.session:
        return about
    return About(
        about.session,
        about.parent or later.parent,
        about.cwd or later.cwd,
        about.branch or later.branch,
        about.version or later.version,
    )


def _transcript(client: Client, path: Path, about: About, said: list[Entry]) -> Transcript:
    last = {entry.response: index for index, entry in enumerate(said) if entry.usage is not None}
    for index, entry in enumerate(said):
        if entry.usage is not None and last[entry.response] != index:
            said[index] = replace(entry, usage=None)
    side = client == "claude-code" and path.stem.startswith("agent-")
    return Transcript(
        client=client,
        session=path.stem if side else about.session,
        parent=about.session if side else about.parent,
        cwd=about.cwd,
        branch=about.branch,
        model=next((each.model for each in reversed(said) if each.model and each.actor == "assistant"), ""),
        version=about.version,
        path=path,
        events=tuple(said),
    )
