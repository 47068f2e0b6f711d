"""The sums of many tallies: an answer, a call, a command or a compaction that several files tell of counts once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Final, get_args

from agentforge.tokens import Count, Model, cost, model
from agentforge.transcripts.events import Kind, Problem
from agentforge.transcripts.index import Counted
from agentforge.transcripts.report import (
    Compaction,
    Filled,
    Reread,
    SessionUsage,
    Totals,
    UsageReport,
    Used,
    UsedKind,
)
from agentforge.transcripts.tally import Answer, Cut, Fill, Stay, Tally, is_reader
from agentforge.transcripts.tasks import task_of
from agentforge.wire import Usage

Bucket = tuple[str, str, str, bool]
"""Day, session, model, and whether the prompts were long enough for the model's other prices."""
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Sums:
    """What has been added up so far."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.calls: dict[str, tuple[str, str, str, str]] = {}
        self.commands: dict[str, tuple[str, str, str]] = {}
        self.stays: dict[str, Stay] = {}
        self.homes: dict[str, tuple[bool, str, str]] = {}
        self.filled: dict[str, dict[str, Fill]] = {}
        self.reread: dict[str, tuple[int, int]] = {}
        self.cuts: dict[str, Cut] = {}
        self.skipped: dict[str, int] = defaultdict(int)
        self.files = 0
        self.others = 0
        self.bytes = 0

    def add(self, tally: Tally, row: Counted) -> None:
        """Add what one file adds."""
        self.files += 1
        self.bytes += row.size
        answers = self.answers
        for key, answer in tally.answers.items():
            other = answers.get(key)
            if other is None or _holds(answer, other):
                answers[key] = answer
        for id in self.calls.keys() & tally.calls.keys():
            tally.calls[id] = min(tally.calls[id], self.calls[id])
        self.calls |= tally.calls
        self.commands |= tally.commands
        self.cuts |= tally.cuts
        for session, stay in tally.stays.items():
            self.stays[session] = _joined(self.stays.get(session), stay)
            # A session's own file has its name; its sub-agents' files lie beside or below it.
            home = (session not in row.path.rpartition("/")[2], row.path, row.client)
            self.homes[session] = min(home, self.homes.get(session, home))
        for kind, names in tally.filled.items():
            mine = self.filled.setdefault(kind, {})
            for name, fill in names.items():
                total = mine.setdefault(name, Fill())
                total.items += fill.items
                total.characters += fill.characters
                total.weighed += fill.weighed
                total.tokens += fill.tokens
        for path, (times, characters) in tally.reread.items():
            before = self.reread.get(path, (0, 0))
            self.reread[path] = (before[0] + times, before[1] + characters)
        for type, times in tally.skipped.items():
            self.skipped[type] += times

    def report(self, problems: Iterable[Problem]) -> UsageReport:
        """The report."""
        answers = dict(_once(self.answers))
        first = _first_calls(answers.values())
        priced = _priced(answers.values())
        by_session = _rolled((key[1], totals) for key, totals in priced.items())
        used = tuple(self._used())
        return UsageReport(
            totals=_total(priced),
            retold=_total(_priced(_retold(answers))),
            by_model=dict(sorted(_rolled((key[2], totals) for key, totals in priced.items()).items())),
            by_day=dict(sorted(_rolled((key[0], totals) for key, totals in priced.items()).items())),
            sessions=tuple(self._sessions(by_session, first, used)),
            used=used,
            filled=tuple(self._filled()),
            rereads=tuple(self._rereads()),
            compactions=tuple(
                Compaction(cut.at, cut.session, cut.trigger, cut.before, cut.after)
                for cut in sorted(self.cuts.values(), key=lambda cut: (cut.at, cut.session))
            ),
            unpriced=tuple(sorted({key[2] for key, totals in priced.items() if totals.cost is None})),
            skipped=dict(sorted(self.skipped.items())),
            problems=tuple(sorted(problems, key=lambda each: (each.path, each.line, each.what))),
            files=self.files,
            others=self.others,
            bytes=self.bytes,
        )

    def _sessions(
        self, totals: dict[str, Totals], first: dict[str, int], used: Iterable[Used]
    ) -> Iterator[SessionUsage]:
        tools: dict[str, list[str]] = defaultdict(list)
        for each in used:
            if each.kind == "tool":
                for session in each.sessions:
                    tools[session].append(each.name)
        for session in sorted({*totals, *self.stays}, key=lambda id: (self.stays.get(id, Stay()).first, id)):
            stay = self.stays.get(session, Stay())
            _, path, client = self.homes.get(session, (True, "", ""))
            yield SessionUsage(
                session=session,
                client=client,
                parent=stay.parent,
                path=path,
                cwd=stay.cwd,
                branch=stay.branch,
                version=stay.version,
                first=stay.first,
                last=stay.last,
                prompts=stay.prompts,
                first_call=first.get(session),
                totals=totals.get(session, Totals()),
                task=task_of(tools.get(session, ())),
            )

    def _used(self) -> Iterator[Used]:
        found: dict[tuple[UsedKind, str], list[tuple[str, ...]]] = defaultdict(list)
        for call in self.calls.values():
            _, _, tool, target = call
            found["tool", tool].append(call)
            if target:
                lower = tool.lower()
                kind: UsedKind = "agent" if lower in ("task", "agent") else "skill" if lower == "skill" else "command"
                found[kind, target].append(call)
        for command in self.commands.values():
            found["command", command[2]].append(command)
        for (kind, name), uses in sorted(found.items(), key=lambda each: (each[0][0], -len(each[1]), each[0][1])):
            sessions = tuple(sorted({use[1] for use in uses}))
            yield Used(kind, name, len(uses), min(uses)[0], max(uses)[0], sessions)

    def _rereads(self) -> Iterator[Reread]:
        results = self.filled.get("tool_result", {})
        readers = [fill for name, fill in results.items() if is_reader(name)] or list(results.values())
        weighed = sum(fill.weighed for fill in readers)
        ratio = sum(fill.tokens for fill in readers) / weighed if weighed else 0.0
        for path, (times, characters) in sorted(self.reread.items(), key=lambda each: (-each[1][1], each[0])):
            tokens = Count(round(characters * ratio), "estimated", "each session's", None)
            yield Reread(path, times, characters, tokens)

    def _filled(self) -> Iterator[Filled]:
        rows = [(kind, name, fill) for kind in _KINDS for name, fill in self.filled.get(kind, {}).items()]
        for kind, name, fill in sorted(rows, key=lambda row: (-row[2].characters, row[0], row[1])):
            tokens = round(fill.characters * fill.tokens / fill.weighed) if fill.weighed else 0
            yield Filled(kind, name, fill.items, fill.characters, Count(tokens, "estimated", "each session's", None))


def _holds(one: Answer, other: Answer) -> bool:
    """Whether one file's word on an answer holds against another's.

    One that knows its model holds against one that does not, and the later against the earlier; of the same moment the
    fuller, because a count only grows while the answer streams; and of two that are the same the one whose session
    comes first, so that the order of files does not matter.
    """
    return _weight(one) > _weight(other) or (_weight(one) == _weight(other) and one.session < other.session)


def _weight(answer: Answer) -> tuple[bool, str, int, int]:
    return bool(answer.model), answer.at, answer.output, answer.input + answer.write + answer.read


def _once(answers: dict[str, Answer]) -> Iterator[tuple[str, Answer]]:
    """The answers without those a side question told again under new request ids, at the very times of the first."""
    main = {(key.partition(":")[0], each.at, each.session) for key, each in answers.items() if not each.subagent}
    for key, answer in answers.items():
        again = (
            answer.subagent and (key.partition(":")[0], answer.at, answer.session) in main and ":advisor:" not in key
        )
        if not again and (answer.model != "<synthetic>" or answer.input or answer.output):
            yield key, answer


def _retold(answers: dict[str, Answer]) -> list[Answer]:
    """The answers without a request id whose message another session tells too."""
    told: dict[str, list[tuple[bool, str, Answer]]] = defaultdict(list)
    bare = {key.partition("::")[0] for key in answers if "::" in key}
    for key, answer in answers.items():
        id, _, request = key.partition(":")
        if id in bare:
            told[id].append((request.startswith(":"), answer.at, answer))
    return [row[2] for rows in told.values() for row in sorted(rows, key=lambda row: row[:2])[1:] if row[0]]


def _first_calls(answers: Iterable[Answer]) -> dict[str, int]:
    """The prompt of each session's first answer in its main thread."""
    first: dict[str, tuple[str, int]] = {}
    for answer in answers:
        prompt = answer.input + answer.write + answer.read
        if not answer.subagent and prompt and (answer.session not in first or answer.at < first[answer.session][0]):
            first[answer.session] = (answer.at, prompt)
    return {session: prompt for session, (_, prompt) in first.items()}


