"""Is the right item found: on labelled sets beside two baselines, cold and with past queries; and how fast.

The sets are looked for in the folder that AGENTFORGE_LABELLED names, then in ../shared/corpora/toolret: files of JSON
lines, {"kind": "tool", "id", "name", "description", "params", "server"} and {"kind": "query", "text", "relevant"}.
Every other query of a set is learnt from, the others are asked; a set of one's own is scored the same way.
"""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from statistics import mean, quantiles
from time import perf_counter

from agentforge.knowledge.search import Entry, Search, answer, words
from agentforge.tokens import counter_for
from benchmarks.measure import Row, seconds

ASKED = 400
"""Queries asked of each set."""
LEARNT = 10
"""Past queries that are learnt of each item, at most."""
SIZES = (50, 500, 5_000)
MODEL = "claude-opus-5-5"
BUDGET = 600
FIELDS = (3.0, 1.0, 1.0, 0.7, 1.0)
"""The weights of the baseline with five fields."""
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")

Engine = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for, and what was wanted."""

    text: str
    relevant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A set: tools, the queries to ask, and those to learn from."""

    name: str
    entries: tuple[Entry, ...]
    asked: tuple[Query, ...]
    past: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Shares between 0 and 1, the means over queries."""

    first: float
    five: float
    gain: float


def rows() -> Iterator[Row]:
    """The figures of the search."""
    found = sets()
    if not found:
        yield Row("search: no labelled sets here", 0, "", None, "set AGENTFORGE_LABELLED to a folder of them")
    scores: dict[str, list[Score]] = {}
    for labelled in found:
        for name, score in scored(labelled):
            scores.setdefault(name, []).append(score)
            peer = scores["FTS5, five fields"][-1]
            yield row(f"{labelled.name}: {name}", score, peer)
    for name, of in scores.items():
        peer = mean_of(scores["FTS5, five fields"])
        yield row(f"mean of {len(found)} sets: {name}", mean_of(of), peer)
    yield from latency(found)


def row(name: str, score: Score, peer: Score) -> Row:
    """A score beside that of the baseline with five fields."""
    note = f"recall@1 {score.first:.3f}, nDCG@10 {score.gain:.3f}; recall@5 {score.five - peer.five:+.3f}"
    return Row(name, score.five, "r@5", score.five / peer.five, note)


def scored(labelled: Labelled) -> Iterator[tuple[str, Score]]:
    """Each engine's score."""
    yield "FTS5, five fields", score(five_fields(labelled.entries), labelled.asked)
    yield "BM25, description only", score(described(labelled.entries), labelled.asked)
    yield "cold", score(engine(Search(labelled.entries)), labelled.asked)
    keywords = in_keywords(labelled)
    yield "FTS5, six keywords", score(five_fields(labelled.entries), keywords)
    yield "cold, six keywords", score(engine(Search(labelled.entries)), keywords)
    generated = Search(labelled.entries)
    for entry in labelled.entries:
        generated.learn(f"{entry.name} {entry.description.partition('. ')[0]}", [entry.id])
    yield "cold, queries made from the items", score(engine(generated), labelled.asked)
    yield f"warm, {LEARNT} past queries", score(engine(learnt(labelled)), labelled.asked)


def in_keywords(labelled: Labelled) -> list[Query]:
    """The queries as a model would write them: of each, the six rarest words that any description has."""
    having = Counter(word for entry in labelled.entries for word in set(words(entry.description)))

    def keywords(text: str) -> str:
        known = dict.fromkeys(word for word in words(text) if word in having)
        rarest = sorted(known, key=lambda word: having[word])[:6]
        return " ".join(word for word in known if word in rarest)

    return [Query(keywords(one.text), one.relevant) for one in labelled.asked]


def learnt(labelled: Labelled) -> Search:
    """The search, once it has learnt."""
    search = Search(labelled.entries)
    known: Counter[str] = Counter()
    for query in labelled.past:
        if used := [id for id in query.relevant if known[id] < LEARNT]:
            known.update(used)
            search.learn(query.text, used)
    return search


def score(found: Engine, queries: Sequence[Query]) -> Score:
    """What an engine finds of what was wanted."""
    first, five, gain = [], [], []
    for query in queries:
        ranked, wanted = found(query.text)[:10], set(query.relevant)
        first.append(len(wanted & set(ranked[:1])) / min(1, len(wanted)))
        five.append(len(wanted & set(ranked[:5])) / len(wanted))
        ideal = sum(1 / log2(at + 2) for at in range(min(10, len(wanted))))
        gain.append(sum(1 / log2(at + 2) for at, id in enumerate(ranked) if id in wanted) / ideal)
    return Score(mean(first), mean(five), mean(gain))


def mean_of(scores: Sequence[Score]) -> Score:
    """The mean of several sets, each counted alike."""
    return Score(mean(s.first for s in scores), mean(s.five for s in scores), mean(s.gain for s in scores))


