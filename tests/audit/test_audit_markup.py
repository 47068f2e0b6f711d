from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit.markup import Html, element, join, text


class Seen(HTMLParser):
    def __init__(self, markup):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.words += data


@given(st.text(), st.text())
def test_whatever_a_text_says_it_stays_a_text(words, value):
    seen = Seen(element("p", words, title=value))
    assert seen.tags == [("p", [("title", Seen(text(value)).words)])]
    assert len(seen.words) == len(words)


def test_markup_is_not_escaped_twice():
    assert (
        element("p", element("b", "1 < 2"), " & ", join("<", Html("<br>"))) == "<p><b>1 &lt; 2</b> &amp; &lt;<br></p>"
    )


def test_attributes_are_written_as_python_names_them():
    made = element("input", class_="one", data_group="a", aria_label='"', hidden=True, checked=False, tabindex=-1)
    assert made == '<input class="one" data-group="a" aria-label="&quot;" hidden tabindex="-1">'


def test_what_a_page_must_not_hold_is_shown_as_a_mark():
    assert text("a\0b\x1b[1m\ud800c\u202egnp.exe\x85") == "a\ufffdb\ufffd[1m\ufffdc\ufffdgnp.exe\ufffd"
    assert text("äöü 東京 🎈 عربي\n\t") == "äöü 東京 🎈 عربي\n\t"
