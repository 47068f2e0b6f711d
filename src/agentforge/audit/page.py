"""Reports as one page that loads nothing: a treemap to look at, a table to sort."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Final

from agentforge.audit.markup import Html, element, join
from agentforge.audit.page_map import map_rules, regions
from agentforge.audit.page_report import bar_rules, report_panel
from agentforge.audit.page_usage import usage_panel, usage_rules
from agentforge.audit.report import Report
from agentforge.audit.words import before_words, told_as
from agentforge.transcripts import UsageReport

_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath fill='%232563a8' d='M1 1h8v14H1z'/%3E%3Cpath fill='%23c07a1a' d='M10 1h5v8h-5z'/%3E"
    "%3Cpath fill='%231f8a68' d='M10 10h5v5h-5z'/%3E%3C/svg%3E"
)


def page(reports: Sequence[Report], usage: UsageReport | None = None, *, shown: Callable[[str], str] = str) -> str:
    """The page, whole. It has no address in it that a browser would load, and its policy lets none be loaded.

    `shown`: how a text that may hold paths of the user's is shown.
    """
    reports = [told_as(report, shown) for report in reports]
    style = "\n".join([_read("page.css"), *_rules(reports, usage)])
    script = _read("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", _title(reports)),
        element("link", rel="icon", href=_ICON),
        element("style", Html(style)),
    )
    panels = [
        ("usage" if report is usage else f"c{at}", name, panel)
        for at, (report, name, panel) in enumerate(
            [
                *((one, one.client, report_panel(one, f"a{at}-")) for at, one in enumerate(reports)),
                *([(usage, "What was used", usage_panel(usage, shown))] if usage else []),
            ]
        )
    ]
    body = element(
        "body",
        element(
            "header",
            element("h1", "AgentForge audit"),
            _tabs([(key, name) for key, name, _ in panels]) if len(panels) > 1 else Html(),
            class_="top",
        ),
        element(
            "main",
            *(element("section", panel, class_="panel", id=key, aria_label=name) for key, name, panel in panels),
            *([] if panels else [element("p", "No set-up of a coding agent was found.", class_="none")]),
        ),
        element("script", Html(script)),
    )
    return join(Html("<!doctype html>\n"), element("html", head, body, lang="en"), Html("\n"))


def _tabs(names: Sequence[tuple[str, str]]) -> Html:
    """Links to the panels, which the script makes tabs."""
    links = (element("a", name, href=f"#{key}", id=f"tab-{key}") for key, name in names)
    return element("nav", *links, class_="tabs", aria_label="Set-ups")


def _rules(reports: Sequence[Report], usage: UsageReport | None) -> list[str]:
    rules: list[str] = []
    for at, report in enumerate(reports):
        drawn = regions(report)
        rules += [*map_rules(drawn, f"a{at}-"), *bar_rules(report, drawn, f"a{at}-")]
    return [*rules, *(usage_rules(usage) if usage else [])]


def _title(reports: Sequence[Report]) -> str:
    if len(reports) == 1:
        return f"{reports[0].client}: {''.join(before_words(reports[0]))}"
    return "AgentForge audit"


def _read(name: str) -> str:
    return files("agentforge.audit").joinpath("data", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """What the policy knows a script or style by."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
