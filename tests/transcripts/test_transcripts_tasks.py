"""What a session was for."""

from __future__ import annotations

from recorded_transcripts import SHOP

from agentforge.transcripts import usage_report
from agentforge.transcripts.tasks import task_of


def test_a_task_is_the_first_of_changing_running_reading_talking_that_was_done() -> None:
    assert task_of(["Read", "Edit", "Bash"]) == "changing files"
    assert task_of(["apply_patch"]) == "changing files"
    assert task_of(["Read", "shell"]) == "running commands"
    assert task_of(["mcp__shop__price"]) == "reading"
    assert task_of([]) == "talking"


def test_sessions_of_a_report_have_their_tasks_and_uses_their_sessions() -> None:
    report = usage_report(SHOP)
    tasks = {each.session: each.task for each in report.sessions}
    assert {tasks[session] for use in report.used if use.name == "Read" for session in use.sessions} <= {
        "changing files",
        "running commands",
        "reading",
    }
    assert all(0 < len(use.sessions) <= use.times for use in report.used)
    assert {session for use in report.used for session in use.sessions} <= set(tasks)
