import copy
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from agentforge.simulate import Turn
from simulate.asking import (
    MARKER,
    MODEL,
    UNCHECKED,
    ask,
    assistant,
    body,
    call,
    counted,
    provider,
    result,
    system,
    text,
    tool,
    user,
)

BETA = "thinking-binding-controls-2026-08-01"
THINKS = [Turn(thinking=f"thought {at}", text=f"answer {at}") for at in range(9)]


def session(of, turns=3, **members):
    """A conversation of so many turns, each with thinking, ready for the next request."""
    asked = body("the task", system=[text("be good")], tools=[tool("read"), tool("write")], **members)
    for _ in range(turns):
        content = ask(of, asked).content
        asked["messages"] += [{"role": "assistant", "content": content}, user("go on")]
    return asked


@pytest.fixture
def of():
    return provider(*THINKS)


def changed(asked, change):
    asked = copy.deepcopy(asked)
    change(asked)
    return asked


def thinking(asked):
    return [message["content"][0] for message in asked["messages"] if message["role"] == "assistant"]


def test_an_unchanged_history_is_valid(of):
    assert ask(of, session(of)).status == 200


# --- The table of what keeps later thinking valid


def append_messages(asked):
    asked["messages"] += [assistant("text"), user("more")]


def add_a_deferred_tool(asked):
    asked["tools"].append(tool("later", defer_loading=True))


def remove_thinking_from_the_start(asked):
    del asked["messages"][1]["content"][0]


def remove_thinking_from_the_end(asked):
    del asked["messages"][5]["content"][0]


def remove_all_thinking(asked):
    for at in (1, 3, 5):
        del asked["messages"][at]["content"][0]


def change_other_parameters(asked):
    asked |= {
        "max_tokens": 77,
        "metadata": {"user_id": "someone"},
        "tool_choice": {"type": "none"},
        "output_config": {"effort": "low"},
        "thinking": {"type": "adaptive", "display": "summarized"},
    }


def move_markers(asked):
    asked["messages"][0]["content"][0]["cache_control"] = MARKER
    asked["system"][0]["cache_control"] = MARKER
    asked["tools"][0]["cache_control"] = MARKER


def reorder_keys(asked):
    asked["messages"] = [dict(reversed(message.items())) for message in asked["messages"]]
    asked["tools"] = [dict(reversed(one.items())) for one in asked["tools"]]


def reorder_tools(asked):
    asked["tools"].reverse()


def write_a_block_as_a_string(asked):
    asked["messages"][0]["content"] = "the task"
    asked["system"] = "be good"


def clear_context(asked):
    asked["context_management"] = {"edits": [{"type": "clear_tool_uses_20250919"}]}


def join_turns(asked):
    asked["messages"][-1]["content"] += [text("and more")]


VALID = [
    append_messages,
    add_a_deferred_tool,
    remove_thinking_from_the_start,
    remove_thinking_from_the_end,
    remove_all_thinking,
    change_other_parameters,
    move_markers,
    reorder_keys,
    reorder_tools,
    write_a_block_as_a_string,
    clear_context,
    join_turns,
]


@pytest.mark.parametrize("change", VALID)
def test_what_may_change_keeps_thinking_valid(of, change):
    answer = ask(of, changed(session(of), change), betas="context-management-2025-06-27")
    assert answer.status == 200, answer.plain


# --- And of what does not


def edit_the_first_message(asked):
    asked["messages"][0]["content"][0]["text"] = "another task"


def edit_an_answer(asked):
    asked["messages"][1]["content"][1]["text"] = "another answer"


def add_a_block(asked):
    asked["messages"][2]["content"].append(text("a reminder"))


def delete_a_turn(asked):
    del asked["messages"][1:3]


def insert_a_system_message(asked):
    asked["messages"].insert(1, system("news"))


def change_system(asked):
    asked["system"][0]["text"] = "be bad"


