from agentforge.audit.page_figures import fact, length, percent


def test_a_share_of_nothing_is_nothing():
    assert percent(1, 3) == "33.3%"
    assert percent(0, 0) == "0%"


def test_a_bar_is_never_longer_than_its_track():
    assert [length("#a", share) for share in (-1, 0.5, 7)] == ["#a{--w:0.00}", "#a{--w:50.00}", "#a{--w:100.00}"]


def test_a_fact_has_its_name_first():
    assert fact("cost", "$1") == "<div><dt>cost</dt><dd><strong>$1</strong></dd></div>"
