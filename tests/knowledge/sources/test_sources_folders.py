from pathlib import Path

from agentforge.knowledge.sources.folders import down_to, named, repository_of
from knowledge.laid import lay


def test_a_project_ends_at_its_repository(tmp_path):
    lay(tmp_path, {"r/.git": "gitdir: elsewhere", "r/a/b/x": ""})
    root = tmp_path / "r" / "a" / "b"
    assert repository_of(root) == tmp_path / "r"
    assert down_to(root, tmp_path / "r") == (tmp_path / "r", tmp_path / "r" / "a", root)
    assert down_to(root, None) == (root,)


def test_paths_are_named_from_the_root_or_from_home():
    names = [named(Path(path), Path("/h/p"), Path("/h")) for path in ("/h/p/a/b", "/h/c", "/x")]
    assert names == ["a/b", "~/c", "/x"]
