from __future__ import annotations

from pathlib import Path

import pytest

from parcels.cli import main

FEED = """number,time,code,place,note
KC4821093753,2026-03-02T10:05,ACC,Shop counter,
KC4821093753,2026-03-02T21:40,DEP,Hub North,
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kestrel.csv").write_text(FEED)
    hand_in = ["--zone", "B", "--reference", "ORDER-1001", "--handed-in", "2026-03-02T09:30"]
    assert main(["add", "KC4821093753", *hand_in]) == 0
    return tmp_path


def test_a_parcel_is_followed_from_hand_in_to_scan(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "kestrel.csv"]) == 0
    assert main(["show", "KC 4821 0937 53"]) == 0
    out = capsys.readouterr().out
    assert "kestrel.csv: 2 new scans for 1 parcels, 0 known already" in out
    assert "status     in transit" in out


def test_a_list_can_be_cut_down_to_a_status(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--status", "created"]) == 0
    assert "KC4821093753" in capsys.readouterr().out
    assert main(["list", "--status", "delivered"]) == 0
    assert "KC4821093753" not in capsys.readouterr().out


def test_alerts_depend_on_the_time(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "--now", "2026-03-02T12:00"]) == 0
    assert "Nothing to worry about." in capsys.readouterr().out
    assert main(["alerts", "--now", "2026-03-09T08:00"]) == 0
    assert "handed in but never scanned" in capsys.readouterr().out


def test_a_mistake_is_told_on_one_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "KC4821093754"]) == 1
    assert capsys.readouterr().err == ("parcels: 'KC4821093754': the check digit is 4, not 3\n")
