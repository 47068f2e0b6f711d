"""Plans by name or file: what a replay is done under."""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from agentforge.context import UNTOUCHED, Settings, settings_of
from agentforge.wire import canonical
from agentforge.wire.errors import OutsideError, UsageError

NAMED: Final = {"direct": UNTOUCHED, "default": Settings()}


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings with a name."""

    name: str
    settings: Settings

    @property
    def hash(self) -> str:
        """The hash of what the settings say, whatever their name."""
        return sha256(canonical(self.settings.plain())).hexdigest()


DIRECT: Final = Plan("direct", UNTOUCHED)


def load_plan(name: str) -> Plan:
    """The plan of that name, or in that YAML or JSON file, where any of the settings may stand."""
    if name in NAMED:
        return Plan(name, NAMED[name])
    path = Path(name)
    known = ", ".join(field.name for field in fields(Settings))
    if not path.exists() and not path.suffix:
        raise UsageError(f"no plan is called {name!r}", fix=f"there are {', '.join(NAMED)}, and files of settings")
    import yaml

    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideError(f"the plan cannot be read: {error.strerror}", where=name, fix="check its path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the plan is no YAML: {error}", where=name) from None
    if not isinstance(told, dict):
        raise UsageError("a plan is a mapping of settings", where=name, fix=f"the settings are {known}")
    if strange := sorted(str(key) for key in told if key not in {field.name for field in fields(Settings)}):
        raise UsageError(f"there is no setting {', '.join(strange)}", where=name, fix=f"the settings are {known}")
    try:
        return Plan(name, settings_of(told))
    except msgspec.ValidationError as error:
        raise UsageError(f"a setting has another type: {error}", where=name) from None
