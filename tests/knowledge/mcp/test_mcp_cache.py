import os
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.items import Server, Source
from agentforge.knowledge.mcp import Probed, ProbedPrompt, ProbedResource, ProbedTool
from agentforge.knowledge.mcp.cache import DAY, open_cache
from agentforge.wire.errors import OutsideError
from agentforge.wire.jsontext import Json

SERVER = Server("s", "stdio", Source("claude-code", "project", "/p/.mcp.json"), ("x",), env={"KEY": "sk-secret-1"})
SCHEMA = Json.of({"type": "object", "properties": {"b": {"maximum": 1.0}, "a": {}}})
ROW = Probed(
    SERVER,
    "ok",
    (ProbedTool("t", "D", SCHEMA, Json.of({"readOnlyHint": True}), Json.of({"x": [1, None]})),),
    (ProbedPrompt("p", "P", Json.of([{"name": "who"}])),),
    (ProbedResource("file:///a", "a", "A", template=True),),
    True,
    "be kind",
    "2025-11-25",
    "program",
    "1.0",
    0.25,
    "a flaw",
)


def test_a_row_comes_back_as_it_was_kept(tmp_path):
    cache = open_cache(tmp_path / "new" / "cache")
    assert cache.keep(ROW, "print", 100.0) == ""
    found = cache.recall(SERVER, "print", 100.0)
    assert found == replace(ROW, cached=True)
    assert found.tools[0].raw == ROW.tools[0].raw


@given(st.text(), st.dictionaries(st.text(max_size=5), st.integers() | st.text() | st.none() | st.floats(-1e9, 1e9)))
def test_law_1_any_text_and_any_schema_come_back(tmp_path_factory, text, schema):
    cache = open_cache(tmp_path_factory.mktemp("cache"))
    row = replace(ROW, instructions=text, tools=(ProbedTool(text, text, Json.of(schema)),))
    if cache.keep(row, "print", 0.0) == "":
        assert cache.recall(SERVER, "print", 0.0) == replace(row, cached=True)


@pytest.mark.parametrize(("fingerprint", "now"), [("other", 100.0), ("print", 100.0 + DAY), ("print", 99.0)])
def test_a_row_of_another_program_or_time_does_not_count(tmp_path, fingerprint, now):
    cache = open_cache(tmp_path)
    cache.keep(ROW, "print", 100.0)
    assert cache.recall(SERVER, fingerprint, now) is None


def test_a_server_has_one_row_and_a_namesake_in_another_place_its_own(tmp_path):
    cache = open_cache(tmp_path)
    other = replace(SERVER, source=replace(SERVER.source, path="/q/.mcp.json"))
    cache.keep(ROW, "one", 0.0)
    cache.keep(ROW, "two", 0.0)
    cache.keep(replace(ROW, server=other), "three", 0.0)
    assert len(list(tmp_path.iterdir())) == 2
    assert cache.recall(SERVER, "two", 0.0)
    assert cache.recall(other, "three", 0.0)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b"[]", b'{"fingerprint": 1}', b"[" * 5000])
def test_a_damaged_row_is_no_row(tmp_path, damage):
    cache = open_cache(tmp_path)
    cache.keep(ROW, "print", 0.0)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert cache.recall(SERVER, "print", 0.0) is None


def test_a_row_with_a_secret_in_it_is_not_written(tmp_path):
    cache = open_cache(tmp_path)
    assert "not cached" in cache.keep(replace(ROW, instructions="use sk-secret-1"), "print", 0.0)
    assert list(tmp_path.iterdir()) == []


def test_rows_are_for_the_user_only(tmp_path):
    cache = open_cache(tmp_path / "cache")
    cache.keep(ROW, "print", 0.0)
    (file,) = cache.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_a_folder_that_goes_away_costs_the_row_and_is_said(tmp_path):
    cache = open_cache(tmp_path / "cache")
    cache.folder.rmdir()
    assert cache.keep(ROW, "print", 0.0) == "not cached: No such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutsideError, match="not writable"):
        open_cache(tmp_path)
