"""What a usage costs, in dollars, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from agentforge.tokens.models import Model, model
from agentforge.wire import Usage

MILLION: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars by part; None where there were such tokens and their price is not known."""

    model: str
    input: Decimal | None
    write_5m: Decimal | None
    write_1h: Decimal | None
    read: Decimal | None
    output: Decimal | None
    date: str
    """When these were the prices; empty for an unknown model."""

    @property
    def known(self) -> bool:
        """Whether every part that was used has a price."""
        return None not in self._parts

    @property
    def total(self) -> Decimal | None:
        """All parts together; None when one of them is not known: part of a bill is no bill."""
        parts = [part for part in self._parts if part is not None]
        return sum(parts, Decimal(0)) if len(parts) == len(self._parts) else None

    @property
    def _parts(self) -> tuple[Decimal | None, ...]:
        return (self.input, self.write_5m, self.write_1h, self.read, self.output)


def cost(usage: Usage, of: str | Model) -> Cost:
    """What that usage costs with that model. The usage itself tells which cache writes were for an hour.

    A usage that contradicts itself (more cached than there was, more for an hour than was written) costs no less for
    it: no part is below zero, and the writes are what their parts say at least.
    """
    priced = model(of) if isinstance(of, str) else of
    plain, read, output = max(usage.input_tokens, 0), max(usage.cache_read, 0), max(usage.output_tokens, 0)
    hour = max(usage.cache_write_1h, 0)
    five = max(usage.cache_write - hour, 0)
    prices = priced.prices_for(plain + read + five + hour)
    return Cost(
        model=priced.id,
        input=_dollars(plain, prices.input),
        write_5m=_dollars(five, prices.write_5m),
        write_1h=_dollars(hour, prices.write_1h),
        read=_dollars(read, prices.read),
        output=_dollars(output, prices.output),
        date=priced.date,
    )


def _dollars(tokens: int, price: Decimal | None) -> Decimal | None:
    if not tokens:
        return Decimal(0)
    return None if price is None else tokens * price / MILLION