def add_a_tool(asked):
    asked["tools"].append(tool("third"))


def remove_a_tool(asked):
    del asked["tools"][1]


def rename_a_tool(asked):
    asked["tools"][1]["name"] = "renamed"


def edit_a_tool(asked):
    asked["tools"][1]["description"] = "another"


INVALID = {
    edit_the_first_message: "messages.0",
    edit_an_answer: "messages.1",
    add_a_block: "messages.2",
    delete_a_turn: "messages.1",
    insert_a_system_message: "messages.1",
    change_system: "system",
    add_a_tool: "tools",
    remove_a_tool: "tools",
    rename_a_tool: "tools",
    edit_a_tool: "tools",
}


@pytest.mark.parametrize(("change", "where"), INVALID.items(), ids=[change.__name__ for change in INVALID])
def test_what_may_not_change_is_refused_and_the_first_change_is_named(of, change, where):
    said = ask(of, changed(session(of), change)).error
    assert "Invalid `signature` in `thinking` block. The block is bound to a different conversation." in said
    assert said.endswith(f"The first change before it is at {where}.")


def test_thinking_removed_from_the_middle_is_refused(of):
    asked = session(of)
    del asked["messages"][3]["content"][0]
    assert ask(of, asked).error.startswith("messages.5.content.0: Invalid `signature`")


def test_a_removed_block_cannot_be_put_back(of):
    asked = session(of)
    without = changed(asked, remove_all_thinking)
    answer = ask(of, without).content
    assert answer[0]["type"] == "thinking"
    grown = [{"role": "assistant", "content": answer}, user("and now")]
    assert ask(of, {**without, "messages": without["messages"] + grown}).status == 200
    assert ask(of, {**asked, "messages": asked["messages"] + grown}).error.startswith("messages.7.content.0: Invalid")


@pytest.mark.parametrize("content", ["[cleared]", "a resul", [text("a result"), text("more")]])
def test_a_cleared_or_shortened_result_is_refused(content):
    of = provider(Turn(thinking="hm", calls=()), *THINKS)
    asked = body("go", assistant(call()), user(result()), tools=[tool()])
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    assert ask(of, asked).status == 200
    asked["messages"][2]["content"][0]["content"] = content
    assert ask(of, asked).error.endswith("at messages.2.")


def test_a_changed_input_is_refused_and_its_keys_order_is_not_a_change():
    of = provider(Turn(text="x"), *THINKS[:1])
    asked = body("go", assistant(call(path="a", line=1)), user(result()), tools=[tool()])
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    assert asked["messages"][3]["content"][0]["type"] == "thinking"
    asked["messages"][1]["content"][0]["input"] = {"line": 1, "path": "a"}
    assert ask(of, asked).status == 200
    asked["messages"][1]["content"][0]["input"] = {"line": 2, "path": "a"}
    assert ask(of, asked).error.endswith("at messages.1.")


def image(**source):
    return {"type": "image", "source": source}


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (image(type="url", url="https://a/b.png?sig=1"), image(type="url", url="https://a/b.png?sig=2"), 200),
        (image(type="url", url="https://a/b.png?sig=1"), image(type="url", url="https://a/c.png?sig=1"), 400),
        (
            image(type="base64", media_type="image/png", data="QUJD"),
            image(type="base64", media_type="image/png", data="QUJE"),
            400,
        ),
    ],
    ids=["a signed URL rotates", "another URL", "encoded again"],
)
def test_images_may_rotate_their_url_but_not_change(of, before, after, status):
    asked = body(user("look", before))
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    asked["messages"][0]["content"][1] = after
    assert ask(of, asked).status == status


