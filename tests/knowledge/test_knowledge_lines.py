from agentforge.knowledge import FileLines, Source, read_lines
from knowledge.laid import item, lay


def test_a_line_is_where_it_stands_in_the_file_and_not_where_it_would_be_without_comments(tmp_path):
    lay(tmp_path, {"CLAUDE.md": "# Post\n<!-- a\nb -->\nSort.\n\nSort.\n"})
    one = item(
        "memory", body="# Post\nSort.\n\nSort.", source=Source("claude-code", "project", f"{tmp_path}/CLAUDE.md")
    )
    lines = read_lines([one])
    assert [lines.place(one, at).rpartition(":")[2] for at in range(4)] == ["1", "4", "5", "6"]


def test_without_its_file_a_line_is_counted_from_the_start_of_the_item(tmp_path):
    one = item("memory", body="a\nb", source=Source("claude-code", "project", f"{tmp_path}/gone.md", 7))
    assert FileLines().place(one, 1) == read_lines([one]).place(one, 1) == f"{tmp_path}/gone.md:8"
