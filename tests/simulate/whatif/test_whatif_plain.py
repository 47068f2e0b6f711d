import json

from agentforge.simulate.whatif import SCHEMA, plain, report_of
from simulate.whatif.test_whatif_sums import billed, replayed


def test_a_report_is_json_with_how_each_figure_is_known():
    sessions = {"direct": replayed(billed(dollars="4")), "default": replayed(billed(dollars="3"))}
    said = json.loads(json.dumps(plain(report_of(list(sessions), [sessions], skipped=[("a.jsonl", "why")]))))
    assert said["schema"] == SCHEMA
    assert said["how"]["prompt_tokens"] == "calibrated"
    assert said["totals"]["default"]["dollars"] == "3"
    assert said["saved"] == {"default": 0.25}
    assert said["sessions"][0]["saved"] == {"default": 0.25}
    assert said["sessions"][0]["plans"]["direct"]["prompt"] == 110
    assert said["skipped"] == [{"path": "a.jsonl", "why": "why"}]
