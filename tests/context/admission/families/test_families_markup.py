from context.looked_at import look


def test_title_headings_and_errors_stay():
    text = (
        "<html><head><title>Prices</title></head><body>\n<h1>All prices</h1>\n"
        + "<div class='a'><span></span></div>\n" * 90
    )
    text += (
        "<p class='e'>Error 504: upstream timed out</p>\n" + "<div class='a'><b></b></div>\n" * 90 + "</body></html>"
    )
    looked = look(text)
    assert looked.family == "markup"
    assert "title 'Prices'" in looked.notes
    assert "<h1>All prices</h1>" in looked
    assert "Error 504: upstream timed out" in looked


def test_xml_is_markup_and_a_comparison_is_not():
    assert look('<?xml version="1.0"?><a>' + "<b>1</b>\n" * 200 + "</a>").family == "markup"
    assert look("<5 and more\n" * 200).family != "markup"
