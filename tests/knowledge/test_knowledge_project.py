import pytest

from agentforge.knowledge import look, references_in
from agentforge.knowledge.project import MOST_ENTRIES, Project
from knowledge.laid import lay

FILES = {
    "src/shop/cart.py": "",
    "docs/how.md": "",
    "Makefile": "CC := gcc\nall lint: cart\n\techo x: y\n",
    "package.json": {"scripts": {"build": "x"}},
    "justfile": "up *args: down\n  go\n@down:\n  go\nname := 'x'\n",
}


def lacking(root, text):
    project = look(root)
    return [each.name for each in references_in(text) if project.lacks(each)]


def test_what_is_there_is_not_missing_and_the_rest_is(tmp_path):
    root = lay(tmp_path, FILES)
    text = "`src/shop/cart.py` `shop/cart.py` `src/shop/` `docs/how.md` `src/gone.py` `docs/gone/` `src/gone`"
    assert lacking(root, text) == ["src/gone.py", "docs/gone/", "src/gone"]


def test_commands_are_looked_up_where_they_are_defined(tmp_path):
    root = lay(tmp_path, FILES)
    text = "`make lint` `make cart` `npm run build` `npm run test` `just up` `just down` `just name`"
    assert lacking(root, text) == ["cart", "test", "name"]


def test_of_what_nothing_is_known_nothing_is_missing(tmp_path):
    assert lacking(lay(tmp_path / "a", {"src/a.py": ""}), "`make x` `npm run x` `just x` `feature/branch`") == []
    included = {"Makefile": "include more.mk\nall:\n", "src/a.py": ""}
    assert lacking(lay(tmp_path / "b", included), "`make x`") == []
    variable = {"Makefile": "ALL := x y\n$(ALL):\n\techo\n"}
    assert lacking(lay(tmp_path / "e", variable), "`make x` `make z` `.state/a.json` `.state/`") == ["z"]
    patterns = {"Makefile": "%.o: %.c\n\tcc\n"}
    assert lacking(lay(tmp_path / "c", patterns), "`make x`") == []
    assert lacking(lay(tmp_path / "d", {"package.json": "{not json"}), "`npm run x`") == []


@pytest.mark.parametrize("folder", ["dist", "node_modules", ".venv", "build"])
def test_what_comes_and_goes_is_never_missing(tmp_path, folder):
    assert lacking(lay(tmp_path, FILES), f"`{folder}/a.js` `src/{folder}/a.js`") == []


def test_links_are_not_followed_and_what_is_behind_them_is_not_judged(tmp_path):
    root = lay(tmp_path / "root", FILES)
    (root / "round").symlink_to(root)
    (root / "nowhere").symlink_to(tmp_path / "gone")
    assert lacking(root, "`round/src/gone.py` `src/gone.py`") == ["src/gone.py"]


def test_of_a_project_too_large_to_be_seen_nothing_is_missing():
    assert not Project("/p", whole=False).lacks(next(references_in("`a/b.py`")))
    assert MOST_ENTRIES > 10_000


def test_a_path_is_the_projects_own_by_its_outermost_folder(tmp_path):
    project = look(lay(tmp_path, FILES))
    own, other = references_in("`src/gone.py` `lib/gone.py`")
    assert (project.has_folder_of(own), project.has_folder_of(other)) == (True, False)
