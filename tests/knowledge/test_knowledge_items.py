from knowledge.laid import item


def test_an_items_id_is_the_same_on_every_run_and_says_whose_it_is():
    assert item().id == "claude-code:persona:project:one"


def test_an_items_level_follows_from_its_kind():
    assert [item(kind).level for kind in ("system", "rule", "tool", "skill", "session")] == [
        "L0",
        "L1",
        "L2",
        "L3",
        "L4",
    ]


def test_an_items_hash_covers_what_it_says_and_not_where_it_stands():
    assert item().sha256 == item(name="other").sha256
    assert len({item().sha256, item(description="x").sha256, item(body="x").sha256}) == 3


def test_an_items_hash_tells_description_from_body():
    assert item(description="ab", body="c").sha256 != item(description="a", body="bc").sha256
