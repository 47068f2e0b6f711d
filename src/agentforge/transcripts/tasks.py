"""What a session was for, told by the tools it called."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from agentforge.transcripts.report import Task

_CHANGES: Final = frozenset(
    {
        "edit", "write", "multiedit", "notebookedit", "apply_patch", "patch", "replace", "write_file", "edit_file",
        "create", "str_replace", "str_replace_editor", "str_replace_based_edit_tool",
    }
)  # fmt: skip
_RUNS: Final = frozenset(
    {"bash", "shell", "exec_command", "local_shell", "run_shell_command", "powershell", "unified_exec", "write_stdin"}
)


def task_of(tools: Collection[str]) -> Task:
    """What was done with these tools, in the words of several clients."""
    lower = {tool.lower() for tool in tools}
    if lower & _CHANGES:
        return "changing files"
    if lower & _RUNS:
        return "running commands"
    return "reading" if lower else "talking"
