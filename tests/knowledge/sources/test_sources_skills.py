import pytest

from agentforge.knowledge.files import Reading
from agentforge.knowledge.frontmatter import read_document
from agentforge.knowledge.sources.skills import faults_of, skills_below
from knowledge.laid import front, lay


def test_skills_are_found_below_a_folder_and_hidden_folders_are_the_clients_own(tmp_path):
    lay(
        tmp_path,
        {
            "b/SKILL.md": front(name="bee", description="d"),
            "in/a/SKILL.md": "x",
            ".system/c/SKILL.md": "y",
            "d/MY_SKILL.md": "z",
        },
    )
    items = [*skills_below(tmp_path, "x", "user", Reading())]
    assert [(item.name, item.description) for item in items] == [("a", ""), ("bee", "d")]


def faults(text: str, folder: str = "my-skill") -> list[str]:
    path = __import__("pathlib").Path("/s") / folder / "SKILL.md"
    return [problem.what for problem in faults_of(read_document(text.encode(), str(path)), path)]


def test_a_skill_by_the_book_has_no_faults():
    meta = {"license": "MIT", "compatibility": "any", "allowed-tools": "Read", "metadata": "{a: b}"}
    assert faults(front(name="my-skill", description="d", **meta)) == []


@pytest.mark.parametrize(
    ("meta", "fault"),
    [
        ({"description": "d"}, "needs a name"),
        ({"name": "my-skill"}, "needs a description"),
        ({"name": "other", "description": "d"}, "not that of its folder"),
        ({"name": "My_Skill", "description": "d"}, "small letters"),
        ({"name": "a--b", "description": "d"}, "small letters"),
        ({"name": "a" * 65, "description": "d"}, "more than 64"),
        ({"name": "my-skill", "description": "d" * 1025}, "more than 1024"),
        ({"name": "my-skill", "description": "d", "compatibility": "c" * 501}, "more than 500"),
        ({"name": "my-skill", "description": "d", "metadata": "[a]"}, "maps names to texts"),
        ({"name": "my-skill", "description": "d", "version": "1"}, "no key version"),
    ],
)
def test_what_the_open_format_does_not_allow_is_named(meta, fault):
    assert any(fault in found for found in faults(front(**meta)))
