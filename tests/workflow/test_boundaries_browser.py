"""Boundaries on the page in a real browser: every figure is drawn, buttons work, axe finds nothing."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from screening.report.page import render
from screening.stability.boundary_record import BoundaryRecord
from tests import synthetic
from tests.synthetic_boundaries import write_boundary

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api", reason="the browser test needs the package playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="the browser test needs chromium")]
IDS = [synthetic._identity(case) for case in synthetic.CASES[:4]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = synthetic.write_campaign(tmp_path_factory.mktemp("results") / "gb", synthetic.CASES[:4], campaign="gb")
    write_boundary(folder, IDS[1], [IDS[0]])
    write_boundary(folder, IDS[2], [IDS[0], IDS[3]])
    path = folder / "report.html"
    path.write_text(render(folder, "gb"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.mark.parametrize(("id", "figures"), [(IDS[1], 4), (IDS[2], 4)], ids=["grain boundary", "interface"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_boundary_has_its_figures_and_no_fault(
    browser: Any, report: Path, id: str, figures: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{report.as_uri()}#c={id}")
    page.wait_for_selector("html[data-ready]")
    section = page.locator("section", has=page.get_by_role("heading", name="Boundary", exact=True))
    page.wait_for_function("document.querySelectorAll('figure.card svg').length > 4")
    assert section.locator("figure.card svg[role=img]").count() == figures
    assert "0.710 ± 0.050" in section.inner_text()
    assert "Way 2: the bond P-S is broken." in section.inner_text()
    notes = section.locator("figcaption, p.note").all_inner_texts()
    assert len(notes) >= 7
    assert all("Space charge is not in it." in note for note in notes)
    with page.expect_download() as download:
        section.locator("figure", has_text="D* in the plane").locator("button.save", has_text="CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("temperature_K,crystal,boundary,from_A,to_A")
    assert len(lines) > 12
    mobility = page.get_by_role("button", name="mobility")
    mobility.click()
    assert mobility.get_attribute("aria-pressed") == "true"
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    found = [(one["id"], one["nodes"][0]["html"][:100]) for one in axe.run(page).response["violations"]]
    page.goto(report.as_uri())
    page.wait_for_selector("#h-boundaries")
    found += [(one["id"], one["nodes"][0]["html"][:100]) for one in axe.run(page).response["violations"]]
    page.close()
    assert found == complaints == []


def test_a_boundary_of_which_little_is_known_is_no_fault(browser: Any, tmp_path: Path) -> None:
    folder = synthetic.write_campaign(tmp_path / "gb", synthetic.CASES[:4], campaign="gb")
    record = write_boundary(folder, IDS[1], [IDS[0]])
    cold = record.temperatures[0]
    still = tuple(replace(one, tracer_cm2_s=None, tracer_error_cm2_s=None, anions=None) for one in cold.layers)
    assert cold.crystal is not None
    cold = replace(cold, layers=still, crystal=replace(cold.crystal, in_plane_cm2_s=0.0))
    for temperatures in ((cold,), ()):
        path = folder / "candidates" / IDS[1] / BoundaryRecord.FILE
        path.unlink()
        replace(record, temperatures=temperatures, joined=(), barriers=(), pellets=(), missing=("lost",)).write(path)
        (folder / "report.html").write_text(render(folder, "gb"), encoding="utf-8")
        page = browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error, found=complaints: found.append(str(error)))
        page.goto(f"{(folder / 'report.html').as_uri()}#c={IDS[1]}")
        page.wait_for_selector("html[data-ready]")
        assert page.get_by_text("No layer has a value").count() == len(temperatures)
        assert page.locator("#candidate .missing").get_by_text("lost", exact=True).count() == 1
        page.close()
        assert complaints == []


def test_a_composite_that_may_not_conduct_at_all_keeps_its_band(browser: Any, tmp_path: Path) -> None:
    """A range from 0 had no band on the logarithmic axis: the value looked certain."""
    folder = synthetic.write_campaign(tmp_path / "gb", synthetic.CASES[:4], campaign="gb")
    record = write_boundary(folder, IDS[2], [IDS[0], IDS[3]])
    path = folder / "candidates" / IDS[2] / BoundaryRecord.FILE
    seen = []
    for points in (record.pellets, tuple(replace(one, low_mS_cm=0.0) for one in record.pellets)):
        path.unlink()
        replace(record, pellets=points).write(path)
        (folder / "report.html").write_text(render(folder, "gb"), encoding="utf-8")
        page = browser.new_page()
        page.goto(f"{(folder / 'report.html').as_uri()}#c={IDS[2]}")
        page.wait_for_function("document.querySelectorAll('figure.card svg').length > 4")
        figure = page.locator("figure", has_text="Composite at")
        seen.append(figure.locator("svg[role=img] path[opacity='0.18']").count())
        page.close()
    assert seen[0] > 1
    assert seen[1] == seen[0]


def test_the_index_leads_to_each_boundary_on_a_phone(browser: Any, report: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(report.as_uri())
    page.wait_for_selector("#h-boundaries")
    # The table scrolls by itself, and the page does not.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="180 degree twin by (2 1 0)").click()
    page.wait_for_function("location.hash.startsWith('#c=')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
