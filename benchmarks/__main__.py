"""`python -m benchmarks [NAME...]`: what it ran on, then a row per figure."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

MODULES: Final = (
    "wire",
    "tokens",
    "ledger",
    "simulate",
    "transcripts",
    "gateway",
    "knowledge",
    "whatif",
    "context",
    "workloads",
    "search",
)


def main(names: Sequence[str]) -> int:
    """The exit code: 2 for a name that is no benchmark."""
    if unknown := set(names) - set(MODULES):
        print(f"no benchmark is called {', '.join(sorted(unknown))} (there are: {', '.join(MODULES)})", file=sys.stderr)
        return 2
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores, {python}\n")
    print(f"{'':<52} {'median':>12}  {'ratio':>7}")
    for name in names or MODULES:
        for row in import_module(f"benchmarks.{name}").rows():
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}x"
            print(f"{row.name:<52} {row.figure:>9.3g} {row.unit:<3} {ratio:>7}  {row.note}", flush=True)
    return 0


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "processor unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
