from context.looked_at import look

PART = "Some words about {0} that go on for a while and say little.\nMore of it here, and more after that.\n\n"


def test_headings_stay_and_the_paragraph_that_was_asked_for():
    text = "".join(f"## Part {at}\n\n" + PART.format(f"thing_{at}") * 3 for at in range(40))
    looked = look(text, "Read", {"file_path": "a.md"}, prompt="What of `thing_33`?")
    assert looked.family == "document"
    assert "## Part 0" in looked
    assert "words about thing_33" in looked


def test_a_warning_stays():
    text = PART.format("a") * 60 + "**Warning:** do not run this twice.\n\n" + PART.format("b") * 60
    assert "**Warning:** do not run this twice." in look(text, "Read", {"file_path": "a.md"})


def test_a_short_document_passes_whole():
    assert not look(PART.format("a") * 40, "Read", {"file_path": "a.md"}).admitted.cut
