"""Gives a coding agent its context window back, and proves it."""

__version__ = "0.1.0"
