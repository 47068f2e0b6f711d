"""Runs a real coding agent against the simulated provider, where there is no network but loopback.

The tests call `drive`. It starts this very file in a network namespace of its own, where `main` serves the provider and
runs the agent beside it; with our gateway between the two, if a test asks for it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from agentforge.faces.cli.isolation import namespace, raise_loopback

PORT = 8790
"""Where the agent asks. The same in every run: each has a network, and so this port, to itself."""
BEHIND = 8789
"""Where the provider listens when the gateway stands before it."""
URL = f"http://127.0.0.1:{PORT}"
LEDGER = Path("home", ".agentforge", "ledger.db")
"""Where the gateway records: where `agentforge recall` looks, in the agent's shell."""


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

    @property
    def ledger(self) -> Path:
        """What the gateway recorded, if there was one."""
        return self.folder / LEDGER

    @property
    def state(self) -> dict[str, Any]:
        """What the provider says at the end: what its scripted agent had to fetch again."""
        return dict(json.loads(self._read("state.json")))

    def sections(self) -> list[tuple[str, str]]:
        """What one wants to see when a test fails: titles and texts."""
        ended = "did not end in time" if self.code is None else f"ended with {self.code}"
        return [
            (f"{Path(self.command[0]).name} {ended}; its standard error", self._read("stderr.txt")[-4000:]),
            ("its standard output", self.said[-4000:]),
            (f"what the provider was asked (whole: {self.folder}/record.jsonl)", self._read("provider.txt")[-4000:]),
            ("what the gateway said", self._read("gateway.txt")[-4000:]),
        ]

    def _read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def drive(
    command: Sequence[str],
    folder: Path,
    script: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    seconds: float = 90,
    gateway: Sequence[str] | None = None,
) -> Run:
    """What comes of an agent at work in `folder/project`, where the model says what the script has it say.

    The agent sees the variables of `environ` and those that every program needs; its home is an empty folder, unless
    it worked there before. `gateway` are the options of the one that it goes through; None: it asks the provider.
    """
    way = namespace()
    assert way is not None, "tests skip where there is no namespace"
    for name in ("home", "tmp", "project"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "script.json").write_text(json.dumps(script), encoding="utf-8")
    variables = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.pathsep.join([*_folder_of("node"), *_ours(gateway), "/usr/local/bin", "/usr/bin", "/bin"]),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        **environ,
    }
    bare = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
    words = json.dumps(None if gateway is None else list(gateway))
    started = subprocess.Popen(
        [*way, sys.executable, __file__, str(folder), words, *bare, *command],
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


def _ours(gateway: Sequence[str] | None) -> list[str]:
    """Where `agentforge` is, for who can have need of it."""
    return [] if gateway is None else [str(Path(sys.executable).parent)]


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """Ends whatever is left of a process group that we started."""
    try:
        os.killpg(leader.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    leader.wait()


def main(folder: Path, gateway: Sequence[str] | None, command: Sequence[str]) -> int:
    """The agent's exit code; runs inside the namespace."""
    raise_loopback()
    port = PORT if gateway is None else BEHIND
    provider = f"http://127.0.0.1:{port}"
    simulate = ["simulate", "--port", str(port), "--script", str(folder / "script.json")]
    with ExitStack() as stack:
        record = str(folder / "record.jsonl")
        stack.enter_context(_running([*simulate, "--record", record], folder / "provider.txt", port))
        if gateway is not None:
            upstreams = ["--anthropic", provider, "--openai", f"{provider}/v1"]
            ours = ["gateway", "--port", str(PORT), *upstreams, "--ledger", str(folder / LEDGER), *gateway]
            stack.enter_context(_running(ours, folder / "gateway.txt", PORT))
        said = stack.enter_context((folder / "stdout.txt").open("wb"))
        complained = stack.enter_context((folder / "stderr.txt").open("wb"))
        agent = subprocess.run(command, cwd=folder / "project", stdout=said, stderr=complained, check=False)
        with urlopen(f"{provider}/_simulate/state") as state:
            (folder / "state.json").write_bytes(state.read())
    return agent.returncode


@contextmanager
def _running(words: Sequence[str], log: Path, port: int) -> Iterator[None]:
    """One of our servers, for as long as it takes."""
    with log.open("wb") as told:
        served = subprocess.Popen([sys.executable, "-m", "agentforge.faces.cli", *words], stdout=told, stderr=told)
        try:
            wait_for(served, port)
            yield
        finally:
            served.terminate()
            served.wait()


def wait_for(served: subprocess.Popen[bytes], port: int) -> None:
    """Returns once it listens."""
    while served.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"nothing listens on port {port}: it ended with {served.returncode}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]))
