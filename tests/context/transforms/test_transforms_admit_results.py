import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import UNTOUCHED, SessionView, Settings
from agentforge.context.admission import closing_handle
from agentforge.context.transforms.admit_results import ADMIT_RESULTS
from agentforge.context.transforms.repeat_reads import REPEAT_READS
from agentforge.context.transforms.results import results_in
from agentforge.wire import DIALECTS, ToolResult, ToolUse, decode_request, encode_request, is_prefix
from context.planted import ALL, build_log, json_list, source_file
from context.sessions import FILE, SMALL, Turn, request, sessions
from strategies import dialects

CORPORA = Path(__file__).parents[4] / "shared" / "corpora" / "claude_code"
VIEW = SessionView(Settings())
LOG = build_log()


def turn_of(planted):
    return Turn(planted.call.tool, dict(planted.call.input), planted.text)


def both(request, view):
    """The request as both transforms leave it, and all they changed."""
    admitted, first = ADMIT_RESULTS.run(request, view)
    sent, second = REPEAT_READS.run(admitted, view)
    return sent, (*first.changes, *second.changes)


def shown(request):
    return [found.said.text for found in results_in(request)]


@given(dialects, sessions, st.integers(0, 6), st.integers(0, 4))
def test_law_2_what_is_sent_for_a_prefix_is_a_prefix_of_what_is_sent(dialect, turns, cut, start):
    view = replace(VIEW, start=start)
    whole, part = request(dialect, turns), request(dialect, turns[:cut])
    assert is_prefix(part, whole)
    assert is_prefix(both(part, view)[0], both(whole, view)[0])


@given(dialects, sessions)
def test_law_3_the_same_request_becomes_the_same_bytes(dialect, turns):
    first, second = (encode_request(both(request(dialect, turns), VIEW)[0]) for _ in range(2))
    assert first == second


@given(dialects, sessions)
def test_law_4_every_cut_keeps_exactly_the_text_that_was_there(dialect, turns):
    came = request(dialect, turns)
    sent, receipt = ADMIT_RESULTS.run(came, VIEW)
    before = {found.where: found.said.text for found in results_in(came)}
    after = {found.where: found.said.text for found in results_in(sent)}
    changed = {change.where: change for change in receipt.changes}
    assert before.keys() == after.keys()
    for where, text in before.items():
        change = changed.get(where)
        if change is None:
            assert after[where] == text
        else:
            assert change.kept is not None
            assert change.kept.data.decode() == change.before == text
            assert closing_handle(after[where]) == change.kept.handle
            assert len(after[where]) < len(text)


@given(dialects, sessions)
def test_law_9_calls_and_results_keep_their_order_and_their_partners(dialect, turns):
    def pairs(request):
        blocks = [block for message in request.messages for block in message.blocks]
        return [block.id for block in blocks if isinstance(block, ToolUse)], [
            block.tool_use_id for block in blocks if isinstance(block, ToolResult)
        ]

    came = request(dialect, turns)
    assert pairs(both(came, VIEW)[0]) == pairs(came)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("blocks", [False, True])
def test_a_long_result_is_cut_in_every_dialect_and_nothing_else_is_touched(dialect, blocks):
    came = request(dialect, [Turn("Bash", {"command": "cat add.py"}, SMALL), replace(turn_of(LOG), blocks=blocks)])
    sent, receipt = ADMIT_RESULTS.run(came, VIEW)
    (change,) = receipt.changes
    assert change.before == LOG.text
    written = encode_request(sent)
    assert len(written) < len(encode_request(came)) / 5
    assert shown(decode_request(dialect, written)) == [SMALL, change.after]
    assert json.dumps(change.before)[1:-1] in encode_request(came).decode()
    assert written.decode() == encode_request(came).decode().replace(
        json.dumps(change.before), json.dumps(change.after, ensure_ascii=False)
    )


def test_a_request_with_nothing_to_cut_is_the_same_object():
    came = request("anthropic", [Turn("Read", {"file_path": "a.py"}, FILE)])
    assert ADMIT_RESULTS.run(came, VIEW)[0] is came


