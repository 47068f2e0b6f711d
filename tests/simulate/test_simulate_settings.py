import pytest

from simulate.asking import (
    HOUR,
    MARKER,
    MODEL,
    OLD,
    ask,
    assistant,
    body,
    call,
    provider,
    result,
    system,
    text,
    tool,
    user,
)

NEW = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
MANAGED = "context-management-2025-06-27"
FORCED = {"type": "tool", "name": "read"}


def answer(*messages, betas="", headers=None, path="/v1/messages", **members):
    return ask(provider(), body(*messages, **members), path, betas=betas, headers=headers)


def refusal(*messages, **members):
    refused = answer(*messages, **members)
    assert refused.plain["error"]["type"] == "invalid_request_error"
    return refused.error


def accepted(*messages, **members):
    given = answer(*messages, **members)
    assert given.status == 200, given.plain
    return True


# --- Sampling, thinking, prefill


@pytest.mark.parametrize("setting", [{"temperature": 0.5}, {"top_p": 0.5}, {"top_k": 5}])
def test_sampling_settings_are_gone_on_current_models_and_with_the_newest_version(setting):
    (name,) = setting
    assert refusal(**setting) == f"{name}: is not supported on this model"
    assert accepted(model=OLD, **setting)
    assert refusal(model=OLD, headers=NEW, **setting) == f"{name}: is not supported on this model"


def test_the_default_temperature_is_no_setting_for_the_older_version():
    assert accepted(temperature=1)
    assert refusal(temperature=1, headers=NEW)


BUDGET = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize(
    ("model", "kind", "taken"),
    [
        (MODEL, "adaptive", True),
        (MODEL, "disabled", False),
        (MODEL, "enabled", False),
        (MODEL, "between_tools", False),
        ("claude-sonnet-5-5", "between_tools", True),
        ("claude-sonnet-5-5", "disabled", False),
        ("claude-haiku-5-5", "disabled", True),
        ("claude-fable-5-2", "disabled", False),
        ("claude-opus-5", "disabled", True),
        ("claude-opus-4-8", "enabled", False),
        ("claude-opus-4-6", "enabled", True),
        (OLD, "enabled", True),
        (OLD, "adaptive", False),
    ],
)
def test_each_model_takes_its_own_ways_to_think(model, kind, taken):
    thinking = BUDGET if kind == "enabled" else {"type": kind}
    given = answer(model=model, thinking=thinking, max_tokens=2000)
    assert given.status == (200 if taken else 400)
    if not taken:
        assert f'thinking.type: "{kind}" is not supported on this model' in given.error


def test_opus_5_cannot_stop_thinking_above_high_effort():
    off = {"model": "claude-opus-5", "thinking": {"type": "disabled"}}
    assert accepted(**off, output_config={"effort": "high"})
    assert 'at effort "max"' in refusal(**off, output_config={"effort": "max"})


@pytest.mark.parametrize(
    ("thinking", "said"),
    [
        ({}, "thinking: Input tag 'None' found using 'type'"),
        ({"type": "deep"}, "thinking: Input tag 'deep' found using 'type'"),
        ({"type": "enabled"}, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"),
        ({"type": "enabled", "budget_tokens": 5}, "thinking.enabled.budget_tokens: Input should be greater"),
        ({"type": "enabled", "budget_tokens": 1000, "x": 1}, "thinking.enabled.budget_tokens"),
        ({"type": "enabled", "budget_tokens": 2000}, "`max_tokens` must be greater than `thinking.budget_tokens`"),
    ],
)
def test_a_budget_has_its_bounds(thinking, said):
    assert refusal(model=OLD, thinking=thinking, max_tokens=2000).startswith(said)


def test_an_unknown_effort_is_refused():
    assert refusal(output_config={"effort": "most"}).startswith("output_config.effort: Input should be 'low', ")


# --- Tool choice


@pytest.mark.parametrize("choice", [FORCED, {"type": "any"}])
def test_current_models_cannot_be_forced_to_use_a_tool_not_even_when_counting(choice):
    said = 'tool_choice: type "tool" and "any" are not supported for this model.'
    asked = body(tools=[tool()], tool_choice=choice)
    assert ask(provider(), asked).error == said
    del asked["max_tokens"]
    assert ask(provider(), asked, "/v1/messages/count_tokens").error == said
    assert accepted(tools=[tool()], tool_choice=choice, model="claude-opus-5")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"tool_choice": {"type": "auto"}}, "tool_choice: may only be specified while providing tools"),
        ({"tools": [tool()], "tool_choice": {"type": "x"}}, "tool_choice: Input tag 'x' found using 'type'"),
        ({"tools": [tool("write")], "tool_choice": FORCED, "model": OLD}, "Tool 'read' not found in provided tools"),
        (
            {"tools": [tool()], "tool_choice": FORCED, "model": OLD, "thinking": BUDGET, "max_tokens": 2000},
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
    ],
)
def test_a_choice_must_be_possible(members, said):
    assert refusal(**members).startswith(said)


