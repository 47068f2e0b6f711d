from context.looked_at import look


def test_every_file_has_its_count_and_its_first_match():
    lines = [f"src/m{at // 30}.py:{at + 1}:    total = basket.total()  # {at}" for at in range(240)]
    looked = look("\n".join(lines), "Grep", {"pattern": "total"})
    assert looked.family == "matches"
    assert "240 matching lines in 8 files: src/m0.py 30" in looked.notes
    assert all(lines[at] in looked for at in range(0, 240, 30))


def test_the_definition_of_what_was_searched_comes_first():
    lines = [f"src/a.py:{at + 1}:    x = price(basket, {at})" for at in range(200)]
    lines[150] = "src/a.py:151:def price(basket, rate):"
    assert lines[150] in look("\n".join(lines), "Grep", {"pattern": "price"})


def test_times_of_day_are_no_line_numbers():
    assert look("2026-01-01 10:00:00 served\n" * 100).family != "matches"


def test_times_in_iso_form_are_no_files_and_no_line_numbers():
    table = "time,station,celsius\n" + "".join(
        f"2026-01-01T10:{at % 60:02}:00Z,bay-{at},{at % 7}.5\n" for at in range(200)
    )
    log = "\n".join(f"2026-01-01T10:{at % 60:02}:00Z served {at}" for at in range(200))
    assert look(table, "mcp__a__b").family == "table"
    assert look(log + "\n2026-01-01T11:00:00Z ERROR refused", "Bash", {"command": "cat a.log"}).family != "matches"
    assert look("\n".join(f"notes-2026-01-01.md:{at}:so" for at in range(300)), "Grep").family == "matches"