def _joined(one: Stay | None, other: Stay) -> Stay:
    if one is None:
        return other
    early, late = sorted((one, other), key=lambda stay: (stay.first, stay.cwd, stay.branch))
    return Stay(
        first=early.first or late.first,
        last=max(one.last, other.last),
        parent=max(one.parent, other.parent),
        cwd=early.cwd or late.cwd,
        branch=early.branch or late.branch,
        version=max(one.version, other.version),
        prompts=one.prompts + other.prompts,
    )


@cache
def _model(name: str) -> Model:
    return model(name)


@cache
def _step(name: str) -> int:
    step = _model(name).step
    return step.prompt if step is not None else 1 << 62


def _priced(answers: Iterable[Answer]) -> dict[Bucket, Totals]:
    """The sums of the answers by day, session and model, with what they cost."""
    buckets: dict[Bucket, list[int]] = {}
    for answer in answers:
        prompt = answer.input + answer.write + answer.read
        key = (answer.at[:10], answer.session, answer.model, prompt > _step(answer.model))
        sums = buckets.get(key)
        if sums is None:
            sums = buckets[key] = [0] * 7
        sums[0] += 1
        sums[1] += answer.input
        sums[2] += answer.output
        sums[3] += answer.write
        sums[4] += answer.write_1h
        sums[5] += answer.read
        sums[6] += answer.thinking
    return {key: _with_cost(key, sums) for key, sums in buckets.items()}


