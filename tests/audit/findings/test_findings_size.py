from agentforge.audit.findings import TOO_LONG
from audit.audited import audit_files, audit_items, row
from audit.findings.judged import found, persona
from knowledge.laid import item


def test_a_text_that_takes_too_much_of_every_request_is_found_with_what_is_above_the_limit():
    memory = item("memory", "CLAUDE.md", "", body="Parcels are sorted by town. " * 900, activation="always")
    report = audit_items(memory, persona("long", "a word or two " * 200))
    assert {finding.where for finding in found(report, "oversize")} == {("/p/file.md:1",), ("/p/long.md:1",)}
    for finding in found(report, "oversize"):
        (part,) = [part for part in report.parts if part.source == finding.where[0]]
        assert finding.saving.value == part.count.value - TOO_LONG[part.category]


def test_a_tool_that_is_too_long_names_the_rule_that_keeps_it_out():
    report = audit_items(client="opencode", probed=[row("post", "find", long=400)])
    (finding,) = found(report, "oversize")
    assert '"tools": {"post_find": false}' in finding.remedy


def test_what_could_not_be_read_is_a_finding_that_saves_nothing(tmp_path):
    report = audit_files(tmp_path, {".claude/settings.json": "{not json"})
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert len(found(report, "unreadable")) == len(errors)
    assert all(finding.saving.value == 0 for finding in found(report, "unreadable"))
