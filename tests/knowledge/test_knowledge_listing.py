import json
from pathlib import Path

import pytest

from agentforge.faces.cli.clients import find_client
from agentforge.knowledge import Build, Setup, Source, build_for, pieces_of, read_setup
from agentforge.knowledge.listing import with_listings
from clients.driver import URL, drive, namespace
from knowledge.laid import front, item, lay

INSTALLED = Path(__file__).parents[2] / ".clients" / "bin"
OPUS = build_for("claude-code", "claude-opus-5-5")


def test_each_client_is_listed_its_own_way():
    skill = item("skill", "s", source=Source("opencode", "project", "/p/s/SKILL.md"))
    codex = item("skill", "s", source=Source("codex", "user", "/h/skills/s/SKILL.md"))
    rule = item("rule", "r", source=Source("cursor", "project", "/p/r.mdc"))
    setup = with_listings(Setup("mixed", (item(), skill, codex, rule, item("hook", activation="deferred"))))

    assert [one.listing.partition("\n")[0] for one in setup.items] == [
        "- one: does one thing (Tools: All tools)",
        "  <skill>",
        "- s: does one thing (file: r0/s/SKILL.md)",
        "- r: does one thing",
        "",
    ]


def test_the_budget_comes_from_the_build_and_the_users_settings():
    items = tuple(item("skill", f"s{at:03}", "d" * 300) for at in range(200))

    def full(build: Build, settings=None, env=None) -> int:
        pieces = pieces_of(Setup("claude-code", items, settings=settings or {}), build, env or {})
        return sum(len(piece.text) > 100 for piece in pieces)

    assert full(OPUS) == 74
    assert full(build_for("claude-code", "claude-sonnet-4-5")) < 5
    assert full(OPUS, {"skillListingBudgetFraction": 0.1}) == 200
    assert full(OPUS, env={"SLASH_COMMAND_TOOL_CHAR_BUDGET": "1"}) == 0


def project() -> dict:
    files: dict = {
        "CLAUDE.md": "# Post office\n\n<!-- not sent -->\nSee @docs/rates.md and `@docs/none.md`.\n",
        "docs/rates.md": "Rates: @more.md\n",
        "docs/more.md": "---\nk: v\n---\nMore <!-- kept --> rates.\n\n",
        ".claude/rules/style.md": "Short sentences. 😀\n",
        ".claude/rules/scoped.md": "---\npaths: src/**\n---\nOnly there.\n",
        "CLAUDE.local.md": "Mine.\n",
        ".claude/agents/broken.md": "---\nname: broken\ndescription: a: b\n\n<x>\nc: d\n---\n",
        ".claude/agents/denied.md": front(name="denied", description="not listed"),
        ".claude/agents/hard.md": '---\nname: hard\ndescription: "a\\nb \\"c\\" ü"\ntools: Read, Bash(git *)\n---\nx',
        ".claude/settings.json": {"permissions": {"deny": ["Agent(denied)"]}, "skillOverrides": {"s01": "off"}},
        ".claude/commands/ns/mail.md": "# Send <mail>\n",
        ".claude/skills/labelled/SKILL.md": front(name="a-label", description="has a label", when_to_use="often"),
    }
    for at in range(20):
        files[f".claude/agents/a{at:02}.md"] = front(name=f"agent-{at:02}", description=f"Agent {at}: " + "word " * at)
        files[f".claude/skills/s{at:02}/SKILL.md"] = front(description=f"Skill {at} " + "text " * 10 * at)
        files[f".claude/commands/c{at:02}.md"] = front(description=f"Command {at}")
    return files


@pytest.mark.client
@pytest.mark.parametrize("budget", ["", "9000"])
@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-sonnet-4-5"])
def test_what_claude_code_really_sends_of_the_users_files_is_what_we_say(model, budget, tmp_path):
    client = find_client("claude", str(INSTALLED))
    if client is None:
        pytest.skip("claude is not installed here: `make clients` gets it")
    if namespace() is None:
        pytest.skip("no network namespace can be made here: `unshare --net true` fails")
    lay(tmp_path / "project", project())
    lay(tmp_path / "home" / ".claude", {"CLAUDE.md": "For all.\n", "skills/own/SKILL.md": front(description="own")})
    environ = {
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_API_KEY": "sk-ant-dummy-000",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "IS_SANDBOX": "1",
        **({"SLASH_COMMAND_TOOL_CHAR_BUDGET": budget} if budget else {}),
    }
    command = [str(client.program), "-p", "hello", "--model", model, "--dangerously-skip-permissions"]
    run = drive(command, tmp_path, {"turns": [{"text": "Hi."}]}, environ)
    sent = next(one["body"] for one in map(json.loads, run.record) if one["body"] and one["body"].get("tools"))
    blocks = [block for message in sent["messages"] for block in message["content"]]
    whole = "\n".join(block["text"] + "\n" for block in blocks)

    setup = read_setup("claude-code", tmp_path / "project", tmp_path / "home", environ)
    build = build_for("claude-code", model)
    pieces = pieces_of(setup, build, environ)
    for part in ("memory", "agents", "skills"):
        texts = [piece.text for piece in pieces if piece.part == part]
        assert texts
        if part != "agents":  # the client's own agents stand between the user's
            assert "".join(texts).rstrip("\n") in whole
        assert [text for text in texts if text.rstrip("\n") not in whole] == []
    own = sum(size.bytes for size in [*build.parts.values(), *build.tools.values()]) + build.frames["memory"].bytes
    users = sum(piece.wire_bytes for piece in pieces)
    everything = len(json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode())
    assert abs(everything - own - users) < 0.03 * users
