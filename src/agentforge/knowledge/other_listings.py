"""How Codex, opencode and the others show what they are set up with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from agentforge.knowledge.items import Item, Setup
from agentforge.knowledge.pieces import Piece


def codex_pieces(setup: Setup) -> tuple[Piece, ...]:
    """What Codex sends of the user's files: the AGENTS.md chain as one text, and a line a skill."""
    chain = _always(setup.items)
    out = [Piece("memory", _heading(chain), chain[-1])] if chain else []
    for at, item in enumerate(chain):
        follows_the_user = at > 0 and chain[at - 1].source.scope == "user"
        joint = "" if at == 0 else "\n\n--- project-doc ---\n\n" if follows_the_user else "\n\n"
        out.append(Piece("memory", joint + item.body, item))
    skills = [item for item in setup.items if item.kind == "skill" and item.activation == "model_invoked"]
    roots = _numbered(skills)
    for scope in ("project", "user"):
        ranked = sorted((item for item in skills if item.source.scope == scope), key=lambda item: item.name)
        out += (Piece("skills", codex_skill(item, roots[_skills_root(item)]) + "\n", item) for item in ranked)
    for root, number in roots.items():
        one = next(item for item in skills if _skills_root(item) == root)
        out.append(Piece("skills", f"- `r{number}` = `{root}`\n", one))
    return tuple(out)


def _heading(chain: Sequence[Item]) -> str:
    """What stands over the chain: the folder Codex was started in, which is taken to be that of the nearest file."""
    own = [Path(item.source.path).parent for item in chain if item.source.scope != "user"]
    return f"# AGENTS.md instructions{f' for {own[-1]}' if own else ''}\n\n<INSTRUCTIONS>\n"


def _numbered(skills: Iterable[Item]) -> dict[Path, int]:
    """Codex's number for each folder of skills: the project's own, the user's, its built-in ones, then `.agents`."""
    roots = dict.fromkeys((_skills_root(item), item.source.scope) for item in skills)
    early = [root for root, scope in roots if scope == "project" and root.parent.name == ".codex"]
    early += [root for root, scope in roots if scope == "user"]
    late = [root for root, scope in roots if scope == "project" and root not in early]
    built_in = 1
    return {
        **{root: number for number, root in enumerate(early)},
        **{root: number for number, root in enumerate(late, len(early) + built_in)},
    }


def _skills_root(item: Item) -> Path:
    path = Path(item.source.path)
    return next((folder for folder in path.parents if folder.name == "skills"), path.parent.parent)


def codex_skill(item: Item, root: int = 0) -> str:
    """The line Codex lists a skill with; `r0` and so on stand for its folder, which is named once."""
    path = Path(item.source.path)
    short = path.relative_to(_skills_root(item)).as_posix()
    return f"- {item.name}: {' '.join(item.description.split())} (file: r{root}/{short})"


def opencode_pieces(setup: Setup) -> tuple[Piece, ...]:
    """What opencode sends of the user's files."""
    active = [item for item in setup.items if item.activation == "model_invoked"]
    agents = sorted((item for item in active if item.kind == "persona"), key=lambda item: item.name)
    return (
        *(
            Piece("memory", f"Instructions from: {item.source.path}\n{item.body}\n", item)
            for item in _always(setup.items)
        ),
        *(Piece("skills", opencode_skill(item), item) for item in active if item.kind == "skill"),
        *(Piece("agents", f"- {item.name}: {item.description}\n", item) for item in agents),
    )


def opencode_skill(item: Item) -> str:
    """The entry opencode lists a skill with."""
    return (
        f"  <skill>\n    <name>{item.name}</name>\n    <description>{item.description}</description>\n"
        f"    <location>{item.source.path}</location>\n  </skill>\n"
    )


def plain_pieces(setup: Setup) -> tuple[Piece, ...]:
    """The bodies that a client always sends and the lines of what it offers; how it wraps them was not measured."""
    return (
        *(Piece("memory", f"{item.body}\n", item) for item in _always(setup.items)),
        *(
            Piece("skills" if item.kind != "persona" else "agents", f"{plain_line(item)}\n", item)
            for item in setup.items
            if item.activation == "model_invoked"
        ),
    )


def plain_line(item: Item) -> str:
    """Name and description."""
    return f"- {item.name}: {item.description}"


def _always(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.kind in ("memory", "rule") and item.activation == "always"]
