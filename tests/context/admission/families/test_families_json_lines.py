import json

from context.looked_at import look


def test_odd_records_are_seen_and_broken_lines_do_no_harm():
    lines = [json.dumps({"n": at % 5, "state": "ok"}) for at in range(200)]
    lines[77] = json.dumps({"n": 3, "state": "timeout waiting for lock"})
    lines[90] = '{"n": 3, "sta'
    looked = look("\n".join(lines))
    assert looked.family == "json lines"
    assert lines[77] in looked
    assert "199 records" in looked.notes
