from agentforge.audit.findings import RULES, TOO_LONG
from agentforge.knowledge import Source
from agentforge.transcripts import Totals, UsageReport, Used
from agentforge.transcripts.report import SessionUsage
from audit.audited import audit_files, audit_items, row
from knowledge.laid import item

WORDS = "sorts all parcels by town and street and then loads them into the right van"


def persona(name: str, description: str = "", body: str = "", **given):
    description = description or f"does {name} in its very own {name} way"
    return item(
        "persona",
        name,
        description,
        body=body or name,
        source=Source("claude-code", "project", f"/p/{name}.md"),
        **given,
    )


def used(sessions: int, *names: tuple[str, str]) -> UsageReport:
    session = SessionUsage("s", "claude-code", "", "", "", "", "", "", "", 1, None, Totals())
    uses = [Used(kind, name, 1, "", "") for kind, name in names]
    return UsageReport(Totals(), Totals(), {}, {}, [session] * sessions, uses, [], [], [], [], {}, [], 1, 0, 0)


def found(report, rule: str):
    return [finding for finding in report.findings if finding.rule == rule]


def test_the_same_text_in_two_places_is_found_once_with_the_spare_ones_weight():
    report = audit_items(*(persona(name, WORDS, "Same  body.") for name in ("one", "two", "three")))
    (finding,) = report.findings
    weights = {part.name: part.count.value for part in report.parts}
    assert finding.rule == "duplicated"
    assert finding.confidence == "high"
    assert finding.saving.value in {
        sum(weights[name] for name in pair) for pair in (("one", "two"), ("one", "three"), ("two", "three"))
    }
    assert set(finding.where) == {"/p/one.md:1", "/p/two.md:1", "/p/three.md:1"}


def test_the_remedy_for_a_spare_persona_does_what_it_says(tmp_path):
    def files(settings):
        return {
            **{f".claude/agents/{name}.md": f"---\nname: {name}\ndescription: {WORDS}\n---\nSame.\n" for name in "ab"},
            ".claude/settings.json": settings,
        }

    report = audit_files(tmp_path / "before", files({}))
    (finding,) = report.findings
    assert '"permissions": {"deny": ["Agent(b)"]}' in finding.remedy
    after = audit_files(tmp_path / "after", files({"permissions": {"deny": ["Agent(b)"]}}))
    assert report.total.value - after.total.value == finding.saving.value
    assert after.findings == ()


def test_descriptions_that_are_nearly_the_same_are_one_finding():
    report = audit_items(persona("one", WORDS), persona("two", WORDS + " today"), persona("other"))
    (finding,) = report.findings
    assert finding.rule == "near-duplicate"
    assert "other" not in finding.what
    assert finding.confidence == "medium"
    assert "%" in finding.what


def test_same_descriptions_of_different_bodies_are_said_to_be_the_same():
    (finding,) = audit_items(persona("one", WORDS), persona("two", WORDS)).findings
    assert finding.what == "the descriptions of one and two are the same"


def test_a_text_that_takes_too_much_of_every_request_is_found_with_what_is_above_the_limit():
    memory = item("memory", "CLAUDE.md", "", body="Parcels are sorted by town. " * 900, activation="always")
    report = audit_items(memory, persona("long", "a word or two " * 200))
    assert {finding.where for finding in found(report, "oversize")} == {("/p/file.md:1",), ("/p/long.md:1",)}
    for finding in found(report, "oversize"):
        (part,) = [part for part in report.parts if part.source == finding.where[0]]
        assert finding.saving.value == part.count.value - TOO_LONG[part.category]


def test_a_tool_that_is_too_long_names_the_rule_that_keeps_it_out():
    report = audit_items(probed=[row("post", "find", long=400)], env={"ENABLE_TOOL_SEARCH": "false"})
    limits = found(report, "oversize")
    assert not limits  # the client cuts its description
    report = audit_items(client="opencode", probed=[row("post", "find", long=400)])
    (finding,) = found(report, "oversize")
    assert '"tools": {"post_find": false}' in finding.remedy


def test_what_was_never_used_is_found_only_where_there_is_usage():
    items = (persona("one"), persona("two"), item("skill", "s", body="s"))
    assert audit_items(*items).findings == ()
    assert audit_items(*items, usage=used(0)).findings == ()
    report = audit_items(*items, usage=used(30, ("agent", "one"), ("command", "/s")), probed=[row("post", "find")])
    personas, server = sorted(report.findings, key=lambda finding: "MCP" in finding.what)
    assert personas.what == "1 of 2 personas were never used in 30 sessions"
    assert personas.remedy.endswith('{"deny": ["Agent(two)"]}')
    assert personas.confidence == "high"
    assert server.remedy == "claude mcp remove post"
    few = audit_items(persona("two"), usage=used(3))
    assert few.findings[0].confidence == "low"


def test_a_server_that_was_used_is_not_among_them():
    usage = used(30, ("tool", "mcp__post__find"))
    assert audit_items(usage=usage, probed=[row("post", "find", "send")]).findings == ()


def test_the_largest_saving_comes_first():
    small = [persona(name, WORDS, "Same.") for name in ("a", "b")]
    large = [persona(name, "stamps " + "and letters " * 30, "Other.") for name in ("c", "d", "e")]
    savings = [finding.saving.value for finding in audit_items(*small, *large).findings]
    assert savings == sorted(savings, reverse=True)
    assert len(RULES) == 5


def test_what_could_not_be_read_is_a_finding_that_saves_nothing(tmp_path):
    report = audit_files(tmp_path, {".claude/settings.json": "{not json"})
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert len(found(report, "unreadable")) == len(errors)
    assert all(finding.saving.value == 0 for finding in found(report, "unreadable"))
