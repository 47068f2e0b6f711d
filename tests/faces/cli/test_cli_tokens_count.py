import io
import json
import sys

import pytest

from agentforge.faces.cli.entry import main
from agentforge.faces.cli.grammar import OUTSIDE
from agentforge.faces.cli.tokens_count import MODEL, known, off, weigh
from agentforge.tokens import Count, count_tokens

TEXT = "What is written twice is paid for twice.\n" * 20
REQUEST = {
    "model": "claude-opus-4-8",
    "max_tokens": 8,
    "system": "You are brief.",
    "tools": [{"name": "read_file", "description": "Reads a file.", "input_schema": {"type": "object"}}],
    "messages": [
        {"role": "user", "content": "Look into it."},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "read_file", "input": {"path": "a"}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": TEXT}]},
    ],
}


def weighed_json(capsys, *words: str) -> list[dict]:
    assert main(["tokens", "count", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_text_is_counted_for_the_usual_model_and_says_so(tmp_path, capsys):
    file = tmp_path / "notes.md"
    file.write_text(TEXT)
    (one,) = weighed_json(capsys, str(file))
    count = count_tokens(TEXT, MODEL)
    assert (one["path"], one["what"], one["parts"]) == (str(file), "text", [])
    assert one["total"] == {"value": count.value, "method": "estimated", "model": MODEL, "error": count.error}


def test_another_model_counts_otherwise(tmp_path, capsys):
    file = tmp_path / "notes.md"
    file.write_text(TEXT)
    (usual,) = weighed_json(capsys, str(file))
    (other,) = weighed_json(capsys, "--model", "gpt-5.5", str(file))
    assert other["total"]["model"] == "gpt-5.5"
    assert other["total"]["value"] != usual["total"]["value"]


def test_a_requests_parts_add_up_to_its_total_for_its_own_model():
    one = weigh("request.json", json.dumps(REQUEST).encode(), None)
    assert one.what == "anthropic request"
    assert one.total.model == "claude-opus-4-8"
    assert sum(part.count.value for part in one.parts) == one.total.value
    assert {"system", "tools", "text", "tool_use", "tool_result"} <= {part.name for part in one.parts}


COMPACT = json.dumps(REQUEST, separators=(",", ":"))


@pytest.mark.parametrize("body", [REQUEST, COMPACT], ids=["as an object", "as a string"])
def test_a_recorded_exchange_weighs_what_its_body_weighs(body):
    recorded = json.dumps({"method": "POST", "path": "/v1/messages", "headers": {}, "body": body}).encode()
    assert weigh("-", recorded, None) == weigh("-", COMPACT.encode(), None)


@pytest.mark.parametrize("body", [b'{"mess', b"{}", b"[1, 2]", b'{"model": "x"}', b'{"body": "not json"}', b""])
def test_json_that_is_no_request_is_text(body):
    assert weigh("-", body, None).what == "text"


def test_the_table_shows_every_file_its_parts_and_the_sum(tmp_path, capsys):
    (tmp_path / "notes.md").write_text(TEXT)
    (tmp_path / "request.json").write_text(json.dumps(REQUEST))
    assert main(["tokens", "count", str(tmp_path / "notes.md"), str(tmp_path / "request.json")]) == 0
    shown = capsys.readouterr().out
    for words in ("notes.md", "anthropic request", "tool_result", "together", f"estimated, {MODEL}, ±"):
        assert words in shown


def test_a_dash_is_stdin(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    (one,) = weighed_json(capsys, "-")
    assert one["path"] == "-"
    assert one["total"]["value"] > 100


def test_a_file_that_is_no_text_is_named_with_the_byte_that_is_wrong(tmp_path, capsys):
    file = tmp_path / "picture.png"
    file.write_bytes(b"ok\xff")
    assert main(["tokens", "count", str(file)]) == OUTSIDE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"error: {file}, byte 2: not UTF-8 text\nfix: ")


def test_no_figure_is_shown_without_how_it_is_known():
    assert known(Count(1, "estimated", "m", 0.084)) == "estimated, m, ±8%"
    assert known(Count(1, "counted", "m", 0.0)) == "counted, m"
    assert known(Count(1, "calibrated", "m")) == "calibrated, m, error unknown"
    assert off(Count(1, "counted", "m", 0.0)) == ""
