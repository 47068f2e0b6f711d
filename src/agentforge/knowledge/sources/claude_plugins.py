"""Claude Code's plugins: which are on, where they are, and which of their files count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.items import Problem
from agentforge.knowledge.sources.claude_settings import Places, section

_FOLDERS: Final = {"outputStyles": "output-styles"}
_ADDED: Final = {"skills"}
"""What a manifest names of these comes on top of the usual folder; of the others, it takes its place."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that is on."""

    name: str
    root: Path
    manifest: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def scope(self) -> str:
        """The scope of its items."""
        return f"plugin:{self.name}"

    def parts(self, key: str) -> tuple[Path, ...]:
        """The folders and files with its agents, skills, commands or output styles."""
        usual = self.root / _FOLDERS.get(key, key)
        named = self.manifest.get(key)
        paths = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        own = tuple(self.root / path for path in paths if isinstance(path, str))
        return own if own and key not in _ADDED else (usual, *(path for path in own if path != usual))


def find_plugins(
    places: Places, settings: Mapping[str, Any], reading: Reading, plugin_dirs: Sequence[Path]
) -> tuple[Plugin, ...]:
    """The plugins that are on, in the order they were turned on; those of `--plugin-dir` last."""
    folder = places.config / "plugins"
    installed = section(reading.json(folder / "installed_plugins.json"), "plugins")
    markets = reading.json(folder / "known_marketplaces.json")
    found = []
    for key, on in section(settings, "enabledPlugins").items():
        if on is not True:
            continue
        root = _root_of(key, places, installed, markets, reading)
        if root is None:
            what = f"the plugin {key} is enabled, but is not installed"
            reading.note(Problem(what, f"{places.config / 'settings.json'}:1"))
        else:
            found.append(_plugin(root, key.partition("@")[0], reading))
    found += [_plugin(root, root.name, reading) for root in plugin_dirs]
    return tuple(found)


def _plugin(root: Path, name: str, reading: Reading) -> Plugin:
    manifest = reading.json(root / ".claude-plugin" / "plugin.json")
    return Plugin(text_of(manifest, "name") or name, root, manifest)


def _root_of(
    key: str, places: Places, installed: Mapping[str, Any], markets: Mapping[str, Any], reading: Reading
) -> Path | None:
    """Where a plugin stands: in a marketplace that is a folder of the user's, or in the cache."""
    name, _, market = key.partition("@")
    source = section(section(markets, market), "source")
    if source.get("source") == "directory" and (path := text_of(source, "path")):
        catalogue = reading.json(Path(path) / ".claude-plugin" / "marketplace.json")
        for entry in catalogue.get("plugins", []):
            if isinstance(entry, dict) and entry.get("name") == name and isinstance(entry.get("source"), str):
                root = Path(path, str(entry["source"]))
                if root.is_dir():
                    return root
    return next((root for root in _installed(key, places, installed) if root.is_dir()), None)


def _installed(key: str, places: Places, installed: Mapping[str, Any]) -> Iterator[Path]:
    entries = installed.get(key)
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict) and (path := text_of(entry, "installPath")):
            project = text_of(entry, "projectPath")
            if not project or places.root.is_relative_to(project):
                yield Path(path)
    name, _, market = key.partition("@")
    versions = places.config / "plugins" / "cache" / market / name
    if versions.is_dir():
        yield from sorted(versions.iterdir(), reverse=True)