# --- Pre-warming


def test_no_tokens_at_all_warm_the_cache():
    of = provider("never said")
    asked = body(user(text("word " * 900, MARKER)), max_tokens=0)
    warmed = ask(of, asked)
    assert (warmed.content, warmed.plain["stop_reason"], warmed.usage["output_tokens"]) == ([], "max_tokens", 0)
    assert ask(of, {**asked, "max_tokens": 50}).charged[0] > 900


@pytest.mark.parametrize(
    "members",
    [
        {"stream": True},
        {"output_config": {"format": {"type": "json_schema", "schema": {}}}},
        {"model": OLD, "thinking": BUDGET},
        {"model": OLD, "tools": [tool()], "tool_choice": {"type": "any"}},
    ],
)
def test_prewarming_excludes_what_needs_an_answer(members):
    assert refusal(max_tokens=0, **members).startswith("max_tokens: 0 is not supported together with ")


# --- Betas


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"context_management": {"edits": []}}, "context_management: Extra inputs are not permitted"),
        ({"compaction": {"type": "summarize"}}, "compaction: Extra inputs are not permitted"),
        ({"thread": {"type": "create"}}, "thread: Extra inputs are not permitted"),
        ({"mcp_servers": []}, "mcp_servers: Extra inputs are not permitted"),
        ({"output_config": {"task_budget": {}}}, "output_config.task_budget: Extra inputs are not permitted"),
        ({"thinking": {"type": "adaptive", "block_binding": {}}}, "thinking.block_binding: Extra inputs are not"),
    ],
)
def test_a_beta_member_needs_its_beta(members, said):
    assert refusal(**members).startswith(said)


def test_a_beta_of_any_date_opens_its_member():
    assert accepted(context_management={"edits": []}, betas=f"other, {MANAGED}")
    assert accepted(output_config={"task_budget": {"type": "tokens", "total": 1}}, betas="task-budgets-2026-03-13")


@pytest.mark.parametrize("name", ["clear_at", "output_config"])
def test_settings_of_a_system_message_need_their_beta(name):
    message = system("x", **{name: {}})
    assert refusal("a", message) == f"messages.1.{name}: Extra inputs are not permitted"
    betas = "mid-conversation-system-clear-at-2026-08-21,per-turn-control-2026-07-01"
    assert accepted("a", message, betas=betas)
    assert "Extra inputs" in refusal({**user("a"), name: {}}, betas=betas)


def test_tools_change_in_the_middle_only_with_a_beta():
    change = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "later"}}
    tools = [tool(), tool("later", defer_loading=True)]
    assert "Input tag 'tool_addition'" in refusal("a", system(change), tools=tools)
    assert accepted("a", system(change), tools=tools, betas="mid-conversation-tool-changes-2026-07-01")


@pytest.mark.parametrize(
    ("members", "betas", "code"),
    [
        ({"compaction": {"type": "summarize"}}, "compact-2026-09-04", None),
        ({"thread": {"type": "create"}}, "message-threads-2026-08-12", "thread_unsupported_request"),
        ({"mcp_servers": []}, "mcp-client-2025-11-20", None),
    ],
)
def test_what_is_not_simulated_is_refused_rather_than_ignored(members, betas, code):
    refused = answer(**members, betas=betas)
    assert refused.error.endswith("not supported by the simulated provider")
    assert refused.plain["error"].get("details", {}).get("error_code") == code


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([{"type": "compact_20260112"}], "context_management.edits.0: Input tag 'compact_20260112' found"),
        ([7], "context_management.edits.0: Input tag 'None' found"),
        (
            [{"type": "clear_tool_uses_20250919"}, {"type": "clear_thinking_20251015"}],
            "context_management.edits.1: clear_thinking_20251015 must be the first edit",
        ),
        ([{"type": "clear_tool_uses_20250919", "trigger": "all"}], "context_management.edits.0.clear_tool_uses"),
        ([{"type": "clear_tool_uses_20250919", "exclude_tools": "x"}], "context_management.edits.0.clear_tool_uses"),
    ],
)
def test_edits_are_checked(edits, said):
    assert refusal(context_management={"edits": edits}, betas=MANAGED).startswith(said)


