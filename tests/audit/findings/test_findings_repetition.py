from hypothesis import given
from hypothesis import strategies as some

from agentforge.audit import Observed
from agentforge.audit.findings.repetition import paragraphs_of
from agentforge.knowledge import read_setup
from agentforge.knowledge.lines import read_lines
from audit.audited import audit_files, audit_items
from audit.findings.judged import WORDS, found, memory, persona
from knowledge.laid import lay

RULE = "Parcels for the islands leave on Tuesdays and Fridays, never on any other day of the week, whatever they say."


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


def test_a_paragraph_that_two_memory_files_share_is_found_with_its_line_in_each():
    first = memory("CLAUDE.md", f"# Post\n\n{RULE}\n\nOf its own.")
    second = memory("rules.md", f"Something else.\n\n{RULE.replace(' ', '  ')}", line=4)
    (finding,) = audit_items(first, second).findings
    assert (finding.rule, finding.confidence) == ("duplicated", "high")
    assert finding.where == ("/p/CLAUDE.md:3", "/p/rules.md:6")
    assert finding.remedy == "delete the paragraph at /p/rules.md:6; /p/CLAUDE.md:3 says it"
    assert finding.saving.value > 0
    assert finding.saving.method == "estimated"


def test_a_paragraph_that_was_changed_a_little_is_a_near_duplicate():
    changed = memory("rules.md", RULE.replace("whatever they say", "whatever anybody says"))
    (finding,) = audit_items(memory("CLAUDE.md", RULE), changed).findings
    assert finding.rule == "near-duplicate"
    assert finding.confidence in ("medium", "low")
    assert finding.remedy.startswith("write what the others add into /p/CLAUDE.md:1")


def test_files_that_are_the_same_as_a_whole_are_not_found_again_by_their_paragraphs():
    (finding,) = audit_items(memory("one.md", RULE), memory("two.md", RULE)).findings
    assert finding.what == "one.md and two.md say the very same"


def test_short_lines_may_stand_in_many_places():
    assert not audit_items(memory("one.md", "# Tests\n\nOne."), memory("two.md", "# Tests\n\nTwo.")).findings


def test_comments_that_the_client_leaves_out_do_not_move_the_lines(tmp_path):
    files = {
        "CLAUDE.md": f"# Post\n<!-- nobody\nreads\nthis -->\n\n{RULE}\n",
        ".claude/rules/mail.md": f"First.\n\n<!-- nor this -->\n\n{RULE}\n",
    }
    root = lay(tmp_path / "project", files)
    setup = read_setup("claude-code", root, tmp_path / "home", {})
    report = audit_files(tmp_path, files, observed=Observed(lines=read_lines(setup.items)))
    (finding,) = found(report, "duplicated")
    assert finding.where == (f"{root}/CLAUDE.md:6", f"{root}/.claude/rules/mail.md:5")


@given(some.text(alphabet="ab \n`~", max_size=80))
def test_paragraphs_are_lines_of_the_text_in_order_and_miss_no_word(text):
    lines = text.split("\n")
    found = list(paragraphs_of(memory("m", text)))
    for paragraph in found:
        own = paragraph.text.split("\n")
        assert lines[paragraph.line : paragraph.line + len(own)] == own
    assert " ".join(each.text for each in found).split() == text.split()
