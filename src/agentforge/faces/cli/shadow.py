"""A home to run a client in where no layer can be laid over the real one: its own folders copied, the rest linked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agentforge.faces.cli.recipes import Recipe
from agentforge.wire.errors import OutsideError

MOST: Final = 512 * 1024 * 1024
"""Bytes to copy, at most."""
_KEPT_OF_THE_PAST: Final = "memory"
"""Of Claude Code's folder of projects: what it remembers stands beside the transcripts."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A home that stands for another one."""

    home: Path
    moved: Mapping[str, str]
    """The variables that move a client's folders, with the copies of those."""
    stands_for: Mapping[str, str]
    """Each folder of ours, and the real one."""


def cast(home: Path, room: Path, recipe: Recipe, env: Mapping[str, str], *, most: int = MOST) -> Shadow:
    """A home like the user's, of which a client can change nothing that is its own."""
    copying = _Copying(recipe, most)
    copying.like(home, room, "")
    moved = {}
    for name in recipe.moved:
        if env.get(name):
            moved[name] = str(room.parent / name)
            copying.copy(Path(os.path.realpath(env[name])), Path(moved[name]))
    pairs = {str(room): str(home)} | {copy: env[name] for name, copy in moved.items()}
    return Shadow(room, moved, pairs)


class _Copying:
    def __init__(self, recipe: Recipe, most: int) -> None:
        self.recipe = recipe
        self.left_out = {*recipe.secret, *recipe.past}
        self.most = self.left = most

    def like(self, real: Path, ours: Path, inner: str) -> None:
        """Makes a folder like the real one: what is the client's copied, what leads there made, the rest linked."""
        ours.mkdir(parents=True, exist_ok=True)
        for path in sorted(real.iterdir()):
            name = f"{inner}{path.name}"
            if name in self.recipe.own:
                self.copy(Path(os.path.realpath(path)), ours / path.name)
            elif path.is_dir() and any(one.startswith(f"{name}/") for one in self.recipe.own):
                self.like(path, ours / path.name, f"{name}/")
            else:
                (ours / path.name).symlink_to(path)

    def copy(self, path: Path, copy: Path) -> None:
        """Copies what is the client's, its past and its secrets left out."""
        if path.is_symlink():
            copy.symlink_to(path.resolve())
        elif path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
            for inner in sorted(path.iterdir()):
                if path.name == "projects" and inner.is_dir():
                    if (inner / _KEPT_OF_THE_PAST).is_dir():
                        self.copy(inner / _KEPT_OF_THE_PAST, copy / inner.name / _KEPT_OF_THE_PAST)
                elif inner.name not in self.left_out:
                    self.copy(inner, copy / inner.name)
        elif path.is_file():
            self.left -= path.stat().st_size
            if self.left < 0:
                raise OutsideError(
                    f"there is more than {self.most:,} bytes to copy before the client can be run beside it",
                    where=str(path.parent),
                    fix="clear its caches, or run where user namespaces are allowed: then nothing has to be copied",
                )
            shutil.copy2(path, copy)
