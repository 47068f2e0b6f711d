import pytest

from agentforge.context import UNTOUCHED, Settings
from agentforge.simulate.whatif import DIRECT, load_plan
from agentforge.wire.errors import OutsideError, UsageError


def test_two_plans_have_names():
    assert load_plan("direct").settings == UNTOUCHED == DIRECT.settings
    assert load_plan("default").settings == Settings()


@pytest.mark.parametrize("text", ['{"admit_above": 500, "recall": "none"}', "admit_above: 500\nrecall: none\n"])
def test_a_file_holds_the_settings_that_differ(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    plan = load_plan(str(path))
    assert plan.name == str(path)
    assert plan.settings == Settings(admit_above=500, recall="none")


def test_a_plan_is_known_by_what_it_says_and_not_by_its_name(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("admit: true\n", encoding="utf-8")
    assert load_plan(str(path)).hash == load_plan("default").hash != DIRECT.hash


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("admitt: true", "there is no setting admitt"),
        ("admit_above: many", "another type"),
        ("- admit", "a plan is a mapping of settings"),
        ("{", "no YAML"),
    ],
)
def test_a_file_that_is_no_plan_is_named_with_what_is_wrong(tmp_path, text, what):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=what) as error:
        load_plan(str(path))
    assert error.value.where == str(path)


def test_a_name_of_no_plan_and_a_file_that_is_not_there():
    with pytest.raises(UsageError, match="no plan is called 'best'"):
        load_plan("best")
    with pytest.raises(OutsideError, match="cannot be read"):
        load_plan("nowhere/best.yaml")
