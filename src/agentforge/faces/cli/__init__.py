"""The command line: one file per verb, loaded when it is called."""

from agentforge.faces.cli.entry import main

__all__ = ["main"]
