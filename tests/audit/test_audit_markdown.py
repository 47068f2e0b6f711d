from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import markdown
from audit.audited import audit_files, audit_items, row
from knowledge.laid import item


def test_it_opens_with_the_one_number_that_matters(tmp_path):
    report = audit_files(tmp_path, {"CLAUDE.md": "Parcels.", ".claude/settings.json": "{"})
    text = markdown(report)
    assert text.startswith(f"# claude-code: {report.total.value:,} tokens before the first word\n")
    assert "## Not read as it was meant" in text
    assert f"| {tmp_path}/project/CLAUDE.md:1 |" in text.replace("\\", "")


@given(st.text(min_size=1, max_size=20))
def test_no_name_of_a_set_up_breaks_the_form(name):
    lines = markdown(audit_items(item(name=name), item(name=name + "2"))).splitlines()
    plain = markdown(audit_items(item(name="a"), item(name="b"))).splitlines()
    assert len([line for line in lines if line.startswith("|")]) == len(
        [line for line in plain if line.startswith("|")]
    )


def test_what_was_not_weighed_is_said():
    report = audit_items(client="cursor", probed=[])
    assert "## Not weighed" in markdown(report)
    assert "price not known" in markdown(audit_items(model_id="post-1"))
    assert "None." in markdown(audit_items(probed=[row("post", "find")]))
