"""The programs of the real clients; what one said, and what it asked, is shown when a test fails."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentforge.faces.cli.clients import find_client
from clients.driver import Run, namespace

INSTALLED = Path(__file__).parents[2] / ".clients" / "bin"


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Finds a client's program; skips the test where it cannot be run."""

    def find(name: str) -> str:
        client = find_client(name, str(INSTALLED))
        if client is None:
            pytest.skip(f"{name} is not installed here: `make clients` gets it")
        if namespace() is None:
            pytest.skip("no network namespace can be made here: `unshare --net true` fails")
        return str(client.program)

    return find


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        for run in getattr(item, "funcargs", {}).values():
            if isinstance(run, Run):
                report.sections += run.sections()
    return report
