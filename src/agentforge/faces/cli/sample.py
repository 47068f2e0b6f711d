"""A set-up that comes with AgentForge, to see an audit where there is none."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from agentforge.wire.errors import OutsideError

_HEADING: Final = re.compile(r"^-- (\S+) --\n", re.MULTILINE)


def sample_set_up() -> tuple[Path, Path]:
    """Its project and its home folder, laid out where temporary files go.

    They stay there, so that the files that findings name can be opened, and at the same place on every run, because
    clients send paths too: another path would be another weight.
    """
    archive = _archive()
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()).resolve() / f"agentforge-sample-{user}-{sha256(archive).hexdigest()[:8]}"
    home = folder / "home"
    try:
        _own(folder)
        for name, text in sample_files(archive.decode()).items():
            _put(home / name, text.encode())
    except OSError as wrong:
        raise OutsideError(
            f"the sample cannot be laid out: {wrong.strerror or wrong}",
            where=str(folder),
            fix="delete that folder, or name another one for temporary files: export TMPDIR=FOLDER",
        ) from wrong
    return home / "shop", home


def sample_files(archive: str) -> dict[str, str]:
    """The texts of an archive by their paths: each stands under a line `-- PATH --`."""
    _, *rest = _HEADING.split(archive)
    return dict(zip(rest[::2], rest[1::2], strict=True))


def _archive() -> bytes:
    # One file, as a folder .claude among the sources would be taken for their own by the agents that work on them.
    return (files("agentforge.faces.cli") / "data" / "sample.txtar").read_bytes()


def _own(folder: Path) -> None:
    """Makes the folder, for this user only; an `OSError` where somebody else has made it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
        raise PermissionError("it belongs to somebody else")


def _put(path: Path, data: bytes) -> None:
    """Writes a file that is not there or says something else, at once, as several programs may do this together."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(name).replace(path)
