"""What one file adds to the usage: counted as it is read, small enough to be kept, joined with others' later."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from agentforge.transcripts.events import IN_VIEW, About, Entry, Item, Problem, Skipped, Tokens

PROBLEMS_KEPT: Final = 20
SAMPLE: Final = 1000
"""So many characters of the first entry of a kind are weighed, to estimate what the rest of the file weighs."""
_READERS: Final = frozenset({"read", "view", "read_file", "readfile", "notebookread", "read_many_files"})
_TARGETED: Final = frozenset({"task", "agent", "skill", "slashcommand"})


class _Aim(msgspec.Struct):
    """What a call is aimed at, in the words of several clients."""

    file_path: str = ""
    filePath: str = ""  # noqa: N815
    absolute_path: str = ""
    notebook_path: str = ""
    path: str = ""
    subagent_type: str = ""
    skill: str = ""
    command: str = ""
    name: str = ""


_aim = msgspec.json.Decoder(_Aim)


class Answer(msgspec.Struct, array_like=True, gc=False):
    """What the provider charged for one answer, as its last line tells it."""

    at: str
    session: str
    model: str
    subagent: bool
    input: int
    write: int
    write_1h: int
    read: int
    output: int
    thinking: int


class Stay(msgspec.Struct, array_like=True, gc=False):
    """What is known of a session from one file."""

    first: str = ""
    last: str = ""
    parent: str = ""
    cwd: str = ""
    branch: str = ""
    version: str = ""
    prompts: int = 0


class Fill(msgspec.Struct, array_like=True, gc=False):
    """What one kind of content put into windows."""

    items: int = 0
    characters: int = 0
    weighed: int = 0
    tokens: int = 0
    """Of the `weighed` characters."""


class Cut(msgspec.Struct, array_like=True, gc=False):
    """A compaction."""

    at: str
    session: str
    trigger: str
    before: int
    after: int


class _CutNote(msgspec.Struct, rename="camel"):
    trigger: str = ""
    pre_tokens: Tokens = 0
    post_tokens: Tokens = 0


_cut = msgspec.json.Decoder(_CutNote)


class Tally(msgspec.Struct):
    """What one file adds."""

    session: str = ""
    model: str = ""
    answers: dict[str, Answer] = {}
    calls: dict[str, tuple[str, str, str, str]] = {}
    """By call id: when, in which session, which tool, and the agent, skill or command it asked for."""
    commands: dict[str, tuple[str, str, str]] = {}
    """By entry id: when, in which session, and which slash command the user typed."""
    stays: dict[str, Stay] = {}
    filled: dict[str, dict[str, Fill]] = {}
    reading: dict[str, str] = {}
    """The paths of reading calls whose results are still to come."""
    in_view: set[bytes] = set()
    reread: dict[str, tuple[int, int]] = {}
    """By path: how often it was read again unchanged while the first reading was in view, and the characters."""
    cuts: dict[str, Cut] = {}
    skipped: dict[str, int] = {}
    problems: list[tuple[int, str]] = []
    more_problems: int = 0
    samples: dict[str, tuple[str, str, str]] = {}
    """Texts still to be weighed; none is ever stored."""

    def take(self, item: Item) -> None:
        """Count an item."""
        if isinstance(item, Entry):
            self._entry(item)
        elif isinstance(item, About):
            self.session = item.session
            stay = self.stays.setdefault(item.session, Stay())
            stay.parent, stay.cwd = item.parent or stay.parent, stay.cwd or item.cwd
            stay.branch, stay.version = item.branch or stay.branch, item.version or stay.version
        elif isinstance(item, Skipped):
            self.skipped[item.type] = self.skipped.get(item.type, 0) + 1
        elif len(self.problems) < PROBLEMS_KEPT:
            self.problems.append((item.line, item.what))
        else:
            self.more_problems += 1

    def _entry(self, entry: Entry) -> None:
        if entry.at and self.session:
            stay = (
                self.stays[self.session] if self.session in self.stays else self.stays.setdefault(self.session, Stay())
            )
            if entry.at > stay.last:
                stay.last = entry.at
            if not stay.first or entry.at < stay.first:
                stay.first = entry.at
            stay.prompts += entry.kind == "prompt" and entry.actor == "user"
        if entry.usage is not None:
            self._charge(entry)
        kind = entry.kind
        if kind == "tool_call":
            self._call(entry)
        elif kind == "tool_result":
            if entry.call_id in self.reading:
                self._reading(entry, self.reading.pop(entry.call_id))
        elif kind == "compaction":
            self._compaction(entry)
        elif kind == "prompt" and entry.name.startswith("/"):
            self.commands[entry.id or f"{self.session}:{entry.line}"] = (entry.at, self.session, entry.name)
        if kind in IN_VIEW and entry.actor != "passing":
            self._fill(entry)

    def _charge(self, entry: Entry) -> None:
        usage = entry.usage
        assert usage is not None
        if entry.model and not entry.subagent:
            self.model = entry.model
        self.answers[entry.response or f"{self.session}:{entry.line}"] = Answer(
            entry.at, self.session, entry.model or self.model, bool(entry.subagent), usage.input_tokens,
            usage.cache_write, usage.cache_write_1h, usage.cache_read, usage.output_tokens, usage.thinking_tokens,
        )  # fmt: skip

    def _call(self, entry: Entry) -> None:
        name = entry.name.lower()
        target = ""
        reads = is_reader(name)
        if (reads or name in _TARGETED) and entry.structured is not None:
            aim = _aimed(entry.structured.text)
            if reads:
                path = aim.file_path or aim.filePath or aim.absolute_path or aim.notebook_path or aim.path
                if path:
                    self.reading[entry.call_id] = path
            elif name in ("task", "agent"):
                target = aim.subagent_type or "general-purpose"
            else:
                target = aim.skill or aim.command or aim.name
        id = entry.call_id or entry.id or f"{self.session}:{entry.line}"
        self.calls[id] = (entry.at, self.session, entry.name, target)

    def _reading(self, entry: Entry, path: str) -> None:
        if entry.error or not entry.text or entry.actor == "passing":
            return
        key = blake2b("\0".join((entry.subagent, entry.name, path, entry.text)).encode(), digest_size=12).digest()
        if key in self.in_view:
            times, characters = self.reread.get(path, (0, 0))
            self.reread[path] = (times + 1, characters + len(entry.text))
        self.in_view.add(key)

    def _compaction(self, entry: Entry) -> None:
        try:
            note = _cut.decode(entry.structured.text) if entry.structured is not None else _CutNote()
        except msgspec.ValidationError:
            note = _CutNote()  # Another client's note, or another version's: when it was is known all the same.
        key = entry.id or f"{self.session}:{entry.at}:{entry.line}"
        self.cuts[key] = Cut(entry.at, self.session, note.trigger, note.pre_tokens, note.post_tokens)
        if not entry.subagent:
            self.in_view.clear()

    def _fill(self, entry: Entry) -> None:
        by_name = self.filled.get(entry.kind)
        if by_name is None:
            by_name = self.filled[entry.kind] = {}
        fill = by_name.get(entry.name)
        if fill is None:
            fill = by_name[entry.name] = Fill()
        fill.items += 1
        if entry.kind == "tool_call" and entry.structured is not None:
            fill.characters += len(entry.structured.text)
        else:
            fill.characters += len(entry.text)
        if not fill.weighed and (key := f"{entry.kind}\0{entry.name}") not in self.samples:
            call = entry.kind == "tool_call" and entry.structured is not None
            text = entry.structured.text.decode(errors="replace") if call and entry.structured else entry.text
            if text:
                self.samples[key] = (entry.kind, entry.name, text[:SAMPLE])

    def weigh(self) -> None:
        """Weigh the samples for the file's model, and forget them."""
        if not self.samples:
            return
        from agentforge.tokens import count_tokens

        for kind, name, text in self.samples.values():
            fill = self.filled[kind][name]
            fill.weighed, fill.tokens = len(text), count_tokens(text, self.model).value
        self.samples = {}


def is_reader(tool: str) -> bool:
    """Whether a tool reads files, by its name."""
    name = tool.lower()
    return name in _READERS or name.rpartition("__")[2].startswith("read")


def _aimed(text: bytes) -> _Aim:
    try:
        return _aim.decode(text)
    except msgspec.DecodeError:
        return _Aim()  # Arguments of another form: the call is counted, its aim is not known.


def problems_of(tally: Tally, path: str) -> list[Problem]:
    """The problems of a file."""
    found = [Problem(what, line, path) for line, what in tally.problems]
    if tally.more_problems:
        found.append(Problem(f"{tally.more_problems} more lines like these", path=path))
    return found
