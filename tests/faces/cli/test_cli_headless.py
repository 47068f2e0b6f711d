import json
import socket
import time
from pathlib import Path

import pytest

from agentforge.faces.cli.headless import ask_once, first_of, is_conversation
from agentforge.faces.cli.isolation import layers, namespace
from agentforge.simulate import Exchange
from agentforge.wire.errors import OutsideError
from faces.cli.askers import asker

needs_namespace = pytest.mark.skipif(namespace() is None, reason="no network namespace can be made here")
needs_layers = pytest.mark.skipif(layers() is None, reason="no layer can be laid over a folder here")


def exchange(body: object, path: str = "/v1/messages") -> Exchange:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(1, 0.0, "POST", path, {}, text, 200, None, b"")


def test_the_first_request_with_tools_is_brought_back_as_it_was_sent(tmp_path):
    asked = ask_once(asker(tmp_path, "ask(); ask(tools=TOOLS, extra='é'); ask(tools=TOOLS)"))

    assert asked.body is not None
    assert json.loads(asked.body)["extra"] == "é"
    assert asked.path == "/v1/messages"


def test_a_client_that_never_brings_tools_is_known_by_its_longest_request(tmp_path):
    asked = ask_once(asker(tmp_path, "ask(); ask(system='You are kind.')"))

    assert asked.body is not None
    assert json.loads(asked.body)["system"] == "You are kind."
    assert asked.code == 0


def test_a_client_that_ends_without_asking_says_why(tmp_path):
    asked = ask_once(asker(tmp_path, "sys.exit('no such model')"))
    assert (asked.body, asked.code, asked.stderr.strip()) == (None, 1, "no such model")


def test_a_client_that_does_not_end_is_ended_with_its_children(tmp_path):
    does = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); import time; time.sleep(60)"
    asked = ask_once(asker(tmp_path, does, seconds=1))

    assert (asked.body, asked.code) == (None, None)
    child = Path("/proc") / asked.stderr.strip() / "cmdline"
    late = time.monotonic() + 5
    while child.exists() and b"sleep" in child.read_bytes() and time.monotonic() < late:
        time.sleep(0.05)
    assert not (child.exists() and b"sleep" in child.read_bytes())


def test_a_program_that_cannot_be_started_is_an_error_that_says_so(tmp_path):
    launch = asker(tmp_path / "gone", "ask()")
    with pytest.raises(OutsideError, match="could not be run"):
        ask_once(launch)


@needs_namespace
@pytest.mark.parametrize("network", [False, True])
def test_a_client_reaches_no_other_port_of_this_machine_unless_it_keeps_its_network(tmp_path, network):
    with socket.create_server(("127.0.0.1", 0)) as other:
        does = f"""
import socket
with socket.socket() as probe:
    probe.settimeout(5)
    print("reached", probe.connect_ex(("127.0.0.1", {other.getsockname()[1]})) == 0)
"""
        asked = ask_once(asker(tmp_path, does, network=network))
    assert (asked.stderr.strip(), asked.isolated) == (f"reached {network}", not network)


@needs_layers
def test_what_a_client_writes_in_folders_under_a_layer_is_gone_and_what_is_there_can_be_read(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "kept.txt").write_text("as it was")
    (tmp_path / "home" / "secret.txt").write_text("a key")
    inner = tmp_path / "home" / "project"
    inner.mkdir()
    does = """
from pathlib import Path
home = Path(os.environ["HOME"])
print(home.joinpath("kept.txt").read_text(), home.joinpath("secret.txt").exists())
home.joinpath("kept.txt").write_text("changed"); home.joinpath("project", "new.txt").write_text("new")
home.joinpath("project", "new.txt").unlink(); Path("here.txt").write_text("x")
print(home.joinpath("kept.txt").read_text())
"""
    asked = ask_once(
        asker(
            inner,
            does,
            env={"HOME": str(tmp_path / "home")},
            shielded=(str(tmp_path / "home"), str(inner), str(tmp_path)),
            removed=(str(tmp_path / "home" / "secret.txt"),),
        )
    )

    assert asked.stderr.split("\n")[:2] == ["as it was False", "changed"]
    assert (tmp_path / "home" / "kept.txt").read_text() == "as it was"
    assert (tmp_path / "home" / "secret.txt").read_text() == "a key"
    assert not list(inner.iterdir())


@pytest.mark.parametrize(
    ("body", "path", "it_is"),
    [
        ({"tools": [{}]}, "/v1/messages?beta=true", True),
        ({"tools": []}, "/v1/messages", False),
        ({"tools": [{}]}, "/v1/messages/count_tokens?beta=true", False),
        (b"{", "/v1/messages", False),
        ([], "/v1/messages", False),
    ],
)
def test_a_request_of_the_conversation_brings_tools_and_asks_for_no_count(body, path, it_is):
    assert is_conversation(exchange(body, path)) == it_is


def test_where_nothing_was_asked_there_is_no_first_request():
    assert first_of([]) is None
    assert first_of([exchange({"tools": [{}]}, "/v1/messages/count_tokens")]) is None


@needs_layers
def test_a_file_that_lies_under_no_layer_is_never_removed(tmp_path):
    for name in ("under", "beside"):
        (tmp_path / name).mkdir()
    secret = tmp_path / "beside" / "secret.txt"
    secret.write_text("a key")
    (tmp_path / "under" / "link").symlink_to(tmp_path / "beside")
    removed = (str(secret), str(tmp_path / "under" / "link" / "secret.txt"))
    ask_once(asker(tmp_path, "pass", shielded=(str(tmp_path / "under"),), removed=removed))
    assert secret.read_text() == "a key"
