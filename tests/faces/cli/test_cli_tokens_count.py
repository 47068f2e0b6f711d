import io
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from agentforge.faces.cli.entry import main
from agentforge.faces.cli.grammar import OUTSIDE, USAGE
from agentforge.faces.cli.tokens_count import MODEL, known, off, weigh
from agentforge.simulate import Provider, serving
from agentforge.tokens import Count, count_tokens, load_calibration

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


@pytest.mark.parametrize("cut", [b'{"model": "x", "messages": [', b'[{"a": 1}, ', b'{"body": "{\\"model\\": "}'])
def test_json_that_was_cut_off_is_text_and_said_to_be(cut, tmp_path, capsys):
    file = tmp_path / "request.json"
    file.write_bytes(cut)
    assert main(["tokens", "count", "--json", str(file)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)[0]["what"] == "text"
    assert shown.err.startswith(str(file))
    assert "not JSON at line 1" in shown.err
    assert shown.err.endswith("counted as text\n")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("whole", [b"plain words", b'[{"a": 1}]', b'{"model": "x"}', b""])
def test_nothing_is_said_of_what_was_not_cut_off(whole, tmp_path, capsys):
    file = tmp_path / "notes"
    file.write_bytes(whole)
    assert main(["tokens", "count", str(file)]) == 0
    assert capsys.readouterr().err == ""


@pytest.fixture
def request_file(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST))
    return file


def test_law_8_honest_numbers_a_providers_count_stands_beside_the_estimate(request_file, capsys):
    with serving(Provider()) as url:
        (one,) = weighed_json(capsys, "--provider", url, str(request_file))
        assert main(["tokens", "count", "--provider", f"{url}/", str(request_file)]) == 0
    assert (one["total"]["method"], one["counted"]["method"]) == ("estimated", "counted")
    assert one["counted"]["value"] > 0
    assert (one["counted"]["model"], one["counted"]["error"]) == ("claude-opus-4-8", 0.0)
    assert "counted, claude-opus-4-8" in capsys.readouterr().out


def test_a_provider_is_asked_for_the_model_that_is_named(request_file, capsys):
    with serving(Provider()) as url:
        (one,) = weighed_json(capsys, "--provider", url, "--model", "claude-opus-5-5", str(request_file))
    assert one["total"]["model"] == one["counted"]["model"] == "claude-opus-5-5"


class Counting(BaseHTTPRequestHandler):
    """Answers with a third more than there is, or sends away."""

    answer = (200, b'{"input_tokens": 500}')
    asked: list[tuple[str, str | None, dict]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append((self.path, self.headers["x-api-key"], body))
        status, text = self.answer
        self.send_response(status)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["x-api-key"], {}))
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def counting():
    """A provider whose counts are not our estimates; its class and its URL."""
    handler = type("Asked", (Counting,), {"asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_provider_counts_is_learnt_kept_and_applied(request_file, counting, tmp_path, capsys):
    handler, url = counting
    kept = tmp_path / "seen.json"
    options = ["--calibration", str(kept), str(request_file)]
    (first,) = weighed_json(capsys, "--provider", url, *options)
    assert handler.asked[0][:2] == ("/v1/messages/count_tokens", "any")
    assert "max_tokens" not in handler.asked[0][2]
    assert first["total"]["method"] == "estimated"
    (observed,) = load_calibration(kept.read_bytes()).seen["claude-opus-4-8"]
    assert observed == (first["total"]["value"], 500)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"seen.json", "request.json"}
    (then,) = weighed_json(capsys, *options)
    assert (then["total"]["method"], then["counted"]) == ("calibrated", None)
    assert abs(then["total"]["value"] / 500 - 1) <= then["total"]["error"]
    assert main(["tokens", "count", *options]) == 0
    assert "calibrated, claude-opus-4-8, ±" in capsys.readouterr().out


def test_a_calibration_that_has_learnt_nothing_says_how_to_learn(request_file, tmp_path, capsys):
    kept = tmp_path / "seen.json"
    assert main(["tokens", "count", "--calibration", str(kept), str(request_file)]) == 0
    assert capsys.readouterr().err == f"{kept}: nothing learnt yet; add --provider URL to learn from its counts\n"
    assert not kept.exists()


def refusal(capsys, *words: str) -> tuple[int, str]:
    code = main(["tokens", "count", *words])
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "\nfix: " in shown.err
    return code, shown.err


def test_a_broken_calibration_is_named(request_file, tmp_path, capsys):
    kept = tmp_path / "seen.json"
    kept.write_text("{")
    code, said = refusal(capsys, "--calibration", str(kept), str(request_file))
    assert code == OUTSIDE
    assert said.startswith(f"error: {kept}: this is no calibration")


def test_a_calibration_that_cannot_be_written_is_named(request_file, counting, tmp_path, capsys):
    kept = tmp_path / "nowhere" / "seen.json"
    code, said = refusal(capsys, "--provider", counting[1], "--calibration", str(kept), str(request_file))
    assert code == OUTSIDE
    assert said.startswith(f"error: {kept}: cannot be written")


def test_a_provider_is_not_asked_without_a_key(request_file, monkeypatch, capsys):
    for key in ("", "a\nb"):
        monkeypatch.setenv("ANTHROPIC_API_KEY", key)
        code, said = refusal(capsys, "--provider", "http://127.0.0.1:9", str(request_file))
        assert (code, "export ANTHROPIC_API_KEY" in said) == (USAGE, True)


def test_what_a_provider_cannot_count_is_named(request_file, counting, tmp_path, capsys):
    notes = tmp_path / "notes.md"
    notes.write_text(TEXT)
    code, said = refusal(capsys, "--provider", counting[1], str(notes))
    assert (code, said.startswith(f"error: {notes}: only an Anthropic")) == (USAGE, True)
    assert counting[0].asked == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "api.anthropic.com"])
def test_a_provider_is_an_http_url(url, request_file, capsys):
    assert refusal(capsys, "--provider", url, str(request_file))[0] == USAGE


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "http://127.0.0.1:x"])
def test_a_provider_that_cannot_be_reached_is_named(url, request_file, capsys):
    code, said = refusal(capsys, "--provider", url, str(request_file))
    assert (code, said.startswith(f"error: {url}/v1/messages/count_tokens: ")) == (OUTSIDE, True)


def test_a_key_is_not_carried_to_where_a_provider_sends_us(request_file, counting, capsys):
    handler, url = counting
    handler.answer = (302, b"")
    code, said = refusal(capsys, "--provider", url, str(request_file))
    assert (code, "answered 302" in said) == (OUTSIDE, True)
    assert [path for path, _, _ in handler.asked] == ["/v1/messages/count_tokens"]
