"""The set-ups that the real clients are run with: bare, rich, public personas, dirty personas, servers."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from knowledge.laid import front, lay
from knowledge.real_servers import SIX, command_of

SHARED = Path(__file__).parents[3] / "shared" / "corpora" / "personas"


def nothing(folder: Path) -> None:
    lay(folder / "project", {"README.md": "Nothing for agents.\n"})


def project(folder: Path) -> None:
    """20 agents, 15 commands, 10 skills, memory with imports and rules, a plugin, an output style."""
    files: dict = {
        "CLAUDE.md": "# Post office\n\nParcels are weighed before they are sorted, see @docs/sorting.md.\n<!-- no -->\n"
        + "".join(f"- Rule {at}: {'every letter has a stamp and an address; ' * 2}\n" for at in range(20)),
        "docs/sorting.md": "# Sorting\n\nBy town, then by street. Abroad: @abroad.md\n",
        "docs/abroad.md": "Letters abroad get a blue sticker.\n",
        ".claude/rules/scales.md": "Scales are set to zero every morning.\n",
        ".claude/rules/vans.md": '---\npaths: "vans/**"\n---\nVans are locked at night.\n',
        "CLAUDE.local.md": "My counter is number 4.\n",
        ".claude/output-styles/terse.md": front("Answer in one line.", name="Terse", description="Short answers."),
        ".claude/settings.json": {"outputStyle": "Terse"},
    }
    for at in range(20):
        files[f".claude/agents/a{at}.md"] = front(name=f"agent-{at}", description=f"Agent {at}: " + "sorts mail " * at)
    for at in range(15):
        files[f".claude/commands/c{at}.md"] = front(description=f"Command {at} " + "weighs it " * at)
    for at in range(10):
        files[f".claude/skills/s{at}/SKILL.md"] = front(description=f"Skill {at} " + "stamps letters " * 6 * at)
    lay(folder / "project", files)
    lay(folder / "home", {".claude/CLAUDE.md": "Be brief, and say what you did.\n"})
    plugins = {
        "franking/agents/franker.md": front(name="franker", description="Franks letters by weight."),
        "franking/commands/frank.md": front(description="Frank one letter."),
        "franking/skills/ink/SKILL.md": front(description="Changes the ink."),
    }
    plug(folder, lay(folder / "market", plugins))


def plug(folder: Path, market: Path) -> None:
    """Turns every plugin in a folder on, as a marketplace of the user's own."""
    names = sorted(path.name for path in market.iterdir() if path.is_dir() and not path.name.startswith("."))
    for name in names:
        lay(market / name, {".claude-plugin/plugin.json": {"name": name}})
    entries = [{"name": name, "source": f"./{name}"} for name in names]
    listed = {"name": "post", "owner": {"name": "the post office"}, "plugins": entries}
    lay(market, {".claude-plugin/marketplace.json": listed})
    known = {
        "source": {"source": "directory", "path": str(market)},
        "installLocation": str(market),
        "lastUpdated": "2026-01-01T00:00:00.000Z",
    }
    installed = {
        f"{name}@post": [
            {
                "scope": "user",
                "installPath": str(market / name),
                "version": "1.0.0",
                "installedAt": "2026-01-01T00:00:00.000Z",
                "lastUpdated": "2026-01-01T00:00:00.000Z",
            }
        ]
        for name in names
    }
    files = {
        ".claude/plugins/known_marketplaces.json": {"post": known},
        ".claude/plugins/installed_plugins.json": {"version": 2, "plugins": installed},
        ".claude/settings.json": {"enabledPlugins": {f"{name}@post": True for name in names}},
    }
    lay(folder / "home", files)


def folder_of_personas(folder: Path) -> None:
    """158 agents of a public collection, as a project's own."""
    source = _collection("VoltAgent+awesome-claude-code-subagents")
    shutil.copytree(source / "categories", folder / "project" / ".claude" / "agents")
    shutil.copytree(source / "tools" / "subagent-catalog", folder / "project" / ".claude" / "commands")


def plugins_of_personas(folder: Path) -> None:
    """202 agents, 181 skills and 105 commands of a public collection, as the plugins they are."""
    shutil.copytree(_collection("wshobson+agents") / "plugins", folder / "market")
    plug(folder, folder / "market")


def _collection(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the public collection {name} is not beside this checkout")
    return SHARED / name


def dirty_personas(folder: Path) -> None:
    """200 personas with front matter as people really write it."""
    texts = dirty_texts()
    lay(folder / "project", {f".claude/agents/p{at:03}.md": next(texts) for at in range(200)})


def dirty_texts() -> Iterator[bytes]:
    """Persona files without end: plain, quoted, folded, with examples, with the mistakes of real collections."""
    at = 0
    while True:
        name, work = f"persona-{at}", f"Sorts the mail of district {at}. Use it when letters pile up."
        for text in (
            f"---\nname: {name}\ndescription: {work}\n---\nBody.\n",
            f'---\nname: "{name}-q"\ndescription: "{work}\\nSee the \\"list\\"."\ntools: Read, Grep,Bash\n---\nBody.\n',
            f"---\nname: {name}-f\ndescription: >\n  {work}\n  Folded over\n  lines.\nmodel: sonnet\n---\nBody.\n",
            f"---\nname: {name}-l\ndescription: |\n  {work}\n\n  - one\n  - two\n---\nBody.\n",
            f"---\nname: {name}-x\ndescription: {work} Examples: <example>user: \"Sort\" assistant: 'I do.'</example>\n"
            "color: blue\n---\nBody.\n",
            f"\ufeff---\r\nname: {name}-w\r\ndescription: {work}\r\ntools:\r\n"
            "  - Read\r\n  - Write\r\n---\r\nBody.\r\n",
            f"---\nname: {name}-c\ndescription: Use when: letters: pile up {at}\n---\nBody.\n",
            f"---\nname: {name}-u\ndescription: Sortiert Päckchen {at} 📮 «rasch» — immer\n---\nBody.\n",
            f"---\nname: {name}-t\t\ndescription:   {work}   \t\nunknown: [a, b\n---\nBody.\n",
            f"# {name}\n\nNo front matter at all.\n",
            f"---\nname: {name}-e\ndescription: {work}\nno end of it\n",
            f"---\ndescription: {work}\n---\nNo name.\n",
            f"---\nname: persona-0\ndescription: Again {at}.\n---\nThe same name.\n",
        ):
            yield text.encode()
        at += 1


def six_servers() -> Mapping[str, Sequence[str]]:
    """The commands of six real servers; skips where they are not installed."""
    return {name: command_of(name) for name in SIX}
