from agentforge.audit import Observed, Section, Unmentioned
from agentforge.knowledge import Project, Source
from audit.audited import audit_items, row, server
from audit.findings.judged import found, memory, persona, session, usage, use, used
from knowledge.laid import item

AT_HOME = Source("claude-code", "user", "/home/dev/.claude.json")


def test_what_was_never_used_is_found_only_where_there_is_usage():
    items = (persona("one"), persona("two"), item("skill", "s", body="s"))
    assert audit_items(*items).findings == ()
    assert audit_items(*items, usage=used(0)).findings == ()
    report = audit_items(*items, usage=used(30, ("agent", "one"), ("command", "/s")), probed=[row("post", "find")])
    personas, mcp = sorted(report.findings, key=lambda finding: "MCP" in finding.what)
    assert personas.what == "1 of 2 personas were never used in 30 sessions"
    assert personas.remedy.endswith('{"deny": ["Agent(two)"]}')
    assert personas.confidence == "high"
    assert mcp.remedy == "claude mcp remove post"
    few = audit_items(persona("two"), usage=used(3))
    assert few.findings[0].confidence == "low"


def test_a_server_that_was_used_is_not_among_them():
    told = used(30, ("tool", "mcp__post__find"))
    assert audit_items(usage=told, probed=[row("post", "find", "send")]).findings == ()


def test_nothing_is_said_to_be_unused_where_transcripts_do_not_tell_of_its_use():
    items = (item("skill", "s", body="s"), item("command", "c", body="c"))
    for client, told in (
        ("codex", []),
        ("gemini-cli", []),
        ("opencode", ["1 of 1 skills were never used in 30 sessions"]),
    ):
        sessions = [session(f"s{number}", client=client) for number in range(30)]
        probed = [] if client == "opencode" else [row("post", "find")]
        report = audit_items(*items, client=client, usage=usage(sessions), probed=probed)
        assert [finding.what for finding in found(report, "never used")] == told


def test_a_tool_is_known_by_the_name_that_its_client_gives_it():
    sessions = [session(f"s{number}", client="opencode") for number in range(30)]
    for name, times in (("post_find", 0), ("mail_find", 1)):
        report = audit_items(
            client="opencode", usage=usage(sessions, use("tool", name, "s1")), probed=[row("post", "find")]
        )
        assert len(found(report, "never used")) == times


def test_sessions_of_another_client_or_project_say_nothing_of_what_was_not_there():
    elsewhere = [session(f"e{number}", cwd="/q") for number in range(25)]
    other_client = [session(f"c{number}", client="codex") for number in range(25)]
    here = [session("h1"), session("h2", cwd="/p/deep/down")]
    items = (persona("one"), persona("mine", scope="user"))
    observed = Observed(Project("/p"))
    report = audit_items(*items, usage=usage([*elsewhere, *other_client, *here]), observed=observed)
    assert {(finding.what, finding.confidence) for finding in found(report, "never used")} == {
        ("1 of 1 personas were never used in 2 sessions", "low"),
        ("1 of 1 personas were never used in 27 sessions", "high"),
    }
    assert not audit_items(persona("one"), usage=usage(elsewhere), observed=observed).findings


def test_what_was_used_long_ago_is_stale_with_the_day():
    days = [session("old", day="2026-01-01"), *(session(f"n{number}", day="2026-06-01") for number in range(25))]
    told = usage(days, use("agent", "one", "old"), use("agent", "two", "n1", last="2026-06-01T10:00:00Z"))
    (finding,) = audit_items(persona("one"), persona("two"), usage=told).findings
    assert finding.rule == "stale"
    assert "the persona one was last used on 2026-01-01, 151 days and 25 sessions before the last" in finding.what
    assert finding.confidence == "medium"
    assert "Agent(one)" in finding.remedy


def test_what_was_used_lately_or_without_a_time_is_not_stale():
    days = [session("old", day="2026-05-01"), session("new", day="2026-06-01")]
    told = usage(days, use("agent", "one", "old", last="2026-05-01T10:00:00Z"), use("agent", "two", last=""))
    assert not audit_items(persona("one"), persona("two"), usage=told).findings


def test_a_server_of_the_user_that_only_one_project_uses_belongs_there():
    shop = [session(f"s{number}", cwd="/src/shop" + "/api" * (number % 2)) for number in range(4)]
    other = [session(f"o{number}", cwd=f"/src/other{number}") for number in range(8)]
    told = usage([*shop, *other], use("tool", "mcp__post__find", "s0", "s1", "s2"))
    (finding,) = audit_items(probed=[row("post", "find", source=AT_HOME)], usage=told).findings
    assert finding.rule == "one use"
    assert finding.what == ("all 3 sessions that used the MCP server post, of 12, were in /src/shop")
    assert finding.remedy == "claude mcp remove --scope user post, then add it with --scope local in /src/shop"
    assert (finding.confidence, finding.where) == ("low", (str(AT_HOME),))


def test_a_skill_that_only_one_kind_of_task_uses_can_be_called_by_hand():
    reading = [session(f"r{number}", task="reading") for number in range(6)]
    changing = [session(f"c{number}", task="changing files") for number in range(20)]
    told = usage([*reading, *changing], use("skill", "s", "r0", "r1", "r2"))
    (finding,) = audit_items(item("skill", "s", body="s"), usage=told).findings
    assert (finding.rule, finding.confidence) == ("one use", "medium")
    assert finding.what == "all 3 sessions that used the skill s, of 26, were for reading"
    assert '"skillOverrides": {"s": "user-invocable-only"}' in finding.remedy


def test_few_uses_or_uses_like_most_sessions_are_no_kind_of_task():
    sessions = [session(f"r{number}", task="reading") for number in range(6)]
    sessions += [session(f"c{number}", task="changing files") for number in range(20)]
    skill = item("skill", "s", body="s")
    assert not audit_items(skill, usage=usage(sessions, use("skill", "s", "r0", "r1"))).findings
    assert not audit_items(skill, usage=usage(sessions, use("skill", "s", "c0", "c1", "c2"))).findings
    assert not audit_items(skill, usage=usage(sessions, use("skill", "s", "c0", "c1", "r2"))).findings


def test_sections_nobody_referred_to_are_one_finding_a_file_that_claims_no_more_than_was_seen():
    body = "# Post\n\nAll of it.\n\n## Islands\n\nRun `ferry load`.\n\n## Customs\n\nRun `customs stamp`."
    one = memory("CLAUDE.md", body)
    sections = [
        Section("Islands", 4, "## Islands\n\nRun `ferry load`."),
        Section("Customs", 8, "## Customs\n\nRun it."),
    ]
    for sessions, confidence in ((50, "medium"), (5, "low")):
        unmentioned = tuple(Unmentioned(one, section, 2, sessions) for section in sections)
        (finding,) = audit_items(one, observed=Observed(unmentioned=unmentioned)).findings
        assert (finding.rule, finding.confidence) == ("never referred to", confidence)
        assert finding.what == (
            'CLAUDE.md: of the 4 commands, paths and names that stand only in "Islands" and "Customs", agents wrote '
            f"none in the last {sessions} sessions"
        )
        assert finding.where == ("/p/CLAUDE.md:5", "/p/CLAUDE.md:9")
        assert finding.saving.value > 0
        assert ".claude/rules/" in finding.remedy
    too_few = (Unmentioned(one, sections[0], 2, 2),)
    assert not audit_items(one, observed=Observed(unmentioned=too_few)).findings


def test_a_server_that_was_not_asked_has_nothing_to_save():
    assert not audit_items(usage=used(30), probed=[]).findings
    assert server().name == "post"