def _with_cost(key: Bucket, sums: list[int]) -> Totals:
    priced = _model(key[2])
    # A sum of prompts says nothing of how long each was: which prices hold was decided answer by answer.
    prices = priced.step.prices if key[3] and priced.step is not None else priced.prices
    _, input, output, write, write_1h, read, _ = sums
    usage = Usage(input, cache_read=read, cache_write=write, cache_write_1h=write_1h, output_tokens=output)
    return _totals(sums, cost(usage, replace(priced, prices=prices, step=None)).total)


def _total(priced: dict[Bucket, Totals]) -> Totals:
    return _rolled(("", totals) for totals in priced.values()).get("", Totals())


def _totals(sums: list[int], dollars: Decimal | None) -> Totals:
    answers, input, output, write, write_1h, read, thinking = sums
    return Totals(answers, input, output, write, write_1h, read, thinking, dollars)


def _rolled(rows: Iterable[tuple[str, Totals]]) -> dict[str, Totals]:
    sums: dict[str, list[int]] = {}
    dollars: dict[str, Decimal | None] = {}
    for key, row in rows:
        each = sums.setdefault(key, [0] * 7)
        for index, value in enumerate(
            (
                row.answers,
                row.input,
                row.output,
                row.cache_creation,
                row.cache_creation_1h,
                row.cache_read,
                row.thinking,
            )
        ):
            each[index] += value
        before = dollars.get(key, Decimal(0))
        dollars[key] = None if before is None or row.cost is None else before + row.cost
    return {key: _totals(each, dollars[key]) for key, each in sums.items()}
