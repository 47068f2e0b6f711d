import pytest

from context.looked_at import look


def test_folders_and_kinds_are_counted():
    paths = [f"./src/part{at % 4}/file_{at:03}.{'ts' if at % 3 else 'css'}" for at in range(120)]
    looked = look("\n".join(paths), "Bash", {"command": "find ."})
    assert looked.family == "listing"
    assert "120 entries: .ts 80, .css 40" in looked.notes
    assert "./src/part0/ 30" in looked
    assert paths[0] in looked
    assert paths[-1] in looked


def test_what_was_asked_for_is_listed():
    paths = [f"./src/part{at % 4}/file_{at:03}.ts" for at in range(200)]
    assert "file_077.ts" in look("\n".join(paths), "Bash", {"command": "find ."}, prompt="mend `file_077.ts`")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("-rw-r--r--  1 dev dev  4096 Nov 20 10:11 a.py", "ls -la"),
        ("│   ├── a.py", "tree"),
        ("src/a.py", "git ls-files"),
    ],
)
def test_listings_of_all_forms_are_known(line, command):
    assert look("\n".join([line] * 80), "Bash", {"command": command}).family == "listing"


def test_prose_is_no_listing():
    assert look("some words of prose\n" * 100, "Bash", {"command": "cat x"}).family != "listing"
