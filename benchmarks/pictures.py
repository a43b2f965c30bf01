"""Pictures for README and index: the report's first screen and its Arrhenius plot.

    python -m benchmarks.pictures results/quickstart docs/figures

The first is a finished campaign. Chromium is needed.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.report import FLAGS, PAINTED

WIDTH, HEIGHT = 1180, 900
#: Few colours are enough for a page of text and lines, and make the file four times smaller.
COLOURS = 64


def main(results: Path, folder: Path) -> None:
    """Write NAME-report.png and NAME-arrhenius.svg, NAME being the campaign's."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("chromium is not installed; apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto((results / "report.html").resolve().as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        page.evaluate(PAINTED)
        _report(page, folder / f"{results.name}-report.png")
        _arrhenius(page, folder / f"{results.name}-arrhenius.svg")
        browser.close()


def _report(page: Page, path: Path) -> None:
    """Header and ranking, as far as the table goes."""
    box = page.locator("#ranking").bounding_box()
    assert box is not None
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": box["y"] + box["height"] + 12}
    shot = page.screenshot(clip=clip, full_page=True)  # type: ignore[arg-type]
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def _arrhenius(page: Page, path: Path) -> None:
    """The figure as the page's own button saves it."""
    with page.expect_download() as download:
        page.locator("#fig-arrhenius button.save", has_text="SVG").click()
    download.value.save_as(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
