"""The one tree of errors. Each says what went wrong, where, and what to do next.

* AgentForgeError
  + WireError                what came over the wire cannot be read or written
    - NotJson                the bytes are not JSON (line, column, byte)
    - NotThisDialect         the JSON is not a request, response or event of that dialect (JSON path)
    - NotTranslatable        the other dialect has no words for it
  + TokensError              a figure cannot be had
    - UnknownModel           no prices or capabilities for that model
  + LedgerError              the ledger cannot do its part
    - LedgerCorrupt          the file is damaged, or is no ledger at all
    - LedgerBusy             another process holds it for too long
    - LedgerReadOnly         the file or its folder cannot be written
    - LedgerFull             the disk is full
    - LedgerTooNew           a newer version wrote it
    - BlobMissing            nothing is stored under that hash
  + ScriptError              a simulation script is wrong (file:line)
  + UsageError               the command was called wrongly
  + OutsideError             the world outside did not do its part (a port, a file, a process)
    - MissingExtra           an optional dependency is not installed
"""

from __future__ import annotations


class AgentForgeError(Exception):
    """Something the user should read: what, where, and the next command to run."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """The message as one line: where, what, and how to mend it."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" ({self.fix})" if self.fix else "")


class WireError(AgentForgeError):
    """What came over the wire cannot be read or written."""


class NotJson(WireError):
    """The bytes are not JSON; `where` is line, column and byte."""


class NotThisDialect(WireError):
    """The JSON is not a request, response or event of that dialect; `where` is a JSON path."""


class NotTranslatable(WireError):
    """The other dialect has no words for it."""


class TokensError(AgentForgeError):
    """A figure cannot be had."""


class UnknownModel(TokensError):
    """No prices or capabilities are known for that model."""


class LedgerError(AgentForgeError):
    """The ledger cannot do its part."""


class LedgerCorrupt(LedgerError):
    """The file is damaged, or is no ledger at all."""


class LedgerBusy(LedgerError):
    """Another process holds the ledger for too long."""


class LedgerReadOnly(LedgerError):
    """The ledger's file or folder cannot be written."""


class LedgerFull(LedgerError):
    """The disk is full."""


class LedgerTooNew(LedgerError):
    """A newer version of AgentForge wrote this ledger."""


class BlobMissing(LedgerError):
    """Nothing is stored under that hash."""


class ScriptError(AgentForgeError):
    """A simulation script is wrong; `where` is file:line."""


class UsageError(AgentForgeError):
    """The command was called wrongly."""


class OutsideError(AgentForgeError):
    """The world outside did not do its part."""


class MissingExtra(OutsideError):
    """An optional dependency is not installed."""
