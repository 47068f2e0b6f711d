from pathlib import Path

import pytest

from agentforge.knowledge.sources.claude_code import read_setup
from knowledge.laid import lay, told


def read(folder: Path, root: str = "p", env=None):
    (folder / root).mkdir(parents=True, exist_ok=True)
    return read_setup(folder / root, folder / "h", env or {}, managed=folder / "managed")


def chain(folder: Path, root: str = "p", env=None) -> list[str]:
    """The files that are always sent, in order."""
    setup = read(folder, root, env)
    return [
        str(Path(item.source.path).relative_to(folder))
        for item in setup.items
        if item.kind in ("memory", "rule") and item.activation == "always"
    ]


def test_the_chain_runs_from_the_outside_in(tmp_path):
    files = [
        "managed/CLAUDE.md",
        "h/.claude/CLAUDE.md",
        "h/.claude/rules/r.md",
        "CLAUDE.md",
        "p/CLAUDE.md",
        "p/.claude/CLAUDE.md",
        "p/.claude/rules/r.md",
        "p/CLAUDE.local.md",
    ]
    lay(tmp_path, {path: f"From {path}.\n" for path in reversed(files)})
    assert chain(tmp_path) == files


def test_scopes_and_names_say_whose_a_file_is(tmp_path):
    lay(
        tmp_path,
        {
            "r/.git/HEAD": "",
            "CLAUDE.md": "a",
            "r/CLAUDE.md": "b",
            "r/p/CLAUDE.local.md": "c",
            "h/.claude/CLAUDE.md": "d",
        },
    )
    items = read(tmp_path, "r/p").items
    assert [(item.source.scope, item.name) for item in items] == [
        ("user", "~/.claude/CLAUDE.md"),
        ("directory", str(tmp_path / "CLAUDE.md")),
        ("project", str(tmp_path / "r" / "CLAUDE.md")),
        ("local", "CLAUDE.local.md"),
    ]


def test_imports_follow_their_file_each_once_and_four_deep(tmp_path):
    files = {f"p/d/{at}.md": f"Level {at} @{at + 1}.md" for at in range(1, 7)}
    lay(tmp_path, {**files, "p/CLAUDE.md": "One @d/1.md\nTwo @./x.txt @d/2.md\n", "p/x.txt": "X"})

    assert chain(tmp_path) == ["p/CLAUDE.md", "p/d/1.md", "p/d/2.md", "p/d/3.md", "p/d/4.md", "p/x.txt"]
    assert told(read(tmp_path)) == ["4.md:1 @5.md is not imported: only 4 levels are followed"]


def test_an_imported_file_says_who_imports_it(tmp_path):
    lay(tmp_path, {"p/CLAUDE.md": "One\n\n@x.md\n", "p/x.md": "X"})
    assert read(tmp_path).items[1].extra["imported_by"] == f"{tmp_path}/p/CLAUDE.md:3"


def test_imports_in_a_circle_are_a_problem_and_enter_once(tmp_path):
    lay(tmp_path, {"p/CLAUDE.md": "@a.md", "p/a.md": "@b.md", "p/b.md": "@a.md @CLAUDE.md"})
    assert chain(tmp_path) == ["p/CLAUDE.md", "p/a.md", "p/b.md"]
    assert [problem for problem in told(read(tmp_path)) if "circle" not in problem] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("@none.md", "@none.md leads to no file"),
        ("@someone", None),
        ("`@none.md`", None),
        ("me@none.md", None),
        ("@pic.png", "@pic.png is not imported: the client takes files ending in .png for no text"),
        ("@../out.md", "outside the project"),
        ("@folder/", "@folder/ leads to no file"),
    ],
)
def test_an_import_that_does_not_work_is_a_problem_with_its_line(line, problem, tmp_path):
    lay(
        tmp_path, {"p/CLAUDE.md": f"One\n{line}\n", "p/pic.png": "x", "out.md": "x", "p/folder/x": "", "p/someone": "S"}
    )
    (tmp_path / "p" / "someone").unlink()
    found = told(read(tmp_path))
    assert chain(tmp_path) == ["p/CLAUDE.md"]
    assert found == [] if problem is None else (found[0].startswith("CLAUDE.md:2 ") and problem in found[0])


def test_imports_from_outside_enter_once_they_were_approved_and_always_for_the_user(tmp_path):
    project = {"projects": {str(tmp_path / "p"): {"hasClaudeMdExternalIncludesApproved": True}}}
    lay(tmp_path, {"h/.claude/CLAUDE.md": "@~/mine.md", "h/mine.md": "M", "p/CLAUDE.md": "@../out.md", "out.md": "O"})
    assert chain(tmp_path) == ["h/.claude/CLAUDE.md", "h/mine.md", "p/CLAUDE.md"]

    lay(tmp_path, {"h/.claude.json": project})
    assert chain(tmp_path)[-1] == "out.md"


def test_paths_with_spaces_and_fragments_are_imported(tmp_path):
    lay(tmp_path, {"p/CLAUDE.md": "@my\\ file.md and @b.md#part\n", "p/my file.md": "A", "p/b.md": "B"})
    assert chain(tmp_path)[1:] == ["p/my file.md", "p/b.md"]


