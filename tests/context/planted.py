"""Tool results as agents get them, made by hand, with facts planted in them: some that must be seen, some plain.

A plain fact may be left out, and then one recall brings it back.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentforge.context.admission import Call


@dataclass(frozen=True)
class Planted:
    """A result, the call it answers, what of it must be seen, and a plain fact with the query that brings it back."""

    name: str
    family: str
    call: Call
    text: str
    critical: tuple[str, ...]
    plain: str
    query: Mapping[str, Any] = field(default_factory=dict)


def pytest_run(failures: int = 5, tests: int = 3_000) -> Planted:
    """A verbose run with a few failures far apart."""
    chance = random.Random(1)
    failing = sorted(chance.sample(range(tests), failures))
    lines = [
        "============================= test session starts ==============================",
        "platform linux -- Python 3.12.1, pytest-8.2.0, pluggy-1.5.0",
        f"collected {tests} items",
        "",
    ]
    for number in range(tests):
        name = f"tests/unit/test_part_{number // 40:02}.py::test_case_{number:04}"
        lines.append(f"{name} {'FAILED' if number in failing else 'PASSED':<30} [{number * 100 // tests:3}%]")
    lines += ["", "=================================== FAILURES ==================================="]
    critical = []
    for number in failing:
        file = f"tests/unit/test_part_{number // 40:02}.py"
        reason = f"AssertionError: basket {number} holds {number % 7} items, not {number % 7 + 1}"
        lines += [
            f"_________________________________ test_case_{number:04} _________________________________",
            "",
            f"    def test_case_{number:04}():",
            f"        basket = Basket.of({number})",
            f">       assert basket.size == {number % 7 + 1}, basket",
            f"E       {reason}",
            "",
            f"{file}:{10 + number % 40}: AssertionError",
        ]
        critical += [f"E       {reason}", f"FAILED {file}::test_case_{number:04}"]
    lines += ["=========================== short test summary info ============================"]
    for number in failing:
        lines.append(f"FAILED tests/unit/test_part_{number // 40:02}.py::test_case_{number:04} - AssertionError")
    total = f"{failures} failed, {tests - failures} passed in 41.22s"
    lines.append(f"=================== {total} ===================")
    plain = next(line for line in lines if f"test_case_{tests // 2:04} " in line)
    call = Call("Bash", {"command": "python -m pytest -v"})
    return Planted(
        "pytest",
        "test run",
        call,
        "\n".join(lines),
        (*critical, total),
        plain,
        {"pattern": f"test_case_{tests // 2:04} "},
    )


def records(number: int = 2_000) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Orders, three of them outliers, two in error."""
    chance = random.Random(2)
    rows: list[dict[str, Any]] = [
        {
            "id": 10_000 + at,
            "customer": f"customer-{chance.randrange(10**6):06}",
            "status": chance.choice(("shipped", "shipped", "packed", "open")),
            "total": round(chance.uniform(5, 240), 2),
            "weight_g": chance.randint(200, 4_000),
        }
        for at in range(number)
    ]
    at = [number * part // 7 for part in range(1, 6)]
    rows[at[0]]["total"] = 98_431.07
    rows[at[1]]["weight_g"] = 7_512_004
    rows[at[2]]["total"] = -4_217.55
    rows[at[3]]["status"] = "payment_failed"
    rows[at[4]]["status"] = "error: address rejected"
    critical = ("98431.07", "7512004", "-4217.55", "payment_failed", "error: address rejected")
    return rows, (*critical, *(str(10_000 + one) for one in at))


def json_list(indent: int | None = None, number: int = 2_000) -> Planted:
    """What an MCP server gives back."""
    rows, critical = records(number)
    text = json.dumps({"next": None, "orders": rows}, indent=indent)
    row = rows[number // 2 + 3]
    query = {"path": f"orders[{number // 2 + 3}].customer"}
    return Planted(
        f"json {indent}", "json", Call("mcp__shop__orders", {"limit": number}), text, critical, row["customer"], query
    )


def json_lines() -> Planted:
    rows, critical = records(500)
    text = "\n".join(map(json.dumps, rows))
    row = rows[277]
    return Planted(
        "json lines",
        "json lines",
        Call("Bash", {"command": "cat orders.jsonl"}),
        text,
        critical,
        json.dumps(row),
        {"lines": "278"},
    )


def csv_table(number: int = 900) -> Planted:
    rows, critical = records(number)
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    row = rows[number // 2 + 3]
    query = {"where": f"id={row['id']}"}
    return Planted(
        "csv", "table", Call("Bash", {"command": "cat orders.csv"}), "\n".join(lines), critical, row["customer"], query
    )


def settings_file() -> Planted:
    chance = random.Random(4)
    lines = ["version: 3", "services:"]
    for at in range(260):
        lines += [
            f"  - name: service-{at:03}",
            f"    image: registry.example/service-{at:03}:{chance.randint(1, 9)}.{chance.randint(0, 20)}",
            f"    replicas: {9000 if at == 111 else chance.randint(2, 6)}",
            f"    state: {'CrashLoopBackOff' if at == 57 else 'degraded' if at == 201 else 'running'}",
            f"    timeout: {chance.randint(20, 40)}",
        ]
    text = "\n".join(lines)
    image = next(line for line in lines if "service-150:" in line)
    critical = ("replicas: 9000", "name: service-111", "CrashLoopBackOff", "name: service-057", "state: degraded")
    return Planted(
        "yaml",
        "settings",
        Call("Read", {"file_path": "/p/deploy.yaml"}),
        text,
        critical,
        image,
        {"pattern": "service-150:"},
    )


def build_log() -> Planted:
    chance = random.Random(5)
    lines = [f"[{at:4}/900] Building CXX object src/CMakeFiles/app.dir/part_{at:03}.cpp.o" for at in range(1, 901)]
    lines.insert(
        300,
        "src/part_300.cpp:41:17: warning: unused variable 'width' [-Wunused-variable]\n"
        "   41 |     int width = 3;\n      |         ^~~~~",
    )
    lines.insert(
        620,
        "src/part_619.cpp:88:5: error: no matching function for call to 'resize(int)'\n"
        "   88 |     resize(n);\n      |     ^~~~~~",
    )
    lines.insert(700, f"ld: undefined reference to `frame_{chance.randint(10, 99)}_draw'")
    plain = next(line for line in lines if "part_450" in line)
    lines += ["ninja: build stopped: subcommand failed.", "exit status 1"]
    critical = (
        "part_300.cpp:41:17: warning",
        "part_619.cpp:88:5: error: no matching",
        "undefined reference",
        "subcommand failed",
    )
    return Planted(
        "build",
        "output",
        Call("Bash", {"command": "ninja"}),
        "\n".join(lines),
        critical,
        plain,
        {"pattern": "part_450"},
    )


def server_log() -> Planted:
    chance = random.Random(6)
    lines = [
        f"2026-03-0{1 + at // 400} 10:{at // 60 % 60:02}:{at % 60:02} INFO  web-{at % 4} "
        f"GET /api/items/{chance.randrange(9999)} 200 {chance.randint(4, 60)}ms"
        for at in range(900)
    ]
    lines[333] = "2026-03-01 10:05:33 ERROR web-1 GET /api/items/77 500 12ms"
    lines.insert(
        334,
        'Traceback (most recent call last):\n  File "app/items.py", line 31, in get\n    return rows[0]\n'
        "IndexError: list index out of range",
    )
    lines[700] = "2026-03-02 10:11:40 INFO  web-2 GET /api/items/901 200 48211ms"
    lines[801] = "configuration reloaded by operator"
    critical = ("500 12ms", "IndexError: list index out of range", "48211ms", "configuration reloaded")
    return Planted(
        "log",
        "output",
        Call("Bash", {"command": "cat web.log"}),
        "\n".join(lines),
        critical,
        lines[512],
        {"lines": "516"},
    )


def source_file() -> Planted:
    lines = ['"""Prices."""', "", "import decimal", "from shop.basket import Basket", ""]
    for at in range(70):
        lines += [
            "",
            f"def price_{at:02}(basket: Basket, rate: decimal.Decimal) -> decimal.Decimal:",
            f'    """The price in zone {at}."""',
            *(
                f"    step_{step} = rate * decimal.Decimal('{at}.{step}') + basket.weight * {step + at}"
                for step in range(7)
            ),
            f"    return step_0 + step_6 - {at * 17}",
            "",
        ]
        if at == 33:
            lines.insert(-3, "    # BUG: rounds the wrong way for refunds")
    text = "\n".join(f"{number}\t{line}" for number, line in enumerate(lines, 1))
    plain = next(line for line in text.split("\n") if "step_4 = rate * decimal.Decimal('51.4')" in line)
    critical = (
        "BUG: rounds the wrong way",
        "def price_05(",
        "import decimal",
        "step_3 = rate * decimal.Decimal('12.3')",
    )
    return Planted(
        "source",
        "source",
        Call("Read", {"file_path": "/p/shop/prices.py"}, "why is price_12 wrong?"),
        text,
        critical,
        plain,
        {"pattern": "'51\\.4'"},
    )


ALL = (
    pytest_run(3, 430),
    json_list(),
    json_list(indent=2, number=260),
    json_list(number=380),
    json_lines(),
    csv_table(),
    settings_file(),
    build_log(),
    server_log(),
    source_file(),
)
"""About 40 KB each, as most servers allow, and one of 200 KB."""
