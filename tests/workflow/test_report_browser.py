"""The page in a real browser: nothing is asked of the network, nothing fails, and everything that moves works."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from screening.config.transport import ArrheniusConfig
from screening.local.record import TransportOfFiles
from screening.records.origin import Provenance
from screening.report.own import own_page
from screening.report.page import render
from screening.selection.rows import RankingRow
from screening.transport import analyse_arrhenius
from tests import synthetic
from tests.synthetic_records import origin, temperature_record

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

playwright = pytest.importorskip("playwright.sync_api", reason="the browser test needs the package playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="the browser test needs chromium")]


@dataclass
class Visit:
    """A page that was opened, and what it asked for and complained of."""

    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = synthetic.write_campaign(
        tmp_path_factory.mktemp("results") / "argyrodites", [*synthetic.CASES, synthetic.HOSTILE], second="sevenn"
    )
    path = folder / "report.html"
    path.write_text(render(folder, "argyrodites"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(params=[(1366, 900), (390, 844)], ids=["laptop", "phone"])
def visit(browser: Any, report: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    visit = Visit(context.new_page(), report.as_uri())
    visit.page.on("request", lambda r: visit.requests.append(r.url))
    visit.page.on("console", lambda m: visit.complaints.append(m.text))
    visit.page.on("pageerror", lambda e: visit.complaints.append(str(e)))
    visit.page.on("dialog", lambda d: (visit.complaints.append(d.message), d.dismiss()))
    visit.page.goto(visit.url)
    visit.page.wait_for_selector("html[data-ready]")
    yield visit
    assert visit.complaints == []
    assert {url.split("#")[0] for url in visit.requests if not url.startswith(("data:", "blob:"))} == {visit.url}
    context.close()


def shown(page: Any) -> list[str]:
    return page.locator("#table tbody tr:visible .name a").all_inner_texts()


def test_it_fits_the_screen_and_draws(visit: Visit) -> None:
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("arrhenius", "pareto", "mixing"):
        label = visit.page.locator(f"#fig-{name} svg").get_attribute("aria-label")
        assert label
        assert "NaN" not in visit.page.locator(f"#fig-{name} svg").inner_html()


def test_every_candidate_opens_and_draws(visit: Visit) -> None:
    links = visit.page.locator("#table tbody .name a").evaluate_all("list => list.map((a) => a.getAttribute('href'))")
    assert len(links) == len(synthetic.CASES) + 1
    for link in links:
        visit.page.goto(visit.url + link)
        visit.page.wait_for_selector("#candidate canvas")
        content = visit.page.locator("#candidate").inner_html()
        assert "NaN" not in content
        assert "undefined" not in content
        assert ">false<" not in content
        assert "\nfalse\n" not in visit.page.inner_text("#candidate")
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert visit.page.evaluate("document.activeElement.tagName") == "H1"
    visit.page.go_back()


def test_filter_and_verdicts(visit: Visit) -> None:
    visit.page.fill("#filter", "br0.5")
    assert len(shown(visit.page)) == 2
    assert "2 of 12" in visit.page.inner_text("#table-note")
    visit.page.fill("#filter", "no such thing")
    assert visit.page.is_visible("#none-left")
    visit.page.fill("#filter", "")
    visit.page.click('.chip[data-kind="resolved"]')
    assert len(shown(visit.page)) == 6


def test_stability_by_either_measure(visit: Visit) -> None:
    figure = visit.page.locator("#fig-pareto")
    figure.get_by_role("button", name="hull distance").click()
    assert "energy above the hull" in figure.inner_text()
    assert "NaN" not in figure.inner_html()
    assert visit.page.evaluate("document.activeElement.textContent") == "hull distance"
    figure.get_by_role("button", name="mixing enthalpy").click()
    assert "mixing enthalpy ΔH" in figure.inner_text()


def test_structure_turns(visit: Visit) -> None:
    visit.page.locator("#table tbody .name a").first.click()
    canvas = visit.page.locator("#candidate canvas")
    before = canvas.evaluate("(c) => c.toDataURL()")
    canvas.focus()
    canvas.press("ArrowRight")
    turned = canvas.evaluate("(c) => c.toDataURL()")
    assert turned != before
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    visit.page.mouse.move(box["x"] + 60, box["y"] + 60)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + 140, box["y"] + 90)
    visit.page.mouse.up()
    dragged = canvas.evaluate("(c) => c.toDataURL()")
    assert dragged != turned
    visit.page.locator(".species button").first.click()
    without = canvas.evaluate("(c) => c.toDataURL()")
    assert without != dragged
    visit.page.locator(".species button").first.click()
    visit.page.get_by_role("button", name="occupied sites").click()
    averaged = canvas.evaluate("(c) => c.toDataURL()")
    assert averaged not in (without, dragged)
    visit.page.get_by_role("button", name="ion density").click()
    dense = canvas.evaluate("(c) => c.toDataURL()")
    assert dense not in (averaged, without, dragged)
    visit.page.get_by_role("button", name="hop network").click()
    assert canvas.evaluate("(c) => c.toDataURL()") != averaged


def test_local_picture_changes_with_the_temperature(visit: Visit) -> None:
    visit.page.locator("#table tbody .name a").first.click()
    figure = visit.page.locator("figure", has_text="Surroundings of Li").locator("svg")
    assert "at 500 kelvin" in figure.get_attribute("aria-label")
    hove = visit.page.locator("figure", has_text="Van Hove function, self").locator("svg")
    assert "for 1.00 ps, 10.0 ps" in hove.get_attribute("aria-label")
    visit.page.get_by_role("group", name="Temperature").get_by_role("button", name="1000 K").click()
    assert "at 1000 kelvin" in figure.get_attribute("aria-label")
    assert "at 1000 kelvin" in hove.get_attribute("aria-label")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("visit", [(1366, 900)], indirect=True, ids=["laptop"])
def test_everybody_can_read_it(visit: Visit, scheme: str) -> None:
    """Contrast of at least 4.5 for every text, a name for everything that can be operated."""
    visit.page.emulate_media(color_scheme=scheme)
    for address in (visit.url, visit.url + visit.page.locator("#table tbody .name a").first.get_attribute("href")):
        visit.page.goto(address)
        visit.page.wait_for_selector("html[data-ready]")
        worst = visit.page.evaluate((HERE / "contrast.js").read_text(encoding="utf-8"))
        assert worst[0][0] >= 4.5, worst
        assert visit.page.evaluate((HERE / "nameless.js").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("visit", [(1366, 900)], indirect=True, ids=["laptop"])
def test_sorting_puts_what_is_not_known_last(visit: Visit) -> None:
    header = visit.page.locator('th[data-sort="3"]')
    for direction in ("ascending", "descending"):
        header.locator("button").click()
        assert header.get_attribute("aria-sort") == direction
        values = visit.page.locator("#table tbody tr td:nth-child(4)").evaluate_all(
            "list => list.map((c) => c.dataset.v)"
        )
        known = [float(value) for value in values if value]
        assert known == sorted(known, reverse=direction == "descending")
        assert values[-1] == ""


@pytest.mark.parametrize("visit", [(1366, 900)], indirect=True, ids=["laptop"])
def test_figures_and_their_data_can_be_saved(visit: Visit, tmp_path: Path) -> None:
    for kind, start in (("SVG", "<svg"), ("CSV", "id,candidate,temperature_K")):
        with visit.page.expect_download() as download:
            visit.page.locator("#fig-arrhenius .save", has_text=kind).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        text = path.read_text(encoding="utf-8")
        assert text.startswith(start)
        assert "var(--" not in text


@pytest.mark.parametrize("visit", [(1366, 900)], indirect=True, ids=["laptop"])
def test_the_arrhenius_plot_changes_its_quantity_and_its_reach(visit: Visit) -> None:
    figure = visit.page.locator("#fig-arrhenius")
    near = figure.locator("svg").inner_html()
    figure.get_by_role("button", name="as run").click()
    assert "300" not in figure.locator("svg text").all_text_contents()
    assert figure.locator("svg").inner_html() != near
    figure.get_by_role("button", name="to 300 K").click()
    for button, axis in (("σT", "σT from D* (K mS/cm)"), ("σ", "σ from D* (mS/cm)")):
        figure.get_by_role("button", name=button, exact=True).click()
        texts = figure.locator("svg text").all_text_contents()
        assert axis in texts
        assert {"300", "measured"} <= set(texts)
        assert "NaN" not in figure.inner_html()


def test_a_candidates_own_arrhenius_plot_changes_its_quantity(visit: Visit) -> None:
    visit.page.goto(visit.url + visit.page.locator("#table tbody .name a").first.get_attribute("href"))
    figure = visit.page.locator("figure", has_text="Arrhenius line")
    line = figure.locator("svg path[fill=none]").first
    before = line.get_attribute("d")
    for name, axis in (("σT", "σT from D* (K mS/cm)"), ("σ", "σ from D* (mS/cm)")):
        figure.get_by_role("button", name=name, exact=True).click()
        assert axis in figure.locator("svg").get_attribute("aria-label")
        assert axis in figure.inner_text()
        assert "NaN" not in figure.inner_html()
        assert visit.page.evaluate("document.activeElement.textContent") == name
    assert line.get_attribute("d") != before
    figure.get_by_role("button", name="D*", exact=True).click()
    assert line.get_attribute("d") == before


def test_no_label_covers_another_or_a_mark(visit: Visit) -> None:
    boxes = visit.page.locator("#fig-pareto svg > text").evaluate_all(
        "list => list.map((t) => t.getBBox()).map((b) => [b.x, b.y, b.x + b.width, b.y + b.height])"
    )
    assert boxes
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:i]:
            # Boxes of letters have room above and below them.
            assert left >= other[2] or other[0] >= right or top + 4 >= other[3] or other[1] + 4 >= bottom


def test_bars_are_explained_and_cards_name_the_temperature(visit: Visit) -> None:
    key = visit.page.locator("ul.key")
    for word in ("value and interval", "anything below an upper bound"):
        assert word in key.inner_text()
    labels = visit.page.locator("#table td.sigma").evaluate_all("list => list.map((e) => e.dataset.l)")
    assert set(labels) == {"σ at 300 K (mS/cm)"}


def test_two_candidates_stand_side_by_side(visit: Visit) -> None:
    page = visit.page
    assert page.is_hidden("#compare")
    picks = page.locator('#table tr[data-kind="resolved"] .pick')
    names = page.locator('#table tr[data-kind="resolved"] .name a').evaluate_all("list => list.map((a) => a.hash)")
    picks.nth(0).check()
    picks.nth(1).check()
    page.click("#compare")
    page.wait_for_selector("#candidate canvas")
    assert page.locator("#candidate canvas").count() == 2
    heads = page.locator("#candidate thead a").evaluate_all("list => list.map((a) => a.hash)")
    assert heads == names[:2]
    text = page.inner_text("#candidate")
    assert "D* at 500 K" in text
    assert "Li and " in text
    assert "undefined" not in text
    assert "NaN" not in page.inner_html("#candidate")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate((HERE / "nameless.js").read_text(encoding="utf-8")) == []
    page.go_back()
    assert page.is_visible("#table")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of trajectories that no campaign made, at three temperatures."""
    case = synthetic.CASES[1]
    records = [
        TransportOfFiles.of(temperature_record(T, case), files=(f"{T:g}.extxyz",), notes=("a frame was cut",))
        for T in synthetic.TEMPERATURES
    ]
    line = analyse_arrhenius(records, settings=ArrheniusConfig())
    path = tmp_path_factory.mktemp("own") / "own.html"
    path.write_text(own_page(records, line, Provenance.from_dict(origin("transport"))), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_axe_finds_nothing(browser: Any, report: Path, own: Path, scheme: str, width: int) -> None:
    """The rules of WCAG and of what browsers expect, on every kind of view with all that is folded opened."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-ready]")
    links = page.locator("#table tbody .name a").evaluate_all("list => list.map((a) => a.getAttribute('href'))")
    two = "#compare=" + ",".join(link.removeprefix("#c=") for link in links[:2])
    found = []
    for address in (report.as_uri(), report.as_uri() + links[0], report.as_uri() + two, own.as_uri()):
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        wrong = axe.run(page).response["violations"]
        found += [(address[-30:], one["id"], one["nodes"][0]["html"][:100]) for one in wrong]
    page.close()
    assert found == []


def test_trajectories_without_a_campaign_have_a_page(browser: Any, own: Path) -> None:
    complaints: list[str] = []
    for width, height in ((1366, 900), (390, 844)):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.goto(own.as_uri())
        page.wait_for_selector("html[data-ready]")
        assert page.inner_text("h1") == "Transport of Li ions"
        assert "resolved at 500 to 1000 K" in page.inner_text("#candidate .title")
        assert page.locator("#candidate figure svg").count() >= 5
        text = page.inner_text("body")
        assert "a frame was cut" in text
        for word in ("undefined", "NaN", "\nfalse\n", "Mixing", "Ranking"):
            assert word not in text
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        worst = page.evaluate((HERE / "contrast.js").read_text(encoding="utf-8"))
        assert worst[0][0] >= 4.5, worst
        assert page.evaluate((HERE / "nameless.js").read_text(encoding="utf-8")) == []
        page.close()
    assert complaints == []


@pytest.mark.parametrize("visit", [(1366, 900)], indirect=True, ids=["laptop"])
def test_a_wrong_address_shows_the_ranking(visit: Visit) -> None:
    for wrong in ("#c=nothing", "#c=%E0%A4%A", "#ranking", "#compare=nothing", "#compare=%E0%A4%A,x"):
        visit.page.goto(visit.url + wrong)
        assert visit.page.is_visible("#table")


@pytest.fixture(scope="module")
def two_ions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a campaign over conductors of two ions."""
    folder = synthetic.write_campaign(tmp_path_factory.mktemp("results") / "two", synthetic.CASES)
    rows = [
        replace(row, mobile_ion="Na" if row.composition.startswith("Li3O") else "Li")
        for row in RankingRow.read(folder / "ranking.csv")
    ]
    RankingRow.write(folder / "ranking.csv", rows)
    (folder / "report.html").write_text(render(folder, "two"), encoding="utf-8")
    return folder / "report.html"


@pytest.mark.parametrize("width", [1366, 390])
def test_one_group_of_several_ions_is_shown_alone(browser: Any, two_ions: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(two_ions.as_uri())
    page.wait_for_selector("html[data-ready]")
    legend = page.locator("#fig-arrhenius svg text", has_text="Br0.5")
    assert legend.count() >= 2
    page.select_option("#group", "ion:Na")
    assert shown(page) == ["Li3OCl0.5Br0.5"]
    assert "1 of 11 candidates" in page.inner_text("#table-note")
    label = page.locator("#fig-arrhenius svg").get_attribute("aria-label")
    assert "of 1 candidates" in label
    assert "1 candidates" in page.locator("#fig-mixing svg").get_attribute("aria-label")
    page.select_option("#group", "ion:Li")
    assert len(shown(page)) == 10
    page.select_option("#group", "")
    assert len(shown(page)) == 11
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("text=Li3OCl0.5Br0.5")
    page.wait_for_selector("#candidate canvas")
    assert "Surroundings of Na" in page.inner_text("#candidate")
    page.close()
