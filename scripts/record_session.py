"""Records the session that the demonstration plays: carries out an agent's calls in a real project, keeps the results.

    .venv/bin/python scripts/record_session.py           # writes src/agentforge/simulate/data/session.json
    .venv/bin/python scripts/record_session.py --check   # fails when that file is not what a recording gives

The project, its history, and what the agent thinks, says and calls are in scripts/session_project/. The results come
from the true operations, run in a folder of their own. Paths, durations and addresses are made uniform, so a recording
gives the same bytes each time; another version of Python, pytest, ruff or git may word its output differently.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "session_project"
RECORDING = Path(__file__).parent.parent / "src" / "agentforge" / "simulate" / "data" / "session.json"
HOME = "/home/dev/parcels"
TURNS = 20
AUTHOR = ("dev", "dev@example.invalid")

UNIFORM = (
    (re.compile(r"\bin \d+\.\d\ds\b"), "in 0.42s"),
    (re.compile(r"\bat 0x[0-9a-f]{6,16}\b"), "at 0x7f3c2a41d0e0"),
    (re.compile(r"\bpytest-of-\w+\b"), "pytest-of-dev"),
)


class Refused(Exception):
    """What a tool answers when it does not do what was asked."""


def main() -> int:
    """Exit code 1 when --check finds that the file is not what a recording gives."""
    text = written(record())
    if "--check" in sys.argv[1:]:
        if RECORDING.is_file() and RECORDING.read_text(encoding="utf-8") == text:
            return 0
        print(f"{RECORDING.name} is not what a recording gives; run: python scripts/record_session.py", file=sys.stderr)
        return 1
    RECORDING.parent.mkdir(parents=True, exist_ok=True)
    RECORDING.write_text(text, encoding="utf-8", newline="\n")
    return 0


def record() -> dict[str, Any]:
    """The whole session, with a result for each call."""
    script = tomllib.loads((SOURCES / "turns.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder).resolve())
        project.begin()
        turns = [
            {
                "thinking": turn["thinking"].strip(),
                "text": turn["text"].strip(),
                "calls": [project.answer(call["name"], call["input"]) for call in turn.get("call", [])],
            }
            for turn in script["turn"]
        ]
    assert len(turns) == TURNS, f"{len(turns)} turns"
    assert not turns[-1]["calls"], "the last turn only speaks"
    return {
        "about": script["about"],
        "model": script["model"],
        "system": (SOURCES / "system.md").read_text(encoding="utf-8").strip(),
        "tools": json.loads((SOURCES / "tools.json").read_text(encoding="utf-8")),
        "prompt": script["prompt"].strip(),
        "turns": turns,
    }


def written(session: Mapping[str, Any]) -> str:
    """The session as JSON with one tool and one turn to a line, so that a diff shows which of them changed."""
    members = []
    for name, value in session.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
            members.append(f"{json.dumps(name)}: [\n{lines}\n]")
        else:
            members.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(members) + "\n}\n"


class Project:
    """The project in a folder of its own, and the tools that work on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "parcels"
        self.environment = {
            "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/bin", "/bin"]),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
            "RUFF_NO_CACHE": "true",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PAGER": "cat",
            "GIT_AUTHOR_NAME": AUTHOR[0],
            "GIT_AUTHOR_EMAIL": AUTHOR[1],
            "GIT_COMMITTER_NAME": AUTHOR[0],
            "GIT_COMMITTER_EMAIL": AUTHOR[1],
        }

    def begin(self) -> None:
        """Nothing; the project is laid out with its history, and its tree is clean."""
        self.root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        for commit in tomllib.loads((SOURCES / "history.toml").read_text(encoding="utf-8"))["commit"]:
            for name in commit["files"]:
                text = (SOURCES / "parcels" / name).read_text(encoding="utf-8")
                for draft in commit.get("draft", []):
                    if draft["path"] == name:
                        assert text.count(draft["find"]) == 1, f"{name}: {draft['find']!r}"
                        text = text.replace(draft["find"], draft["replace"])
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="\n")
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", commit["message"], at=commit["at"])
        for path in self.files():
            name = path.relative_to(self.root)
            assert path.read_bytes() == (SOURCES / "parcels" / name).read_bytes(), f"{name} is still a draft"

    def git(self, *words: str, at: str = "") -> str:
        """What git prints."""
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
        command = ["git", *words]
        return subprocess.run(
            command, cwd=self.root, env=self.environment | dates, check=True, capture_output=True, text=True
        ).stdout

    def files(self) -> list[Path]:
        """The files that git does not ignore, by name."""
        listed = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return sorted({self.root / name for name in listed.split("\0") if name})

    def answer(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The call with its result."""
        tools: dict[str, Callable[..., str]] = {
            "Read": self.read,
            "Write": self.write,
            "Edit": self.edit,
            "Bash": self.bash,
            "Grep": self.grep,
            "Glob": self.glob,
            "TodoWrite": self.todo,
        }
        try:
            result, is_error = tools[name](**given), False
        except Refused as refusal:
            result, is_error = str(refusal), True
        return {"name": name, "input": dict(given), "result": self.uniform(result), "is_error": is_error}

    def uniform(self, text: str) -> str:
        """The text as it would stand on any machine."""
        text = text.replace(str(self.root), HOME).replace(str(self.folder), "/tmp")
        for pattern, replacement in UNIFORM:
            text = pattern.sub(replacement, text)
        for private in (sys.prefix, str(SOURCES.parent.parent)):
            assert private not in text, f"{private} is in {text!r}"
        return text

    def at(self, path: str) -> Path:
        """Where a file of the session really is."""
        assert path.startswith(f"{HOME}/"), path
        return self.root / path.removeprefix(f"{HOME}/")

    def read(self, file_path: str, offset: int = 1, limit: int = 2000) -> str:
        """The lines of a file with their numbers."""
        path = self.at(file_path)
        if not path.is_file():
            raise Refused(f"There is no file {file_path}.")
        lines = path.read_text(encoding="utf-8").splitlines()
        return numbered(lines, offset, offset + limit)

    def write(self, file_path: str, content: str) -> str:
        """What was written where."""
        path = self.at(file_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
        return f"Wrote {file_path} ({len(content.splitlines())} lines)."

    def edit(self, file_path: str, old_string: str, new_string: str) -> str:
        """The lines that changed, with two around them."""
        path = self.at(file_path)
        text = path.read_text(encoding="utf-8")
        found = text.count(old_string)
        if found != 1:
            problem = "was not found" if not found else f"stands {found} times"
            raise Refused(f"The text to replace {problem} in {file_path}. Nothing was changed.")
        before = text[: text.index(old_string)].count("\n")
        text = text.replace(old_string, new_string)
        path.write_text(text, encoding="utf-8", newline="\n")
        last = before + len(new_string.splitlines())
        return f"Edited {file_path}. It now reads:\n{numbered(text.splitlines(), max(1, before - 1), last + 3)}"

    def bash(self, command: str, description: str) -> str:
        """What the command printed; an error when it failed."""
        assert description, f"what is it for? {command}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.root,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        printed = done.stdout.rstrip("\n") or "(no output)"
        if done.returncode:
            raise Refused(f"{printed}\n[exit code {done.returncode}]")
        return printed

    def grep(self, pattern: str, glob: str = "**/*") -> str:
        """The lines that match, by file."""
        wanted = re.compile(pattern)
        return "\n".join(
            f"{path}:{count}:{line}"
            for path in self.matching(glob)
            for count, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
            if wanted.search(line)
        )

    def glob(self, pattern: str) -> str:
        """The paths that match."""
        return "\n".join(str(path) for path in self.matching(pattern))

    def matching(self, pattern: str) -> Iterator[Path]:
        """The files whose path matches; a `**/` at the start also takes those at the top."""
        for path in self.files():
            name = path.relative_to(self.root).as_posix()
            if fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(f"./{name}", pattern):
                yield path

    def todo(self, todos: list[Mapping[str, str]]) -> str:
        """How far the work is."""
        states = [todo["status"] for todo in todos]
        done, doing = states.count("completed"), states.count("in_progress")
        return f"Saved {len(todos)} items: {done} done, {doing} in progress, {len(todos) - done - doing} open."


def numbered(lines: list[str], first: int, end: int) -> str:
    """The lines from `first` to before `end`, with their numbers."""
    return "\n".join(f"{count:6}\t{line}" for count, line in enumerate(lines[first - 1 : end - 1], start=first))


if __name__ == "__main__":
    raise SystemExit(main())
