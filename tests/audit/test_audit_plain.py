import json

from agentforge.audit import plain
from audit.audited import audit_items, row
from knowledge.laid import item


def test_the_json_says_all_that_the_report_does_and_every_figure_how_it_is_known():
    report = audit_items(item(), item(name="two", body="Body."), probed=[row("post", "find")])
    said = json.loads(json.dumps(plain(report)))
    assert said["total"]["value"] == sum(part["count"]["value"] for part in said["parts"])
    counts = [said["total"], said["governed"], *said["by_category"].values()]
    counts += [part["count"] for part in said["parts"]] + [finding["saving"] for finding in said["findings"]]
    assert all({"value", "method", "model", "error"} == count.keys() for count in counts)
    assert said["bill"]["uncached_usd"] == str(report.bill.uncached)
    assert said["bill"]["turns"] == 100


def test_a_price_that_is_not_known_is_null():
    said = plain(audit_items(model_id="post-1"))
    assert said["bill"]["uncached_usd"] is said["bill"]["cached_usd"] is said["window"] is None
