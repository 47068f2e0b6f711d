"""Claude Code's memory chain: CLAUDE.md files, rules, imports and its own notes, in the order they are sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.frontmatter import Document
from agentforge.knowledge.items import Activation, Item, Kind, Problem, Source
from agentforge.knowledge.sources.claude_settings import Places, enabled, section, texts
from agentforge.knowledge.sources.folders import named
from agentforge.knowledge.sources.globs import matches, patterns_of
from agentforge.knowledge.sources.markdown import imports_in, without_comments

DEEPEST_IMPORT: Final = 4
MEMORY_LINES: Final = 200
MEMORY_BYTES: Final = 25_000
MOST_FOLDERS: Final = 5_000
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", "dist", "build", "target", "vendor"})
"""Folders where nobody keeps instructions of their own, and which can be huge."""


_TEXT_ENDINGS: Final = frozenset(
    """.md .txt .rst .adoc .tex .org .log .csv .json .yaml .yml .toml .xml .html .htm .css .scss .sass .less .ini .cfg
    .conf .env .properties .lock .diff .patch .sql .graphql .proto .py .js .jsx .mjs .cjs .ts .tsx .mts .cts .vue
    .svelte .go .rs .java .kt .scala .swift .c .h .cc .cpp .hpp .cs .rb .php .pl .lua .r .dart .ex .exs .erl .hs .ml .sh
    .bash .zsh .fish .ps1 .bat .makefile .gradle""".split()  # noqa: SIM905 - endings read better so
)
"""What the client imports besides files without an ending; `.markdown`, `.svg` and `.jsonl` are not among them."""


class Chain:
    """The memory chain as it is put together; a file enters once."""

    def __init__(self, places: Places, settings: Mapping[str, Any], reading: Reading) -> None:
        self.places = places
        self.reading = reading
        self.excludes = texts(settings, "claudeMdExcludes")
        project = section(section(reading.json(places.state), "projects"), str(places.root))
        self.outside_allowed = project.get("hasClaudeMdExternalIncludesApproved") is True
        self._seen: set[str] = set()

    def follow(self, path: Path, scope: str, kind: Kind = "memory") -> Iterator[Item]:
        """The items of a file and of what it imports, in order; nothing where there is no such file."""
        yield from self._follow(path, scope, kind, None, (path,), 0)

    def _follow(
        self, path: Path, scope: str, kind: Kind, by: str | None, trail: tuple[Path, ...], depth: int
    ) -> Iterator[Item]:
        real = os.path.realpath(path)
        if real in self._seen or self.excluded(path):
            return
        if path.is_symlink() and scope != "user" and not self._may_enter(Path(real)):
            what = "a link out of the project, which has to be approved in the client"
            self.reading.note(Problem(what, f"{path}:1"))
            return
        document = self.reading.document(path)
        if document is None:
            return
        self._seen.add(real)
        body = without_comments(document.body).strip()
        globs = patterns_of(document.meta.get("paths")) if by is None and kind == "rule" else ()
        globs = tuple(glob for glob in globs if glob != "**")
        if body:
            yield Item(
                kind=kind,
                name=named(path, self.places.root, self.places.home),
                description=text_of(document.meta, "description"),
                body=body,
                source=Source("claude-code", scope, str(path), _first_line(document)),
                activation="path_globs" if globs else "always",
                triggers=globs,
                extra={**document.meta, **({"imported_by": by} if by else {})},
            )
        for target, line in imports_in(document.body):
            yield from self._import(target, document.body_line + line, path, scope, trail, depth)

    def excluded(self, path: Path) -> bool:
        """Whether `claudeMdExcludes` names the file."""
        return any(matches(glob, str(path)) for glob in self.excludes)

    def _may_enter(self, path: Path) -> bool:
        return self.outside_allowed or path.is_relative_to(self.places.root)

    def _import(
        self, target: str, line: int, path: Path, scope: str, trail: tuple[Path, ...], depth: int
    ) -> Iterator[Item]:
        where = f"{path}:{line}"
        goal = _resolve(target, path.parent, self.places.home)
        if not goal.is_file():
            if "/" in target or goal.suffix == ".md":
                self.reading.note(Problem(f"@{target} leads to no file", where))
            return
        ending = goal.suffix.lower() or ("." if goal.name.endswith(".") else "")
        if ending and ending not in _TEXT_ENDINGS:
            what = f"@{target} is not imported: the client takes files ending in {ending} for no text"
            self.reading.note(Problem(what, where))
        elif goal in trail:
            self.reading.note(Problem(f"@{target} is imported in a circle; it enters once", where))
        elif depth >= DEEPEST_IMPORT:
            what = f"@{target} is not imported: only {DEEPEST_IMPORT} levels are followed"
            self.reading.note(Problem(what, where))
        elif scope != "user" and not self._may_enter(goal):
            what = f"@{target} is not imported: it is outside the project, which has to be approved in the client"
            self.reading.note(Problem(what, where))
        else:
            yield from self._follow(goal, scope, "memory", where, (*trail, goal), depth + 1)

    def rules(self, folder: Path, scope: str) -> Iterator[Item]:
        """The rules in a folder and below it; those for certain paths last, as they enter when such a file is read."""
        found = [item for path in self.reading.walk(folder / "rules") for item in self.follow(path, scope, "rule")]
        yield from sorted(found, key=lambda item: item.activation == "path_globs")


def read_memory(
    places: Places, settings: Mapping[str, Any], env: Mapping[str, str], reading: Reading
) -> tuple[Item, ...]:
    """The whole chain, outermost first."""
    chain = Chain(places, settings, reading)
    items = [*chain.follow(places.managed / "CLAUDE.md", "managed")]
    if text := text_of(settings, "claudeMd").strip():
        source = Source("claude-code", "managed", str(places.managed / "managed-settings.json"))
        items.append(Item("memory", "claudeMd", "", text, source, "always"))
    items += chain.follow(places.config / "CLAUDE.md", "user")
    items += chain.rules(places.config, "user")
    convention = not any(_says_something(chain, path) for folder in places.downward for path in _own_names(folder))
    for folder in places.downward:
        scope = "project" if folder.is_relative_to(places.repository or places.root) else "directory"
        items += _of_folder(chain, folder, scope, convention)
    items += _below(chain, places)
    if enabled(settings, "autoMemoryEnabled", env, "CLAUDE_CODE_DISABLE_AUTO_MEMORY"):
        items += _own_notes(places, settings, reading)
    return tuple(items)


def _own_names(folder: Path) -> tuple[Path, Path, Path]:
    return folder / "CLAUDE.md", folder / ".claude" / "CLAUDE.md", folder / "CLAUDE.local.md"


def _says_something(chain: Chain, path: Path) -> bool:
    document = None if chain.excluded(path) else chain.reading.document(path)
    return document is not None and bool(without_comments(document.body).strip())


def _of_folder(chain: Chain, folder: Path, scope: str, convention: bool) -> Iterator[Item]:
    """What one folder adds; `convention`: no folder has a CLAUDE.md, so AGENTS.md stands in everywhere."""
    shared, inner, local = _own_names(folder)
    yield from chain.follow(shared, scope)
    yield from chain.follow(inner, scope)
    yield from chain.rules(folder / ".claude", scope)
    if convention:
        yield from chain.follow(folder / "AGENTS.md", scope)
        yield from chain.follow(folder / ".claude" / "AGENTS.md", scope)
    yield from chain.follow(local, "local")


def _below(chain: Chain, places: Places) -> Iterator[Item]:
    """The files in folders below the root, each of which enters when something beside it is read."""
    count = 0
    for top, folders, names in os.walk(places.root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        count += 1
        if count > MOST_FOLDERS:
            what = f"more than {MOST_FOLDERS:,} folders; nested CLAUDE.md files were looked for in the first ones"
            chain.reading.note(Problem(what, f"{places.root}:1"))
            return
        folder = Path(top)
        if folder == places.root:
            continue
        for name, scope in (("CLAUDE.md", "project"), ("CLAUDE.local.md", "local")):
            if name in names:
                trigger = f"{folder.relative_to(places.root).as_posix()}/**"
                for item in chain.follow(folder / name, scope):
                    yield replace(item, activation="path_globs", triggers=(trigger,))


def _own_notes(places: Places, settings: Mapping[str, Any], reading: Reading) -> Iterator[Item]:
    """What the client wrote down for itself: the index always, its topics when they are looked up."""
    moved = text_of(settings, "autoMemoryDirectory")
    folder = Path(moved.replace("~", str(places.home), 1) if moved.startswith("~/") else moved)
    if not moved:
        slug = re.sub(r"[^A-Za-z0-9]", "-", str(places.repository or places.root))
        folder = places.config / "projects" / slug / "memory"
    index = folder / "MEMORY.md"
    for path in [index, *sorted(path for path in reading.walk(folder) if path != index)]:
        document = reading.document(path)
        if document is None or not document.body.strip():
            continue
        text = document.body.strip()
        body, cut = _clamped(text) if path == index else (text, 0)
        activation: Activation = "always" if path == index else "deferred"
        if cut:
            what = f"{cut} lines are not loaded: only {MEMORY_LINES} lines or {MEMORY_BYTES:,} bytes are"
            reading.note(Problem(what, f"{path}:{MEMORY_LINES + 1}"))
        yield Item(
            kind="memory",
            name=f"auto/{path.relative_to(folder).as_posix()}",
            description=text_of(document.meta, "description"),
            body=body,
            source=Source("claude-code", "auto", str(path), _first_line(document)),
            activation=activation,
            extra={**document.meta, **(_cut_off(text, cut) if cut else {})},
        )


def _clamped(text: str) -> tuple[str, int]:
    """As much of the notes as is loaded, and how many lines are not."""
    lines = text.split("\n")
    kept = "\n".join(lines[:MEMORY_LINES])
    if len(kept.encode()) > MEMORY_BYTES:
        kept = kept.encode()[:MEMORY_BYTES].decode(errors="ignore")
        kept = kept[: kept.rfind("\n")] if "\n" in kept else kept
    return kept, len(lines) - kept.count("\n") - 1


def _cut_off(text: str, cut: int) -> dict[str, Any]:
    return {"lines_cut": cut, "first_line_cut": text.split("\n")[-cut]}


def _first_line(document: Document) -> int:
    body = document.body
    return document.body_line + body[: len(body) - len(body.lstrip())].count("\n")


def _resolve(target: str, folder: Path, home: Path) -> Path:
    target = target.partition("#")[0] or target
    path = home / target[2:] if target.startswith("~/") else folder / target
    return Path(os.path.normpath(path))
