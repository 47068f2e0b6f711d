"""Whose every byte of a request is: the user's files and servers, the client's own, the surroundings, or nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Final

from agentforge.audit.matching import Known
from agentforge.audit.report import BUILT_IN, ENVIRONMENT, PROMPT, UNATTRIBUTED, Category
from agentforge.audit.spans import Span, Stretch, Trail, lines_of, spans_of, words_of
from agentforge.wire.jsontext import load

CONTENT: Final = frozenset({"system", "messages", "instructions", "input"})
_SECTIONS: Final[tuple[tuple[re.Pattern[str], Category], ...]] = (
    (re.compile(r"Available agent types|available_(?:sub)?agents", re.IGNORECASE), "personas"),
    (re.compile(r"skills are available|<available_skills>|<skills_instructions>|^## Skills"), "skills and commands"),
    (re.compile(r"deferred tools are now|^<tools>$"), "deferred tool names"),
    (re.compile(r"^# MCP Server Instructions"), "MCP instructions"),
    (re.compile(r"^# Environment|^<env>|<environment_context>|^# gitStatus|^Today's date"), "environment"),
)
"""How the clients head what they list; the words between two heads are of the first one's category."""
_HOOK: Final = re.compile(r"(\w+)(?::\w+)? hook (?:success|additional context|blocking error|error)\b")
_HEADING: Final = re.compile(r"#+ (?P<one>.+)|\s*<server name=\"(?P<other>.+)\">")
"""How the clients head what a server says about itself."""
_LISTED: Final = re.compile(r"(?:- )?([\w.-]+)(?:: .*)?")
"""How they name a tool or a namespace whose schemas are not sent."""
_FAILED: Final = re.compile(r"(?:- )?(\S+) \([A-Z_]+\)")
"""How they name a server that could not be started, and why."""
_VALUE: Final = re.compile(r"[\d/\\]|^\W*(?:true|false|none|unknown)\W*$", re.IGNORECASE)
_NOT_THERE: Final = "\0"
_INDEX: Final = "[]"
_LONG: Final = 24
"""Characters: what is shorter, and one word, is JSON's own (a type, a role)."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What a stretch of a request is there for."""

    category: Category
    name: str
    source: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A stretch of a request and its owner; all shares together are the request."""

    start: int
    end: int
    owner: Owner
    text: str = ""
    """Its words; empty for what is JSON's own."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The body of a client's first request."""

    body: bytes
    names: Mapping[str, str] = field(default_factory=dict)
    """What differs from run to run (folders, say), and a name for it that does not."""
    laid: Sequence[str] = ()
    """What it shows of files that were laid for it, so that the client says all that it says around such files."""

    def neutral(self, text: str) -> str:
        """The text with the names that do not differ."""
        for name in sorted(self.names, key=len, reverse=True):
            if name in text:
                text = text.replace(name, self.names[name])
        return text


@dataclass(frozen=True, slots=True)
class Owners:
    """Who may have brought something into a request."""

    texts: Sequence[tuple[Owner, str]]
    """What they say."""
    of_tool: Callable[[str], Owner | None]
    """Who brings a tool of that name that the bare request has not."""
    of_server: Mapping[str, Owner]
    """Who speaks under the heading of that name."""
    of_hook: Callable[[str], Owner | None]
    """Whose hook speaks on an event."""
    prompt: str = ""
    """What the user typed."""


def attribute(real: Recorded, bare: Recorded, owners: Owners) -> tuple[Share, ...]:
    """The shares of the real request, in order; the bare one is the same client's with nothing of the user's."""
    return tuple(_without_gaps(sorted(_Attribution(real, bare, owners).shares(), key=lambda share: share.start), real))


def _without_gaps(shares: Sequence[Share], real: Recorded) -> Iterator[Share]:
    """JSON's own signs go with what stands behind them, and the last ones with what stands before them."""
    if not shares:
        yield Share(0, len(real.body), _frame(found=False))
        return
    done = 0
    for share in shares:
        if share.start > done:
            yield Share(done, share.start, share.owner)
        yield share
        done = share.end
    if shares[-1].end < len(real.body):
        yield Share(shares[-1].end, len(real.body), shares[-1].owner)


