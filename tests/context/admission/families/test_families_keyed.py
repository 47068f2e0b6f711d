import pytest

from context.looked_at import look


def test_numbered_settings_are_read_behind_their_numbers():
    lines = [f"  host_{at}:\n    port: {8_000 if at != 40 else 99}" for at in range(90)]
    text = "\n".join(f"{number}\t{line}" for number, line in enumerate("\n".join(["hosts:", *lines]).split("\n"), 1))
    looked = look(text, "Read", {"file_path": "a.yaml"})
    assert looked.family == "settings"
    assert "port: 99" in looked
    assert "host_40:" in looked


@pytest.mark.parametrize(
    "text", ["[part]\nkey = 3\n" * 100, "# why\nkey: 1\nlist:\n  - a\n  - b\n" * 60, "KEY=1\nOTHER=2\n" * 90]
)
def test_settings_are_known_by_their_lines(text):
    assert look(text).family == "settings"


def test_a_remark_that_warns_stays():
    text = "key: 1\nother: 2\n" * 60 + "third: 3  # DANGER: never raise this\n" + "key: 1\nother: 2\n" * 60
    assert "DANGER: never raise this" in look(text)
