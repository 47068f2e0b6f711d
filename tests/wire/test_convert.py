import copy
import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire import (
    DIALECTS,
    Dialect,
    canonical,
    convert_request,
    convert_response,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from agentforge.wire.errors import NotTranslatable
from agentforge.wire.losses import LOSS_RULES, Loss, at
from strategies import REQUESTS, caches, conversations, json_objects, json_values, texts

OTHER: dict[Dialect, Dialect] = {"anthropic": "openai-chat", "openai-chat": "anthropic"}
pairs = st.sampled_from(sorted(OTHER))


def written(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False).encode()


def converted(came: Dialect, plain: Any, **options: Any) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    """What the other dialect's JSON says, and what it does not."""
    request, losses = convert_request(decode_request(came, written(plain)), OTHER[came], **options)
    return json.loads(encode_request(request)), losses


# What a request says, leaf by leaf: each leaf is made unlike any other, so that it can be looked for.


def mark(plain: Any, key: str = "", count: list[int] | None = None) -> Any:
    count = [0] if count is None else count
    match plain:
        case dict():
            return {name: mark(value, name, count) for name, value in plain.items()}
        case list():
            return [mark(value, key, count) for value in plain]
        case str() if plain and key not in ("role", "type"):
            count[0] += 1
            return f"{plain}x{count[0]}x"
        case int() | float() if not isinstance(plain, bool):
            count[0] += 1
            return 10**12 + count[0]
    return plain


def leaves(plain: Any, where: str = "", key: str = "") -> list[tuple[str, str]]:
    match plain:
        case dict():
            return [leaf for name, value in plain.items() for leaf in leaves(value, at(where, name), name)]
        case list():
            return [leaf for i, value in enumerate(plain) for leaf in leaves(value, f"{where}[{i}]", key)]
        case str() if plain and key not in ("role", "type"):
            return [(where, plain[plain[:-1].rindex("x") :])]
        case int() if not isinstance(plain, bool):
            return [(where, str(plain))]
    return []


def is_covered(where: str, losses: tuple[Loss, ...]) -> bool:
    gone = [loss.where for loss in losses if LOSS_RULES[loss.rule].gone]
    return any(where == place or where.startswith((f"{place}.", f"{place}[")) for place in gone)


def missing(came: Dialect, plain: Any) -> list[str]:
    plain = mark(plain)
    out, losses = converted(came, plain)
    text = json.dumps(out)
    return [where for where, word in leaves(plain) if word not in text and not is_covered(where, losses)]


@given(pairs.flatmap(lambda came: st.tuples(st.just(came), REQUESTS[came])))
def test_law_4_nothing_is_lost_without_a_word_however_odd_the_request(given_):
    assert missing(*given_) == []


extra_members = st.dictionaries(st.sampled_from(["holo", "odd key", "x-1"]), json_values, max_size=1)
said = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=9)
signs = st.text("abcXYZ019_-", min_size=1, max_size=9)


