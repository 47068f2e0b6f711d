import json

import pytest

from agentforge.simulate import Call, Need, Provider, Script, Step, Turn
from agentforge.simulate.seeker import next_turn
from agentforge.wire import decode_request, decode_response
from agentforge.wire.jsontext import dump
from agentforge.wire.values import ToolUse
from simulate.asking import ask, tool

FACT = "the port is 8443"
STEPS = (
    Step(Turn(calls=(Call("read", {"path": "conf"}),))),
    Step(Turn(calls=(Call("read", {"path": "other"}),))),
    Step(Turn(text=f"So {FACT}."), (Need(FACT, 0, "port"),)),
)
RESULTS = {"conf": FACT, "other": "nothing"}
PATHS = {"anthropic": "/v1/messages", "openai-chat": "/v1/chat/completions", "openai-responses": "/v1/responses"}
DIALECTS = sorted(PATHS)
CUT = "[cut]"


class Client:
    """Plays the scripted agent in any dialect; `cut` says what becomes of old results before each request."""

    def __init__(self, dialect, cut=lambda results: results, steps=STEPS, recall=False):
        self.of = Provider(Script(steps=steps, last="over"))
        self.dialect, self.cut, self.recall = dialect, cut, recall
        self.calls: list[list[dict]] = []
        self.results: list[str] = []
        self.asked = [("user", "find the port")]

    def run(self, most=9):
        for _ in range(most):
            body = self.body()
            answer = ask(self.of, body, PATHS[self.dialect])
            assert answer.status == 200, answer.plain
            response = decode_response(self.dialect, answer.reply.body)
            calls = [block for block in response.blocks if isinstance(block, ToolUse)]
            if not calls:
                return body, response
            self.asked.append(("calls", [(one.id, one.name, one.input.value) for one in calls]))
            for one in calls:
                given = one.input.value
                self.asked.append(("result", (one.id, RESULTS[given["path"]] if "path" in given else FACT)))
        raise AssertionError("the agent never came to an end")

    def body(self):
        places = [at for at, (kind, _) in enumerate(self.asked) if kind == "result"]
        shown = dict(zip(places, self.cut([self.asked[at][1][1] for at in places]), strict=True))
        turns = [
            (kind, (what[0], shown[at]) if kind == "result" else what) for at, (kind, what) in enumerate(self.asked)
        ]
        return getattr(self, self.dialect.replace("-", "_"))(turns)

    def tools(self):
        names = ["read", *(["mcp__af__recall"] if self.recall else [])]
        schema = {"type": "object", "properties": {"handle": {"type": "string"}, "query": {"type": "string"}}}
        return [(name, schema) for name in names]

    def anthropic(self, turns):
        def turn(kind, what):
            if kind == "calls":
                uses = [{"type": "tool_use", "id": i, "name": n, "input": g} for i, n, g in what]
                return {"role": "assistant", "content": uses}
            if kind == "result":
                result = {"type": "tool_result", "tool_use_id": what[0], "content": what[1]}
                return {"role": "user", "content": [result]}
            return {"role": "user", "content": what}

        tools = [{"name": name, "input_schema": schema} for name, schema in self.tools()]
        messages = [turn(*one) for one in turns]
        return {"model": "claude-opus-5", "max_tokens": 500, "tools": tools, "messages": messages}

    def openai_chat(self, turns):
        def turn(kind, what):
            if kind == "calls":
                return {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": i, "type": "function", "function": {"name": n, "arguments": json.dumps(g)}}
                        for i, n, g in what
                    ],
                }
            if kind == "result":
                return {"role": "tool", "tool_call_id": what[0], "content": what[1]}
            return {"role": "user", "content": what}

        tools = [{"type": "function", "function": {"name": n, "parameters": s}} for n, s in self.tools()]
        return {"model": "gpt-5.5", "tools": tools, "messages": [turn(*one) for one in turns]}

    def openai_responses(self, turns):
        def items(kind, what):
            if kind == "calls":
                return [
                    {"type": "function_call", "call_id": i, "name": n, "arguments": json.dumps(g)} for i, n, g in what
                ]
            if kind == "result":
                return [{"type": "function_call_output", "call_id": what[0], "output": what[1]}]
            return [{"role": "user", "content": what}]

        tools = [{"type": "function", "name": n, "parameters": s} for n, s in self.tools()]
        return {"model": "gpt-5.5", "tools": tools, "input": [item for one in turns for item in items(*one)]}


