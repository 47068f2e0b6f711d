import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentforge.knowledge import Reference, references_in
from agentforge.knowledge.references import names_a_file


def named(text):
    return [(each.to, each.name) for each in references_in(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See `src/a.py`.", [("path", "src/a.py")]),
        ("See src/deep/a.test.ts, and `docs/`", [("path", "docs/"), ("path", "src/deep/a.test.ts")]),
        ("[how](docs/how.md#start) and `./run.sh`", [("path", "docs/how.md"), ("path", "run.sh")]),
        ("`src/a.py:12` and `src/a.py`", [("path", "src/a.py")]),
        ("`python scripts/build.py --all`", [("path", "scripts/build.py")]),
        ("`make test-unit`, `npm run lint:fix`", [("make", "test-unit"), ("script", "lint:fix")]),
        ("`docs/README.md` and `legal/LICENSE`", [("path", "docs/README.md"), ("path", "legal/LICENSE")]),
        ("`just up`", [("recipe", "up")]),
        ("```\nmake all\n./go.sh x\nimport a/b.py\n```", [("make", "all"), ("path", "go.sh")]),
    ],
)  # fmt: skip
def test_what_can_be_looked_up_is_a_reference(text, found):
    assert sorted(named(text)) == sorted(found)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a/b.html and `https://example.org/x.md`",
        "`src/**/*.py` and src/*/a.py and `src/{a,b}.py` and `$HOME/a.py`",
        "`path/to/file.py` and `docs/NNN-title.md` and `src/<name>.py` and `your-app/x.py`",
        "`../other/a.py`, `/etc/hosts.d/a.conf`, `~/a/b.md`",
        "`@scope/package` and and/or",
        "make sure that all is well; `make NAME`",
        "`src/ROOM/module.py`, `tests/test_ROOM_MODULE.py`, docs/YYYY-MM-DD.md or `plans/TITLE.md`",
    ],
)
def test_patterns_addresses_and_stand_ins_are_none(text):
    assert [each for each in named(text) if each[1] != "and/or"] == []


def test_a_reference_has_its_line():
    assert list(references_in("one\n\n`a/b.py`")) == [Reference("path", "a/b.py", 2)]


def test_an_ending_or_a_slash_makes_a_path_a_file_or_a_folder():
    assert names_a_file("a/b.py")
    assert names_a_file("a/b/")
    assert not names_a_file("and/or")


def test_a_long_line_is_looked_through_in_time():
    assert named("a/" * 200_000) == []
    assert named("a." * 200_000 + "`" * 100_000) == []


@given(some.text(alphabet="ab/.`[]() \nmke", max_size=120))
def test_every_reference_stands_in_its_line(text):
    lines = text.split("\n")
    for reference in references_in(text):
        assert reference.name in lines[reference.line]
