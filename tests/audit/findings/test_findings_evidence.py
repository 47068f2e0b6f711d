from agentforge.audit.findings.evidence import named, sureness


def test_a_few_names_are_all_told_and_of_many_the_first():
    assert named(["a"]) == "a"
    assert named(["a", "b"]) == "a and b"
    assert named(["a", "b", "c", "d"]) == "a, b, c and d"
    assert named(list("abcdef")) == "a, b, c and 3 more"


def test_what_few_sessions_do_not_show_is_not_sure():
    assert sureness(3) == "low"
    assert sureness(20) == "high"
    assert sureness(20, "medium") == "medium"
