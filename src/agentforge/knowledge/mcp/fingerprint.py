"""What a server's listing depends on, as one hash: its configuration and the program it starts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from agentforge.knowledge.items import Server

FORMAT: Final = 1
"""Raised whenever a row is read or kept in another way, so that older rows are not used."""

SCRIPTS: Final = frozenset({".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".rb", ".php", ".sh", ".jar", ".wasm"})
NEIGHBOURS: Final = 500


def fingerprint(server: Server, env: Mapping[str, str], cwd: Path) -> str:
    """The hash; another one as soon as the configuration is, or the program it starts, which `env` helps to find."""
    told = {
        "format": FORMAT,
        "transport": server.transport,
        "command": list(server.command),
        "env": {name: _digest(value) for name, value in server.env.items()},
        "url": server.url,
        "headers": {name.lower(): _digest(value) for name, value in server.headers.items()},
        "cwd": str(cwd) if server.command else "",
        "program": sorted(set(_program(server.command, env, cwd))),
    }
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _program(command: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> Iterator[str]:
    """A line for every file that tells one version of the program from another."""
    if not command:
        return
    found = shutil.which(command[0], path=env.get("PATH"))
    if found is not None:
        yield from _file(cwd / found)
    for word in command[1:]:
        path = cwd / word
        if path.suffix in SCRIPTS and _there(path):
            yield from _file(path)
            # A script's own modules lie beside it: to edit one is to change the server.
            for number, beside in enumerate(path.resolve().parent.glob(f"*{path.suffix}")):
                if number < NEIGHBOURS:
                    yield _state(beside)
        elif not word.startswith("-"):
            yield from _npx_packages(word, env)


def _file(path: Path) -> Iterator[str]:
    """The file itself, the npm package it is part of, and the virtual environment it belongs to."""
    real = path.resolve()
    yield _state(real)
    for folder in real.parents[:5]:
        manifest = folder / "package.json"
        if _there(manifest):
            yield _state(manifest)
            break
    for packages in (path.parent.parent / "lib").glob("python*/site-packages"):
        if _there(path.parent.parent / "pyvenv.cfg"):
            yield _state(packages)


def _npx_packages(word: str, env: Mapping[str, str]) -> Iterator[str]:
    """What npx has fetched under that name before."""
    head, _, _ = word[1:].partition("@")
    name = word[:1] + head
    if "/../" in f"/{name}/" or name.startswith(("/", ".")) or not env.get("HOME"):
        return
    for manifest in (Path(env["HOME"]) / ".npm" / "_npx").glob("*/node_modules"):
        package = manifest / name / "package.json"
        if _there(package):
            yield _state(package)


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # words of a command line need not be paths


def _state(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return f"{path} gone"
    return f"{path} {state.st_size} {state.st_mtime_ns}"