def drop_the_first(results):
    return [CUT if at == 0 else one for at, one in enumerate(results)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_with_its_facts_in_view_the_agent_goes_straight_on(dialect):
    client = Client(dialect)
    _, response = client.run()
    assert FACT in response.blocks[0].text
    assert len(client.of.exchanges) == 3
    assert (client.of.tally.refetches, client.of.tally.recalls, client.of.tally.lost) == (0, 0, [])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_cut_is_fetched_again_and_costs_a_request(dialect):
    client = Client(dialect, drop_the_first)
    client.run()
    assert len(client.of.exchanges) == 4
    assert client.of.tally.refetches == 1
    assert [what for kind, what in client.asked if kind == "calls"][2][0][2] == {"path": "conf"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_with_a_recall_tool_and_a_handle_it_recalls_instead(dialect):
    def cut(results):
        return [f"{CUT} recall:0123abcd" if at == 0 else one for at, one in enumerate(results)]

    client = Client(dialect, cut, recall=True)
    client.run()
    assert (client.of.tally.recalls, client.of.tally.refetches) == (1, 0)
    (_, name, given) = [what for kind, what in client.asked if kind == "calls"][2][0]
    assert (name, given) == ("mcp__af__recall", {"handle": "recall:0123abcd", "query": "port"})


def test_without_a_recall_tool_a_handle_is_no_use():
    client = Client("anthropic", lambda results: [f"recall:0123abcd {CUT}", *results[1:]] if results else results)
    client.run()
    assert (client.of.tally.recalls, client.of.tally.refetches) == (0, 1)


def test_the_handle_of_the_result_that_was_cut_is_preferred_to_a_later_one():
    def cut(results):
        return [f"recall:{'ab'[at]}{at}11111" if at < 2 else one for at, one in enumerate(results)]

    client = Client("anthropic", cut, recall=True)
    client.run()
    assert [what for kind, what in client.asked if kind == "calls"][2][0][2]["handle"] == "recall:a011111"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_never_comes_back_is_lost_and_counted_once(dialect):
    client = Client(dialect, lambda results: [CUT] * len(results))
    body, _ = client.run()
    assert client.of.tally.refetches == 2
    assert client.of.tally.lost == [FACT]
    ask(client.of, body, PATHS[dialect])
    assert client.of.tally.lost == [FACT]


def test_a_fact_in_the_system_prompt_is_in_view():
    request = {"model": "m", "messages": [{"role": "user", "content": "x"}], "system": f"know: {FACT}"}
    steps = (Step(Turn(text="a"), (Need(FACT, 0),)),)
    taken = next_turn(steps, decode_request("anthropic", dump(request)))
    assert (taken.lost, taken.refetched) == ((), "")


def test_what_the_agent_said_itself_is_not_in_view():
    said = [{"role": "user", "content": "x"}, {"role": "assistant", "content": FACT}, {"role": "user", "content": "y"}]
    steps = (Step(Turn(calls=(Call("read"),))), Step(Turn(text="a"), (Need(FACT, 0),)))
    assert next_turn(steps[1:], decode_request("anthropic", dump({"model": "m", "messages": said}))).refetched == FACT


def test_when_the_steps_are_over_the_script_has_a_last_word():
    client = Client("anthropic", steps=STEPS[:1])
    _, response = client.run()
    assert response.blocks[0].text == "over"


def test_tools_with_odd_schemas_are_recalled_by_a_pattern():
    plain = {
        "model": "m",
        "messages": [{"role": "user", "content": "see recall:abcdef"}],
        "tools": [{**tool("recall"), "input_schema": {"properties": 7}}],
    }
    taken = next_turn((Step(Turn(text="a"), (Need(FACT, 0),)),), decode_request("anthropic", dump(plain)))
    assert taken.recalled == FACT
    assert taken.turn.calls[0].input == {"handle": "recall:abcdef", "pattern": FACT}