def test_the_definition_of_a_referenced_tool_is_bound_where_it_was_referenced(of):
    later = tool("later", defer_loading=True)
    asked = body("go", tools=[tool("find"), later])
    first = ask(of, asked).content
    asked["messages"] += [{"role": "assistant", "content": [*first, call(name="find")]}]
    asked["messages"] += [user(result(content=[{"type": "tool_reference", "tool_name": "later"}]))]
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    assert ask(of, asked).status == 200
    asked["tools"][1] = {**later, "description": "another"}
    said = ask(of, asked).error
    assert said.startswith("messages.3.content.0")
    assert said.endswith("at messages.2.")


# --- Tampering


def flip(signature):
    raw = bytearray(urlsafe_b64decode(signature))
    raw[-1] ^= 1
    return urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize("tamper", [flip, lambda s: s[:-4], lambda s: s[:9] + "!" + s[9:], lambda _: "", lambda _: "ä"])
@pytest.mark.parametrize("name", [MODEL, UNCHECKED])
def test_a_tampered_signature_is_refused_by_every_model_even_when_blocks_may_be_dropped(of, tamper, name):
    asked = session(of, 1)
    block = asked["messages"][1]["content"][0]
    block["signature"] = tamper(block["signature"])
    binding = {"prefix_mismatch_behavior": "drop_block"}
    asked |= {"model": name, "thinking": {"type": "adaptive", "block_binding": binding}}
    assert ask(of, asked, betas=BETA).error == "messages.1.content.0: Invalid `signature` in `thinking` block."


def test_the_visible_text_of_thinking_may_be_edited_and_weighs_the_same(of):
    asked = session(of, 1)
    before = counted(of, asked)
    asked["messages"][1]["content"][0]["thinking"] = "edited, and much longer than it was"
    assert ask(of, asked).status == 200
    assert counted(of, asked) == before


def test_hidden_thinking_weighs_what_was_thought():
    short, deep = (provider(Turn(thinking=words, text="x")) for words in ("hm", "hm " * 200))
    light, heavy = (counted(of, session(of, 1)) for of in (short, deep))
    assert heavy - light > 150


# --- Who checks


def test_models_without_the_check_take_any_history(of):
    asked = changed(session(of, model=UNCHECKED), edit_the_first_message)
    assert ask(of, asked).status == 200
    forced = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "error"}}
    assert ask(of, {**asked, "thinking": forced}, betas=BETA).status == 200


def test_an_old_account_is_not_refused_unless_it_asks_for_it():
    of = provider(*THINKS, enforce_prefix=False)
    asked = changed(session(of), edit_the_first_message)
    assert ask(of, asked).status == 200
    asked["thinking"] = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "error"}}
    assert ask(of, asked, betas=BETA).status == 400


def test_the_check_can_be_enforced_for_any_model():
    of = provider(*THINKS, enforce_prefix=True)
    assert ask(of, changed(session(of, model=UNCHECKED), edit_the_first_message)).status == 400


def test_count_tokens_runs_the_same_check(of):
    asked = changed(session(of), edit_the_first_message)
    del asked["max_tokens"]
    assert ask(of, asked, "/v1/messages/count_tokens").status == 400


def test_without_thinking_in_the_history_nothing_is_checked(of):
    assert ask(of, changed(changed(session(of), remove_all_thinking), edit_the_first_message)).status == 200


# --- Controls


def test_drop_block_drops_the_failing_block_and_all_later_ones_and_says_so(of):
    asked = session(of)
    whole = counted(of, asked)
    asked = changed(asked, edit_an_answer)
    asked["thinking"] = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    answer = ask(of, asked, betas=BETA)
    assert answer.plain["input_transformations"] == [
        {"type": "thinking_dropped", "path": f"messages.{at}.content.0", "reason": "prefix_binding_mismatch"}
        for at in (3, 5)
    ]
    assert answer.prompt < whole


def test_dropped_thinking_is_not_billed():
    of = provider(Turn(thinking="deep " * 300, text="x"))
    asked = session(of, 1)
    whole = ask(of, asked).prompt
    asked["messages"][0] = user("the tasks")
    asked["thinking"] = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    assert whole - ask(of, asked, betas=BETA).prompt > 200