@pytest.mark.parametrize("settings", [UNTOUCHED, Settings(recall="none"), Settings(admit=False)])
def test_nothing_is_cut_that_could_not_be_asked_back_or_was_not_wanted(settings):
    came = request("anthropic", [turn_of(LOG)])
    assert ADMIT_RESULTS.run(came, SessionView(settings)) == (came, ADMIT_RESULTS.run(came, SessionView(settings))[1])
    assert not ADMIT_RESULTS.run(came, SessionView(settings))[1].changes


def test_what_was_sent_before_we_came_stays():
    came = request("anthropic", [turn_of(LOG), turn_of(json_list(number=300))])
    _, receipt = ADMIT_RESULTS.run(came, replace(VIEW, start=3))
    assert [change.where for change in receipt.changes] == ["messages.4.content.0.content"]


def test_a_text_asked_for_again_after_it_was_cut_comes_whole():
    planted = source_file()
    came = request("anthropic", [turn_of(planted)] * 3)
    first, second, third = shown(ADMIT_RESULTS.run(came, VIEW)[0])
    assert closing_handle(first)
    assert second == planted.text
    assert third == planted.text
    assert len(shown(both(came, VIEW)[0])[2]) < 300


def test_the_users_latest_words_decide_which_parts_stay():
    planted = source_file()
    for wanted, other in (("price_41", "41.3"), ("price_58", "58.3")):
        came = request("anthropic", [Turn(said=f"Look at {wanted}."), turn_of(planted)])
        (text,) = shown(ADMIT_RESULTS.run(came, VIEW)[0])
        assert f"decimal.Decimal('{other}')" in text


def test_images_and_references_beside_a_text_stay():
    text = {"type": "text", "text": LOG.text}
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    reference = {"type": "tool_reference", "tool_name": "mcp__a__b"}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [image, text, reference, text]}
    body = {"model": "m", "messages": [{"role": "user", "content": [result]}]}
    came = decode_request("anthropic", json.dumps(body).encode())
    sent, receipt = ADMIT_RESULTS.run(came, VIEW)
    content = json.loads(encode_request(sent))["messages"][0]["content"][0]["content"]
    assert (content[0], content[2]) == (image, reference)
    assert receipt.changes[0].where == "messages.0.content.0.content.1.text"
    assert len(content[1]["text"]) < len(LOG.text)


def test_every_kind_is_cut_to_a_fifth_and_the_whole_session_with_it():
    came = request("openai-chat", [turn_of(planted) for planted in ALL])
    sent, receipt = ADMIT_RESULTS.run(came, VIEW)
    assert len(receipt.changes) == len(ALL)
    assert len(encode_request(sent)) < 0.2 * len(encode_request(came))


def recorded():
    """Bodies of requests that real clients sent, and conversations that they wrote down."""
    for path in sorted(CORPORA.glob("requests/*.json")):
        yield pytest.param(lambda path=path: json.loads(path.read_bytes())["body"], id=path.name)
    for path in sorted(CORPORA.glob("transcripts_sanitized/**/*.jsonl")):
        yield pytest.param(lambda path=path: conversation(path), id=f"{path.parent.parent.name}-{path.stem[:13]}")


def conversation(path):
    messages = []
    for line in path.read_bytes().splitlines():
        message = json.loads(line).get("message")
        if isinstance(message, dict) and message.get("role") in ("user", "assistant"):
            messages.append({"role": message["role"], "content": message["content"]})
    return {"model": "m", "messages": messages}


missing = [pytest.param(None, marks=pytest.mark.skip("the recordings are not here (../shared/corpora)"), id="none")]


@pytest.mark.parametrize("body", list(recorded()) or missing)
def test_laws_2_3_and_4_hold_for_what_real_clients_sent(body):
    came = decode_request("anthropic", json.dumps(body()).encode())
    for settings in (Settings(), Settings(admit_above=200, admit_to=150)):
        view = SessionView(settings)
        sent, changes = both(came, view)
        assert encode_request(both(came, view)[0]) == encode_request(sent)
        for change in changes:
            assert change.kept is not None
            assert change.kept.data.decode() == change.before
            assert len(change.after) < len(change.before)
        for length in range(1, len(came.messages), 1 + len(came.messages) // 12):
            part = replace(came, messages=tuple(came.messages[:length]))
            assert is_prefix(both(part, view)[0], sent)