def test_what_is_sent_has_no_front_matter_no_block_comments_and_no_empty_ends(tmp_path):
    lay(tmp_path, {"p/CLAUDE.md": "---\nk: v\n---\n\n\nOne <!-- kept -->\n<!-- gone -->\nTwo  \n\n"})
    item = read(tmp_path).items[0]
    assert item.body == "One <!-- kept -->\nTwo"
    assert item.source.line == 6


@pytest.mark.parametrize("other", ["p/CLAUDE.md", "CLAUDE.md", "p/.claude/CLAUDE.md", "CLAUDE.local.md"])
def test_agents_md_stands_in_only_where_no_claude_md_is_in_the_chain(other, tmp_path):
    lay(tmp_path, {"p/AGENTS.md": "A", "AGENTS.md": "B", "h/.claude/CLAUDE.md": "user"})
    assert chain(tmp_path) == ["h/.claude/CLAUDE.md", "AGENTS.md", "p/AGENTS.md"]

    lay(tmp_path, {other: "C"})
    assert chain(tmp_path) == ["h/.claude/CLAUDE.md", other]


def test_an_empty_claude_md_does_not_keep_agents_md_out(tmp_path):
    lay(tmp_path, {"p/AGENTS.md": "A", "p/CLAUDE.md": "\n<!-- nothing -->\n"})
    assert chain(tmp_path) == ["p/AGENTS.md"]


@pytest.mark.parametrize(
    ("paths", "globs"),
    [("src/**", ("src/**",)), ("a/*.{ts,tsx}, b", ("a/*.ts", "a/*.tsx", "b")), ("'**'", ()), ("[]", ()), ("", ())],
)
def test_rules_for_certain_paths_wait_for_them(paths, globs, tmp_path):
    lay(tmp_path, {"p/.claude/rules/deep/r.md": f"---\npaths: {paths}\n---\nRule."})
    item = read(tmp_path).items[0]
    assert (item.kind, item.triggers) == ("rule", globs)
    assert item.activation == ("path_globs" if globs else "always")
    assert item.source.line == 4


def test_excluded_files_stay_out(tmp_path):
    lay(
        tmp_path,
        {
            "CLAUDE.md": "A",
            "p/CLAUDE.md": "B",
            "p/.claude/settings.json": {"claudeMdExcludes": [f"**/{tmp_path.name}/CLAUDE.md"]},
        },
    )
    assert chain(tmp_path) == ["p/CLAUDE.md"]


def test_files_below_wait_until_something_beside_them_is_read(tmp_path):
    lay(tmp_path, {"p/a/b/CLAUDE.md": "B", "p/node_modules/x/CLAUDE.md": "N", "p/.hidden/CLAUDE.md": "H"})
    items = read(tmp_path).items
    assert [(item.name, item.activation, item.triggers) for item in items] == [
        ("a/b/CLAUDE.md", "path_globs", ("a/b/**",))
    ]


def notes(folder: Path, text: str) -> Path:
    slug = "".join(sign if sign.isalnum() else "-" for sign in str(folder / "p"))
    return lay(
        folder,
        {
            f"h/.claude/projects/{slug}/memory/{name}": body
            for name, body in (("MEMORY.md", text), ("t.md", "---\ntype: user\n---\nTopic."))
        },
    )


def test_of_its_own_notes_the_index_is_sent_and_topics_wait(tmp_path):
    notes(tmp_path, "- [t](t.md)\n")
    items = read(tmp_path).items
    assert [(item.name, item.activation, item.source.scope) for item in items] == [
        ("auto/MEMORY.md", "always", "auto"),
        ("auto/t.md", "deferred", "auto"),
    ]
    assert chain(tmp_path, env={"CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1"}) == []


@pytest.mark.parametrize(("text", "lines"), [("line\n" * 300, 200), (("x" * 999 + "\n") * 100, 25)])
def test_long_notes_are_cut_and_that_is_a_problem(text, lines, tmp_path):
    notes(tmp_path, text)
    setup = read(tmp_path)
    assert setup.items[0].body.count("\n") + 1 == lines
    assert setup.items[0].extra["lines_cut"] == text.count("\n") - lines
    assert setup.items[0].extra["first_line_cut"] == text.split("\n")[lines]
    assert "not loaded" in told(setup)[0]


def test_a_rule_that_is_a_link_out_of_the_project_has_to_be_approved(tmp_path):
    lay(tmp_path, {"out.md": "O", "p/.claude/rules/a.md": "A"})
    (tmp_path / "p" / ".claude" / "rules" / "b.md").symlink_to(tmp_path / "out.md")
    assert chain(tmp_path) == ["p/.claude/rules/a.md"]
    assert "a link out of the project" in told(read(tmp_path))[0]


def test_a_managed_text_in_the_settings_is_memory_too(tmp_path):
    lay(tmp_path, {"managed/managed-settings.json": {"claudeMd": "From above.\n"}})
    assert read(tmp_path).items[0].body == "From above."
