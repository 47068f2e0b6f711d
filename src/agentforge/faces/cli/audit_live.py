"""Runs a client once on loopback, and has what it really sent weighed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agentforge.faces.cli.clients import PACKAGES, Client, find_client
from agentforge.faces.cli.headless import Asked, Launch, ask_once, end_group
from agentforge.faces.cli.isolation import layers
from agentforge.faces.cli.recipes import RECIPES, Recipe, Wish, variables
from agentforge.faces.cli.shadow import cast
from agentforge.faces.cli.witness import NAME
from agentforge.wire.errors import OutsideError

if TYPE_CHECKING:
    from agentforge.audit import Report
    from agentforge.knowledge import Item, Setup
    from agentforge.transcripts import UsageReport

PROMPT: Final = "hello"
SECONDS: Final = 120.0
"""For the client to start its servers and to ask."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a client is run."""

    home: Path
    root: Path
    branch: str | None
    """Of git; None where the root is in no repository."""
    temporary: Path


def live_report(
    client: str,
    root: Path,
    home: Path,
    env: Mapping[str, str],
    *,
    model_id: str | None,
    usage: UsageReport | None,
    network: bool,
) -> Report:
    """The report on the first request that the client really sent."""
    from agentforge.audit import Recorded, Surroundings, audit_request
    from agentforge.faces.cli.audit_observed import observe, project_at
    from agentforge.knowledge import read_setup

    if client not in RECIPES:
        known = ", ".join(RECIPES)
        raise OutsideError(
            f"the simulated provider does not speak {client}'s API, so {client} cannot be run on loopback",
            fix=f"--live takes {known}; agentforge audit --client {client} reads its files",
        )
    recipe = RECIPES[client]
    installed = installed_client(recipe, env)
    setup = read_setup(client, root, home, env)
    wish = Wish(PROMPT, model_id, setup.settings)
    if sys.stderr.isatty():
        click.echo(f"Running {recipe.program} once on loopback, with your hooks and servers ...", err=True)
    with tempfile.TemporaryDirectory(prefix="agentforge-live-", ignore_cleanup_errors=True) as room:
        here = Place(home, root, branch_of(root), Path(tempfile.gettempdir()))
        there = bare_place(Path(room), recipe, setup, here)
        running: list[subprocess.Popen[bytes]] = []
        with ThreadPoolExecutor(2) as both, ended_if_interrupted(running):
            bare = both.submit(
                ask_once,
                bare_launch(recipe, installed, there, env, replace(wish, bare=True, witness=bool(setup.servers))),
                running,
            )
            launched = partial(asked_beside, recipe, installed, here, env, wish, Path(room), network=network)
            real = both.submit(launched, running=running)
            body, bare_body = answer_of(real.result(), installed), answer_of(bare.result(), installed)
        return audit_request(
            setup,
            Recorded(body, names(here)),
            Recorded(bare_body, names(there), laid_in(client, there)),
            Surroundings(
                prompt=PROMPT,
                version=installed.version or "",
                isolated=real.result().isolated,
                facts=tuple(facts(root)),
                in_git=here.branch is not None,
                now=time.time(),
            ),
            env=env,
            usage=usage,
            observed=observe(setup, project_at(root, home), usage),
        )


