import pytest

from simulate.asking import MODEL, OLD, ask, assistant, body, call, long, provider, result, system, text, user

NEW = {"x-api-key": "k", "anthropic-version": "2026-10-21"}


def refusal(*messages, headers=None, betas="", **members):
    return ask(provider(), body(*messages, **members), headers=headers, betas=betas).error


def accepted(*messages, betas="", **members):
    answer = ask(provider(), body(*messages, **members), betas=betas)
    assert answer.status == 200, answer.plain
    return True


# --- Roles


def test_a_conversation_starts_with_the_user():
    assert refusal(assistant("hi")) == 'messages: first message must use the "user" role'


def test_an_unknown_role_is_refused_in_the_words_that_clients_look_for():
    said = refusal("a", {"role": "narrator", "content": "x"})
    assert said == "messages.1.role: Input should be 'user' or 'assistant'"


def test_a_system_message_may_follow_the_user_and_be_last_or_before_an_answer():
    assert accepted("a", system("news"))
    assert accepted("a", system("news"), assistant("b"), "c")
    assert accepted("a", assistant(call()), user(result()), system("news"))


def test_system_messages_in_a_row_are_one():
    assert accepted("a", system("one"), system("two"), assistant("b"), "c")


def test_a_system_message_cannot_come_first():
    assert refusal(system("x"), "a") == "messages.0.role: 'system' cannot be the first message"


def test_a_system_message_cannot_stand_before_a_user_message():
    said = refusal("a", system("x"), system("y"), "b")
    assert said == "messages.2: a system message must be last or followed by an assistant message"


def test_a_system_message_cannot_stand_between_a_call_and_its_result_or_behind_an_answer():
    for before in (assistant("b", call()), assistant("b")):
        assert "must follow a user message" in refusal("a", before, system("x"), user(result()))


def test_a_system_message_may_follow_the_providers_own_tools():
    searched = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    assert accepted("a", assistant("b", searched), system("x"))


def test_older_models_take_no_system_messages():
    assert refusal("a", system("x"), model=OLD) == "role 'system' is not supported on this model"


# --- Contents


@pytest.mark.parametrize("empty", ["", []])
def test_no_message_may_be_empty_but_the_last_answer(empty):
    said = refusal("a", {"role": "assistant", "content": empty}, "b")
    assert said.startswith("messages.1: all messages must have non-empty content except for the optional final")
    assert accepted("a", {"role": "assistant", "content": empty}, model=OLD)


def test_a_text_block_may_not_be_empty():
    assert refusal(user(text(""))) == "messages: text content blocks must be non-empty"
    marked = user(text("", {"type": "ephemeral"}))
    assert refusal(marked) == "messages.0.content.0.text: cache_control cannot be set for empty text blocks"


def test_thinking_carries_no_marker():
    thinking = {"type": "thinking", "thinking": "x", "signature": "y", "cache_control": {"type": "ephemeral"}}
    said = refusal("a", assistant(thinking, "b"), "c")
    assert said == "messages.1.content.0.thinking.cache_control: Extra inputs are not permitted"


def test_calls_are_the_assistants_and_results_the_users():
    assert "`tool_use` blocks can only be in `assistant` messages" in refusal(user(call()))
    assert "`tool_result` blocks can only be in `user` messages" in refusal("a", assistant(result()), "b")


def test_a_system_message_has_only_text():
    said = refusal("a", system({"type": "redacted_thinking", "data": "x"}))
    assert said == "messages.1.content.0: system messages can only have `text` blocks"


DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
CITED = {"type": "text", "text": "x", "citations": [{"type": "char_location"}]}


@pytest.mark.parametrize("messages", [("a", assistant(DOCUMENT), "b"), (user(CITED),)])
def test_the_newest_version_refuses_what_the_older_took(messages):
    assert accepted(*messages)
    assert "not permitted in" in refusal(*messages, headers=NEW)


# --- Pairs


def test_a_call_without_its_result_is_refused_by_id():
    assert refusal("a", assistant(call("x"), call("y")), user(result("y"))) == (
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: x. Each `tool_use` "
        "block must have a corresponding `tool_result` block in the next message."
    )
    assert "without `tool_result` blocks" in refusal("a", assistant(call()), model=OLD)


def test_a_result_without_its_call_is_refused_by_place_and_id():
    assert refusal("a", assistant("b"), user(result("x"))) == (
        "messages.2.content.0: unexpected `tool_use_id` found in `tool_result` blocks: x. Each `tool_result` block "
        "must have a corresponding `tool_use` block in the previous message."
    )
    assert "unexpected `tool_use_id`" in refusal(user(result("x")))


def test_a_call_has_one_result():
    assert "Found multiple `tool_result` blocks with id: x" in refusal(
        "a", assistant(call("x")), user(result("x"), result("x"))
    )


def test_ids_of_calls_are_unique():
    said = refusal("a", assistant(call("x")), user(result("x")), assistant(call("x")), user(result("x")))
    assert said == "messages.3.content.0: `tool_use` ids must be unique"


def test_results_stand_before_anything_else():
    assert accepted("a", assistant(call()), user(result(), "and"))
    assert "without `tool_result` blocks" in refusal("a", assistant(call()), user("and", result()))


def test_messages_of_one_role_in_a_row_are_one_turn():
    assert accepted("a", assistant(call("x")), assistant(call("y")), user(result("x")), user(result("y")), "b")


def test_a_prompt_longer_than_the_window_is_refused_with_both_numbers():
    said = refusal(long(200_001), model=OLD)
    assert said.startswith("prompt is too long: 2")
    assert said.endswith(" tokens > 200000 maximum")


def test_a_paused_turn_may_be_sent_back_unchanged_but_a_prefill_may_not():
    paused = assistant("searching", {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})
    assert accepted("a", paused, model=MODEL)
    assert refusal("a", assistant("I will")).startswith("This model does not support assistant message prefill.")
    assert accepted("a", assistant("I will"), model=OLD)
