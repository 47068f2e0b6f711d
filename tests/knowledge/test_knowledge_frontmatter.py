import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.frontmatter import MOST_FRONT_MATTER, decode, read_document


def read(text: str | bytes):
    return read_document(text if isinstance(text, bytes) else text.encode(), "a.md")


def meta(front: str):
    return read(f"---\n{front}\n---\nBody.\n").meta


def told(document):
    return [(problem.where, problem.what) for problem in document.problems]


def test_front_matter_and_body_are_told_apart_with_their_lines():
    document = read("---\nname: a\n\ndescription: does it\n---\nBody.\n")

    assert document.meta == {"name": "a", "description": "does it"}
    assert (document.body, document.body_line) == ("Body.\n", 6)
    assert document.line_of("description", "name") == 4
    assert document.line_of("absent") == 6
    assert document.intact
    assert not document.problems


@pytest.mark.parametrize(
    "text", ["No front matter.\n", "\n---\nname: a\n---\n", "----\nx: y\n----\n", "", "---\nA line.\n"]
)
def test_a_file_without_front_matter_is_all_body(text):
    document = read(text)
    assert (document.meta, document.body, document.body_line) == ({}, text, 1)
    assert not document.problems


def test_dashes_may_be_followed_by_spaces_and_the_body_may_be_missing():
    assert read("--- \nname: a\n---  ").meta == {"name": "a"}


@pytest.mark.parametrize(
    ("front", "value"),
    [
        ("k: plain words", "plain words"),
        ("k:   spaces   ", "spaces"),
        ("k: 'single ''quoted'' it'", "single 'quoted' it"),
        ('k: "a \\n b"', "a \n b"),
        ("k: words # comment", "words"),
        ("k: one\n  two\n  three", "one two three"),
        ("k: |\n  one\n  two", "one\ntwo\n"),
        ("k: >\n  one\n  two", "one two\n"),
        ("k: [a, b]", ["a", "b"]),
        ("k:\n  - a\n  - b", ["a", "b"]),
        ("k: {a: b}", {"a": "b"}),
        ("k: 42", 42),
        ("k: 1.5", 1.5),
        ("k: 0x1F", 31),
        ("k: .inf", "inf"),
        ("k: true", True),
        ("k: yes", "yes"),
        ("k: 2026-01-01", "2026-01-01"),
        ("k:", None),
        ("k: ~", None),
        ("k: https://example.org/a:b", "https://example.org/a:b"),
        ("k: 12:30", "12:30"),
    ],
)
def test_values_are_read_as_yaml_1_2_reads_them(front, value):
    document = read(f"---\n{front}\n---\n")
    assert document.meta["k"] == value
    assert document.intact


@pytest.mark.parametrize(
    "value",
    [
        "Use when: a thing: happens",
        "@mention first",
        "`code` first",
        "*bold* first",
        'a: b and "q" # x',
        "100% sure",
        "[a] then: b",
    ],
)
def test_unquoted_values_that_yaml_refuses_are_read_as_they_stand(value):
    document = read(f"---\nname: a\nk: {value}\n---\n")
    assert document.meta == {"name": "a", "k": value}
    assert document.intact


def test_a_list_stays_a_list_beside_a_value_that_had_to_be_quoted():
    assert meta("description: a: b: c\ntools: [Read, Write]")["tools"] == ["Read", "Write"]


def test_an_embedded_example_breaks_the_front_matter_and_is_still_made_out():
    document = read(
        "---\nname: a\ndescription: Use when: x.\n\n<example>\nuser: hi\n</example>\nmodel: opus\n---\nBody.\n"
    )

    assert not document.intact
    assert document.meta["name"] == "a"
    assert document.meta["description"].startswith("Use when: x.\n\n<example>\nuser: hi")
    assert document.meta["model"] == "opus"
    assert [where for where, _ in told(document)] == ["a.md:3"]


