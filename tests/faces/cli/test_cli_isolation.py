from pathlib import Path

from agentforge.faces.cli.isolation import layers, namespace, to_shield


def test_a_folder_in_another_one_needs_no_layer_of_its_own(tmp_path):
    for name in ("home/project", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    folders = [tmp_path / "home" / "project", tmp_path / "home", tmp_path / "elsewhere", tmp_path / "missing"]
    assert to_shield(folders) == (tmp_path / "elsewhere", tmp_path / "home")


def test_a_folder_is_known_by_where_it_really_stands(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to("home")
    assert to_shield([tmp_path / "link", tmp_path / "home"]) == (tmp_path / "home",)


def test_no_layer_goes_over_the_whole_file_system(tmp_path):
    assert to_shield([Path("/"), tmp_path]) == (tmp_path,)


def test_both_ways_are_commands_or_nothing():
    for way, mark in ((namespace(), "--net"), (layers(), "--mount")):
        assert way is None or (way[0], way[-1]) == ("unshare", mark)
