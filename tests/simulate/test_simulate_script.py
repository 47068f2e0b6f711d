import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.simulate import Call, Failure, Need, Script, Step, Turn, load_script
from agentforge.wire import Json
from agentforge.wire.errors import ScriptError

WHOLE = """
about: one of each
turns:
  - Hello.
  - thinking: I look.
    text: Looking.
    calls:
      - name: read
        input: {path: a.py}
      - {name: grep, input: {for: x}, id: toolu_mine}
    usage: {input_tokens: null, cache_read_input_tokens: 99999999}
    failures:
      - {status: 429, headers: {retry-after: 1}}
      - {status: 529, type: odd_error, message: busy, after: 3}
    wait: 1
    pace: 0.5
    ping_every: 2
    cut_after: 4
  - search: ^git_
    blocks: [{type: hologram, x: 1}]
    stop_reason: pause_turn
    usage: null
aside: a title
last: The end.
"""


def test_every_feature_is_read():
    script = load_script(WHOLE, "s.yaml")
    first, second, third = script.turns
    assert first == Turn(text="Hello.")
    assert (second.thinking, second.text) == ("I look.", "Looking.")
    assert second.calls == (Call("read", {"path": "a.py"}), Call("grep", {"for": "x"}, "toolu_mine"))
    assert second.usage == {"input_tokens": None, "cache_read_input_tokens": 99999999}
    assert second.failures == (
        Failure(429, headers={"retry-after": "1"}),
        Failure(529, "odd_error", "busy", after=3),
    )
    assert (second.wait, second.pace, second.ping_every, second.cut_after) == (1.0, 0.5, 2, 4)
    assert (third.search, third.stop_reason, third.usage) == ("^git_", "pause_turn", None)
    assert third.blocks == (Json(b'{"type":"hologram","x":1}'),)
    assert (script.aside, script.last) == ("a title", "The end.")
    assert script.uses_tools


def test_every_script_in_the_manual_is_one():
    manual = (Path(__file__).parents[2] / "docs" / "simulate.md").read_text(encoding="utf-8")
    scripts = re.findall(r"^```yaml\n(.*?)^```", manual, re.DOTALL | re.MULTILINE)
    turns, steps = (load_script(script, "docs/simulate.md") for script in scripts)
    assert len(turns.turns) == 9
    assert len(steps.steps) == 3


def test_json_is_read_as_well():
    assert load_script('{"turns": ["a", {"text": "b"}]}', "s.json").turns == (Turn(text="a"), Turn(text="b"))


def test_steps_are_turns_with_needs():
    script = load_script(
        "steps:\n  - calls: [{name: read}]\n  - text: done\n    needs: [{text: 'port 80', of: 0, hint: port}]\n", "s"
    )
    assert script == Script(
        steps=(Step(Turn(calls=(Call("read"),))), Step(Turn(text="done"), (Need("port 80", 0, "port"),)))
    )


def test_a_script_without_calls_uses_no_tools():
    assert not load_script("turns: [a]", "s").uses_tools
    assert not Script().uses_tools


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("turns: [", "s:1", "not YAML"),
        ("turns:\n\t- a", "s:2", "not YAML"),
        ("\x00", "s", "not YAML"),
        ("[" * 3000, "s", "not YAML"),
        ("hello", "s:1", "expected members such as `turns:` or `steps:`"),
        ("", "s:1", "expected members"),
        ("turn: []", "s:1", "turn: not known here; there are: turns, steps, aside, last, about"),
        ("turns: {}\n", "s:1", None),
        ("turns: x", "s:1", "`turns` is a list"),
        ("turns: [a]\nsteps: [{}]", "s:1", "not both"),
        ("turns:\n  - a\n  - 7", "s:3", "expected members out of: thinking"),
        ("turns:\n  - a\n\n  - txt: b", "s:4", "txt: not known here"),
        ("turns:\n  - text: 7", "s:2", "Expected `str | null`, got `int` - at `text`"),
        ("turns:\n  - calls: [{name: 7}]", "s:2", "at `calls[0].name`"),
        ("turns:\n  - calls: [{title: x}]", "s:2", "title: not known here; there are: name, input, id"),
        ("turns:\n  - calls: [x]", "s:2", "expected members out of: name"),
        ("turns:\n  - calls: x", "s:2", "`calls` is a list"),
        ("turns:\n  - blocks: [5]", "s:2", "a block has a `type:`"),
        ("turns:\n  - failures: [{status: 200}]", "s:2", "at `failures[0].status`"),
        ("turns:\n  - failures: [{headers: 7}]", "s:2", "`headers` has names and values"),
        ("turns:\n  - wait: -1", "s:2", "at `wait`"),
        ("turns:\n  - cut_after: soon", "s:2", "at `cut_after`"),
        ("steps:\n  - text: a\n  - needs: [{text: x, of: 1}]", "s:3", "`of: 1` is no earlier step; the first one is 0"),
        ("steps:\n  - needs: [{of: 0}]", "s:2", "missing required field `text`"),
        ("steps: [a]", "s:1", "expected members out of"),
        ("aside: 7", "s:1", "Expected `str`"),
    ],
)
def test_what_is_wrong_in_a_script_is_named_with_its_line(text, where, what):
    if what is None:
        assert load_script(text, "s") == Script()
        return
    with pytest.raises(ScriptError) as wrong:
        load_script(text, "s")
    assert wrong.value.where == where
    assert what in wrong.value.what


@given(st.text(max_size=60) | st.lists(st.sampled_from(WHOLE.splitlines()), max_size=9).map("\n".join))
def test_any_text_is_a_script_or_an_error_that_names_the_file(text):
    try:
        where = ""
        load_script(text, "some.yaml")
    except ScriptError as error:
        where = error.where
    assert not where or where.startswith("some.yaml")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (404, "not_found_error"),
        (418, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_a_failures_type_follows_its_status_unless_it_is_said(status, kind):
    assert Failure(status).kind == kind
    assert Failure(status, "mine").kind == "mine"
