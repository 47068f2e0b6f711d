from hypothesis import given
from hypothesis import strategies as some

from agentforge.audit import sections_of, signs_of
from agentforge.audit.sections import Section

TEXT = """Before all.

# Post

Sort by town.

```sh
# no heading
ferry load --all
```

## Islands ##

Run `ferry wait`, see docs/islands.md and LoadPlan, then post_office.
"""


def test_a_section_goes_from_its_heading_to_the_next_of_any_depth_and_code_has_no_headings():
    assert [(section.heading, section.line) for section in sections_of(TEXT)] == [("", 0), ("Post", 2), ("Islands", 11)]
    assert [section.text.strip().split("\n")[-1] for section in sections_of(TEXT)][1] == "```"


def test_the_signs_of_a_section_are_its_commands_paths_and_names_in_no_other_section():
    _, post, islands = signs_of(list(sections_of(TEXT)))
    assert post.telling == {"ferry load --all"}
    assert islands.telling == {"ferry wait", "docs/islands.md", "loadplan", "post_office"}
    assert islands.loose == {"islands"}


def test_what_stands_in_two_sections_is_a_sign_of_neither():
    first, second = signs_of([Section("Loading", 0, "Run `ferry`."), Section("Waiting", 3, "Never `ferry` twice.")])
    assert first.telling == second.telling == set()


def test_plain_words_are_no_signs():
    (signs,) = signs_of([Section("Style", 0, "# Style\nBe short and/or plain. NEVER shout. Read 3 lines.")])
    assert signs.telling == set()
    assert signs.loose == {"style"}


def test_a_long_line_without_spaces_is_looked_through_in_time():
    (signs,) = signs_of([Section("Blob", 0, "x" * 1_000_000 + "#" * 100_000)])
    assert signs.telling == set()


@given(some.text(alphabet="#ab \n`", max_size=80))
def test_sections_are_the_lines_of_the_text_and_miss_no_word(text):
    lines = text.split("\n")
    found = list(sections_of(text))
    for section in found:
        own = section.text.split("\n")
        assert lines[section.line : section.line + len(own)] == own
    assert " ".join(section.text for section in found).split() == text.split()