@st.composite
def anthropic_requests(draw: st.DrawFn, *, plain: bool) -> dict[str, Any]:
    """A client's request; a plain one has nothing but what both dialects can say, cache markers aside."""
    members = st.just({}) if plain else extra_members
    marks = st.just({}) | st.fixed_dictionaries({"cache_control": caches})

    def text() -> dict[str, Any]:
        return {"type": "text", "text": draw(said)} | draw(marks) | draw(members)

    def turn(role: str, blocks: list[Any]) -> dict[str, Any]:
        return {"role": role, "content": blocks} | draw(members)

    def words() -> Any:
        return draw(said) if draw(st.booleans()) else [text() for _ in range(draw(st.integers(1, 2)))]

    messages: list[Any] = []
    for at_ in range(draw(st.integers(1, 3))):
        messages.append({"role": "user", "content": words()} | draw(members))
        uses = [
            {"type": "tool_use", "id": f"toolu_{at_}{i}", "name": draw(signs), "input": draw(json_objects)}
            | draw(marks)
            | draw(members)
            for i in range(draw(st.integers(0, 3)))
        ]
        if not plain and draw(st.booleans()):
            uses.insert(0, {"type": "thinking", "thinking": draw(said), "signature": draw(said)})
        messages.append(turn("assistant", [text() for _ in range(draw(st.integers(0 if uses else 1, 2)))] + uses))
        results: list[Any] = [
            {"type": "tool_result", "tool_use_id": use["id"], "content": words()} | draw(marks) | draw(members)
            for use in uses
            if use["type"] == "tool_use"
        ]
        if not plain and results:
            source = {"type": "base64", "media_type": "image/png", "data": draw(signs)}
            results[0] |= {"content": [text(), {"type": "image", "source": source}], "is_error": True}
        if results:
            messages.append(turn("user", results + [text() for _ in range(draw(st.integers(0, 1)))]))
            if draw(st.booleans()):
                messages.append({"role": "system", "content": words()} | draw(members))
            messages.append({"role": "assistant", "content": draw(said)} | draw(members))
    names = draw(st.lists(signs, unique=True, min_size=1, max_size=3))
    choices = [{"type": "auto"}, {"type": "any", "disable_parallel_tool_use": True}, {"type": "tool", "name": names[0]}]
    return {
        "model": draw(said),
        "max_tokens": draw(st.integers(0, 9000)),
        "system": words(),
        "messages": messages,
        "tools": [
            {"name": name, "description": draw(said), "input_schema": {"type": "object", **draw(json_objects)}}
            | draw(marks)
            | draw(members)
            | ({"strict": draw(st.booleans())} if draw(st.booleans()) else {})
            for name in names
        ],
        "tool_choice": draw(st.sampled_from(choices)),
        "stop_sequences": draw(st.lists(said, min_size=1, max_size=4)),
        "temperature": draw(st.sampled_from([0, 0.5, 1])),
        "output_config": {
            "effort": draw(st.sampled_from(["low", "high", "max"])),
            "format": {"type": "json_schema", "schema": draw(json_objects)},
        },
        "stream": True,
    } | draw(members)


@given(anthropic_requests(plain=False))
def test_law_4_nothing_of_a_clients_request_is_lost_without_a_word(plain):
    assert missing("anthropic", plain) == []


PNG = {"type": "base64", "media_type": "image/png", "data": "aGk="}
FULL: dict[Dialect, dict[str, Any]] = {
    "anthropic": {
        "model": "m",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "a"}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, "type": "custom"}, {"type": "bash_20250124"}],
        "tool_choice": {"type": "tool", "name": "f"},
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image", "source": PNG},
                    {"type": "image", "source": {"type": "url", "url": "https://a.example"}},
                    {"type": "image", "source": {"type": "file", "file_id": "a"}},
                    {"type": "document", "source": PNG, "title": "a"},
                    {"type": "document", "source": {"type": "text", "data": "a"}, "context": "b"},
                    {"type": "holo"},
                ],
            },
            {"role": "system", "content": "a"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "a"},
                    {"type": "text", "text": "a"},
                    {"type": "tool_use", "id": "a", "name": "f", "input": {"b": {}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "a",
                        "content": [
                            {"type": "text", "text": "a"},
                            {"type": "image", "source": PNG},
                            {"type": "tool_reference", "tool_name": "f"},
                        ],
                    }
                ],
            },
        ],
    },
    "openai-chat": {
        "model": "m",
        "tools": [
            {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
            {"type": "custom", "custom": {"name": "g"}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}},
        "stream_options": {"include_usage": True},
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "a"}]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                    {"type": "file", "file": {"filename": "a", "file_data": "data:application/pdf;base64,aGk="}},
                    {"type": "input_audio", "input_audio": {"data": "a"}},
                ],
            },
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "a"}],
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                    {"id": "b", "type": "custom", "custom": {"name": "g", "input": "a"}},
                ],
            },
            {"role": "tool", "tool_call_id": "a", "content": "a"},
            {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "a"}]},
            {"role": "system", "content": "a"},
        ],
    },
}


