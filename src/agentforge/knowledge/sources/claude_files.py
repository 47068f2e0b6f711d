"""Claude Code's Markdown files: agents, skills, commands and output styles, one item a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.collation import collated
from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.frontmatter import Document
from agentforge.knowledge.items import Activation, Item, Kind, Problem, Source
from agentforge.knowledge.sources.globs import patterns_of

_NO_WORDS: Final = {"skill": "Skill", "command": "Custom command"}
FIRST_LINE_SHOWN: Final = 100
"""So many characters of a body's first line stand in for a description."""


def read_agents(folder: Path, scope: str, reading: Reading, plugin: str = "") -> Iterator[Item]:
    """The personas in a folder and below it, or in one file; of one name the client takes the last, so it is first."""
    paths = [folder] if folder.is_file() else reversed([*reading.walk(folder)])
    for path in paths:
        document = reading.document(path)
        if document is None:
            continue
        if plugin:
            inner = () if path == folder else path.parent.relative_to(folder).parts
            full_name = ":".join((plugin, *inner, worded(document.meta.get("name")) or path.stem))
            found = _item(document, path, scope, "persona", full_name, "model_invoked")
            yield found if found.description else replace(found, description=f"Agent from {plugin} plugin")
            continue
        name, description = document.meta.get("name"), document.meta.get("description")
        fault = _agent_fault(name, description, document)
        if fault and not document.meta:
            if path.name != "README.md":
                reading.note(Problem(f"{fault}, so this is no agent", f"{path}:1"))
            continue
        if fault:
            reading.note(Problem(f"{fault}, so the client leaves this agent out", f"{path}:{_line(document)}"))
        activation: Activation = "hidden" if fault else "model_invoked"
        yield _item(document, path, scope, "persona", worded(name) or path.stem, activation)


def _agent_fault(name: object, description: object, document: Document) -> str:
    """Why the client does not take a file for an agent; empty if it does."""
    if not document.intact:
        return "the front matter cannot be read"
    if not isinstance(name, str) or not name:
        return "there is no name in its front matter"
    if ":" in name:
        return f"the name {name} has a colon, which is for plugins"
    if not isinstance(description, str) or not description:
        return "there is no description in its front matter"
    return ""


def read_skills(folder: Path, scope: str, reading: Reading, plugin: str = "") -> Iterator[Item]:
    """The skills in a folder: one a sub-folder with a `SKILL.md`, sorted by name."""
    own = [folder] if plugin and (folder / "SKILL.md").is_file() else reading.folder(folder)
    for inner in sorted(own, key=lambda path: collated(path.name)):
        document = reading.document(inner / "SKILL.md")
        if document is not None:
            name = f"{plugin}:{inner.name}" if plugin else inner.name
            yield _invocable(document, inner / "SKILL.md", scope, "skill", name, reading)


def read_commands(folder: Path, scope: str, reading: Reading, plugin: str = "") -> Iterator[Item]:
    """The commands in a folder and below it, or in one file; folders come before the name, with colons."""
    found = []
    for path in [folder] if folder.is_file() else reading.walk(folder):
        document = reading.document(path)
        if document is not None:
            inner = () if path == folder else path.parent.relative_to(folder).parts
            last = () if path.name == "SKILL.md" and inner else (path.stem,)
            name = ":".join((*((plugin,) if plugin else ()), *inner, *last))
            found.append(_invocable(document, path, scope, "command", name, reading))
    yield from sorted(found, key=lambda item: collated(item.name))


def _invocable(document: Document, path: Path, scope: str, kind: Kind, name: str, reading: Reading) -> Item:
    """A skill or a command: what the model may call by itself unless its front matter says otherwise."""
    activation: Activation = "model_invoked"
    globs: tuple[str, ...] = ()
    if _is_on(document.meta.get("disable-model-invocation")) or (
        scope.startswith("plugin:")
        and not any(worded(document.meta.get(key)).strip() for key in ("description", "when_to_use"))
    ):
        activation = "user_invoked"
    elif kind == "skill" and (globs := patterns_of(document.meta.get("paths"))):
        activation = "path_globs"
    if not document.intact:
        what = f"the front matter cannot be read, so the client sees no description of this {kind}"
        reading.note(Problem(what, f"{path}:1"))
    return _item(document, path, scope, kind, name, activation, globs)


def read_styles(folder: Path, scope: str, reading: Reading, plugin: str = "") -> Iterator[Item]:
    """The output styles in a folder, or in one file."""
    paths = [folder] if folder.is_file() else [path for path in reading.folder(folder) if path.suffix == ".md"]
    for path in sorted(paths):
        document = reading.document(path)
        if document is not None:
            name = text_of(document.meta, "name") or path.stem
            name = f"{plugin}:{name}" if plugin else name
            yield _item(document, path, scope, "output_style", name, "user_invoked")


def _item(
    document: Document,
    path: Path,
    scope: str,
    kind: Kind,
    name: str,
    activation: Activation,
    triggers: tuple[str, ...] = (),
) -> Item:
    description = worded(document.meta.get("description")) if document.intact or kind == "persona" else ""
    if not description.strip() and kind in ("skill", "command"):
        description = _first_line(document.body) or _NO_WORDS[kind]
    rest: Mapping[str, Any] = {key: value for key, value in document.meta.items() if key != "description"}
    return Item(
        kind=kind,
        name=name,
        description=description,
        body=document.body.strip(),
        source=Source("claude-code", scope, str(path), _line(document)),
        activation=activation,
        triggers=triggers,
        extra=rest,
    )


def _line(document: Document) -> int:
    return document.line_of("description", "name")


def _first_line(body: str) -> str:
    """What stands in for a description: the first line with text, without the signs of a heading."""
    line = next((line.strip() for line in body.split("\n") if line.strip()), "")
    line = line.lstrip("#").strip() if line.startswith("#") else line
    return line if len(line) <= FIRST_LINE_SHOWN else f"{line[: FIRST_LINE_SHOWN - 3]}..."


def worded(value: object) -> str:
    """A scalar of front matter as the client writes it; empty for a list or an object."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:.15g}" if isinstance(value, int | float) else ""


def _is_on(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in ("true", "yes", "on", "1"))
