"""What a program can check of CONTRIBUTING.md."""

import ast
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "agentforge"
TESTS = ROOT / "tests"

MODULES = sorted(path for path in SOURCE.rglob("*.py") if not path.name.startswith("__"))
ROOMS = sorted(path.parent for path in SOURCE.rglob("__init__.py"))
PYTHON = sorted([*SOURCE.rglob("*.py"), *TESTS.rglob("*.py"), *(ROOT / "scripts").glob("*.py")])
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def dotted(room: Path) -> str:
    return ".".join(room.relative_to(SOURCE.parent).parts)


@pytest.mark.parametrize("room", ROOMS, ids=named)
def test_a_rooms_docstring_is_one_line(room):
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert docstring
    assert "\n" not in docstring
    assert docstring.endswith(".")


@pytest.mark.parametrize("room", ROOMS, ids=named)
def test_a_rooms_door_offers_what_it_lists_and_nothing_else(room):
    package = import_module(dotted(room))
    listed = getattr(package, "__all__", [])
    assert len(set(listed)) == len(listed)
    for name in listed:
        getattr(package, name)
    public = {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and name != "annotations" and not isinstance(value, ModuleType)
    }
    assert public <= set(listed)


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_a_module_has_its_tests_in_the_mirror(module):
    room = module.parent
    mirror = TESTS / room.relative_to(SOURCE)
    wanted = [mirror / f"test_{room.name}_{module.stem}.py", mirror / f"test_{module.stem}.py"]
    assert any(path.is_file() for path in wanted), f"write {named(wanted[0])}"


def test_test_files_have_names_of_their_own():
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_no_module_is_longer_than_600_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_a_modules_name_says_what_is_in_it(module):
    assert not VAGUE & {module.stem, module.parent.name}


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_work_left_over_names_its_issue(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        note = re.search(r"#.*\b(TO[D]O|FIX[M]E|XX[X])\b(?! \(#\d+\))", line)
        assert note is None, f"{named(path)}:{number}: {line.strip()}"


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=named)
def test_tests_use_the_real_thing(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        imported = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.FunctionDef):
            assert "mocker" not in {argument.arg for argument in node.args.args}, f"{named(path)}:{node.lineno}"
        assert not [name for name in imported if re.search(r"\bmock\b", name)], f"{named(path)}:{node.lineno}"


def test_the_changelog_keeps_its_form():
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Changelog"
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    for version in versions[1:]:
        assert re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", version)
    below = lines[lines.index(versions[0]) :]
    assert {line.removeprefix("### ") for line in below if line.startswith("### ")} <= set(CHANGES)
    for line in below:
        if line and not line.startswith("#"):
            assert re.fullmatch(r"- \S.*[^.]\.", line), f"not an entry of one sentence: {line}"
            assert not re.search(r"[a-z`)]\. [A-Z`]", line), f"more than one sentence: {line}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=named)
def test_a_decision_is_numbered_and_shorter_than_a_page(page):
    number, _, title = page.stem.partition("-")
    assert re.fullmatch(r"\d{3}", number)
    assert title
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {number}. ")
    assert len(lines) <= 60


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(page.stem[:3]) for page in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
