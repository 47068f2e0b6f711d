import pytest

from agentforge.knowledge import Catalogue, Server, Setup, Source, changed_since
from knowledge.laid import item

HIDDEN = item(name="a", description="the other", activation="hidden")
CHOSEN = item(name="a", description="the one")
COMMAND = item("command", "A", "a command")
RULE = item("rule", "r", "", activation="always")


@pytest.fixture
def catalogue() -> Catalogue:
    server = Server("s", "stdio", Source("claude-code", "user", "/c.json"), ("run",))
    return Catalogue([Setup("claude-code", (HIDDEN, CHOSEN, COMMAND), (server,)), Setup("codex", (RULE,))])


def test_of_items_with_one_id_the_clients_choice_stands_wherever_it_is(catalogue):
    assert [*catalogue] == [CHOSEN, COMMAND, RULE]
    assert catalogue.shadowed == (HIDDEN,)
    assert [*Catalogue([Setup("claude-code", (CHOSEN, HIDDEN))])] == [CHOSEN]


def test_items_are_found_by_id_by_kind_and_by_name(catalogue):
    assert catalogue[CHOSEN.id] is CHOSEN
    assert CHOSEN.id in catalogue
    assert catalogue.get("nothing") is None
    assert catalogue.of_kind("rule", "command") == (COMMAND, RULE)
    assert catalogue.named("a") == (CHOSEN, COMMAND)
    assert catalogue.named("b") == ()
    assert len(catalogue) == 3
    assert [server.name for server in catalogue.servers] == ["s"]


def test_only_what_says_something_else_counts_as_changed(catalogue):
    before = catalogue.hashes()
    now = Catalogue([Setup("claude-code", (CHOSEN, item("command", "A", "changed"), item(name="new")))])
    changed, gone = changed_since(before, now)

    assert [one.name for one in changed] == ["A", "new"]
    assert gone == (RULE.id,)
    assert changed_since(before, catalogue) == ((), ())