def objects_in(plain: Any, where: str = "") -> list[tuple[str, dict[str, Any]]]:
    match plain:
        case dict():
            return [(where, plain), *(one for key, value in plain.items() for one in objects_in(value, at(where, key)))]
        case list():
            return [one for i, value in enumerate(plain) for one in objects_in(value, f"{where}[{i}]")]
    return []


@pytest.mark.parametrize("came", sorted(FULL))
def test_law_4_a_member_nobody_knows_is_reported_wherever_it_stands(came):
    count = len(objects_in(FULL[came]))
    assert count > 15
    for number in range(count):
        plain = copy.deepcopy(FULL[came])
        where, inside = objects_in(plain)[number]
        inside["hologram"] = "unheard-of"
        out, losses = converted(came, plain)
        assert "unheard-of" in json.dumps(out) or is_covered(at(where, "hologram"), losses), where


def unmarked(plain: Any) -> Any:
    match plain:
        case dict():
            return {key: unmarked(value) for key, value in plain.items() if key != "cache_control"}
        case list():
            return [unmarked(value) for value in plain]
    return plain


@given(anthropic_requests(plain=True))
def test_law_1_what_both_dialects_can_say_comes_back_as_it_was(plain):
    there, losses = converted("anthropic", plain)
    back, losses_back = converted("openai-chat", there)
    assert canonical(back) == canonical(unmarked(plain))
    assert {loss.rule for loss in losses} <= {"cache-marker"}
    assert losses_back == ()


@st.composite
def chat_requests(draw: st.DrawFn) -> dict[str, Any]:
    """A client's request, of what both dialects can say."""
    messages: list[Any] = [{"role": "system", "content": draw(said)}]
    for at_ in range(draw(st.integers(1, 3))):
        parts = [{"type": "text", "text": draw(said)}, {"type": "image_url", "image_url": {"url": "https://a.example"}}]
        messages.append({"role": "user", "content": draw(said) if draw(st.booleans()) else parts})
        calls = [
            {
                "id": f"call_{at_}{i}",
                "type": "function",
                "function": {"name": draw(signs), "arguments": draw(texts(json_objects)).decode()},
            }
            for i in range(draw(st.integers(0, 3)))
        ]
        messages.append({"role": "assistant", "content": draw(said)} | ({"tool_calls": calls} if calls else {}))
        messages += ({"role": "tool", "tool_call_id": call["id"], "content": draw(said)} for call in calls)
        if calls:
            messages.append({"role": "assistant", "content": draw(said)})
    parameters = {"type": "object", "properties": draw(json_objects)}
    return {
        "model": draw(said),
        "messages": messages,
        "tools": [{"type": "function", "function": {"name": draw(signs), "parameters": parameters, "strict": True}}],
        "tool_choice": draw(st.sampled_from(["auto", "required", "none"])),
        "max_completion_tokens": draw(st.integers(0, 9000)),
        "reasoning_effort": "high",
        "stop": draw(st.lists(said, min_size=1, max_size=4)),
    }


@given(chat_requests())
def test_law_1_what_both_dialects_can_say_comes_back_to_chat_as_it_was(plain):
    there = convert_request(decode_request("openai-chat", written(plain)), "anthropic")
    back = convert_request(decode_request("anthropic", encode_request(there.value)), "openai-chat")
    assert canonical(encode_request(back.value)) == canonical(plain)
    assert there.losses + back.losses == ()


@given(anthropic_requests(plain=False), st.data())
def test_law_2_the_start_of_a_session_is_said_the_same_whatever_follows(plain, data):
    cut = data.draw(st.integers(0, len(plain["messages"])))
    whole, _ = converted("anthropic", plain)
    start, _ = converted("anthropic", plain | {"messages": plain["messages"][:cut]})
    assert whole["messages"][: len(start["messages"])] == start["messages"]


