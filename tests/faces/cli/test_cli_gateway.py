import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from agentforge.faces.cli.entry import main
from agentforge.faces.cli.grammar import OUTSIDE, USAGE
from agentforge.ledger import EVERYWHERE, open_ledger
from agentforge.simulate import serving as simulated
from simulate.asking import body, provider

TOKEN = "a-token-of-some-length"


def started(tmp_path, *words, **environ):
    command = [sys.executable, "-m", "agentforge.faces.cli", "gateway", "--port", "0", "--ledger"]
    return subprocess.Popen(
        [*command, str(tmp_path / "ledger.db"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )


def introduced(running):
    """The URL, and all that is said when it is ready."""
    lines = []
    while not (lines and lines[-1].startswith("  records in")):
        lines.append(running.stdout.readline())
    return lines[0].split()[2], "".join(lines)


def post(url, **headers):
    sent = {"x-api-key": "sk-secret-key", "anthropic-version": "2023-06-01", **headers}
    request = urllib.request.Request(url + "/v1/messages", json.dumps(body()).encode(), sent)
    with urllib.request.urlopen(request, timeout=20) as reply:
        return json.loads(reply.read())


@pytest.mark.skipif(os.name == "nt", reason="interrupts are sent another way there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_passes_on_says_how_to_use_it_and_sums_up_when_interrupted(tmp_path, number):
    with simulated(provider("hi")) as up, started(tmp_path, "--anthropic", up) as running:
        url, told = introduced(running)
        assert post(url)["content"][0]["text"] == "hi"
        running.send_signal(number)
        rest, complained = running.communicate(timeout=30)
    assert (running.returncode, complained) == (0, "")
    assert f"ANTHROPIC_BASE_URL={url} claude" in told
    assert f"OPENAI_BASE_URL={url}/v1" in told
    assert f'base_url="{url}/v1"' in told
    assert f"passes on to      {up} and https://api.openai.com/v1" in told
    assert "1 request: 1 answered" in rest
    assert "counted by the providers" in rest
    with open_ledger(tmp_path / "ledger.db", create=False) as ledger:
        (event,) = ledger.events(project=EVERYWHERE, kind="gateway.request")
    assert event.data["usage"]["output"] > 0


@pytest.mark.skipif(os.name == "nt", reason="interrupts are sent another way there")
def test_as_json_it_is_a_line_when_ready_and_a_line_at_the_end(tmp_path):
    with simulated(provider("hi")) as up, started(tmp_path, "--anthropic", up, "--shadow", "--json") as running:
        ready = json.loads(running.stdout.readline())["ready"]
        post(ready["url"])
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)
    assert (ready["anthropic"], ready["shadow"], ready["token"]) == (up, True, False)
    summary = json.loads(rest)["summary"]
    assert (summary["requests"], summary["outcomes"]) == (1, {"whole": 1})
    assert summary["dollars"] > 0
    assert summary["saved"]["method"] == "estimated"


@pytest.mark.skipif(os.name == "nt", reason="interrupts are sent another way there")
def test_a_token_from_a_file_or_the_environment_is_demanded_and_never_printed(tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="ascii")
    ways = [(["--token-file", str(tmp_path / "token")], {}), ([], {"AGENTFORGE_GATEWAY_TOKEN": TOKEN})]
    with simulated(provider("hi")) as up:
        for words, environ in ways:
            with started(tmp_path, "--anthropic", up, *words, **environ) as running:
                url, told = introduced(running)
                with pytest.raises(urllib.error.HTTPError, match="401"):
                    post(url)
                assert post(url, **{"x-agentforge-token": TOKEN})
                running.send_signal(signal.SIGINT)
                rest, _ = running.communicate(timeout=30)
            assert "x-agentforge-token" in told
            assert TOKEN not in told + rest


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--anthropic", "nonsense"], USAGE, "as in: --anthropic https://api.anthropic.com"),
        (["--openai", "ftp://x"], USAGE, "as in: --openai https://api.openai.com/v1"),
        (["--host", "0.0.0.0"], USAGE, "--token-file"),
        (["--port", "8801", "--anthropic", "http://127.0.0.1:8801"], USAGE, "is the gateway itself"),
        (["--ledger", "notes.txt"], OUTSIDE, "is no ledger"),
        (["--token-file", "odd"], OUTSIDE, "odd: not ASCII"),
        (["--token-file", "short"], USAGE, "has 3 characters"),
        (["--token-file", "missing"], USAGE, "does not exist"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_served(tmp_path, monkeypatch, capsys, words, code, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("notes\n" * 200, encoding="ascii")
    (tmp_path / "odd").write_bytes(b"\xff" * 20)
    (tmp_path / "short").write_text("abc", encoding="ascii")
    ledger = [] if "--ledger" in words else ["--ledger", "ledger.db"]
    assert main(["gateway", "--port", "0", *ledger, *words]) == code
    assert said in capsys.readouterr().err


def test_it_starts_without_what_it_does_not_need():
    modules = "agentforge.faces.cli.gateway, agentforge.gateway.app, agentforge.gateway.server"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"rich", "anthropic", "openai", "tiktoken", "httpx2", "aiohttp", "uvicorn"} & set(loaded)
