"""Runs a client once beside the simulated provider, and gives back what it asked first.

The client runs in a process of ours, in namespaces where the system allows them: `ask_once` starts it and `main` is it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from agentforge.faces.cli.isolation import layers, namespace, raise_loopback, shield, to_shield
from agentforge.wire.errors import OutsideError

if TYPE_CHECKING:
    from agentforge.simulate import Exchange

URL: Final = "{SIMULATED}"
"""Stands in a command and its variables for the base URL of the simulated provider."""
GRACE: Final = 3.0
"""Seconds for a client to end once it is told to."""
_TAIL: Final = 4_000


@dataclass(frozen=True, slots=True)
class Launch:
    """How a client is started."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    folder: str
    seconds: float
    shielded: tuple[str, ...] = ()
    """Folders that it sees as they are, and cannot change."""
    removed: tuple[str, ...] = ()
    """Files in them that it does not see."""
    network: bool = False
    """Whether it keeps its network."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it."""

    body: bytes | None
    """Of its first request of the conversation; None: there was none."""
    path: str
    code: int | None
    """None: it had not ended in time."""
    stderr: str
    """Its end."""
    isolated: bool
    """Whether it had no network but loopback."""


def ask_once(launch: Launch, running: list[subprocess.Popen[bytes]] | None = None) -> Asked:
    """What a client asks first; its processes are ended as soon as it has, or when those `running` are."""
    way = [*(_net(launch)), *(layers() or () if launch.shielded else ())]
    words = ["unshare", *dict.fromkeys(word for word in way if word != "unshare")] if way else []
    with tempfile.TemporaryDirectory(prefix="agentforge-room-") as room:
        told = {**asdict(launch), "room": room, "isolated": bool(_net(launch))}
        ours = subprocess.Popen(  # noqa: S603 - this very module
            [*words, sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if running is not None:
            running.append(ours)
        try:
            said, complained = ours.communicate(json.dumps(told).encode(), launch.seconds + 2 * GRACE + 10)
        except subprocess.TimeoutExpired as late:
            raise OutsideError(f"{launch.command[0]} could not be ended in time", fix="try again") from late
        finally:
            end_group(ours)
    if ours.returncode:
        last = (complained.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise OutsideError(f"{launch.command[0]} could not be run: {last}", fix="agentforge doctor says what is there")
    answer = json.loads(said)
    body = answer.pop("body")
    return Asked(body=None if body is None else base64.b64decode(body), **answer)


def _net(launch: Launch) -> tuple[str, ...]:
    return () if launch.network else namespace() or ()


def end_group(leader: subprocess.Popen[Any]) -> None:
    """Ends whatever is left of a process group that we started: first asked to, then not."""
    for what in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(leader.pid, what)
        except ProcessLookupError:
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            leader.wait(GRACE)
    leader.wait()


def main() -> None:
    """Runs the client that standard input describes, and prints what it asked; inside the namespaces, if any."""
    # When we are ended, so is the client, which has a group of its own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    told = json.load(sys.stdin)
    if told["isolated"]:
        raise_loopback()
    if told["shielded"]:
        shielded = to_shield([Path(folder) for folder in told["shielded"]])
        shield(shielded, Path(told["room"]))
        for path in map(Path, told["removed"]):
            # Only where it is a layer that loses it.
            if any(path.parent.resolve().is_relative_to(folder) for folder in shielded):
                path.unlink(missing_ok=True)
    json.dump(_run(told), sys.stdout)


def _run(told: Mapping[str, Any]) -> dict[str, Any]:
    from agentforge.simulate import Provider, serving

    asked: list[Exchange] = []
    enough = Event()

    def heard(exchange: Exchange) -> None:
        asked.append(exchange)
        if is_conversation(exchange):
            enough.set()

    with tempfile.TemporaryFile() as complained, serving(Provider(on_exchange=heard)) as url:
        client = subprocess.Popen(  # noqa: S603 - the client the user asked for
            [word.replace(URL, url) for word in told["command"]],
            env={name: value.replace(URL, url) for name, value in told["env"].items()},
            cwd=told["folder"],
            stdin=subprocess.DEVNULL,
            stdout=complained,
            stderr=complained,
            start_new_session=True,
        )
        late = time.monotonic() + told["seconds"]
        try:
            while not enough.wait(0.05) and client.poll() is None and time.monotonic() < late:
                pass
            code = client.poll()
        finally:
            end_group(client)
        complained.seek(0)
        tail = complained.read()[-_TAIL:].decode(errors="replace")
    first = first_of(asked)
    return {
        "body": None if first is None else base64.b64encode(first.body).decode(),
        "path": "" if first is None else first.path.partition("?")[0],
        "code": code,
        "stderr": tail,
        "isolated": told["isolated"],
    }


def is_conversation(exchange: Exchange) -> bool:
    """Whether a request is of the conversation itself: it brings tools, and asks for no count."""
    if exchange.path.partition("?")[0].endswith("/count_tokens"):
        return False
    try:
        plain = json.loads(exchange.body or b"{}")
    except ValueError:
        return False
    return isinstance(plain, dict) and bool(plain.get("tools"))


def first_of(asked: Sequence[Exchange]) -> Exchange | None:
    """The first request of the conversation; where none brings tools, the longest."""
    with_tools = [exchange for exchange in asked if is_conversation(exchange)]
    spoken = [one for one in asked if one.body and not one.path.partition("?")[0].endswith("/count_tokens")]
    return with_tools[0] if with_tools else max(spoken, key=lambda one: len(one.body), default=None)


if __name__ == "__main__":
    main()
