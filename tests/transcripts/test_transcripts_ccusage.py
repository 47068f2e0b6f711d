"""Our totals beside ccusage's, to the token, on the same files in the same run."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from recorded_transcripts import ROOT, SHOP, corpus

from agentforge.faces.cli.entry import main
from agentforge.transcripts import Totals, usage_report

pytestmark = pytest.mark.client


@pytest.fixture(scope="module")
def ccusage() -> Path:
    """The program of ccusage for this machine, or a skip that says how to get it."""
    found = sorted((ROOT / ".clients" / "node_modules" / "@ccusage").glob("ccusage-*/bin/ccusage*"))
    if not found:
        pytest.skip("ccusage is not installed: run `make clients`")
    found[0].chmod(0o755)  # Its package leaves this to its launcher, which needs Node.js.
    return found[0]


def told(ccusage: Path, folder: Path, report: str) -> dict[str, Any]:
    """What ccusage reports of the `projects` in a folder; its home is that folder too, so it sees no other files."""
    command = [str(ccusage), "claude", report, "--offline", "--json", "--breakdown", "--timezone", "UTC"]
    environment = {"HOME": str(folder), "CLAUDE_CONFIG_DIR": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def figures(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["inputTokens"], row["outputTokens"], row["cacheCreationTokens"], row["cacheReadTokens"]


def ours(totals: Totals) -> tuple[int, int, int, int]:
    return totals.input, totals.output, totals.cache_creation, totals.cache_read


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """The recordings of twelve versions, as one folder of projects."""
    for version in sorted(corpus("claude_code", "transcripts_sanitized").iterdir()):
        for project in version.iterdir():
            shutil.copytree(project, tmp_path / "projects" / f"{version.name}{project.name}")
    return tmp_path


def test_the_totals_agree_to_the_token_over_twelve_versions(ccusage: Path, recordings: Path) -> None:
    report = usage_report(recordings)
    for name in ("daily", "session"):
        assert ours(report.totals) == figures(told(ccusage, recordings, name)["totals"])


def test_the_command_s_totals_agree_to_the_token(
    ccusage: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(recordings / "cache"))
    theirs = figures(told(ccusage, recordings, "daily")["totals"])
    for _ in ("first", "from the cache"):
        assert main(["audit", "--usage", "--json", str(recordings)]) == 0
        totals = json.loads(capsys.readouterr().out)["usage"]["totals"]
        ours_too = (totals["input"], totals["output"], totals["cache_creation"], totals["cache_read"])
        assert ours_too == theirs
        assert totals["total"] == sum(theirs)


def test_every_day_and_model_agrees_to_the_token(ccusage: Path, recordings: Path) -> None:
    report = usage_report(recordings)
    days = told(ccusage, recordings, "daily")["daily"]
    assert {day: ours(totals) for day, totals in report.by_day.items()} == {row["date"]: figures(row) for row in days}
    models = {row["modelName"]: figures(row) for day in days for row in day["modelBreakdowns"]}
    assert {model: ours(totals) for model, totals in report.by_model.items()} == models


def test_every_session_agrees_to_the_token(ccusage: Path, recordings: Path) -> None:
    report = usage_report(recordings)
    rows = told(ccusage, recordings, "session")["sessions"]
    # It takes the files of sub-agents that lie beside their session's for sessions.
    own = {row["sessionId"]: figures(row) for row in rows if not row["sessionId"].startswith("agent-")}
    sides = {each.session for each in report.sessions if each.version in ("2.0.30", "2.0.76")}
    mine = {each.session: ours(each.totals) for each in report.sessions if each.session not in sides}
    assert mine == {session: each for session, each in own.items() if session not in sides}


def test_where_we_differ_it_is_a_sub_agent_s_answer_in_progress_lines(ccusage: Path, tmp_path: Path) -> None:
    """Its daily report takes the partial count of a progress line over the whole one in the sub-agent's own file.

    It does not read `normalizedMessages`, and its session report reads no progress lines at all: its two reports do not
    agree with each other. By the rule that an answer's last line wins, wherever it stands, ours is the sum of both.
    """
    shutil.copytree(SHOP, tmp_path / "projects" / SHOP.name)
    mine = ours(usage_report(tmp_path).totals)
    daily, session = (figures(told(ccusage, tmp_path, name)["totals"]) for name in ("daily", "session"))
    partial, in_normalized = (0, 33 - 2, 0, 0), (8, 12, 0, 300)
    assert mine == tuple(map(sum, zip(daily, partial, in_normalized, strict=True)))
    assert mine == tuple(map(sum, zip(session, in_normalized, strict=True)))
