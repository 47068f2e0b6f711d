import json

from context.looked_at import look


def test_a_record_that_lacks_what_others_have_or_has_more_is_seen():
    rows = [{"id": at, "name": f"n{at}", "size": 5} for at in range(200)]
    del rows[80]["size"]
    rows[120]["note"] = "by hand"
    rows[150]["name"] = None
    looked = look(json.dumps(rows))
    assert looked.family == "json"
    for row in (80, 120, 150):
        assert json.dumps(rows[row]) in looked


def test_records_kept_under_keys_are_records_too():
    rows = {f"host-{at}": {"up": True, "load": at % 3} for at in range(100)}
    rows["host-61"] = {"up": False, "load": 900}
    looked = look(json.dumps({"hosts": rows}))
    assert '"host-61": {"up": false, "load": 900}' in looked
    assert "hosts: 100 records; up True 99, False 1; load 0 to 900" in looked


def test_rows_of_values_are_studied_by_their_place():
    looked = look(json.dumps([[at, at % 4] for at in range(300)][:200] + [[7, "lost"]] + [[at, 1] for at in range(90)]))
    assert '[7, "lost"]' in looked


def test_the_lines_of_a_text_inside_are_dealt_with_one_by_one():
    output = "\n".join(
        [*(f"step {at} went well" for at in range(200)), "Error: disk gone", *("more" for _ in range(90))]
    )
    looked = look(json.dumps({"output": output, "code": 1}))
    assert "Error: disk gone" in looked
    assert '"code": 1' in looked


def test_an_error_deep_inside_is_seen():
    text = json.dumps({"a": {"b": {"c": {"pad": ["x" * 90] * 40, "status": "failed: no route"}}}, "z": ["y" * 90] * 40})
    assert "failed: no route" in look(text)


def test_what_only_begins_like_json_is_not_taken_for_it():
    assert look('{"a": 1}\nwords\n' * 300).family != "json"
    assert look("[" + "1, " * 3_000).family != "json"