def engine(search: Search) -> Engine:
    """The search as an engine."""
    return lambda text: [hit.entry.id for hit in search.rank(text, limit=10)]


def five_fields(entries: Sequence[Entry]) -> Engine:
    """SQLite's FTS5 over name, description, parameter names, parameter descriptions and server."""
    texts = (
        (
            split(entry.name),
            entry.description,
            split(" ".join(name for name, _ in entry.parameters)),
            " ".join(said for _, said in entry.parameters),
            split(entry.server),
        )
        for entry in entries
    )
    return full_text([entry.id for entry in entries], texts, FIELDS)


def described(entries: Sequence[Entry]) -> Engine:
    """BM25 over descriptions only."""
    return full_text([entry.id for entry in entries], ((entry.description,) for entry in entries), (1.0,))


def full_text(ids: Sequence[str], texts: Iterator[tuple[str, ...]], weights: Sequence[float]) -> Engine:
    """FTS5 with stems, by any of the words."""
    database = sqlite3.connect(":memory:")
    columns = ", ".join(f"f{at}" for at in range(len(weights)))
    database.execute(f"CREATE VIRTUAL TABLE item USING fts5({columns}, tokenize = 'porter unicode61')")
    database.executemany(f"INSERT INTO item VALUES ({', '.join('?' * len(weights))})", texts)
    order = f"bm25(item, {', '.join(map(str, weights))})"

    def found(text: str) -> list[str]:
        asked = list(dict.fromkeys(words(split(text))))[:64]
        if not asked:
            return []
        any_of = " OR ".join(f'"{word}"' for word in asked)
        query = f"SELECT rowid FROM item WHERE item MATCH ? ORDER BY {order} LIMIT 10"
        return [ids[number - 1] for (number,) in database.execute(query, (any_of,))]

    return found


def split(text: str) -> str:
    """A text with its identifiers in words."""
    return _BOUNDARY.sub(" ", text)


def latency(found: Sequence[Labelled]) -> Iterator[Row]:
    """What a query, a new item and an answer cost, by how many items there are."""
    pool = [entry for labelled in found for entry in labelled.entries]
    asked = [query.text for labelled in found for query in labelled.asked[:60]]
    chance = random.Random(5)
    counter = counter_for(MODEL)
    for size in SIZES:
        if size > len(pool):
            continue
        entries = chance.sample(pool, size)
        for name, queries in (
            ("requests", asked),
            ("keywords", [" ".join(words(entry.name)) for entry in entries[:300]]),
        ):
            search, peer = Search(entries), five_fields(entries)
            ours, theirs = times(lambda text, of=search: of.rank(text), queries), times(peer, queries)
            note = f"p99 {ours[1]:.2f} ms; FTS5 {theirs[0]:.2f} ms, p99 {theirs[1]:.2f}"
            yield Row(f"{size:,} items, {name}: p50", ours[0], "ms", ours[0] / theirs[0], note)
        weights = [
            counter.text(answer(search.find(text), of=size, budget=BUDGET, weigh=lambda t: counter.text(t).value)).value
            for text in asked[:60]
        ]
        yield Row(
            f"{size:,} items: an answer", mean(weights), "tok", None, f"estimated for {MODEL}; most {max(weights)}"
        )
        more = iter(Entry(f"new {at}", f"new_item_{at}", "Opens a door.") for at in range(99))
        whole, one = seconds(lambda of=entries: Search(of), lambda of=search, new=more: of.put(next(new)), rounds=5)
        yield Row(f"{size:,} items: one more", one * 1e3, "ms", one / whole, f"of indexing all, {whole * 1e3:.0f} ms")


def times(found: Callable[[str], object], queries: Sequence[str]) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds."""
    taken = []
    for text in queries:
        start = perf_counter()
        found(text)
        taken.append((perf_counter() - start) * 1e3)
    shares = quantiles(taken, n=100)
    return shares[49], shares[98]


def sets() -> list[Labelled]:
    """The labelled sets of this machine."""
    beside = Path(__file__).parents[2] / "shared" / "corpora" / "toolret"
    folder = Path(os.environ.get("AGENTFORGE_LABELLED") or beside)
    return [read(path) for path in sorted(folder.glob("*.jsonl"))]


def read(path: Path) -> Labelled:
    """A set of a file."""
    entries, queries = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["kind"] == "tool":
            parameters = tuple((one["name"], one.get("description") or "") for one in told.get("params") or ())
            described = told.get("description") or ""
            entries.append(Entry(told["id"], told["name"], described, told.get("server") or "", parameters))
        else:
            queries.append(Query(told["text"], tuple(told["relevant"])))
    random.Random(5).shuffle(queries)
    return Labelled(path.stem, tuple(entries), tuple(queries[::2][:ASKED]), tuple(queries[1::2]))