def test_block_binding_needs_its_beta(of):
    asked = body(thinking={"type": "adaptive", "block_binding": {}})
    assert ask(of, asked).error == "thinking.block_binding: Extra inputs are not permitted"


def test_the_header_alone_is_an_oracle_for_an_account_that_is_not_refused():
    of = provider(*THINKS, enforce_prefix=False)
    asked = changed(session(of), edit_an_answer)
    found = ask(of, asked, betas=BETA).plain["input_transformations"]
    assert [one["type"] for one in found] == ["thinking_mismatch_allowed"] * 2
    assert ask(of, body(), betas=BETA).plain["input_transformations"] == []
    assert "input_transformations" not in ask(of, body()).plain


def test_a_stream_says_at_its_start_what_was_dropped(of):
    asked = changed(session(of), edit_an_answer) | {"stream": True}
    asked["thinking"] = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    started = ask(of, asked, betas=BETA).reply.body.split(b"\n\n")[0]
    assert b"thinking_dropped" in started


@pytest.mark.parametrize(
    ("writer", "reader", "reads"),
    [
        ("claude-fable-5-2", MODEL, False),
        ("claude-fable-5-2", "claude-mythos-5-2", True),
        ("claude-opus-5", MODEL, True),
        ("claude-opus-5", "claude-fable-5-1", True),
        (MODEL, "claude-fable-5-1", True),
        (MODEL, "claude-fable-5-2", False),
    ],
)
def test_thinking_that_a_model_cannot_read_is_dropped_silently_and_unbilled(writer, reader, reads):
    of = provider(Turn(thinking="deep " * 300, text="x"))
    asked = body("task", model=writer)
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    asked["model"] = reader
    found = ask(of, asked, betas=BETA)
    assert found.status == 200
    reasons = [one["reason"] for one in found.plain["input_transformations"]]
    assert reasons == ([] if reads else ["model_binding_mismatch"])
    assert (counted(of, asked) > 300) == reads


def test_an_older_model_forgets_thinking_at_the_next_plain_user_message():
    of = provider(Turn(thinking="deep " * 300, text="x", calls=()), "y")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    asked = body("task", model="claude-sonnet-4-5", thinking=thinking, max_tokens=2000)
    content = ask(of, asked).content
    assert content[0]["thinking"].startswith("deep")
    in_the_loop = {**asked, "messages": [*asked["messages"], {"role": "assistant", "content": [*content, call()]}]}
    in_the_loop["messages"].append(user(result()))
    assert counted(of, in_the_loop) > 300
    after = {**in_the_loop, "messages": [*in_the_loop["messages"], assistant("z"), user("next")]}
    assert counted(of, after) < 100


def test_redacted_thinking_is_checked_by_its_data(of):
    asked = session(of, 1)
    block = asked["messages"][1]["content"][0]
    asked["messages"][1]["content"][0] = {"type": "redacted_thinking", "data": block["signature"]}
    assert ask(of, asked).status == 200
    asked["messages"][1]["content"][0]["data"] = "opaque"
    assert ask(of, asked).error == "messages.1.content.0: Invalid `signature` in `thinking` block."


def test_a_message_without_blocks_does_not_shift_the_position_that_is_named(of):
    effort = "per-turn-control-2026-07-01"
    asked = body("the task", system(output_config={"effort": "low"}), assistant("x"), "on")
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked, betas=effort).content}, user("on")]
    assert ask(of, asked, betas=effort).status == 200
    asked["messages"][2] = assistant("y")
    assert ask(of, asked, betas=effort).error.endswith("at messages.2.")


def test_a_second_turn_of_one_role_is_part_of_the_first(of):
    asked = session(of, 1)
    joined = asked["messages"][0]["content"][0]["text"]
    assert joined == "the task"
    asked = body("the", "task")
    asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    asked["messages"][:2] = [user("the", "task")]
    assert ask(of, asked).status == 200
