"""Settings for all property tests: no deadlines, because no test here depends on the machine's speed.

`pytest --hypothesis-profile=thorough` looks much longer.
"""

from collections import defaultdict

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("house")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the tables that tests filled: `record_property("table: TITLE", [NUMBER, LINE])` is a line of one."""
    tables: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, line in getattr(report, "user_properties", ()):
                if name.startswith("table: "):
                    tables[name.removeprefix("table: ")].add(tuple(line))
    for title, lines in tables.items():
        terminalreporter.section(title)
        for _, line in sorted(lines):
            terminalreporter.write_line(line)
