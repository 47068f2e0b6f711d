from agentforge.knowledge.sources.agents_md import read_setup
from knowledge.laid import lay


def test_every_file_from_the_repository_down_counts(tmp_path):
    lay(
        tmp_path,
        {"AGENTS.md": "out", "r/.git/HEAD": "", "r/AGENTS.md": "top", "r/a/AGENTS.md": " \n", "r/a/b/AGENTS.md": "in"},
    )
    setup = read_setup(tmp_path / "r/a/b", tmp_path / "h", {})
    assert [(item.body, item.activation) for item in setup.items] == [("top", "always"), ("in", "always")]
    assert setup.client == "agents-md"
