import pytest

from agentforge.knowledge.sources.globs import MOST_PATTERNS, matches, patterns_of


@pytest.mark.parametrize(
    ("value", "globs"),
    [
        ("src/**", ("src/**",)),
        ("a, b ,,c", ("a", "b", "c")),
        ("x.{a,b}", ("x.a", "x.b")),
        ("{a,{b,c}}/d", ("a/d", "b/d", "c/d")),
        (["a,b", 3, " "], ("a,b",)),
        (None, ()),
        ({"a": "b"}, ()),
        ("{a}", ("{a}",)),
    ],
)
def test_globs_come_from_texts_and_lists_with_braces_spelt_out(value, globs):
    assert sorted(patterns_of(value)) == sorted(globs)


def test_braces_made_to_grow_stop_growing():
    assert len(patterns_of("{a,b}" * 40)) <= MOST_PATTERNS


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("**/CLAUDE.md", "/a/b/CLAUDE.md", True),
        ("/a/**", "/a/b/c", True),
        ("/a/*", "/a/b/c", False),
        ("/a/?", "/a/b", True),
        ("/a/*.{md,txt}", "/a/b.txt", True),
        ("/a/b+c", "/a/bbc", False),
        ("**/b", "/a\\b", True),
    ],
)
def test_a_path_fits_a_glob(glob, path, fits):
    assert matches(glob, path) is fits
