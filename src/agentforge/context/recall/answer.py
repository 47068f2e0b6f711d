"""Small exact answers from the bytes of a text that was cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from agentforge.context.recall.conditions import conditions
from agentforge.context.recall.linear import Linear, NotLinear
from agentforge.context.recall.paths import Place, places
from agentforge.context.recall.query import Query
from agentforge.context.text import counted, first_number, members, separator_of, split
from agentforge.wire.errors import UsageError

LONG: Final = 600
"""Of a longer line, what stands around a match."""
IN_A_LINE: Final = 20
"""Matches in one long line that are looked for."""
SPECIAL: Final = frozenset("\\^$.|?*+()[]{}")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the text, and what it is called."""

    name: str
    text: str


def answer(data: bytes, query: Query) -> str:
    """What the query asks for, to the letter, up to its limit; and how to ask for the rest."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
    remarks: list[str] = []
    if query.path:
        found = places(text, query.path)
        if len(found) == 1 and isinstance(found[0].value, str) and (query.lines or query.pattern or query.characters):
            text = found[0].value
        elif query.where:
            return _told(_rows_where(text, query, found), query, remarks)
        elif query.lines or query.pattern or query.characters:
            text = "\n".join(text[place.start : place.end] for place in found)
        else:
            return _told((Passage(place.path, text[place.start : place.end]) for place in found), query, remarks)
    elif query.where:
        return _told(_rows_where(text, query, None), query, remarks)
    if query.characters:
        chosen = query.characters.of(len(text))
        passage = Passage(
            f"characters {chosen.start + 1}-{chosen.stop} of {len(text)}", text[chosen.start : chosen.stop]
        )
        return _told([passage], query, remarks)
    lines = text.removesuffix("\n").split("\n")
    start = first_number(text)
    chosen = range(len(lines)) if query.lines is None else query.lines.of(len(lines), start=start)
    if query.lines is not None and not chosen:
        raise UsageError(f"there are no such lines: it has {start} to {start + len(lines) - 1}", fix="ask within these")
    if query.pattern:
        return _told(_matching(lines, chosen, start, query, remarks), query, remarks)
    if not query.lines and not query.path:
        remarks.append("ask with pattern, lines, path or where to get just what you need")
    return _told(_in_lines(lines, chosen, start), query, remarks)


def _told(passages: Iterable[Passage], query: Query, remarks: list[str]) -> str:
    """The passages that fit, neighbours under one name, and how many did not."""
    out: list[str] = []
    used = left = 0
    for passage in passages:
        if left or (used and used + len(passage.text) > query.limit):
            left += 1
            continue
        shown = passage.text
        if len(shown) > query.limit:
            shown = shown[: query.limit]
            remarks.append(
                f"{len(passage.text) - len(shown):,} more characters of this: ask for characters, or a larger limit"
            )
        out += (f"[{passage.name}]", shown) if passage.name else (shown,)
        used += len(shown) + len(passage.name) + 3
    if left:
        remarks.append(f"{left:,} more left out: ask narrower, or with a larger limit")
    if not out:
        out.append("[nothing matches]")
    return "\n".join((*out, *(f"[{remark}]" for remark in remarks)))


def _in_lines(lines: Sequence[str], chosen: range, start: int) -> Iterator[Passage]:
    for index in chosen:
        first = index == chosen.start
        name = f"lines {chosen.start + start}-{chosen.stop + start - 1} of {len(lines)}" if first else ""
        yield Passage(name, lines[index])


def _matching(lines: Sequence[str], chosen: range, start: int, query: Query, remarks: list[str]) -> Iterator[Passage]:
    """The lines that match; where none does, those that do in any case."""
    found = list(_hits(lines, chosen, query.pattern, remarks, any_case=False))
    if not found and (found := list(_hits(lines, chosen, query.pattern, [], any_case=True))):
        remarks.append("nothing matches to the letter; this does in any case")
    number = len({index for index, _ in found})
    remarks.append(f"{number:,} of {counted(len(chosen), 'line')} {'matches' if number == 1 else 'match'}")
    last = -2
    for index, end in found:
        line = lines[index]
        if len(line) > LONG:
            low = max(end - LONG // 2, 0)
            before = sum(len(other) + 1 for other in lines[:index])
            passage = line[low : low + LONG]
            yield Passage(f"characters {before + low + 1}-{before + low + len(passage)}", passage)
        else:
            yield Passage("" if index == last + 1 else f"line {index + start}", line)
        last = index


def _hits(
    lines: Sequence[str], chosen: range, pattern: str, remarks: list[str], *, any_case: bool
) -> Iterator[tuple[int, int]]:
    """Each line that matches, and where a match in it ends; in a long line also the next ones."""
    search = _searching(pattern, remarks, any_case=any_case)
    for index in chosen:
        line = lines[index]
        end = search(line)
        done = 0
        for _ in range(IN_A_LINE):
            if end < 0:
                break
            yield index, done + end
            done += end + LONG // 2
            end = search(line[done:]) if done < len(line) and len(line) > LONG else -1


def _searching(pattern: str, remarks: list[str], *, any_case: bool) -> Callable[[str], int]:
    """What finds the end of the first match in a line, or -1."""
    if not SPECIAL.isdisjoint(pattern):
        try:
            return Linear(pattern, any_case=any_case).search
        except NotLinear as reason:
            remarks.append(f"the pattern was taken as plain words: {reason}")
    word = pattern.lower() if any_case else pattern

    def search(line: str) -> int:
        at = (line.lower() if any_case else line).find(word)
        return at + len(word) if at >= 0 else -1

    return search


def _rows_where(text: str, query: Query, found: Sequence[Place] | None) -> Iterator[Passage]:
    """The records that a condition holds for, of a list in JSON, of JSON lines, or of a table."""
    wanted = conditions(query.where)
    if found is not None:
        for place in found:
            yield from _records_where(text, place.path, place.start, wanted)
        return
    if text.lstrip()[:1] in ("{", "["):
        lists = list(_lists(text))
        if lists:
            for place in lists:
                yield from _records_where(text, place.path, place.start, wanted)
            return
        for number, line in enumerate(text.split("\n"), 1):
            record = _read(line)
            if record is not None and all(condition.holds(record) for condition in wanted):
                yield Passage(f"line {number}", line)
        return
    yield from _table_where(text, wanted)


def _records_where(text: str, path: str, start: int, wanted: Sequence[Any]) -> Iterator[Passage]:
    if text[start] not in "{[":
        return
    for member in members(text, start):
        if isinstance(member.value, dict) and all(condition.holds(member.value) for condition in wanted):
            name = f"{path}[{member.key}]" if isinstance(member.key, int) else f"{path}.{member.key}".removeprefix(".")
            yield Passage(name, text[member.at : member.end])


def _lists(text: str) -> Iterator[Place]:
    """The lists of records in a document: itself, or those among its members."""
    try:
        (whole,) = places(text, "")
    except UsageError:
        return
    if isinstance(whole.value, list):
        yield whole
    elif isinstance(whole.value, dict):
        for member in members(text, whole.start):
            if isinstance(member.value, list | dict):
                yield Place(str(member.key), member.at, member.end, member.value)


def _table_where(text: str, wanted: Sequence[Any]) -> Iterator[Passage]:
    lines = text.removesuffix("\n").split("\n")
    separator = separator_of([line for line in lines[:200] if line.strip()])
    if not separator:
        raise UsageError("where needs records: a JSON list, JSON lines or a table", fix="ask with pattern or lines")
    header = split(lines[0], separator)
    names = {name.strip() for name in header}
    for condition in wanted:
        if condition.key not in names:
            raise UsageError(f"there is no column {condition.key!r}", fix=f"there are {', '.join(header)}"[:400])
    yield Passage("line 1", lines[0])
    for number, line in enumerate(lines[1:], 2):
        record = dict(zip((name.strip() for name in header), split(line, separator), strict=False))
        if all(condition.holds(record) for condition in wanted):
            yield Passage(f"line {number}", line)


def _read(line: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
