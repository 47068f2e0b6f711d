import pytest

from context.looked_at import look


def test_each_rule_is_counted_and_its_first_finding_seen():
    lines = [f"src/m{at % 7}.py:{at + 1}:5: E501 line too long ({at} > 88 characters)" for at in range(200)]
    lines.insert(150, "src/m3.py:9:1: F821 undefined name 'price'")
    looked = look("\n".join([*lines, "Found 201 errors."]), "Bash", {"command": "ruff check src"})
    assert looked.family == "findings"
    assert "E501 200, F821 1" in looked.notes
    assert "undefined name 'price'" in looked
    assert "Found 201 errors." in looked


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("src/a.py:3: error: Missing return  [return]", "return"),
        ("src/a.ts(3,5): error TS2322: Type 'x' is not assignable", "TS2322"),
        ("src/a.c:3:5: warning: unused variable 'x' [-Wunused]", "other"),
        ("src/a.go:3:5: error: undeclared name: x", "other"),
    ],
)
def test_findings_are_known_by_their_form_alone(line, rule):
    looked = look("\n".join([line] * 60))
    assert looked.family == "findings"
    assert f"{rule} 60" in looked.notes
