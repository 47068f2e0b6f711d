"""Replays of whole folders of transcripts: on all cores, and only what was not replayed before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from agentforge.context import Settings
from agentforge.simulate.whatif.plans import DIRECT, Plan
from agentforge.simulate.whatif.replay import SHOWN, replay
from agentforge.simulate.whatif.steps import sessions_of
from agentforge.simulate.whatif.sums import Off, Replayed, Report, facts_of, off_of, report_of
from agentforge.transcripts import Problem, Progress, find_transcripts, read_transcripts
from agentforge.wire.errors import AgentForgeError, OutsideError

WORTH_A_POOL: Final = 8 << 20
"""Below so many bytes starting processes costs more than they save."""
_ROOMS: Final = ("context", "simulate", "tokens", "transcripts")
"""What a replay depends on: another version of any of them may come to another result."""
_decode = msgspec.json.Decoder(list[Replayed]).decode


@dataclass(frozen=True, slots=True)
class Job:
    """A file to replay, under the plans that are not known yet."""

    path: str
    size: int
    content: str
    plans: tuple[tuple[str, Settings], ...]
    """The hash of each plan, and its settings."""


@dataclass(frozen=True, slots=True)
class Done:
    """A file's sessions, by the hash of the plan."""

    path: str
    size: int
    sessions: Mapping[str, list[Replayed]]
    failure: str = ""


def whatif(
    folders: Iterable[Path],
    plans: Sequence[Plan],
    *,
    cache: Path | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """What the sessions below the folders would have come to under the plans, the first of them untouched.

    With a `cache` folder every file is kept as soon as it is done, so that a replay that was stopped goes on there.
    """
    under = list({plan.hash: plan for plan in (DIRECT, *plans)}.values())
    skipped: list[tuple[str, str]] = []
    unreadable: list[Problem] = []
    paths = list(dict.fromkeys(path for folder in folders for path in find_transcripts(folder, unreadable.append)))
    skipped += ((one.path, one.what) for one in unreadable)
    known: dict[str, dict[str, list[Replayed]]] = {}
    jobs: list[Job] = []
    sizes = 0
    for path in paths:
        try:
            content, size = _content(path)
        except OSError as error:
            skipped.append((str(path), f"cannot be read: {error.strerror}"))
            continue
        known[str(path)] = kept = dict(_kept(cache, content, under))
        missing = tuple((plan.hash, plan.settings) for plan in under if plan.hash not in kept)
        if missing:
            jobs.append(Job(str(path), size, content, missing))
            sizes += size
    contents = {job.path: job.content for job in jobs}
    finished = 0
    for done in _replayed(jobs, sizes, workers or os.cpu_count() or 1):
        if done.failure:
            skipped.append((done.path, done.failure))
        for hash_, sessions in done.sessions.items():
            _keep(cache, contents[done.path], hash_, sessions)
            known[done.path][hash_] = sessions
        finished += done.size
        on_progress(Progress(finished, sizes))
    report = report_of([plan.name for plan in under], _sessions(known, under), skipped=skipped)
    return replace(report, files=len(paths), remembered=len(known) - len(jobs))


def _sessions(
    known: Mapping[str, Mapping[str, list[Replayed]]], under: Sequence[Plan]
) -> Iterator[dict[str, Replayed]]:
    for path, by_plan in known.items():
        if len(by_plan) < len(under):
            continue
        for one in zip(*(by_plan[plan.hash] for plan in under), strict=True):
            yield {
                plan.name: replace(it, facts=replace(it.facts, path=path)) for plan, it in zip(under, one, strict=True)
            }


def replay_file(job: Job) -> Done:
    """A file's sessions under every plan of the job."""
    by_plan: dict[str, list[Replayed]] = {hash_: [] for hash_, _ in job.plans}
    found = False
    try:
        for transcript in read_transcripts(Path(job.path)):
            found = True
            for session in sessions_of(transcript):
                facts = facts_of(session, "")
                for hash_, settings in job.plans:
                    played = replay(session, settings)
                    off = off_of(session, played) if hash_ == DIRECT.hash else Off()
                    played = replace(played, recalls=played.recalls[:SHOWN])
                    by_plan[hash_].append(Replayed(facts, played, off))
    except AgentForgeError as error:
        return Done(job.path, job.size, {}, str(error))
    failure = "" if any(by_plan.values()) else ("nobody answers in it" if found else "no client known here wrote it")
    return Done(job.path, job.size, by_plan, failure)


def _replayed(jobs: Sequence[Job], total: int, workers: int) -> Iterator[Done]:
    if workers < 2 or total < WORTH_A_POOL or len(jobs) < 2:
        yield from map(replay_file, jobs)
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    # Fresh processes: a fork of one that has threads may hang.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        running = [pool.submit(replay_file, job) for job in sorted(jobs, key=lambda job: -job.size)]
        for future in as_completed(running):
            yield future.result()


def _content(path: Path) -> tuple[str, int]:
    """The hash of what a file says, and its size; what a database was told last stands in its journal."""
    hashed = sha256()
    size = 0
    for part in (path, path.with_name(path.name + "-wal")):
        if part is path or (path.suffix == ".db" and part.exists()):
            with part.open("rb") as file:
                while chunk := file.read(1 << 20):
                    hashed.update(chunk)
                    size += len(chunk)
    return hashed.hexdigest(), size


def _kept(cache: Path | None, content: str, under: Sequence[Plan]) -> Iterator[tuple[str, list[Replayed]]]:
    for plan in under if cache else ():
        # What is not there, or was half written, is replayed again; where nothing can be written, keeping it says so.
        with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            yield plan.hash, _decode(_place(cache, content, plan.hash).read_bytes())


def _keep(cache: Path | None, content: str, plan: str, sessions: list[Replayed]) -> None:
    if cache is None:
        return
    place = _place(cache, content, plan)
    made = place.with_suffix(f".{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made.write_bytes(msgspec.json.encode(sessions))
        made.replace(place)
    except OSError as error:
        raise OutsideError(
            f"what was replayed cannot be kept: {error.strerror}", where=str(cache), fix="whatif --fresh keeps nothing"
        ) from None


def _place(cache: Path | None, content: str, plan: str) -> Path:
    assert cache is not None
    return cache / f"{sha256(f'{_program()} {content} {plan}'.encode()).hexdigest()}.json"


@cache
def _program() -> str:
    """The hash of the program that replays."""
    hashed = sha256()
    for room in _ROOMS:
        root = Path(str(files(f"agentforge.{room}")))
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".json"):
                hashed.update(path.read_bytes())
    return hashed.hexdigest()
