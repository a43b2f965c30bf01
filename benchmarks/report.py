"""How long the page of 1,000 candidates takes to write and to open in chromium."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
# Two frames after the page says it is ready: then what it drew is on the screen.
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
REPEATS = 5


def main() -> dict[str, float]:
    """Seconds to write (of the processor), open, sort and look into the report of 1,000 candidates, and its size.

    Raises:
        RuntimeError: there is no chromium.
    """
    from screening.report.page import render
    from tests import synthetic  # the tests' maker of synthetic campaigns

    with tempfile.TemporaryDirectory() as name:
        folder = synthetic.write_campaign(Path(name) / "many", synthetic.many(1000), campaign="many")
        # Processor time: the clock also counts what else the machine does.
        start = time.process_time()
        text = render(folder, "many")
        written = time.process_time() - start
        path = folder / "report.html"
        path.write_text(text, encoding="utf-8")
        figures = {"report_1000_write_s": round(written, 2), "report_1000_MB": round(len(text.encode()) / 1e6, 1)}
        return figures | _visits(path)


def _visits(path: Path) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("chromium is not installed; apt-get install chromium")
    times: dict[str, list[float]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1366, "height": 900})
        for _ in range(REPEATS):
            page = context.new_page()
            for name, seconds in _visit(page, path).items():
                times.setdefault(name, []).append(seconds)
            page.close()
        browser.close()
    # The median: the first visit also warms the browser, and other work on the machine only ever adds.
    return {f"report_1000_{name}_s": round(statistics.median(values), 3) for name, values in times.items()}


def _visit(page: Any, path: Path) -> dict[str, float]:
    def timed(action: Any) -> float:
        start = time.perf_counter()
        action()
        page.evaluate(PAINTED)
        return time.perf_counter() - start

    def open_page() -> None:
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")

    def open_candidate() -> None:
        page.click("#table tbody tr:not([hidden]) .name a")
        page.wait_for_selector("#candidate canvas")

    return {
        "open": timed(open_page),
        "sort": timed(lambda: page.click('th[data-sort="3"] button')),
        "filter": timed(lambda: page.fill("#filter", "Br0.1")),
        "candidate": timed(open_candidate),
    }


if __name__ == "__main__":
    print(main())
