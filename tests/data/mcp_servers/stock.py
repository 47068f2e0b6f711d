"""A warehouse's records in five forms, each of about ten thousand tokens, with errors, outliers and plain facts.

As a program it is an MCP server with one tool for each form; tests import it to know what it says.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

PARTS = (1, 2)
WORDS = (
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "karst",
    "ledge",
    "mesa",
    "north",
    "oxbow",
    "plain",
    "quay",
    "ridge",
)


@dataclass(frozen=True)
class Told:
    """What one call is answered, and what somebody planted in it."""

    text: str
    critical: tuple[str, ...]
    """Errors and outliers: words that must not be lost from view."""
    plain: tuple[tuple[str, str], ...]
    """What one would look for, and the line or member that has it, to the byte."""


def _chance(kind: str, part: int) -> random.Random:
    return random.Random(f"{kind} {part}")


def _some(chance: random.Random, number: int, count: int, odd: set[int]) -> list[int]:
    return sorted(chance.sample([at for at in range(number) if at not in odd], count))


def orders(part: int) -> Told:
    """JSON: a page of orders; one was refused, one is far too large."""
    chance = _chance("orders", part)
    number = 105
    refused, large = chance.randrange(20, 50), chance.randrange(60, 90)
    found = []
    for at in range(number):
        total = round(chance.uniform(8, 240), 2)
        found.append(
            {
                "id": f"ord-{part}{at:04}",
                "customer": f"{chance.choice(WORDS)}-{chance.randrange(100, 999)}",
                "lines": chance.randrange(1, 9),
                "total": 91_204.5 + part if at == large else total,
                "currency": "EUR",
                "status": "error" if at == refused else chance.choice(("shipped", "packed", "shipped")),
                "message": f"payment refused by the bank, code 44{part}7" if at == refused else None,
                "reference": f"{chance.getrandbits(48):012x}",
            }
        )
    critical = (f"payment refused by the bank, code 44{part}7", f"{91_204.5 + part}")
    picked = [found[at] for at in _some(chance, number, 4, {refused, large})]
    plain = tuple((one["id"], f'"reference": "{one["reference"]}"') for one in picked)
    return Told(json.dumps({"page": part, "orders": found}), critical, plain)


def readings(part: int) -> Told:
    """CSV: what the sensors said; one is broken, one reads what cannot be."""
    chance = _chance("readings", part)
    number = 210
    broken, odd = chance.randrange(50, 90), chance.randrange(110, 180)
    rows = ["time,station,celsius,humidity,volts,state"]
    for at in range(number):
        celsius = f"{412 + part}.5" if at == odd else f"{chance.uniform(-4, 9):.2f}"
        state = f"FAULT probe {part} not connected" if at == broken else "ok"
        rows.append(
            f"2026-03-0{part}T{at // 24 % 24:02}:{at % 24 * 2:02}:{at % 60:02}Z,"
            f"{chance.choice(WORDS)}-{at:03},{celsius},{chance.uniform(30, 60):.1f},"
            f"{chance.uniform(3.1, 3.4):.3f},{state}"
        )
    plain = tuple((rows[at + 1].split(",")[1], rows[at + 1]) for at in _some(chance, number, 4, {broken, odd}))
    return Told("\n".join(rows) + "\n", (rows[broken + 1], rows[odd + 1]), plain)


def test_log(part: int) -> Told:
    """What a test runner printed: two of some hundreds fail."""
    chance = _chance("log", part)
    number = 250
    failing = _some(chance, number, 2, set())
    names = [
        f"tests/test_{chance.choice(WORDS)}.py::test_{chance.choice(WORDS)}_{chance.choice(WORDS)}_{at:03}"
        for at in range(number)
    ]
    lines = ["=" * 20 + " test session starts " + "=" * 20, f"collected {number} items", ""]
    for at, name in enumerate(names):
        ended = "FAILED" if at in failing else "PASSED"
        lines.append(f"{name} {ended} in {chance.uniform(0.001, 0.4):.3f}s [{at * 100 // number:3}%]")
    lines += ["", "=" * 20 + " FAILURES " + "=" * 20]
    critical = []
    for at in failing:
        wrong = f"E       AssertionError: assert {chance.randrange(900)} == {chance.randrange(1000, 2000)}"
        path, _, test = names[at].partition("::")
        lines += [
            f"_____ {test} _____",
            f"    def {test}(stock):",
            "        left = stock.count()",
            ">       assert left",
            wrong,
        ]
        lines += ["", f"{path}:{at + 11}: AssertionError"]
        critical += [f"{names[at]} FAILED", wrong]
    lines.append(f"{'=' * 10} {len(failing)} failed, {number - len(failing)} passed in 41.07s {'=' * 10}")
    rows = lines[3 : 3 + number]
    plain = tuple((names[at].rpartition("_")[2], rows[at]) for at in _some(chance, number, 4, set(failing)))
    return Told("\n".join(lines) + "\n", tuple(critical), tuple((f"_{word} ", row) for word, row in plain))


def services(part: int) -> Told:
    """YAML: the services and how they are set; one has crashed, one has far too many replicas."""
    chance = _chance("services", part)
    number = 118
    crashed, many = chance.randrange(20, 50), chance.randrange(60, 100)
    lines = ["services:"]
    plain = []
    kept = _some(chance, number, 4, {crashed, many})
    for at in range(number):
        image = f"    image: registry.local/{chance.choice(WORDS)}:{chance.randrange(1, 9)}.{chance.randrange(40)}.{at}"
        lines += [
            f"  - name: {chance.choice(WORDS)}-{at:03}",
            image,
            f"    replicas: {900 + part if at == many else chance.randrange(1, 5)}",
            f"    port: {chance.randrange(8000, 9000)}",
            f"    memory: {chance.choice((128, 256, 512))}Mi",
            f"    state: {'crashed' if at == crashed else 'running'}",
            *([f"    last_error: out of file handles after {7000 + part} requests"] if at == crashed else ()),
            f"    zone: {chance.choice('abc')}",
        ]
        if at in kept:
            plain.append((image.rpartition(".")[0].strip(), image))
    critical = (f"out of file handles after {7000 + part} requests", f"replicas: {900 + part}")
    return Told("\n".join(lines) + "\n", critical, tuple(plain))


def module(part: int) -> Told:
    """Python: a long module with two remarks that warn."""
    chance = _chance("module", part)
    number = 90
    warned, raising = chance.randrange(20, 45), chance.randrange(50, 80)
    lines = ['"""How goods are priced and moved."""', "", "from decimal import Decimal", ""]
    plain = []
    kept = _some(chance, number, 4, {warned, raising})
    for at in range(number):
        name = f"{chance.choice(WORDS)}_{chance.choice(WORDS)}_{at:03}"
        rate = f"    rate = Decimal(stock.weight) * {chance.randrange(100, 999)} + {chance.randrange(10_000, 99_999)}"
        lines += [
            "",
            f"def {name}(stock, moved, *, urgent=False):",
            f'    """The {chance.choice(WORDS)} fee of what was moved."""',
            *([f"    # CAUTION: rounds the wrong way since rate table {part}9"] if at == warned else ()),
            rate,
            f"    for step in range({chance.randrange(2, 9)}):",
            f"        rate -= moved.{chance.choice(WORDS)}[step] / {chance.randrange(2, 40)}",
            *([f'    raise NotImplementedError("zone {part}3 has no price")'] if at == raising else ()),
            "    return rate if urgent else rate / 2",
            "",
        ]
        if at in kept:
            plain.append((rate.rpartition(" ")[2], rate))
    critical = (f"# CAUTION: rounds the wrong way since rate table {part}9", f'"zone {part}3 has no price"')
    return Told("\n".join(lines) + "\n", critical, tuple(plain))


TOOLS: dict[str, Callable[[int], Told]] = {
    "orders": orders,
    "readings": readings,
    "test_log": test_log,
    "services": services,
    "module": module,
}


def main() -> None:
    """Nothing; it served."""
    from speak import HELLO, serve

    whole = {"type": "object", "properties": {"part": {"type": "integer"}}, "required": ["part"]}
    listed = [
        {"name": name, "description": (told.__doc__ or "").partition("\n")[0], "inputSchema": whole}
        for name, told in TOOLS.items()
    ]

    def call(asked):
        text = TOOLS[asked["name"]](asked["arguments"]["part"]).text
        return {"content": [{"type": "text", "text": text}]}

    serve({"initialize": HELLO, "tools/list": {"tools": listed}, "tools/call": call})


if __name__ == "__main__":
    main()
