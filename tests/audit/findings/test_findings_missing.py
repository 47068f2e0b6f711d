from agentforge.audit import Observed, audit_setup
from agentforge.knowledge import look, read_lines, read_setup
from audit.findings.judged import found
from knowledge.laid import front, lay


def audited(folder, files):
    root = lay(folder / "project", files)
    setup = read_setup("claude-code", root, folder / "home", {})
    return root, audit_setup(setup, env={}, observed=Observed(look(root), read_lines(setup.items)))


def test_instructions_that_name_what_is_gone_are_stale_at_their_lines(tmp_path):
    body = "# Post\n\nSee `src/sorting.py` and `src/vans.py`.\n\nRun `make sort`, then `make load`.\n"
    root, report = audited(tmp_path, {"CLAUDE.md": body, "src/vans.py": "", "Makefile": "load:\n\techo\n"})
    (finding,) = found(report, "stale")
    assert finding.what == "CLAUDE.md names what is not in the project: src/sorting.py and make sort"
    assert finding.where == (f"{root}/CLAUDE.md:3", f"{root}/CLAUDE.md:5")
    assert finding.confidence == "medium"
    assert finding.saving.value > 0
    assert finding.remedy == f"correct or delete {root}/CLAUDE.md:3, {root}/CLAUDE.md:5"


def test_a_folder_that_is_gone_as_a_whole_is_less_sure(tmp_path):
    _, report = audited(tmp_path, {"CLAUDE.md": "See `legacy/sorting.py`.\n"})
    (finding,) = found(report, "stale")
    assert finding.confidence == "low"


def test_a_persona_is_stale_only_by_what_can_be_of_this_project_and_saves_nothing_before_it_is_called(tmp_path):
    body = "Read `src/gone.py`. An example is `lib/any.py`, and `make nothing`."
    root, report = audited(
        tmp_path,
        {".claude/agents/one.md": front(body, name="one", description="d"), "src/there.py": "", "Makefile": "x:\n"},
    )
    (finding,) = found(report, "stale")
    assert finding.what == "one names what is not in the project: src/gone.py"
    assert (finding.saving.value, finding.confidence) == (0, "low")
    assert finding.where == (f"{root}/.claude/agents/one.md:5",)


def test_the_users_own_instructions_are_of_no_one_project(tmp_path):
    root = lay(tmp_path / "project", {"src/a.py": ""})
    lay(tmp_path / "home", {".claude/CLAUDE.md": "See `src/gone.py`.\n"})
    setup = read_setup("claude-code", root, tmp_path / "home", {})
    assert not audit_setup(setup, env={}, observed=Observed(look(root))).findings
