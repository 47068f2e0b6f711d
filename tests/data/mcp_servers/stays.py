"""Ignores every polite request to go, and so do its child and the grandchild that left for a session of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from speak import HELLO, serve, tool

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
folder = Path(sys.argv[1])
(folder / f"{os.getpid()}.pid").touch()
depth = int(sys.argv[2]) if len(sys.argv) > 2 else 2
if depth:
    subprocess.Popen(
        [sys.executable, __file__, str(folder), str(depth - 1)],
        stdin=subprocess.DEVNULL,
        start_new_session=depth == 1,
    )
if depth == 2:
    while len(list(folder.glob("*.pid"))) < 3:
        time.sleep(0.01)
    serve({"initialize": HELLO, "tools/list": {"tools": [tool("one")]}})
while True:
    time.sleep(60)
