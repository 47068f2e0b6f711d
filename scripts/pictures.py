"""Makes the pictures of the audit in docs/: the terminal's as an SVG, the page's in light and dark.

make pictures (needs Chromium on the PATH)
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from picture import drawn, printed
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent.parent / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COMMAND = ["agentforge", "audit", "--sample"]
COLUMNS = 84
SIZE = {"width": 1280, "height": 1085}
MOST_BYTES = 300_000
MACHINE = (str(DOCS.parent), str(Path.home()), tempfile.gettempdir())
"""What no picture may show."""


def terminal() -> str:
    """The terminal's picture, without the line that says where on this machine the sample lies."""
    said = printed(COMMAND, COLUMNS)
    return drawn(COMMAND, re.sub(r"; ~ is \S+", "", said), COLUMNS)


def page(folder: Path) -> Path:
    """The page on the sample set-up."""
    file = folder / "audit.html"
    printed([*COMMAND, "--html", str(file)], COLUMNS)
    refuse_machine(file.read_text(encoding="utf-8"))
    return file


def refuse_machine(text: str) -> None:
    """Ends here if a path of this machine is in what is about to be published."""
    for path in MACHINE:
        if path in text:
            sys.exit(f"{path} would be in the pictures")


def main() -> None:
    """Make all three."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is on the PATH: install one of them")
    svg = terminal()
    refuse_machine(svg)
    (DOCS / "audit.svg").write_text(svg, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = page(Path(folder))
        chromium = playwright.chromium.launch(executable_path=browser)
        for scheme in ("light", "dark"):
            opened = chromium.new_page(
                viewport=SIZE, color_scheme=scheme, reduced_motion="reduce", device_scale_factor=1.5
            )
            opened.goto(file.as_uri())
            target = DOCS / f"audit-{scheme}.png"
            opened.screenshot(path=target)
            if target.stat().st_size > MOST_BYTES:
                sys.exit(f"{target} has {target.stat().st_size:,} bytes, more than {MOST_BYTES:,}")
        chromium.close()


if __name__ == "__main__":
    main()
