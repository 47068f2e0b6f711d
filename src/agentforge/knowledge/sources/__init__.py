"""Where knowledge comes from: a module for each client, which reads its files into a `Setup`."""

from agentforge.knowledge.sources.clients import SOURCES, read_setup, read_setups

__all__ = ["SOURCES", "read_setup", "read_setups"]
