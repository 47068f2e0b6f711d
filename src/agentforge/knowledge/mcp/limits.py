"""How much of a server's talk is taken in. Far above what real servers say, far below what hurts."""

from __future__ import annotations

from typing import Final

MIB: Final = 1 << 20

MESSAGE: Final = 4 * MIB
"""One JSON-RPC message, in bytes. The largest tool list seen in the field has 0.3 MiB."""
OUTPUT: Final = 256 * MIB
"""All a server may write to stdout during one probe, garbage included."""
BODY: Final = 32 * MIB
"""One HTTP response."""
WAITING: Final = 1 * MIB
"""What may wait, unread or unsent, in one pipe."""
ENTRIES: Final = 10_000
"""Entries kept of one list."""
KEPT: Final = 8 * MIB
"""Bytes kept of one list."""
PAGES: Final = 1_000
"""Pages asked for of one list."""
REQUESTS: Final = 1_000
"""Requests of the server's own that are answered."""
CHECKED: Final = 500
"""Different schemas of one server that are held against JSON Schema's own schema, which takes milliseconds each."""
CHECKED_SIZE: Final = 1 * MIB
"""Their bytes, all together."""
STDERR_TAIL: Final = 4_096
"""Bytes of stderr that are shown."""
PARALLEL: Final = 8
"""Servers alive at the same time."""
GRACE: Final = 1.0
"""Seconds a server has to go by itself, once after its stdin closes and once more after SIGTERM."""
