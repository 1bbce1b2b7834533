"""Make the README's pictures again, from the sample class: `make pictures`.

Needs the extra `test` and a Chromium. The pages come from a fixed seed, so the same code gives the
same pictures.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

DOCS = Path(__file__).resolve().parent
SAMPLES = DOCS.parent / "exercises" / "kmeans" / "samples"
SEED = 4711
STUDENT = "greta"
"""Whose report is shown: one known mistake, with a marked line."""
WIDTH = 1280
MARGIN = 24
MAX_HEIGHT = 1000
COLORS = 128
"""A palette keeps the pictures below 200 KB."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")
ADVICE = ".card:has(.src .hit) .next"
"""The next step below the marked line: the report is cut off after the first one."""


def main() -> int:
    """Grade the class and photograph both pages; the exit code."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"no browser on this machine, looked for {', '.join(BROWSERS)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        out = Path(folder)
        grade = [sys.executable, "-m", "grader", "batch", SAMPLES, "--seed", str(SEED)]
        subprocess.run([*grade, "--out", out], check=True, cwd=DOCS.parent, capture_output=True)
        running = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = running.new_page(viewport={"width": WIDTH, "height": MAX_HEIGHT})
        page.goto((out / "students" / STUDENT / "feedback.html").as_uri())
        photograph(page, "report", bottom_of=ADVICE)
        page.goto((out / "index.html").as_uri())
        photograph(page, "overview", bottom_of="main")
        running.close()
    return 0


def photograph(page: Page, name: str, *, bottom_of: str) -> None:
    """Write `docs/NAME.png`: the column of text, from the top to the bottom of an element."""
    column = _box(page, "main")
    last = _box(page, bottom_of)
    left = max(0.0, column["x"] - MARGIN)
    area = FloatRect(
        x=left,
        y=0,
        width=min(WIDTH - left, column["width"] + 2 * MARGIN),
        height=min(MAX_HEIGHT, last["y"] + last["height"] + MARGIN),
    )
    path = DOCS / f"{name}.png"
    page.screenshot(path=path, clip=area, full_page=True)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLORS)
    small.save(path, optimize=True)
    print(f"{path.relative_to(DOCS.parent)}: {path.stat().st_size // 1024} KB")


def _box(page: Page, selector: str) -> FloatRect:
    """Where an element is on the page. Raises: RuntimeError when it is not there."""
    box = page.locator(selector).first.bounding_box()
    if box is None:
        msg = f"{page.url}: no element {selector}; change its selector in {__file__}"
        raise RuntimeError(msg)
    return box


if __name__ == "__main__":
    sys.exit(main())
