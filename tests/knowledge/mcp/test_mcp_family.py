import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentforge.knowledge.mcp.family import alive, family_of, still_there, tell

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found by /proc only")

FAMILY = """
import subprocess, sys, time
child = "import time; print(flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child])
subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
time.sleep(600)
"""


@pytest.fixture
def parent():
    command = [sys.executable, "-c", FAMILY]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(2):
            process.stdout.readline()
        yield process
        tell(family_of(process.pid), process.pid, signal.SIGKILL)


def test_a_family_has_its_children_also_those_in_another_session(parent):
    family = family_of(parent.pid)
    assert len(family) == 3
    assert parent.pid in {member.pid for member in family}
    assert os.getpid() not in {member.pid for member in family}


def test_a_signal_reaches_all_of_them(parent):
    family = family_of(parent.pid)
    tell(family, parent.pid, signal.SIGKILL)
    parent.wait()
    while alive(family, parent.pid):
        time.sleep(0.01)
    assert still_there(family) == frozenset()


def test_a_number_that_is_used_again_is_not_one_of_the_family(parent):
    (member, *_) = family_of(parent.pid)
    assert still_there(frozenset({member})) == {member}
    assert still_there(frozenset({member._replace(began="0")})) == frozenset()


def test_a_process_that_is_gone_has_no_family():
    with subprocess.Popen([sys.executable, "-c", ""], start_new_session=True) as process:
        process.wait()
    assert family_of(process.pid) == frozenset()
    tell(frozenset(), process.pid, signal.SIGTERM)
