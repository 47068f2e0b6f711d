import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from agentforge.faces.cli.entry import main
from agentforge.faces.cli.grammar import OUTSIDE, USAGE
from agentforge.faces.cli.simulate import _line
from agentforge.simulate import Exchange

ASKED = {"model": "claude-opus-5-5", "max_tokens": 50, "messages": [{"role": "user", "content": "hello"}]}
KEY = {"x-api-key": "sk-secret", "anthropic-version": "2023-06-01", "content-type": "application/json"}


def test_the_demonstration_prices_every_turn_and_compares_treatments(capsys):
    assert main(["simulate", "--demo"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^ +20 .*\$0\.\d{4}", shown, re.MULTILINE)
    assert "without cache markers" in shown
    assert "refused" in shown
    assert "estimated offline for claude-opus-5-5" in shown


def test_the_demonstration_as_json_has_every_figure(capsys):
    assert main(["simulate", "--demo", "--json"]) == 0
    first, _, refused, _ = json.loads(capsys.readouterr().out)
    assert (first["method"], first["model"], first["refused"]) == ("estimated", "claude-opus-5-5", None)
    assert len(first["turns"]) == 20
    assert sum(turn["dollars"] for turn in first["turns"]) == pytest.approx(first["dollars"])
    assert "Invalid `signature`" in refused["refused"]


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("turns.yaml", b"turns:\n  - txt: a\n", USAGE, "turns.yaml:2: txt: not known here"),
        ("turns.yaml", b"\xff\xfe", USAGE, "not UTF-8: byte 0"),
        ("missing.yaml", None, USAGE, "does not exist"),
    ],
)
def test_a_script_that_is_wrong_is_said_before_anything_is_served(tmp_path, capsys, name, content, code, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["simulate", "--port", "0", "--script", str(tmp_path / name)]) == code
    assert said in capsys.readouterr().err


def test_a_record_that_cannot_be_written_is_said_before_anything_is_served(tmp_path, capsys):
    assert main(["simulate", "--port", "0", "--record", str(tmp_path / "no" / "seen.jsonl")]) == OUTSIDE
    told = capsys.readouterr().err
    assert "seen.jsonl: No such file or directory" in told
    assert "choose another with --record" in told


def test_a_port_that_is_taken_is_the_worlds_fault(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["simulate", "--port", str(taken.getsockname()[1])]) == OUTSIDE
    assert "choose another with --port" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="interrupts are sent another way there")
def test_it_serves_a_script_records_what_it_was_asked_and_ends_when_interrupted(tmp_path):
    script, record = tmp_path / "turns.yaml", tmp_path / "seen.jsonl"
    script.write_text("turns: [Scripted words.]\n")
    command = [sys.executable, "-m", "agentforge.faces.cli", "simulate", "--port", "0", "--script", str(script)]
    command += ["--record", str(record), "--no-prefix-check"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        try:
            url = re.search(r"http://\S+", process.stdout.readline())[0]
            query = "/v1/messages?beta=true&api_key=sk-secret"
            request = urllib.request.Request(url + query, json.dumps(ASKED).encode(), KEY)
            with urllib.request.urlopen(request, timeout=20) as reply:
                assert json.load(reply)["content"][0]["text"] == "Scripted words."
        finally:
            process.send_signal(signal.SIGINT)
        shown, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert re.search(r"1  200  POST /v1/messages\?beta=true&api_key=\(left out\) .*output_tokens [1-9]", shown)
    assert "1 request answered" in told
    (line,) = record.read_text().splitlines()
    assert json.loads(line)["body"] == ASKED
    assert "sk-secret" not in line
    assert record.stat().st_mode & 0o777 == 0o600
    assert main(["wire", "check", str(record)]) == 0


def exchange(body):
    return Exchange(1, 0.0, "POST", "/v1/messages", {"user-agent": "x"}, body, 200, None, b"")


def test_a_record_keeps_bodies_whole_but_for_their_secrets():
    secret = "0a1b2c3d4e5f6a7b8c9d"
    said = {**ASKED, "messages": [{"role": "user", "content": f"read .env: API_KEY={secret}"}]}
    line = _line(exchange(json.dumps(said).encode()), b"s" * 32)
    content = json.loads(line)["body"]["messages"][0]["content"]
    assert re.fullmatch(r"read \.env: API_KEY=\[secret:named:[0-9a-f]{8}\]", content)
    assert json.loads(_line(exchange(json.dumps(ASKED).encode()), b"s" * 32))["body"] == ASKED


def test_a_record_takes_a_body_that_is_nested_deeper_than_values_are_looked_at():
    deep = b"[" * 600 + b'"API_KEY=0a1b2c3d4e5f6a7b8c9d"' + b"]" * 600
    assert b"0a1b2c" not in _line(exchange(deep), b"s" * 32)
