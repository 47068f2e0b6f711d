"""What `agentforge audit --json` prints is what docs/reference/audit.schema.json says."""

import json
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from agentforge.audit import Sent
from agentforge.faces.cli.entry import main
from knowledge.laid import lay

ROOT = Path(__file__).parents[3]
SERVERS = ROOT / "tests" / "data" / "mcp_servers"
TRANSCRIPTS = ROOT / "tests" / "data" / "transcripts"
SCHEMA = json.loads((ROOT / "docs" / "reference" / "audit.schema.json").read_text(encoding="utf-8"))


def strict(schema):
    """The schema, with no member allowed that it does not name: so that a new one has to be written down."""
    if isinstance(schema, dict):
        schema = {key: strict(value) for key, value in schema.items()}
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


def faults(said):
    return [f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(strict(SCHEMA)).iter_errors(said)]


@pytest.fixture
def printed(capsys):
    """What the command prints as JSON."""

    def run(*words):
        assert main(["audit", "--json", *words]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_schema_is_one_and_is_as_strict_as_it_looks(project, printed):
    Draft202012Validator.check_schema(SCHEMA)
    said = printed(str(project))
    for spoil in (
        lambda said: said.update(schema=2),
        lambda said: said.update(more=1),
        lambda said: said["reports"][0].pop("total"),
        lambda said: said["reports"][0]["parts"][0].update(count=3),
        lambda said: said["reports"][0]["by_category"].update(more=3),
    ):
        spoiled = deepcopy(said)
        spoil(spoiled)
        assert faults(spoiled) != []


@pytest.mark.parametrize("words", [["--sample"], ["--sample", "--mcp"], ["--sample", "--model", "gpt-5.5"]])
def test_the_sample_is_as_the_schema_says(words, project, printed):
    said = printed(*words)
    assert said["reports"]
    assert faults(said) == []


def test_a_broken_set_up_is_as_the_schema_says(project, printed):
    lay(project, {".mcp.json": {"mcpServers": {"gone": {"command": "no-such-program"}}}, "AGENTS.md": b"\0"})
    lay(project, {".cursor/rules/a.mdc": "---\nalwaysApply: true\n---\nA rule.\n", ".codex/config.toml": "["})
    said = printed("--mcp", str(project))
    assert {"claude-code", "cursor", "codex"} <= {report["client"] for report in said["reports"]}
    assert faults(said) == []


def test_what_transcripts_say_is_as_the_schema_says(project, printed):
    said = printed("--usage", str(TRANSCRIPTS))
    assert said["usage"]["sessions"]
    assert faults(said) == []


def test_nothing_is_as_the_schema_says(project, tmp_path, printed):
    (tmp_path / "empty").mkdir()
    assert faults(printed(str(tmp_path / "empty"))) == []


def test_what_was_really_sent_is_as_the_schema_says(project, printed):
    (report,) = printed("--client", "claude-code", str(project))["reports"]
    sent = Sent(version="1.0.0", bytes=3, attributed=1.0, from_files=2, predicted=2, isolated=True)
    said = {"schema": 1, "path": "/", "reports": [{**report, "sent": asdict(sent)}]}
    assert faults(said) == []
