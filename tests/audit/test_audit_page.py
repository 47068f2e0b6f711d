import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import page
from agentforge.knowledge import Problem
from audit.paged import finding, part, report
from audit.test_audit_page_usage import usage

VOID = {"meta", "link", "input", "br", "wbr"}
HOSTILE = "</script><img src=x onerror=document.title='owned'>"


class Structure(HTMLParser):
    """The tags of a page, each closed where it must be."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.tags, self.ids, self.links = [], [], [], []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        told = dict(attrs)
        assert len(told) == len(attrs)
        assert not [name for name in told if name.startswith("on") or name == "style"]
        self.ids += [told["id"]] if "id" in told else []
        self.links += [told[name] for name in ("src", "href", "action", "data", "poster") if name in told]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def contrast(one, other):
    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((light(one), light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def full():
    """A page with something of everything."""
    told = report(
        part("one", 100),
        part("two", 50, category="memory"),
        part("Read", 900, category="built-in tools", source="built in"),
        findings=(finding(),),
        problems=(Problem("not JSON", "/p/x.json:3"),),
        unknown=("a hook",),
        measured="claude-code 2.1",
    )
    return page([told, report(part(), client="codex")], usage())


def test_every_tag_is_closed_every_id_is_one_of_its_kind_and_every_link_stays_in_the_page():
    seen = Structure(full())
    assert len(set(seen.ids)) == len(seen.ids)
    assert seen.tags.count("h1") == 1
    for link in seen.links:
        assert link.startswith("data:") or link.removeprefix("#") in seen.ids


def test_nothing_in_it_names_an_address_to_load():
    assert re.findall(r"(?:https?:)?//\w", full().replace("http://www.w3.org/2000/svg", "")) == []
    assert "@import" not in full()
    assert "url(" not in full()


def test_its_policy_lets_run_and_style_only_what_it_holds():
    whole = full()
    for kind, tag in (("script", "script"), ("style", "style")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", whole, re.DOTALL)
        hashed = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{kind}-src &#x27;sha256-{hashed}&#x27;" in whole
    assert "default-src &#x27;none&#x27;" in whole
    assert "unsafe" not in whole


@given(st.one_of(st.just(HOSTILE), st.text(min_size=1, max_size=30)))
def test_whatever_a_set_up_is_called_the_page_keeps_its_form(words):
    def told(said):
        return report(
            part(said, source=said),
            client=said,
            measured=said,
            findings=(finding(what=said, where=(said,), remedy=said, rule=said),),
            problems=(Problem(said, said),),
            unknown=(said,),
        )

    whole = page([told(words)])
    tags = [tag for tag in Structure(whole).tags if tag != "wbr"]
    assert tags == Structure(page([told("plain")])).tags
    assert "<img" not in whole
    whole.encode("utf-8")


def test_the_same_reports_make_the_same_page():
    assert full() == full()


def test_no_set_up_is_said():
    assert "No set-up of a coding agent was found." in page([])


def test_paths_are_shown_as_asked():
    told = report(
        part(source="/home/ada/one.md:1"), findings=(finding(where=("/home/ada/x:1",)),), unknown=("/home/ada",)
    )
    whole = page([told], shown=lambda text: text.replace("/home/ada", "~"))
    assert "/home/ada" not in whole
    assert "~/one.md:1" in whole


def test_an_ordinary_report_takes_less_than_100_kilobytes():
    parts = [
        part(f"persona-with-a-name-{at}", at, source=f"~/shop/.claude/agents/name-{at}.md:3") for at in range(1, 121)
    ]
    assert len(page([report(*parts, findings=(finding(),) * 10)]).encode()) < 100_000


def test_colours_can_be_told_from_what_is_written_on_them():
    style = re.findall(r":root \{(.*?)\}", full(), re.DOTALL)
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", style[0]))
    dark = light | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", style[1]))
    fills = ("memory", "personas", "skills", "tools", "names", "instructions", "environment", "prompt", "fixed")
    for scheme in (light, dark):
        for ground in ("paper", "card", "track", *fills):
            assert contrast(scheme["ink"], scheme[ground]) >= 4.5, ground
        for words in ("soft", "accent", "good"):
            assert contrast(scheme[words], scheme["paper"]) >= 4.5, words
        for words in ("soft", "ink"):
            assert contrast(scheme[words], scheme["track"]) >= 4.5, words
