import os
from pathlib import Path

import pytest

from agentforge.knowledge.files import LARGEST, Reading, text_of
from agentforge.knowledge.parsed import ParsedFiles
from knowledge.laid import front, lay


@pytest.fixture
def reading() -> Reading:
    return Reading()


def told(reading: Reading) -> list[str]:
    return [f"{Path(problem.where).name} {problem.what}" for problem in reading.problems]


def test_what_is_read_is_remembered_and_what_is_missing_is_not(reading, tmp_path):
    lay(tmp_path, {"a.md": front(name="a")})
    document = reading.document(tmp_path / "a.md")

    assert document is not None
    assert document.meta == {"name": "a"}
    assert reading.document(tmp_path / "b.md") is None
    assert reading.text(tmp_path / "a.md" / "below") is None
    assert reading.files == (str(tmp_path / "a.md"),)
    assert reading.problems == ()


def test_of_a_huge_file_only_the_head_is_read(reading, tmp_path):
    with (tmp_path / "huge.md").open("wb") as file:
        file.write(front("One line.\n", name="huge").encode())
        file.truncate(100 * 1024 * 1024)
    (tmp_path / "long.md").write_bytes(b"word\n" * (LARGEST // 5 + 1))

    assert reading.document(tmp_path / "huge.md") is None
    text = reading.text(tmp_path / "long.md")
    assert text is not None
    assert len(text) == LARGEST
    assert "only the first 4,194,304 were read" in told(reading)[-1]


def test_links_in_a_circle_and_links_to_nowhere_are_problems(reading, tmp_path):
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "gone.md").symlink_to("absent.md")

    assert reading.text(tmp_path / "loop.md") is None
    assert reading.text(tmp_path / "gone.md") is None
    assert told(reading) == ["loop.md:1 a link that leads back to itself", "gone.md:1 a link that leads nowhere"]


def test_a_folder_that_leads_back_to_itself_is_read_once(reading, tmp_path):
    lay(tmp_path, {"in/a.md": "a"})
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")

    assert [path.name for path in reading.walk(tmp_path / "in")] == ["a.md"]
    assert "leads back" in told(reading)[0]


def test_pipes_and_devices_are_not_opened(reading, tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "zero.md").symlink_to("/dev/zero")

    assert reading.text(tmp_path / "pipe.md") is None
    assert reading.text(tmp_path / "zero.md") is None
    assert len(reading.problems) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_problem(reading, tmp_path):
    lay(tmp_path, {"in/a.md": "a", "b.md": "b"})
    (tmp_path / "in").chmod(0)
    (tmp_path / "b.md").chmod(0)
    assert [*reading.walk(tmp_path / "in")] == []
    assert reading.text(tmp_path / "b.md") is None
    assert len(reading.problems) == 2
    (tmp_path / "in").chmod(0o700)


def test_a_name_no_system_knows_is_a_problem(reading, tmp_path):
    assert reading.text(tmp_path / "a\0b") is None
    assert reading.text(tmp_path / ("x" * 5000)) is None
    assert len(reading.problems) == 2


def test_json_that_is_none_is_a_problem_with_its_line(reading, tmp_path):
    lay(tmp_path, {"a.json": '{\n "a": 1,\n}', "b.json": "[1]", "c.json": "  "})
    assert [reading.json(tmp_path / name) for name in ("a.json", "b.json", "c.json", "d.json")] == [{}] * 4
    assert [problem.where.rpartition("/")[2] for problem in reading.problems] == ["a.json:3", "b.json:1"]


def test_comments_and_trailing_commas_are_read_where_they_are_allowed(reading, tmp_path):
    lay(tmp_path, {"a.jsonc": '{ // one\n "a": "x // y, }", /* two\n */ "b": [1, 2,],\n}'})
    assert reading.jsonc(tmp_path / "a.jsonc") == {"a": "x // y, }", "b": [1, 2]}
    assert reading.problems == ()


def test_toml_that_is_none_is_a_problem_with_its_line(reading, tmp_path):
    lay(tmp_path, {"a.toml": "a = 1\nb = \n", "b.toml": "[x]\ny = 2\n"})
    assert reading.toml(tmp_path / "a.toml") == {}
    assert reading.toml(tmp_path / "b.toml") == {"x": {"y": 2}}
    assert [problem.where.rpartition(":")[2] for problem in reading.problems] == ["2"]


def test_toml_nested_without_end_is_a_problem(reading, tmp_path):
    lay(tmp_path, {"deep.toml": "a = " + "[" * 100_000})
    assert reading.toml(tmp_path / "deep.toml") == {}
    assert told(reading) == ["deep.toml:1 TOML nested deeper than it can be read"]


def test_an_unchanged_file_is_not_parsed_again_and_a_changed_one_is(tmp_path):
    path = lay(tmp_path, {"a.md": front(name="a")}) / "a.md"
    parsed = ParsedFiles()
    first = Reading(parsed).document(path)

    again = Reading(parsed)
    assert again.document(path) is first
    assert again.files == (str(path),)

    path.write_text(front(name="longer"))
    changed = Reading(parsed).document(path)
    assert changed is not None
    assert changed.meta == {"name": "longer"}


def test_the_text_under_a_key_is_empty_where_it_is_none():
    assert [text_of({"a": "x", "b": 1}, key) for key in "abc"] == ["x", "", ""]
