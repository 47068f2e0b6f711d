"""Draws what a command prints in a terminal as an SVG.

python scripts/picture.py docs/demo.svg agentforge simulate --demo
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 118, 60
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def printed(command: list[str], columns: int = COLUMNS) -> str:
    """What the command writes to a terminal so many columns wide."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    output = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # a terminal whose program has ended reads as an error on Linux
            break
        if not piece:
            break
        output += piece
    _, status = os.waitpid(pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"{output.decode()}{command[0]} ended with {code}")
    return output.decode().replace("\r\n", "\n")


def drawn(command: list[str], output: str, columns: int = COLUMNS) -> str:
    """The SVG of a terminal in which the command has just written that."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ " + " ".join(command), "bold"))
    console.print(Text.from_ansi(output.rstrip()))
    # The picture must not load fonts from elsewhere; any monospaced one will do.
    svg = FONTS.sub("", console.export_svg(title="AgentForge")).replace("Fira Code, ", "")
    return svg.replace("Fira Code", "ui-monospace")


def main() -> None:
    """Draw."""
    target, *command = sys.argv[1:]
    Path(target).write_text(drawn(command, printed(command)), encoding="utf-8")


if __name__ == "__main__":
    main()