@contextmanager
def ended_if_interrupted(running: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Ends what is running when the user has enough of waiting."""
    try:
        yield
    except KeyboardInterrupt:
        for one in running:
            end_group(one)
        raise


def installed_client(recipe: Recipe, env: Mapping[str, str]) -> Client:
    """The client as it is installed."""
    found = find_client(recipe.program, env.get("PATH", os.defpath))
    if found is None:
        package = PACKAGES[recipe.program]
        raise OutsideError(f"{recipe.program} is not installed, or not in PATH", fix=f"npm install -g {package}")
    return found


def asked_beside(
    recipe: Recipe,
    client: Client,
    here: Place,
    env: Mapping[str, str],
    wish: Wish,
    room: Path,
    *,
    network: bool,
    running: list[subprocess.Popen[bytes]],
) -> Asked:
    """What the client asks with the user's own set-up, of which it can change nothing."""
    if layers() is not None:
        return ask_once(real_launch(recipe, client, here, env, wish, network=network), running)
    if recipe.mends_projects:
        raise OutsideError(
            f"{recipe.program} writes into the project when it starts, and this system lays no layer over it",
            where=str(here.root),
            fix="run it where user namespaces are allowed, or in a container; without --live its files are read",
        )
    # A client in the shadow finds the real home above a project in it, and takes it for another project's.
    shadow = cast(here.home, room / "shadow", recipe, env)
    wish = replace(wish, not_read=f"{here.home}/{recipe.own[0]}/**")
    launch = real_launch(recipe, client, here, env, wish, network=network)
    told = {**launch.env, **shadow.moved, "HOME": str(shadow.home), "TMPDIR": str(room / "tmp")}
    asked = ask_once(replace(launch, env=told, shielded=(), removed=()), running)
    body = asked.body
    for ours, real in shadow.stands_for.items():
        body = body and body.replace(ours.encode(), real.encode())
    return replace(asked, body=body)


def real_launch(
    recipe: Recipe, client: Client, here: Place, env: Mapping[str, str], wish: Wish, *, network: bool
) -> Launch:
    """The client in the user's own home and project, under layers that take what it writes."""
    # Each by itself too: one that is a link or a volume lies in no layer over the home folder.
    own = [Path(env[name]) for name in recipe.moved if env.get(name)] + [here.home / one for one in recipe.own]
    secret = [folder / name for folder in own for name in recipe.secret]
    start = recipe.start(wish)
    return Launch(
        command=(str(client.program), *start.words),
        env={**variables(env, recipe), **start.env, **standing(here)},
        folder=str(here.root),
        seconds=SECONDS,
        shielded=tuple(str(folder) for folder in (here.home, here.root, here.temporary, *own)),
        removed=tuple(str(path) for path in secret if path.is_file()),
        network=network,
    )


def bare_launch(recipe: Recipe, client: Client, there: Place, env: Mapping[str, str], wish: Wish) -> Launch:
    """The client with nothing of the user's, beside our witness where the user has servers."""
    passed = {name: value for name, value in variables(env, recipe).items() if name not in recipe.moved}
    start = recipe.start(wish)
    return Launch(
        command=(str(client.program), *start.words),
        env={**passed, **start.env, **standing(there)},
        folder=str(there.root),
        seconds=SECONDS,
    )


def standing(place: Place) -> dict[str, str]:
    """The variables that say where a program stands; some believe them rather than the system."""
    return {"HOME": str(place.home), "PWD": str(place.root), "TMPDIR": str(place.temporary)}


def bare_place(room: Path, recipe: Recipe, setup: Setup, here: Place) -> Place:
    """A home with nothing in it, and a project with one word of ours where the user has files of that kind."""
    home, root, temporary = (room / name for name in ("home", "project", "tmp"))
    for folder in (home, root, temporary):
        folder.mkdir()
    if any(item.kind in ("memory", "rule") for item in setup.items):
        (root / recipe.memory).write_text(f"{NAME}\n", encoding="utf-8")
    for item in setup.items:
        if recipe.styles and item.kind == "output_style" and item.activation == "always":
            # Under the name of the user's own: the client says it in sentences of its own.
            keeps = {key: value for key, value in item.extra.items() if key == "keep-coding-instructions"}
            told = {"name": item.name, "description": NAME, **keeps}
            front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in told.items())
            (root / recipe.styles).mkdir(parents=True)
            (root / recipe.styles / f"{NAME}.md").write_text(f"---\n{front}---\n{NAME}\n", encoding="utf-8")
    if here.branch is not None:
        git(root, "init", "-q", "-b", here.branch or "main")
        for name in ("user.name", "user.email"):
            if value := git(here.root, "config", name).strip():
                git(root, "config", name, value)
    return Place(home, root, here.branch, temporary)


def laid_in(client: str, there: Place) -> tuple[str, ...]:
    """What the client shows of the files we laid for it."""
    from agentforge.knowledge import build_for, pieces_of, read_setup

    setup = read_setup(client, there.root, there.home, {})
    setup = replace(setup, items=tuple(shown(item) for item in setup.items))
    return tuple(piece.text for piece in pieces_of(setup, build_for(client), {}))


def shown(item: Item) -> Item:
    """The item as it is shown: the style there is is the one that was chosen."""
    return replace(item, activation="always") if item.kind == "output_style" else item


def answer_of(asked: Asked, client: Client) -> bytes:
    """What the client sent, or why it sent nothing."""
    if asked.body is not None:
        return asked.body
    ended = "did not ask anything in time" if asked.code is None else f"ended with {asked.code} and asked nothing"
    last = " / ".join(asked.stderr.strip().splitlines()[-5:])
    what = f"{client.name} {ended}" + (f"; it said: {last}" if last else "")
    raise OutsideError(what, where=str(client.program), fix=f"see whether `{client.name}` starts by itself")


def names(place: Place) -> dict[str, str]:
    """What is called by another name where the client is run elsewhere."""
    found = {tempfile.gettempdir(): "TEMPORARY"}
    for folder, name in ((place.temporary, "TEMPORARY"), (place.home, "HOME"), (place.root, "PROJECT")):
        found |= {str(folder): name, os.path.realpath(folder): name}
    slug = "".join(sign if sign.isalnum() else "-" for sign in str(place.root))
    return {**found, slug: "SLUG"}


def branch_of(root: Path) -> str | None:
    """The branch that is checked out, empty where there is none; None outside of repositories."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    return git(root, "branch", "--show-current").strip()


def facts(root: Path) -> Iterator[str]:
    """What git says of the project: clients tell it."""
    if branch_of(root) is not None:
        yield from (git(root, "status", "--short"), git(root, "log", "--oneline", "-n", "20"))


def git(folder: Path, *words: str) -> str:
    """What git answers; nothing where it cannot."""
    try:
        told = subprocess.run(  # noqa: S603 - our own words
            ["git", *words],  # noqa: S607 - the system's
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        return ""
    return told.stdout if told.returncode == 0 else ""
