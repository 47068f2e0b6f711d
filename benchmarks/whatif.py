"""What it takes to replay transcripts under the default plan: long sessions on one core, beside reading them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from agentforge.context import UNTOUCHED, Settings
from agentforge.simulate.whatif import replay, sessions_of
from agentforge.transcripts import read_transcript
from benchmarks.measure import Row, seconds

ROOT = Path(__file__).parents[1]
TURNS = (20, 100)
ROUNDS = 5


def rows() -> Iterator[Row]:
    """The figures of the replay."""
    sys.path.insert(0, str(ROOT / "tests"))
    from simulate.whatif.told import reading, told

    with TemporaryDirectory() as made:
        for turns in TURNS:
            path = told(Path(made) / f"{turns}.jsonl", reading(turns, back=turns // 2))
            size = path.stat().st_size / 1e6
            read, direct, default = seconds(
                lambda: read_transcript(path),  # noqa: B023 - used at once
                lambda: _replayed(path, UNTOUCHED),  # noqa: B023
                lambda: _replayed(path, Settings()),  # noqa: B023
                rounds=ROUNDS,
            )
            name = f"{turns} requests, {size:.1f} MB: "
            yield Row(name + "direct", size / direct, "MB/s", direct / read, "of the time to read it")
            yield Row(
                name + "default plan",
                size / default,
                "MB/s",
                default / direct,
                "of the direct replay's time; its texts were met before",
            )


def _replayed(path: Path, settings: Settings) -> None:
    for session in sessions_of(read_transcript(path)):
        replay(session, settings)
