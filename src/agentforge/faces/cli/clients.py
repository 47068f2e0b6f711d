"""The coding agents that are installed: where their programs are, and which version they are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

PACKAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "claude": "@anthropic-ai/claude-code",
        "codex": "@openai/codex",
        "opencode": "opencode-ai",
        "gemini": "@google/gemini-cli",
    }
)
"""Program name to npm package."""

_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Client:
    """An installed coding agent."""

    name: str
    program: Path
    version: str | None = None
    """None: it did not say in time."""


def find_client(name: str, path: str, *, seconds: float = 1.0) -> Client | None:
    """The first client of that name on `path` (folders, as in PATH), or None; `seconds` bounds the wait."""
    program = shutil.which(name, path=path)
    if program is None:
        return None
    found = Path(program)
    return Client(name, found, _packaged_version(found) or _told_version(found, path, seconds))


def _packaged_version(program: Path) -> str | None:
    """What the npm package around the program says: reading it is quick and starts nothing."""
    for folder in program.resolve().parents[:5]:
        manifest = folder / "package.json"
        if manifest.is_file():
            try:
                version = json.loads(manifest.read_bytes())["version"]
            except (ValueError, KeyError, TypeError, OSError):
                return None
            return _first_version(str(version))
    return None


def _told_version(program: Path, path: str, seconds: float) -> str | None:
    """What the program answers; its home is an empty folder, because some write into it when merely asked."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        try:
            answer = subprocess.run(  # noqa: S603 - it is the very program the user would run
                [program.absolute(), "--version"],
                env={"HOME": home, "PATH": path},
                cwd=home,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError):
            return None
    return _first_version(answer.stdout)


def _first_version(text: str) -> str | None:
    found = _VERSION.search(text)
    return found.group() if found else None
