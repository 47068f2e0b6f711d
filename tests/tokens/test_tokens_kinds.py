import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens.kinds import KINDS, kind_of

CODE = """\
def add(a: int, b: int) -> int:
    total = a + b
    return total


class Box:
    def __init__(self) -> None:
        self.items = []
"""
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("code", CODE),
        ("code", "const a = (x) => {\n  return x.map((y) => y[0]);\n};\n"),
        ("listing", "\n".join(f"{number:6}\t{line}" for number, line in enumerate(CODE.splitlines(), 1))),
        ("listing", "\n".join(f"{number}→{line}" for number, line in enumerate(CODE.splitlines(), 1))),
        ("json", json.dumps(SCHEMA)),
        ("json", "{}"),
        ("json", json.dumps([SCHEMA, SCHEMA])),
        ("json_indented", json.dumps(SCHEMA, indent=2)),
        ("markdown", "# Title\n\nSome words.\n\n- one\n- two\n- three\n"),
        ("prose", "You are a careful engineer. Read before you write, and say what you did."),
        ("prose", "First a line of words,\nthen another one that goes on\nand ends here."),
        ("prose", ""),
    ],
)
def test_the_kind_of_a_text_is_seen(kind: str, text: str) -> None:
    assert kind_of(text) == kind


@given(st.text())
def test_any_text_has_a_kind(text: str) -> None:
    assert kind_of(text) in KINDS


@pytest.mark.parametrize("unit", [" ", "\n", "{", "[", "(", '"', "{\n", "a(", "# ", "1", '" '])
def test_a_hostile_text_has_a_kind_in_no_time(unit: str) -> None:
    assert kind_of(unit * 1_000_000) in KINDS
