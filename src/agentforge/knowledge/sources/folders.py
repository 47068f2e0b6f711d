"""Where a project ends: the folders between where a client is started and its repository."""

from __future__ import annotations

from pathlib import Path


def repository_of(root: Path) -> Path | None:
    """The nearest folder at or above this one that git keeps."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)


def down_to(root: Path, top: Path | None) -> tuple[Path, ...]:
    """The folders from the top to the root, both with it; the root alone where there is no top."""
    folders = (root, *root.parents)
    return folders[: folders.index(top) + 1][::-1] if top in folders else (root,)


def named(path: Path, root: Path, home: Path) -> str:
    """A path as a person would say it: from the root, or from the home folder."""
    for folder, sign in ((root, ""), (home, "~/")):
        if path.is_relative_to(folder):
            return f"{sign}{path.relative_to(folder).as_posix()}"
    return str(path)
