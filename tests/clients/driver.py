"""Runs a real coding agent against the simulated provider, where there is no network but loopback.

The tests call `drive`. It starts this very file in a network namespace of its own, where `main` serves the provider and
runs the agent beside it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentforge.faces.cli.isolation import namespace, raise_loopback

PORT = 8790
"""The same in every run: each has a network, and so this port, to itself."""
URL = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run of an agent."""

    command: tuple[str, ...]
    folder: Path
    code: int | None
    """None: it did not end in time."""

    @property
    def project(self) -> Path:
        """Where the agent worked."""
        return self.folder / "project"

    @property
    def said(self) -> str:
        """Its standard output."""
        return self._read("stdout.txt")

    @property
    def record(self) -> list[bytes]:
        """What the provider was asked: one exchange a line."""
        return self._read("record.jsonl").encode().splitlines()

    def sections(self) -> list[tuple[str, str]]:
        """What one wants to see when a test fails: titles and texts."""
        ended = "did not end in time" if self.code is None else f"ended with {self.code}"
        return [
            (f"{Path(self.command[0]).name} {ended}; its standard error", self._read("stderr.txt")[-4000:]),
            ("its standard output", self.said[-4000:]),
            (f"what the provider was asked (whole: {self.folder}/record.jsonl)", self._read("provider.txt")[-4000:]),
        ]

    def _read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def drive(
    command: Sequence[str], folder: Path, script: Mapping[str, Any], environ: Mapping[str, str], *, seconds: float = 90
) -> Run:
    """What comes of an agent at work in `folder/project`, where the model says what the script has it say.

    The agent sees the variables of `environ` and those that every program needs; its home is an empty folder.
    """
    way = namespace()
    assert way is not None, "tests skip where there is no namespace"
    for name in ("home", "tmp", "project"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "script.json").write_text(json.dumps(script), encoding="utf-8")
    variables = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.pathsep.join([*_folder_of("node"), "/usr/local/bin", "/usr/bin", "/bin"]),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        **environ,
    }
    bare = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
    started = subprocess.Popen(
        [*way, sys.executable, __file__, str(folder), *bare, *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = started.wait(seconds)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        _end_group(started)
    return Run(tuple(command), folder, code)


def _folder_of(program: str) -> list[str]:
    found = shutil.which(program)
    return [str(Path(found).parent)] if found else []


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """Ends whatever is left of a process group that we started."""
    try:
        os.killpg(leader.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    leader.wait()


def main(folder: Path, command: Sequence[str]) -> int:
    """The agent's exit code; runs inside the namespace."""
    raise_loopback()
    simulate = [sys.executable, "-m", "agentforge.faces.cli", "simulate", "--port", str(PORT)]
    simulate += ["--script", str(folder / "script.json"), "--record", str(folder / "record.jsonl")]
    with (
        (folder / "provider.txt").open("wb") as told,
        (folder / "stdout.txt").open("wb") as said,
        (folder / "stderr.txt").open("wb") as complained,
    ):
        provider = subprocess.Popen(simulate, stdout=told, stderr=told)
        try:
            wait_for(provider)
            agent = subprocess.run(command, cwd=folder / "project", stdout=said, stderr=complained, check=False)
        finally:
            provider.terminate()
            provider.wait()
    return agent.returncode


def wait_for(provider: subprocess.Popen[bytes]) -> None:
    """Returns once the provider listens."""
    while provider.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                return
        time.sleep(0.02)
    sys.exit("the simulated provider did not start")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
