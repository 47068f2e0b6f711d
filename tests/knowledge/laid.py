"""Lays out set-ups for tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentforge.knowledge import Item, Setup, Source


def lay(folder: Path, files: Mapping[str, Any]) -> Path:
    """Writes files: texts and bytes as they are, anything else as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def front(body: str = "Body.", **meta: str) -> str:
    """A Markdown file with plain front matter."""
    return "".join(["---\n", *(f"{key}: {value}\n" for key, value in meta.items()), "---\n", body, "\n"])


def item(kind: str = "persona", name: str = "one", description: str = "does one thing", **given: Any) -> Item:
    """An item of a Claude Code project, unless told otherwise."""
    source = given.pop("source", Source("claude-code", "project", "/p/file.md"))
    activation = given.pop("activation", "model_invoked")
    return Item(kind, name, description, given.pop("body", "Body."), source, activation, **given)


def by_name(setup: Setup) -> dict[str, Item]:
    """The items that are not hidden, by name."""
    return {one.name: one for one in setup.items if one.activation != "hidden"}


def told(setup: Setup) -> list[str]:
    """What is wrong, each with the file's name and its line."""
    return [f"{Path(problem.where).name} {problem.what}" for problem in setup.problems]