@given(chat_requests(), st.data())
def test_law_2_holds_towards_anthropic_turn_by_turn(plain, data):
    ends = [i for i, message in enumerate(plain["messages"]) if message["role"] == "assistant"]
    cut = data.draw(st.sampled_from(ends))
    whole, _ = converted("openai-chat", plain)
    start, _ = converted("openai-chat", plain | {"messages": plain["messages"][:cut]})
    assert whole["messages"][: len(start["messages"])] == start["messages"]


@given(pairs.flatmap(lambda came: st.tuples(st.just(came), texts(REQUESTS[came]))))
def test_law_3_the_same_request_becomes_the_same_bytes(given_):
    came, body = given_
    first, second = (convert_request(decode_request(came, body), OTHER[came]) for _ in range(2))
    assert encode_request(first.value) == encode_request(second.value)
    assert first.losses == second.losses


def ids(plain: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The ids of the calls and of the results, in their order, whichever dialect."""
    messages = plain["messages"]
    blocks = [block for one in messages if isinstance(one["content"], list) for block in one["content"]]
    calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    calls += [call["id"] for message in messages for call in message.get("tool_calls", ())]
    results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    return calls, results + [message["tool_call_id"] for message in messages if message["role"] == "tool"]


@given(pairs.flatmap(lambda came: st.tuples(st.just(came), conversations(came))))
def test_law_9_calls_and_results_stay_paired_and_in_order(given_):
    came, plain = given_
    calls, results = ids(plain)
    assert calls == results
    assert ids(converted(came, plain)[0]) == (calls, results)


def origins(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [origin for item in value for origin in origins(item)]
    if not is_dataclass(value):
        return []
    inner = [origin for field in fields(value) for origin in origins(getattr(value, field.name))]
    return [*inner, getattr(value, "origin", None)]


@given(pairs.flatmap(lambda came: st.tuples(st.just(came), REQUESTS[came])))
def test_a_converted_request_remembers_nothing_of_the_dialect_it_came_in(given_):
    came, plain = given_
    request, _ = convert_request(decode_request(came, written(plain)), OTHER[came])
    assert request.dialect == OTHER[came]
    assert set(origins(request)) <= {None}
    again = decode_request(OTHER[came], encode_request(request))
    assert canonical(encode_request(again)) == canonical(encode_request(request))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_stays_itself_in_its_own_dialect(dialect):
    body = b'{ "model": "m", "messages": [], "input": [], "holo": 1 }'
    request = decode_request(dialect, body)
    same, losses = convert_request(request, dialect)
    assert same is request
    assert losses == ()


def test_an_answer_stays_itself_in_its_own_dialect():
    response = decode_response("anthropic", b'{"id":"msg_1","model":"m","role":"assistant","content":[]}')
    assert convert_response(response, "anthropic") == (response, ())
    assert encode_response(response).startswith(b'{"id"')


def test_responses_items_are_refused_with_the_way_out():
    request = decode_request("openai-responses", b'{"model":"m","input":"hi"}')
    response = decode_response("openai-responses", b'{"id":"r","model":"m","output":[]}')
    with pytest.raises(NotTranslatable, match="openai-responses cannot be turned into anthropic") as refused:
        convert_request(request, "anthropic")
    assert "dialect" in refused.value.fix
    with pytest.raises(NotTranslatable, match="openai-responses cannot be turned into openai-chat"):
        convert_response(response, "openai-chat")


def test_the_limit_that_anthropic_demands_is_the_callers_where_none_is_set():
    plain = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    assert converted("openai-chat", plain, max_tokens=77)[0]["max_tokens"] == 77
    assert converted("openai-chat", plain | {"max_tokens": 5}, max_tokens=77)[0]["max_tokens"] == 5
    assert converted("openai-chat", plain | {"max_completion_tokens": 6}, max_tokens=77)[0]["max_tokens"] == 6
