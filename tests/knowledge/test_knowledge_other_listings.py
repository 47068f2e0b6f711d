from agentforge.knowledge import Setup, Source
from agentforge.knowledge.other_listings import codex_pieces, opencode_pieces, plain_pieces
from knowledge.laid import item


def memory(client: str, scope: str, path: str, body: str):
    return item("memory", path, "", body=body, activation="always", source=Source(client, scope, path))


def skill(client: str, scope: str, path: str, **given):
    return item("skill", path.split("/")[-2], source=Source(client, scope, path), **given)


def test_codex_joins_the_chain_and_names_each_folder_of_skills_once():
    setup = Setup(
        "codex",
        (
            memory("codex", "user", "/h/AGENTS.md", "mine"),
            memory("codex", "project", "/p/AGENTS.md", "ours\n"),
            memory("codex", "project", "/p/a/AGENTS.md", "inner"),
            skill("codex", "project", "/p/.agents/skills/b/SKILL.md", description="two\n  lines"),
            skill("codex", "project", "/p/.codex/skills/a/SKILL.md"),
            skill("codex", "user", "/h/skills/deep/c/SKILL.md"),
        ),
    )
    pieces = codex_pieces(setup)

    chain = "".join(piece.text for piece in pieces if piece.part == "memory")
    assert chain == (
        "# AGENTS.md instructions for /p/a\n\n<INSTRUCTIONS>\nmine\n\n--- project-doc ---\n\nours\n\n\ninner"
    )
    assert codex_pieces(Setup("codex", setup.items[:1]))[0].text == "# AGENTS.md instructions\n\n<INSTRUCTIONS>\n"
    assert [piece.text for piece in pieces if piece.part == "skills"] == [
        "- a: does one thing (file: r0/a/SKILL.md)\n",
        "- b: two lines (file: r3/b/SKILL.md)\n",
        "- c: does one thing (file: r1/deep/c/SKILL.md)\n",
        "- `r0` = `/p/.codex/skills`\n",
        "- `r1` = `/h/skills`\n",
        "- `r3` = `/p/.agents/skills`\n",
    ]


def test_opencode_names_the_file_before_its_text_and_describes_skills_in_tags():
    setup = Setup(
        "opencode",
        (
            memory("opencode", "project", "/p/AGENTS.md", "ours\n"),
            skill("opencode", "project", "/p/s/SKILL.md", description="d\n"),
            item(name="b"),
            item(name="a"),
            item(name="primary", activation="user_invoked"),
        ),
    )
    assert [piece.text for piece in opencode_pieces(setup)] == [
        "Instructions from: /p/AGENTS.md\nours\n\n",
        "  <skill>\n    <name>s</name>\n    <description>d\n</description>\n"
        "    <location>/p/s/SKILL.md</location>\n  </skill>\n",
        "- a: does one thing\n",
        "- b: does one thing\n",
    ]


def test_of_other_clients_bodies_and_plain_lines_are_counted():
    rule = item("rule", "r", "when", activation="model_invoked")
    pieces = plain_pieces(Setup("cursor", (memory("cursor", "project", "/p/x", "ours"), rule)))
    assert [piece.text for piece in pieces] == ["ours\n", "- r: when\n"]
