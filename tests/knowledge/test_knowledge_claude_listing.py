import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge import Setup, Source
from agentforge.knowledge.claude_listing import (
    SkillBudget,
    agent_line,
    claude_code_pieces,
    listing_of,
    memory_text,
    own_left_out,
    skill_budget,
    skill_line,
    skill_lines,
    tools_in,
)
from knowledge.laid import item

PLUGIN = Source("claude-code", "plugin:kit", "/k/agents/a.md")


@pytest.mark.parametrize(
    ("extra", "tools"),
    [
        ({}, "All tools"),
        ({"tools": None}, "All tools"),
        ({"tools": []}, "All tools"),
        ({"tools": "*"}, "All tools"),
        ({"tools": "Read, Grep"}, "Read, Grep"),
        ({"tools": "Read Grep"}, "Read, Grep"),
        ({"tools": ["Read", "Bash(git *)"]}, "Read, Bash(git *)"),
        ({"disallowedTools": "Bash, Edit"}, "All tools except Bash, Edit"),
        ({"tools": "Read, Grep, Bash(git *)", "disallowedTools": "Grep"}, "Read, Bash(git *)"),
        ({"tools": "Read, X", "disallowedTools": "Read", "memory": "project"}, "X, Write, Edit"),
        ({"memory": "user"}, "All tools"),
    ],
)
def test_an_agents_line_says_which_tools_it_has(extra, tools):
    assert agent_line(item(extra=extra)) == f"- one: does one thing (Tools: {tools})"


def test_an_agents_description_is_sent_whole_with_its_line_breaks():
    assert agent_line(item(description="a\\nb\n")) == "- one: a\nb\n (Tools: All tools)"
    assert agent_line(item(description="x" * 5000)).count("x") == 5000


def test_a_plugins_agent_is_trimmed_and_keeps_its_backslashes():
    assert agent_line(item(name="kit:a", description=" a\\nb\n", source=PLUGIN)) == "- kit:a: a\\nb (Tools: All tools)"


def test_tools_are_found_in_lists_and_in_texts():
    assert tools_in(["Read, Grep", 3, "Bash(a, b)"]) == ["Read", "Grep", "Bash(a, b)"]
    assert tools_in(None) == []


def test_a_skills_line_is_one_line_without_tags():
    one = item("skill", description=" a\n\nb\t<c> & d  e ", extra={"when_to_use": "w\nx"})
    assert skill_line(one) == "- one: a b &lt;c&gt; & d  e - w x"


@pytest.mark.parametrize(("length", "shown"), [(1536, "x" * 1536), (1537, "x" * 1535 + "…")])
def test_a_skills_description_is_cut_where_the_client_cuts_it(length, shown):
    assert skill_line(item("skill", description="x" * length)) == f"- one: {shown}"


def test_a_cut_counts_as_the_client_counts():
    assert skill_line(item("skill", description="😀" * 10), 6) == "- one: 😀😀\ufffd…"


@pytest.mark.parametrize(
    ("kind", "source", "label", "shown"),
    [
        ("skill", item().source, "other-name", "one (other-name)"),
        ("skill", item().source, "one", "one"),
        ("skill", item().source, "Two Words", "one"),
        ("command", item().source, "other", "one"),
        ("skill", PLUGIN, "other", "one (kit:other)"),
        ("command", PLUGIN, "other", "one (kit:other)"),
    ],
)
def test_a_label_stands_beside_the_name_one_calls(kind, source, label, shown):
    assert skill_line(item(kind, source=source, extra={"name": label})) == f"- {shown}: does one thing"


def test_a_skill_the_user_wants_by_name_only_is_listed_so():
    assert skill_line(item("skill", extra={"listed": "name-only"})) == "- one"


def test_only_what_the_model_may_call_is_listed():
    assert listing_of(item(activation="user_invoked")) == ""
    assert listing_of(item("rule")) == ""
    assert listing_of(item("skill")) == "- one: does one thing"
    assert listing_of(item()) == "- one: does one thing (Tools: All tools)"


