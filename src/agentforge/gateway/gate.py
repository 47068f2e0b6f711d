"""Decides how new sessions are treated, and learns from what came back whether treating pays.

What a session saved is what its cut texts would have cost in every request since, less what it cost to ask for them
again and to write again what a rewrite threw out of the cache. All of it is reckoned with the provider's own `usage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from agentforge.context import UNTOUCHED, Receipt, Settings, lock_tools, settings_of
from agentforge.gateway.own_answers import ANSWERED
from agentforge.gateway.sessions import Arm
from agentforge.tokens import Model, cost, model
from agentforge.wire import Request, Usage

SESSIONS_TO_JUDGE: Final = 5
MOST_COURSES: Final = 10_000
"""Sessions that are followed at once."""
SHELLS: Final = frozenset({"bash", "shell", "local_shell", "exec_command", "run_shell_command", "container.exec"})
"""Tools that can run our command, in lower case."""
_MISSED: Final = 2_000
_MISSED_SHARE: Final = 0.05
_MILLION: Final = Decimal(1_000_000)
_SHARES: Final = 10_000
_SETTING_OF: Final[Mapping[str, str]] = {"admit results": "admit", "repeat reads": "repeat_reads"}
"""The transforms that save by cutting, and the setting that switches each off."""


@dataclass(slots=True)
class Balance:
    """What a transform saved and cost in a project, in dollars, over so many sessions."""

    saved: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    sessions: int = 0
    is_off: bool = False

    @property
    def net(self) -> Decimal:
        """What is left."""
        return self.saved - self.cost


@dataclass(slots=True)
class _Course:
    """One session, as far as it went."""

    cut_bytes: dict[str, int] = field(default_factory=dict)
    """By transform: what would stand in every prompt now."""
    prompt: int = 0
    """Tokens of the last prompt."""
    at: int = 0


class Gate:
    """The settings of new sessions, by project; `holdout` is the share of sessions sent as they are, to compare."""

    def __init__(self, settings: Settings, *, holdout: float = 0.0) -> None:
        self._settings = settings
        self._holdout = holdout
        self._courses: dict[str, _Course] = {}
        self._balances: dict[str, dict[str, Balance]] = {}

    def choose(self, request: Request, *, project: str, key: str, adopted: bool) -> tuple[Settings, Arm]:
        """The settings and the arm of a session that was not seen before."""
        if _share(f"{project}\0{key}") < self._holdout:
            return UNTOUCHED, "held out"
        # A copy: it is learnt from another thread.
        off = [name for name, one in tuple(self._balances.get(project, {}).items()) if one.is_off]
        settings = settings_of({**self._settings.plain(), **{_SETTING_OF[name]: False for name in off}})
        return fitting(settings, request, adopted=adopted), "switched off" if off else "treated"

    def learn(
        self,
        *,
        project: str,
        session: str,
        at: int,
        model_id: str,
        receipts: Iterable[Receipt],
        usage: Usage,
        sent_bytes: int,
        is_followup: bool,
    ) -> dict[str, Any] | None:
        """What to say where a transform was switched off by what this request cost; None otherwise."""
        prices = model(model_id)
        course = self._courses.setdefault(session, _Course())
        if len(self._courses) > MOST_COURSES:
            del self._courses[next(iter(self._courses))]
        balances = self._balances.setdefault(project, {})
        new = {} if is_followup else _cut(receipts)
        for name in [name for name in new if name not in course.cut_bytes]:
            balances.setdefault(name, Balance()).sessions += 1
            course.cut_bytes[name] = 0
        ours = list(course.cut_bytes)
        if not ours or sent_bytes == 0:
            return None
        # The session's own requests say how many tokens a byte of it is.
        ratio = Decimal(usage.prompt) / sent_bytes
        if is_followup:
            self._charge(balances, ours, cost(usage, prices).total or Decimal(0))
        else:
            for name, total in new.items():
                fresh = max(total - course.cut_bytes.get(name, 0), 0)
                before = total - fresh
                balances[name].saved += _worth(fresh, before, ratio, usage, prices)
            course.cut_bytes |= new
            self._charge(balances, ours, self._missed(course, usage, at, prices))
            course.prompt, course.at = usage.prompt, at
        return self._judge(project, balances)

    def total(self) -> Balance:
        """What all transforms saved and cost in all projects."""
        every = [one for balances in self._balances.values() for one in balances.values()]
        return Balance(sum((one.saved for one in every), Decimal(0)), sum((one.cost for one in every), Decimal(0)))

    def balances(self, project: str) -> Mapping[str, Balance]:
        """What each transform saved and cost so far."""
        return self._balances.get(project, {})

    def _charge(self, balances: Mapping[str, Balance], names: list[str], dollars: Decimal) -> None:
        for name in names:
            balances[name].cost += dollars / len(names)

    def _missed(self, course: _Course, usage: Usage, at: int, prices: Model) -> Decimal:
        """What it cost that less was read from the cache than the request before had put there."""
        minutes = (at - course.at) / 60e9
        missed = course.prompt - usage.cache_read - usage.input_tokens
        if not course.prompt or minutes > 4.5 or missed < max(_MISSED, _MISSED_SHARE * course.prompt):
            return Decimal(0)
        paid = prices.prices_for(usage.prompt)
        if paid.write_5m is None or paid.read is None:
            return Decimal(0)
        return (paid.write_5m - paid.read) * missed / _MILLION

    def _judge(self, project: str, balances: Mapping[str, Balance]) -> dict[str, Any] | None:
        for name, one in balances.items():
            if name in _SETTING_OF and not one.is_off and one.sessions >= SESSIONS_TO_JUDGE and one.net < 0:
                one.is_off = True
                return {
                    "transform": name,
                    "project": project,
                    "sessions": one.sessions,
                    "saved_usd": float(one.saved),
                    "cost_usd": float(one.cost),
                    "method": "calibrated",
                }
        return None


def fitting(settings: Settings, request: Request, *, adopted: bool) -> Settings:
    """The settings as far as this session's client can carry them: nothing is cut that could not be asked for again."""
    names = {tool.name.lower() for tool in request.tools or ()}
    # What is sent before the messages is part of what the provider has cached and signed.
    settings = replace(settings, lazy_tools="off") if adopted else lock_tools(settings, request)
    recall = settings.recall
    if recall == "tool" and (request.dialect not in ANSWERED or adopted or not names or "recall" in names):
        # A tool more would change what the provider has cached and signed, and other dialects' streams pass unread.
        recall = "shell"
    if recall == "shell" and not names & SHELLS:
        recall = "none"
    return replace(settings, recall=recall)


def _worth(fresh: int, before: int, ratio: Decimal, usage: Usage, prices: Model) -> Decimal:
    """What cut bytes would have cost in this request: written where they are new, read where they are not."""
    paid = prices.prices_for(usage.prompt)
    plain = paid.input or Decimal(0)
    cached = usage.cache_read or usage.cache_write
    write = (paid.write_5m or plain) if cached else plain
    read = (paid.read or plain) if cached else plain
    return ratio * (fresh * write + before * read) / _MILLION


def _cut(receipts: Iterable[Receipt]) -> dict[str, int]:
    """Bytes that each transform left out of the prompt."""
    return {
        receipt.transform: sum(len(change.before.encode()) - len(change.after.encode()) for change in receipt.changes)
        for receipt in receipts
        if receipt.transform in _SETTING_OF and receipt.changes
    }


def _share(text: str) -> float:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % _SHARES / _SHARES
