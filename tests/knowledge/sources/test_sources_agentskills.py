from agentforge.knowledge.sources.agentskills import read_setup
from knowledge.laid import front, lay, told


def test_skills_of_the_project_and_of_the_user_are_read_and_checked(tmp_path):
    lay(
        tmp_path,
        {
            "p/skills/a/SKILL.md": front(name="a", description="d"),
            "p/.agents/skills/b/SKILL.md": front(name="b", description="d", color="red"),
            "h/.agents/skills/c/SKILL.md": front(name="C", description="d"),
        },
    )
    setup = read_setup(tmp_path / "p", tmp_path / "h", {})
    assert [(item.name, item.source.scope, item.activation) for item in setup.items] == [
        ("a", "project", "model_invoked"),
        ("b", "project", "model_invoked"),
        ("C", "user", "model_invoked"),
    ]
    assert told(setup) == [
        "SKILL.md:4 the open format has no key color",
        "SKILL.md:2 the name C is not that of its folder, c",
        "SKILL.md:2 a name is made of small letters, digits and single hyphens",
    ]
