import json
import time

import pytest

from agentforge.faces.cli.entry import main
from agentforge.ledger import EVERYWHERE, Event, open_ledger


def test_old_events_go_and_new_ones_stay_and_a_dry_run_only_says_so(tmp_path, capsys):
    path = tmp_path / "ledger.db"
    with open_ledger(path) as ledger:
        ledger.append([Event("old", 1, "parcels"), Event("new", time.time_ns(), "parcels")])
    assert not main(["ledger", "gc", "--dry-run", "--json", str(path)])
    assert json.loads(capsys.readouterr().out)["events"] == 1
    assert not main(["ledger", "gc", str(path)])
    assert "1 events and 0 blobs went" in capsys.readouterr().out
    with open_ledger(path) as ledger:
        assert [event.kind for event in ledger.events(project=EVERYWHERE)] == ["new"]


@pytest.mark.parametrize("days", ["inf", "nan", "1e30", "-1"])
def test_days_to_keep_that_no_time_can_hold_are_a_mistake_of_usage(tmp_path, capsys, days):
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    assert main(["ledger", "gc", str(path), f"--keep-days={days}"]) == 2
    assert "0 to 100,000" in capsys.readouterr().err
