import re

from agentforge.simulate.whatif import headline, load_plan, page, report_of, whatif
from simulate.whatif.test_whatif_sums import billed, replayed
from simulate.whatif.told import reading, told


def test_a_page_has_the_one_number_the_plots_and_every_session(tmp_path):
    told(tmp_path / "a.jsonl", reading(3))
    (tmp_path / "b.jsonl").write_text("{}\n", encoding="utf-8")
    report = whatif([tmp_path], [load_plan("default")])
    made = page(report)
    assert f"<h1>{headline(report)}</h1>" in made
    assert made.count("<svg") == 3
    assert report.rows[0].facts.id in made
    assert "Files that were not replayed: 1" in made


def test_a_page_loads_nothing():
    made = page(report_of(["direct"], [{"direct": replayed(billed())}]))
    assert "default-src &#x27;none&#x27;" in made
    assert not re.search(r"""(?:src|href)=["']?(?!data:)|url\(|@import""", made)


def test_a_page_of_sessions_without_a_price_shows_tokens():
    sessions = {"direct": replayed(billed(dollars=None)), "p": replayed(billed(dollars=None))}
    assert "110 tokens" in page(report_of(list(sessions), [sessions]))


def test_what_transcripts_say_cannot_break_out():
    sessions = {"direct": replayed(billed(broke="<script>"), session="<script>")}
    assert "<script>" not in page(report_of(["direct"], [sessions], skipped=[("<script>", "<script>")]))


def test_an_empty_report_is_a_page():
    assert page(report_of(["direct"], [])).startswith("<!doctype html>")
