import pytest

from context.looked_at import look


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_tables_are_studied_whatever_stands_between(separator):
    rows = [["id", "state", "size"], *([str(at), "ok", str(at % 9)] for at in range(200))]
    rows[90] = ["89", "lost", "4"]
    rows[120] = ["119", "ok", "99000"]
    looked = look("\n".join(separator.join(row) for row in rows))
    assert looked.family == "table"
    assert separator.join(rows[90]) in looked
    assert separator.join(rows[120]) in looked
    assert "id 0 to 199; state ok 199, lost 1; size 0 to 99,000" in looked.notes


def test_a_markdown_table_keeps_its_header_and_rule():
    rows = ["| name | n |", "|---|---|", *(f"| a{at} | {at % 5} |" for at in range(200))]
    looked = look("\n".join(rows))
    assert looked.family == "table"
    assert "| name | n |\n|---|---|" in looked


def test_quoted_separators_part_nothing():
    looked = look("\n".join(["name,n", *(f'"a, b and {at}",{at % 5}' for at in range(200))]))
    assert looked.family == "table"
    assert "n 0 to 4" in looked.notes


def test_a_row_of_another_width_is_seen():
    rows = [*(f"{at},x,y" for at in range(100)), "100,x", *(f"{at},x,y" for at in range(101, 200))]
    assert "\n100,x\n" in look("\n".join(["a,b,c", *rows]))


def test_sentences_are_no_table():
    assert look("Well, this is so, and that is so.\n" * 90).family != "table"