def test_threshold_compaction_is_not_simulated_even_with_its_beta():
    edits = {"edits": [{"type": "compact_20260112"}]}
    assert "not supported by the simulated" in refusal(context_management=edits, betas="compact-2026-01-12")


# --- Tools


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ([7], "tools.0: Input should be an object"),
        ([{"name": "a b", "input_schema": {}}], "tools.0.custom.name: String should match pattern"),
        ([{"input_schema": {}}], "tools.0.custom.name: String should match pattern"),
        ([{"name": "a"}], "tools.0.custom.input_schema: Field required"),
        ([{"type": 7}], "tools.0.type: Input should be a valid string"),
        ([{"type": "bash_20250124", "name": 7}], "tools.0.name: Input should be a valid string"),
        ([tool(), tool()], "tools: Tool names must be unique."),
        ([tool(defer_loading=True)], "tools: at least one tool must not have defer_loading set to true"),
        (
            [tool(), tool("b", defer_loading=True, cache_control=MARKER)],
            "tools.1: a tool with defer_loading cannot have cache_control",
        ),
    ],
)
def test_tools_are_checked(tools, said):
    assert refusal(tools=tools).startswith(said)


def test_a_reference_must_lead_to_a_tool():
    found = [{"type": "tool_reference", "tool_name": "gone"}]
    refused = answer("a", assistant(call()), user(result(content=found)), tools=[tool()])
    assert refused.error == "messages.2.content.0: tool_reference names a tool that is not in `tools`: gone"
    assert refused.plain["error"]["details"] == {"error_code": "tool_reference_unresolved"}


def test_counting_takes_no_server_tools_and_nothing_it_would_have_to_fetch():
    path = "/v1/messages/count_tokens"
    search = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
    assert "server tools are not supported" in refusal(tools=[tool(), search], path=path)
    for source in ({"type": "url", "url": "https://a"}, {"type": "file", "file_id": "f"}):
        picture = {"type": "image", "source": source}
        assert f"{source['type']} sources are not supported" in refusal(user(picture), path=path)
        assert accepted(user(picture))


# --- Markers


def marked(number, marker=MARKER):
    return user(*(text(f"t{at}", marker) for at in range(number)))


def test_there_are_at_most_four_breakpoints_wherever_they_stand():
    assert accepted(marked(4))
    assert refusal(marked(5)) == "A maximum of 4 blocks with cache_control may be provided. Found 5."
    spread = {"tools": [tool(cache_control=MARKER)], "system": [text("s", MARKER)]}
    assert refusal(marked(3), **spread) == "A maximum of 4 blocks with cache_control may be provided. Found 5."
    assert refusal(marked(4), cache_control=MARKER).endswith("Found 5.")
    inner = user(result(content=[text("x", MARKER)], marker=MARKER))
    assert refusal("a", assistant(call()), inner, user(*marked(3)["content"])).endswith("Found 5.")


def test_hours_come_before_minutes():
    said = "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"
    assert accepted(user(text("a", HOUR), text("b", MARKER)))
    assert refusal(user(text("a", MARKER), text("b", HOUR))) == said
    assert refusal(user(text("b", HOUR)), system=[text("a", MARKER)]) == said
    assert refusal(user(text("a", MARKER), "b"), cache_control=HOUR) == said


def test_the_automatic_marker_must_agree_with_the_last_blocks_own():
    said = "cache_control: the last block has a cache_control with another ttl"
    assert accepted(user(text("a", MARKER)), cache_control=MARKER)
    assert refusal(user(text("a", HOUR)), cache_control=MARKER) == said


@pytest.mark.parametrize("marker", [{"type": "lasting"}, {}, {"type": "ephemeral", "ttl": "2h"}, {"ttl": "1h"}])
def test_a_marker_is_ephemeral_for_minutes_or_an_hour(marker):
    assert refusal(user(text("a", marker or {"x": 1}))).startswith("cache_control.")
