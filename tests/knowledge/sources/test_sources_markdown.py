import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.sources.markdown import imports_in, without_comments


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@a.md", [("a.md", 0)]),
        ("x @./a.md\n\n @~/b.md @/c", [("./a.md", 0), ("~/b.md", 2), ("/c", 2)]),
        ("(@a.md) me@b.md @@c @#d", []),
        ("`@a.md` ``x ` @b.md`` @c.md", [("c.md", 0)]),
        ("`open @a.md", [("a.md", 0)]),
        ("```\n@a.md\n```\n@b.md", [("b.md", 3)]),
        ("~~~ x\n@a.md\n```\n@b.md\n~~~\n@c.md", [("c.md", 5)]),
        ("````\n```\n@a.md\n````\n@b.md", [("b.md", 4)]),
        ("```\n@a.md", []),
        ("<!-- @a.md\n-->\n@b.md", [("b.md", 2)]),
        ("@a\\ b.md", [("a b.md", 0)]),
    ],
)
def test_imports_stand_outside_code_and_comments(text, found):
    assert [*imports_in(text)] == found


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\n<!-- b -->\nc", "a\nc"),
        ("a\n<!-- b\n\nc -->\nd", "a\nd"),
        ("a <!-- b --> c", "a <!-- b --> c"),
        ("<!-- a --> b\nc", " b\nc"),
        ("   <!-- a -->\nb", "b"),
        ("    <!-- a -->\nb", "    <!-- a -->\nb"),
        ("```\n<!-- a -->\n```", "```\n<!-- a -->\n```"),
        ("<!-- a\nb", "<!-- a\nb"),
        ("<!-- a --> b <!-- c -->", " b "),
        ("no comment", "no comment"),
    ],
)
def test_comments_that_begin_a_line_are_left_out(text, left):
    assert without_comments(text) == left


@given(st.text(st.sampled_from("`~@a<!-> \n"), max_size=60))
def test_whatever_the_text_is_nothing_but_comments_is_lost(text):
    left = without_comments(text)
    assert len(left) <= len(text)
    if "-->" not in text:
        assert left == text
    for _, line in imports_in(text):
        assert line <= text.count("\n")


@pytest.mark.parametrize(
    "text", ["<!--" * 100_000, "` `` " * 100_000, "<!-- -->" + "<!--" * 100_000, "```" * 50_000, "@" * 200_000]
)
def test_text_made_to_be_slow_is_read_in_one_pass(text):
    assert len(without_comments(text)) in (len(text), len(text) - len("<!-- -->"))
    assert [*imports_in(text)] == []