def _frame(*, found: bool) -> Owner:
    if found:
        return Owner("environment", "request settings", BUILT_IN)
    return Owner("unattributed", "request settings", UNATTRIBUTED)


class _Attribution:
    def __init__(self, real: Recorded, bare: Recorded, owners: Owners) -> None:
        self.real, self.owners = real, owners
        self.spans = spans_of(real.body)
        bare_spans = spans_of(bare.body)
        self.bare_tools = {name_of_tool(bare.body[one.start : one.end]): one for one in bare_spans if _is_tool(one)}
        self.bare_body = bare.body
        self.told_to_it = {
            span.path[:-1]
            for span in self.spans
            if span.path[-1] == "role" and real.body[span.start : span.end] in (b'"system"', b'"developer"')
        }
        self.bare_paths = {_unnumbered(span.path) for span in bare_spans}
        laid = {line for text in bare.laid for line in bare.neutral(text).split("\n") if line}
        said = [bare.neutral(_text(bare.body, span)) for span in bare_spans if _is_words(bare.body, span)]
        own = ["\n".join(_NOT_THERE if line in laid else line for line in text.split("\n")) for text in said]
        self.theirs = len(owners.texts)
        self.known = Known([*(real.neutral(text) for _, text in owners.texts), *own])

    def shares(self) -> Iterator[Share]:
        """The shares of tools, texts and settings, without the signs between them."""
        tool: Span | None = None
        for span in self.spans:
            if tool is not None and span.start < tool.end:
                continue
            if _is_tool(span):
                tool = span
                yield from self._of_tool(span)
            elif span.path[:1] and span.path[0] not in CONTENT and not isinstance(span.path[-1], int):
                yield Share(span.start, span.end, _frame(found=_unnumbered(span.path) in self.bare_paths))
            elif _is_words(self.real.body, span):
                yield from self._of_text(span, self._category(span.path))

    def _category(self, path: Trail) -> Category:
        told = path[0] in ("system", "instructions") or path[:2] in self.told_to_it
        return "system prompt" if told else "environment"

    def _of_tool(self, span: Span) -> Iterator[Share]:
        raw = self.real.body[span.start : span.end]
        name = name_of_tool(raw)
        same = self.bare_tools.get(name)
        if same is None:
            owner = self.owners.of_tool(name) or Owner("unattributed", name, UNATTRIBUTED)
            yield Share(span.start, span.end, owner, raw.decode())
            return
        own = Owner("built-in tools", name, BUILT_IN)
        if self.bare_body[same.start : same.end] == raw:
            yield Share(span.start, span.end, own, raw.decode())
            return
        # A listing of the user's stands in it; what is not of its words is the tool's.
        done = span.start
        for inner in self.spans:
            if span.start < inner.start < span.end and _is_words(self.real.body, inner):
                for share in self._of_text(inner, "built-in tools"):
                    if share.owner.source == BUILT_IN:
                        share = Share(share.start, share.end, own, share.text)
                    if share.start > done:
                        yield Share(done, share.start, own)
                    yield share
                    done = share.end
        yield Share(done, span.end, own)

    def _of_text(self, span: Span, category: Category) -> Iterator[Share]:
        body = self.real.body
        lines = lines_of(body, span)
        said = [self.real.neutral(line.text.removesuffix("\n")) for line in lines]
        if self.owners.prompt and "\n".join(said) == self.owners.prompt:
            yield Share(span.start, span.end, Owner("conversation", "the prompt", PROMPT), self.owners.prompt)
            return
        speaker: Owner | None = None
        place = _shown(span.path)
        for line, words, number in zip(lines, said, self.known.of_lines(said), strict=True):
            category = next((one for head, one in _SECTIONS if head.search(words)), category)
            hook = _HOOK.match(words)
            heading = _HEADING.fullmatch(words)
            if number is not None and number < self.theirs:
                # What is known line by line ends what only stands behind its heading.
                speaker = None
                yield Share(line.start, line.end, self.owners.texts[number][0], line.text)
            elif hook is not None and (by := self.owners.of_hook(hook[1])) is not None:
                speaker = by
                yield Share(line.start, line.end, by, line.text)
            elif heading is not None and (headed := heading["one"] or heading["other"]) in self.owners.of_server:
                speaker = self.owners.of_server[headed]
                yield Share(line.start, line.end, speaker, line.text)
            elif number is not None:
                if words.strip():
                    speaker = None
                yield Share(line.start, line.end, speaker or _own(category), line.text)
            elif (named := _LISTED.fullmatch(words)) and (tool := self.owners.of_tool(named[1])) is not None:
                owner = Owner("deferred tool names", tool.name, tool.source, tool.item)
                yield Share(line.start, line.end, owner, line.text)
            elif (failed := _FAILED.match(words)) and failed[1] in self.owners.of_server:
                yield Share(line.start, line.end, self.owners.of_server[failed[1]], line.text)
            elif speaker is not None:
                yield Share(line.start, line.end, speaker, line.text)
            else:
                yield from self._of_words(line, category, place)

    def _of_words(self, line: Stretch, category: Category, place: str) -> Iterator[Share]:
        """A line that nobody says in full: cut off, or with another path or date in it."""
        words = words_of(self.real.body, line)
        said = [self.real.neutral(word.text).strip() for word in words]
        numbers = self.known.of_words(said)
        if 2 * sum(number is not None for number in numbers) < len(numbers):
            # A few words that stand elsewhere too say nothing of the line.
            numbers = [None] * len(numbers)
        has_own = any(number is not None and number >= self.theirs for number in numbers)
        owners: list[Owner] = []
        for plain, number in zip(said, numbers, strict=True):
            if number is not None:
                owners.append(self.owners.texts[number][0] if number < self.theirs else _own(category))
            elif has_own and _VALUE.search(plain):
                owners.append(Owner("environment", "this machine", ENVIRONMENT))
            else:
                owners.append(Owner("unattributed", place, UNATTRIBUTED))
        for owner, run in groupby(zip(owners, words, strict=True), key=itemgetter(0)):
            of_one = [word for _, word in run]
            yield Share(of_one[0].start, of_one[-1].end, owner, "".join(word.text for word in of_one))


def name_of_tool(raw: bytes) -> str:
    """What a tool of any dialect is called."""
    plain = load(raw)
    if not isinstance(plain, dict):
        return ""
    function = plain.get("function")
    inner = function.get("name") if isinstance(function, dict) else None
    return str(plain.get("name") or inner or plain.get("type") or "")


def _own(category: Category) -> Owner:
    return Owner(category, f"the client's {category}", BUILT_IN)


def _is_tool(span: Span) -> bool:
    return len(span.path) == 2 and span.path[0] == "tools"


def _is_words(body: bytes, span: Span) -> bool:
    """Whether a string says something, and is no name, type or role."""
    if not span.is_text or span.path[-1] in ("type", "role", "id", "name"):
        return False
    if span.path[-1] in ("text", "content", "instructions", "system"):
        return span.end - span.start > 2
    raw = body[span.start : span.end]
    return len(raw) > _LONG and (b" " in raw or b"\\n" in raw)


def _text(body: bytes, span: Span) -> str:
    return "".join(line.text for line in lines_of(body, span))


def _unnumbered(path: Trail) -> Trail:
    return tuple(_INDEX if isinstance(one, int) else one for one in path)


def _shown(path: Trail) -> str:
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path).removeprefix(".")
