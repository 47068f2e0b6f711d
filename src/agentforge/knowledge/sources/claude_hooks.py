"""Claude Code's hooks: what runs when, one item a handler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from agentforge.knowledge.files import Reading
from agentforge.knowledge.items import Item, Source
from agentforge.knowledge.sources.claude_plugins import Plugin
from agentforge.knowledge.sources.claude_settings import Places, section
from agentforge.wire import canonical


def read_hooks(places: Places, plugins: Iterable[Plugin], reading: Reading) -> Iterator[Item]:
    """Every handler of every level; a handler that several levels name runs once, so it is one item."""
    seen: set[bytes] = set()
    for scope, path in (
        ("managed", places.managed / "managed-settings.json"),
        ("user", places.config / "settings.json"),
        ("project", places.root / ".claude" / "settings.json"),
        ("local", places.root / ".claude" / "settings.local.json"),
    ):
        yield from _handlers(reading.json(path), scope, path, seen)
    for plugin in plugins:
        path = plugin.root / "hooks" / "hooks.json"
        yield from _handlers(reading.json(path), plugin.scope, path, seen)
        yield from _handlers(plugin.manifest, plugin.scope, plugin.root / ".claude-plugin" / "plugin.json", seen)


def _handlers(settings: Mapping[str, Any], scope: str, path: Path, seen: set[bytes]) -> Iterator[Item]:
    for event, groups in section(settings, "hooks").items():
        for group in groups if isinstance(groups, list) else []:
            handlers = group.get("hooks") if isinstance(group, dict) else None
            for handler in handlers if isinstance(handlers, list) else []:
                if not isinstance(handler, dict):
                    continue
                matcher = str(group.get("matcher") or "*")
                mark = canonical([event, matcher, handler])
                if mark in seen:
                    continue
                seen.add(mark)
                does = str(handler.get("command") or handler.get("url") or handler.get("prompt") or "")
                yield Item(
                    kind="hook",
                    name=f"{event}[{matcher}]#{len(seen)}",
                    description=f"{handler.get('type', 'command')} on {event}",
                    body=does,
                    source=Source("claude-code", scope, str(path)),
                    activation="deferred",
                    triggers=(event,),
                    extra={"event": event, "matcher": matcher, **handler},
                )