def test_a_tab_in_the_indentation_is_a_problem_with_its_line():
    document = read("---\nname: a\n\ttools: Read\n---\n")
    assert not document.intact
    assert told(document)[0][0] == "a.md:3"


def test_a_key_that_occurs_twice_is_a_problem_and_the_last_one_counts():
    document = read("---\nname: a\nname: b\n---\n")
    assert document.meta == {"name": "b"}
    assert told(document) == [("a.md:3", "the key name occurs twice (first in line 2); the last one counts")]


def test_a_file_with_many_faults_is_told_a_few():
    assert len(read("---\n" + "a: b\n" * 5000 + "---\n").problems) == 10


def test_front_matter_that_never_ends_is_text_and_a_problem():
    document = read("---\nname: a\nBody.\n")
    assert (document.meta, document.intact) == ({}, False)
    assert document.body == "---\nname: a\nBody.\n"
    assert document.problems


def test_a_byte_order_mark_and_windows_line_ends_are_nothing_special():
    assert read("\ufeff---\r\nname: a\r\n---\r\nBody.\r\n") == read("---\nname: a\n---\nBody.\n")


def test_bytes_that_are_not_utf_8_are_a_problem_with_their_line():
    document = read(b"---\nname: a\ndescription: caf\xe9\n---\n")
    assert document.meta["description"] == "caf\ufffd"
    assert told(document)[0][0] == "a.md:3"


def test_utf_16_is_read_and_is_a_problem():
    document = read("---\nname: a\n---\n".encode("utf-16"))
    assert document.meta == {"name": "a"}
    assert document.problems


def test_a_binary_file_says_nothing_and_is_an_error():
    assert decode(b"\x89PNG\n\0\0", "a.md")[0] == ""
    assert [problem.severity for problem in read(b"\x89PNG\n\0\0").problems] == ["error"]


@pytest.mark.parametrize(
    "front",
    [
        "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]",
        "a: " + "[" * 3000,
        "a: " + "{a: " * 3000,
        "a:\n" + "".join(" " * depth + "- \n" for depth in range(1, 200)),
    ],
)
def test_yaml_made_to_grow_or_to_nest_is_never_loaded(front):
    document = read(f"---\nname: a\n{front}\n---\nBody.\n")
    assert document.body == "Body.\n"
    assert document.meta["name"] == "a"
    assert len(str(document.meta)) < 100_000


def test_a_few_aliases_are_fine():
    assert meta("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


def test_tags_are_not_obeyed():
    assert meta("name: a\nk: !!python/object/apply:os.getcwd []")["k"] != __import__("os").getcwd()


def test_very_long_front_matter_is_made_out_rather_than_parsed():
    document = read(f"---\nname: a\nk: [1]\ndescription: {'x' * MOST_FRONT_MATTER}\n---\nBody.\n")
    assert not document.intact
    assert (document.meta["name"], document.body) == ("a", "Body.\n")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"---\n{text}\n---\n".encode(errors="replace")))
def test_whatever_the_bytes_are_there_is_a_document(data):
    document = read(data)
    assert isinstance(document.body, str)
    assert all(isinstance(key, str) for key in document.meta)


SAFE = st.text(st.sampled_from("abcXYZ019 .,_-'\"#:%&*!|>@`[]{}~=()/é"), max_size=30)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_-]{0,8}", fullmatch=True), SAFE, max_size=4))
def test_where_yaml_can_read_simple_front_matter_we_read_the_same(values):
    text = "".join(f"{key}: {value}\n" for key, value in values.items())
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    found = meta(text.rstrip("\n")) if text else {}
    for key, value in (expected or {}).items():
        if isinstance(value, str):
            assert found[key] == value


def test_a_number_larger_than_programs_have_is_a_text():
    digits = "1" + "0" * 400
    assert meta(f"description: {digits}\nlist: [{digits}]") == {"description": digits, "list": [digits]}
    assert meta("size: 9007199254740993") == {"size": 9007199254740993}
