import pytest

from agentforge.knowledge.frontmatter import read_document
from agentforge.knowledge.parsed import ParsedFiles


def test_what_was_parsed_comes_back_as_it_was():
    document = read_document(b"---\nname: a\nname: b\nlist: [1, {x: y}]\n---\nBody \xe9.\n", "/a.md")
    parsed = ParsedFiles()
    parsed.put("/a.md", 17, 3, document)
    back = ParsedFiles.load(parsed.dump())

    assert len(back) == 1
    assert back.get("/a.md", 17, 3) == document


def test_a_file_of_another_time_or_size_is_not_known():
    parsed = ParsedFiles()
    parsed.put("/a.md", 17, 3, read_document(b"x", "/a.md"))
    assert parsed.get("/a.md", 18, 3) is None
    assert parsed.get("/a.md", 17, 4) is None
    assert parsed.get("/b.md", 17, 3) is None


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"format":99,"files":{}}', b'{"format":1}', b"\xff", b'{"format":1,"files":{"a":3}}']
)
def test_a_damaged_or_foreign_store_is_an_empty_one(text):
    assert len(ParsedFiles.load(text)) == 0
