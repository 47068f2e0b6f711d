"""What it takes to count 500 MB of transcripts: the first time, the next, and after one more answer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from agentforge.transcripts import usage_report
from benchmarks.measure import Row

SIZE = 500_000_000
FILE = 1_000_000
"""About what a real session weighs."""
ROUNDS = 3
ROOT = Path(__file__).parents[1]
SOURCES = (
    ROOT.parent / "shared" / "corpora" / "claude_code" / "transcripts_sanitized",
    ROOT / "tests" / "data" / "transcripts" / "claude-code",
)
_IDS = re.compile(rb"\b(msg_|req_|toolu_)(?:mock)?[0-9a-f]{1,6}|\b[0-9a-f]{8}(?=-[0-9a-f]{4}-)")


def rows() -> Iterator[Row]:
    """The figures of the transcripts room."""
    source = next(folder for folder in SOURCES if folder.is_dir())
    with TemporaryDirectory() as made:
        folder = Path(made)
        written = repeat(source, folder / "projects" / "-work", SIZE)
        name = f"{written / 1e6:.0f} MB of transcripts: "
        first = [measured(folder, folder / f"cache-{number}") for number in range(ROUNDS)]
        cache = folder / "cache-0"
        again = [measured(folder, cache) for _ in range(ROUNDS)]
        grown = [measured(append_answer(folder, number), cache) for number in range(ROUNDS)]
        peer = ccusage_seconds(folder)
        beside = f"of ccusage's {peer:.2f} s; " if peer else "(ccusage is not installed); "
        times = [median(seconds for seconds, _ in each) for each in (first, again, grown)]
        ratio = times[0] / peer if peer else None
        yield Row(name + "first", times[0], "s", ratio, beside + "goal: under 10 s on two cores")
        yield Row(name + "next", times[1], "s", times[1] / peer if peer else None, beside + "goal: under 1 s")
        yield Row(
            name + "one more answer", times[2], "s", times[2] / peer if peer else None, beside + "goal: under 1 s"
        )
        peak = max(memory for _, memory in first)
        yield Row(name + "peak memory", peak, "MB", None, "the largest of the processes")


def repeat(source: Path, target: Path, size: int) -> int:
    """So many bytes of the transcripts again and again, every time with other ids; tells how many were written."""
    target.mkdir(parents=True)
    texts = [text for path in sorted(source.rglob("*.jsonl")) if (text := path.read_bytes())]
    written = copies = files = 0
    batch: list[bytes] = []
    filled = 0
    while written < size:
        copies += 1
        tag = b"%08x" % copies
        for text in texts:
            batch.append(_IDS.sub(lambda found: (found[1] or b"") + tag, text))  # noqa: B023 - used at once
            filled += len(batch[-1])
            if filled >= FILE:
                (target / f"{files:08x}-0000-4000-8000-000000000000.jsonl").write_bytes(b"".join(batch))
                written, files, filled = written + filled, files + 1, 0
                batch.clear()
    return written


def append_answer(folder: Path, number: int) -> Path:
    """The folder, with one more answer in one file."""
    path = next((folder / "projects" / "-work").glob("*.jsonl"))
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": f"msg_more{number}", "model": "claude-opus-5-5", "content": [], "usage": usage}
    line = {"type": "assistant", "sessionId": "more", "requestId": f"req_more{number}", "message": message}
    with path.open("ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
    return folder


def measured(folder: Path, cache: Path) -> tuple[float, float]:
    """Seconds and megabytes of one report, in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_report, folder, cache).result()


def _report(folder: Path, cache: Path) -> tuple[float, float]:
    import resource

    start = perf_counter()
    usage_report(folder / "projects", cache=cache)
    seconds = perf_counter() - start
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return seconds, max(peaks) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def ccusage_seconds(folder: Path) -> float | None:
    """What ccusage takes for a daily report of the same files; None where it is not installed."""
    found = sorted((ROOT / ".clients" / "node_modules" / "@ccusage").glob("ccusage-*/bin/ccusage*"))
    if not found or not os.access(found[0], os.X_OK):
        return None
    environment = {"HOME": str(folder), "CLAUDE_CONFIG_DIR": str(folder)}
    times: list[float] = []
    for _ in range(ROUNDS):
        start = perf_counter()
        command = [str(found[0]), "claude", "daily", "--offline", "--json"]
        subprocess.run(command, env=environment, capture_output=True, check=True)
        times.append(perf_counter() - start)
    return median(times)
