from decimal import Decimal

from agentforge.audit import Bill, Sent
from agentforge.audit.page_map import regions
from agentforge.audit.page_report import bar_rules, report_panel
from agentforge.knowledge import Problem
from audit.paged import finding, part, report


def test_the_one_number_comes_first_with_how_it_is_known():
    panel = report_panel(report(part(tokens=12_345)), "a")
    assert panel.index("<strong>12,345</strong> tokens before the first word") < panel.index("estimated, ±10%, for")
    assert "6.2%</b> of the window of 200,000" in panel
    assert "not known" in panel


def test_a_hundred_turns_have_their_price():
    panel = report_panel(report(part(), bill=Bill(Decimal("12.344"), Decimal("0.5"))), "a")
    assert "$12.34" in panel
    assert "$0.50" in panel


def test_a_window_that_is_not_known_is_not_drawn():
    panel = report_panel(report(part(), window=None), "a")
    assert "The window of this model is not known." in panel
    assert 'class="window' not in panel


def test_a_set_up_larger_than_the_window_is_shown_so_and_its_bar_ends_with_the_track():
    told = report(part(tokens=300), window=100)
    assert 'class="window over"' in report_panel(told, "a")
    assert list(bar_rules(told, regions(told), "a")) == ["#awindow-own{--w:100.00}"]


def test_an_empty_set_up_is_a_panel_too():
    panel = report_panel(report(), "a")
    assert "<strong>0</strong>" in panel
    assert "Nothing was found to act on." in panel
    assert 'class="map"' not in panel


def test_a_finding_shows_saving_confidence_and_remedy_and_folds_many_places():
    many = finding(where=tuple(f"/p/{at}.md:1" for at in range(8)), saving=part(tokens=1_500).count)
    panel = report_panel(report(part(), findings=(many,)), "a")
    for words in ("<strong>1,500</strong>", "low confidence", "<code>shorten it</code>", "and 3 more places"):
        assert words in panel
    assert panel.index("/p/4.md:1") < panel.index("and 3 more places") < panel.index("/p/5.md:1")


def test_the_table_has_every_part_the_heaviest_first():
    panel = report_panel(report(part("light", 1), part("less than nothing", -4), part("heavy", 9)), "a")
    table = panel[panel.index("<tbody>") :]
    assert table.index("heavy") < table.index("light") < table.index("less than nothing")
    assert 'aria-sort="descending"' in panel


def test_what_is_missing_is_said_at_the_top_and_at_the_end():
    panel = report_panel(
        report(part(), problems=(Problem("not JSON", "/p/x.json:3"),), unknown=("servers: a, b", "a hook")), "a"
    )
    assert panel.index("2 things not weighed") < panel.index("1 place not read as meant") < panel.index("not JSON")
    for key in ("aproblems", "aunknown"):
        assert f'href="#{key}"' in panel
        assert f'id="{key}"' in panel


def test_a_client_that_was_run_is_said_to_have_been():
    sent = Sent("2.1", bytes=1_000, attributed=0.995, from_files=100, predicted=102, isolated=True)
    panel = report_panel(report(part(), sent=sent), "a")
    assert "claude-code 2.1, run once without any network but loopback, sent 1,000 bytes: 99.5 % attributed." in panel
    assert "reading them predicted 102 (+2.0%)" in panel