def test_the_budget_follows_settings_variables_and_the_window():
    def budget(settings=None, env=None, window=200_000):
        found = skill_budget(settings or {}, env or {}, window=window, characters_per_token=4)
        return found.characters, found.longest

    assert budget() == (8_000, 1536)
    assert budget({"skillListingBudgetFraction": 0.05, "skillListingMaxDescChars": 120}) == (40_000, 120)
    assert budget(env={"SLASH_COMMAND_TOOL_CHAR_BUDGET": "5000"}) == (5_000, 1536)
    assert budget({"skillListingBudgetFraction": "much"}, {"SLASH_COMMAND_TOOL_CHAR_BUDGET": "x"}) == (8_000, 1536)


def skills(*lengths: int):
    return [item("skill", f"s{at}", "d" * length) for at, length in enumerate(lengths)]


def test_where_room_runs_out_names_stay_and_later_short_descriptions_still_fit():
    lines, _ = skill_lines(skills(10, 50, 5, 30), SkillBudget(4 * 5 + 12 + 7), {}, 0)
    assert [len(line) for line in lines] == [4 + 12, 4, 4 + 7, 4]


def test_the_most_used_skills_keep_their_descriptions():
    week = 7 * 86_400
    usage = {
        "s1": {"usageCount": 3, "lastUsedAt": 0},
        "s2": {"usageCount": 2, "lastUsedAt": week * 1000},
        "s3": {"usageCount": "x"},
    }
    lines, _ = skill_lines(skills(10, 10, 10, 10), SkillBudget(4 * 5 + 12), usage, week)
    assert [len(line) > 4 for line in lines] == [False, False, True, False]
    lines, _ = skill_lines(skills(10, 10, 10, 10), SkillBudget(4 * 5 + 24), usage, week)
    assert [len(line) > 4 for line in lines] == [False, True, True, False]


@given(st.lists(st.integers(0, 2000), max_size=20), st.integers(0, 20_000), st.integers(0, 3000))
def test_law_5_budget_the_listing_is_never_longer_than_its_budget_unless_names_alone_are(lengths, characters, taken):
    items = skills(*lengths)
    lines, _ = skill_lines(items, SkillBudget(characters, taken=taken), {}, 0)
    names = sum(len(one.name) + 3 for one in items)

    assert [line.partition(":")[0] for line in lines] == [f"- {one.name}" for one in items]
    assert taken + sum(len(line) + 1 for line in lines) <= max(characters, taken + names)


def test_memory_says_where_it_is_from_and_whose_it_is():
    source = Source("claude-code", "local", "/p/CLAUDE.local.md")
    text = memory_text(item("memory", source=source, body="Notes."))
    assert text == "Contents of /p/CLAUDE.local.md (user's private project instructions, not checked in):\n\nNotes."


def test_the_pieces_come_in_the_order_they_are_sent_agents_sorted():
    setup = Setup(
        "claude-code",
        (
            item("memory", "CLAUDE.md", "", activation="always"),
            item("rule", "scoped", "", activation="path_globs"),
            item(name="b"),
            item(name="A"),
            item(name="gone", activation="hidden"),
            item("skill", "s"),
            item("output_style", "Loud", "", activation="always", body="Shout."),
            item("output_style", "Quiet", ""),
        ),
    )
    pieces = claude_code_pieces(setup, SkillBudget(10_000))

    assert [(piece.part, piece.item.name) for piece in pieces] == [
        ("memory", "CLAUDE.md"),
        ("output_style", "Loud"),
        ("output_style", "Loud"),
        ("agents", "A"),
        ("agents", "b"),
        ("skills", "s"),
    ]
    assert [piece.text for piece in pieces[1:3]] == [
        "# Output Style: Loud\nShout.\n\n",
        "Loud output style is active",
    ]


def test_the_clients_own_descriptions_give_way_when_the_users_fill_the_list():
    setup = Setup("claude-code", tuple(skills(10, 10)))
    both = 2 * 5 + 2 * 12
    assert [own_left_out(setup, SkillBudget(both + more, in_turn=(30, 5))) for more in (39, 32, 7, 6)] == [0, 7, 32, 39]


@pytest.mark.parametrize(("first", "quoted"), [("- a note", "- a note"), ("x" * 61, "x" * 60 + "…")])
def test_of_notes_that_are_cut_off_the_first_line_is_quoted(first, quoted):
    source = Source("claude-code", "auto", "/h/MEMORY.md")
    one = item("memory", body="Notes.", activation="always", source=source, extra={"first_line_cut": first})
    (piece,) = claude_code_pieces(Setup("claude-code", (one,)), SkillBudget(0))
    assert piece.text.endswith(f"Notes.{quoted}\n\n")
