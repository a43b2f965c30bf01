"""The page is complete, safe against its own data, and says what is missing."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from screening.config.stages import ReportSettings
from screening.errors import StageError
from screening.report.page import render
from screening.report.text import number, share
from screening.selection.rows import RankingRow
from screening.stages.context import StageCall
from screening.stages.report import run
from tests import synthetic


@pytest.fixture(scope="module")
def html(campaign: Path) -> str:
    return render(campaign, "argyrodites")


def embedded(html: str, name: str) -> dict:
    (text,) = re.findall(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    return json.loads(text)


@pytest.mark.slow
def test_stage_writes_the_page_and_its_figures(tmp_path: Path) -> None:
    folder = synthetic.write_campaign(tmp_path / "argyrodites", synthetic.CASES[:1])
    run(
        StageCall(
            files={"config": [folder / "config.resolved.yaml"], "ranking": [folder / "ranking.csv"]},
            output=folder / "report.html",
            settings=ReportSettings(campaign="argyrodites"),
        )
    )
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (folder / "figures" / "arrhenius.svg").exists()


@pytest.mark.slow
def test_nothing_is_fetched(html: str) -> None:
    links = set(re.findall(r'(?:src|href)="([^"#]*)', html))
    assert links <= {"data:,", ""}
    assert "@import" not in html
    # The names of XML vocabularies are not addresses that anything is asked for at.
    assert set(re.findall(r"https?://[^\s\"']+", html)) == {"http://www.w3.org/2000/svg"}


def test_hostile_names_stay_text(html: str) -> None:
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    labels = [row["label"] for row in embedded(html, "data")["rows"]]
    assert "Li<script>alert(1)</script>" in labels


def test_host_names_are_not_passed_on(html: str) -> None:
    assert "secret-host" not in html


def test_header_names_the_potential_and_its_bias(html: str) -> None:
    for text in ("chgnet", "0.3.0", "PBE/PBE+U (MPtrj)", synthetic.POTENTIAL["checksum"], "2.9 times", "vibrations"):
        assert text in html


@pytest.mark.slow
def test_enthalpies_from_one_start_are_said_to_be_worth_little(campaign: Path, tmp_path: Path, html: str) -> None:
    assert "relaxed each ordering from a single start" not in html
    folder = tmp_path / "c"
    shutil.copytree(campaign, folder)
    with (folder / "config.resolved.yaml").open("a", encoding="utf-8") as file:
        file.write("relax: {max_starts: 1}\n")
    assert "relaxed each ordering from a single start" in render(folder, "c")


def test_bounds_are_never_numbers(html: str) -> None:
    rows = embedded(html, "data")["rows"]
    bounded = [row for row in rows if row["kind"] == "upper_bound"]
    assert bounded
    for row in bounded:
        assert row["sigma"] is None
        assert row["bound"] > 0
    assert re.search(r'class="value bound">&lt; [\d.×⁻]+', html)


def test_every_dash_says_why(html: str) -> None:
    dashes = re.findall(r'<span class="none"[^>]*>', html.split("<tbody")[1].split("</tbody>", maxsplit=1)[0])
    assert len(dashes) > 10
    assert all(re.search(r'title="[a-z][^"]{8,}"', dash) for dash in dashes)


def test_what_cannot_be_made_is_named(html: str) -> None:
    assert "0.3 Br on Cl in Li6PS5Cl: no cell of up to 500 atoms holds 0.3" in html


def test_every_verdict_is_told_apart(html: str) -> None:
    kinds = {row["kind"] for row in embedded(html, "data")["rows"]}
    assert kinds == {"resolved", "upper_bound", "too_short", "unresolved", "failed", "not_simulated"}


@pytest.mark.parametrize(
    "name", ["candidates.csv", "refused.csv", "stability.csv", "shortlist.csv", "config.resolved.yaml"]
)
def test_a_missing_table_is_named(campaign: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "c"
    shutil.copytree(campaign, folder)
    (folder / name).unlink()
    html = render(folder, "c")
    assert "Missing records" in html
    assert name in html


def test_missing_and_damaged_records_are_named(campaign: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    shutil.copytree(campaign, folder)
    first, second, *_ = sorted((folder / "candidates").iterdir())
    shutil.rmtree(first)
    (second / "relaxed.json").write_text('{"id": ')
    html = render(folder, "c")
    assert f"candidates/{first.name}/candidate.json is missing" in html
    assert f"candidates/{second.name}/relaxed.json is missing or damaged" in html


def test_only_a_ranking_is_enough(campaign: Path, tmp_path: Path) -> None:
    shutil.copy(campaign / "ranking.csv", tmp_path / "ranking.csv")
    html = render(tmp_path, "bare")
    assert "Li<sub>5.3</sub>PS<sub>4.3</sub>ClBr<sub>0.7</sub>" in html
    assert "not recorded" in html


def test_no_ranking_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"ranking\.csv is missing"):
        render(tmp_path, "none")


def test_an_empty_ranking_says_so(campaign: Path, tmp_path: Path) -> None:
    header = (campaign / "ranking.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "ranking.csv").write_text(header + "\n")
    assert "There is no candidate" in render(tmp_path, "empty")


def test_values_that_are_not_numbers_are_left_out(campaign: Path, tmp_path: Path) -> None:
    lines = (campaign / "ranking.csv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    fields = dict.fromkeys(columns, "nan") | {"id": "X-0", "composition": "X", "verdict": "resolved", "reason": ""}
    (tmp_path / "ranking.csv").write_text(lines[0] + "\n" + ",".join(fields[c] for c in columns) + "\n")
    row = embedded(render(tmp_path, "nan"), "data")["rows"][0]
    assert row["sigma"] is None
    assert row["dH"] is None


def test_the_table_says_who_cannot_be_told_apart(campaign: Path, html: str) -> None:
    rows = [row for row in RankingRow.read(campaign / "ranking.csv") if row.tier is not None]
    shown = re.findall(r'<span class="tier" title="place (\d+)">(\d+)</span>', html)
    assert shown == [(str(place), str(row.tier)) for place, row in enumerate(rows, start=1)]
    # A line where a tier begins, and where those begin of which nothing is known.
    assert html.count('class="opens"') == rows[-1].tier
    (first, *_) = rows
    assert f"the best of all: {share(first.probability_best)}" in html
    assert f"alone {number(first.conductivity_300K_alone_mS_cm)}" in html


def test_a_conductivity_between_bounds_is_shown_as_such(campaign: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(campaign, tmp_path / "bounded")
    rows = RankingRow.read(folder / "ranking.csv")
    changed = [
        replace(row, conductivity_300K_lower_bound_mS_cm=0.25) if row.conductivity_300K_upper_bound_mS_cm else row
        for row in rows
    ]
    assert changed != rows
    RankingRow.write(folder / "ranking.csv", changed)
    assert '<span class="value bound">0.25 to ' in render(folder, "bounded")


def test_a_cell_that_is_off_stands_beside_the_conductivity(campaign: Path, tmp_path: Path, html: str) -> None:
    assert ">cell +8 %</abbr>" not in html
    lines = (campaign / "ranking.csv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    fields = dict.fromkeys(columns, "") | {"id": "X-0", "composition": "X", "verdict": "resolved"}
    fields |= {"conductivity_300K_estimate_mS_cm": "9.0", "cell_error_percent": "8.2", "cell_doubt": "too large"}
    (tmp_path / "ranking.csv").write_text(lines[0] + "\n" + ",".join(fields[c] for c in columns) + "\n")
    assert ">cell +8 %</abbr>" in render(tmp_path, "wide")
    (tmp_path / "ranking.csv").write_text(
        lines[0] + "\n" + ",".join((fields | {"cell_doubt": ""})[c] for c in columns) + "\n"
    )
    assert ">cell +8 %</abbr>" not in render(tmp_path, "sound")


@pytest.mark.slow
def test_a_second_potential_has_a_column_and_a_table_and_is_explained(tmp_path: Path) -> None:
    folder = synthetic.write_campaign(tmp_path / "argyrodites", synthetic.CASES, second="sevenn<b>")
    html = render(folder, "argyrodites")
    records = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("candidates/*/trust.json")}
    shown = re.findall(r'data-l="ΔF \(meV/Å\)" data-v="([^"]*)"', html)
    assert len(shown) == len(synthetic.CASES)
    assert sorted(float(value) for value in shown if value) == sorted(r["force_mae_meV_A"] for r in records.values())
    assert "potentials disagree: forces of sevenn&lt;b&gt; differ by" in html
    assert "<b>" not in html.split("<tbody")[1].split("</tbody>")[0]
    for i in range(len(synthetic.CASES)):
        detail = embedded(html, f"d{i}")
        assert (detail["trust"] is not None) == (detail["id"] in records)
        if detail["trust"]:
            assert [row[0] for row in detail["trust"]["rows"]] == ["all atoms", "Li", "P", "S"]
            assert detail["trust"]["rows"][0][1] == pytest.approx(records[detail["id"]]["force_mae_meV_A"], rel=0.01)


def test_without_a_second_potential_there_is_no_word_of_one(html: str) -> None:
    assert "ΔF" not in html
    assert embedded(html, "d0")["trust"] is None


def test_the_ranking_says_what_its_conductivities_are_worth(tmp_path: Path, html: str) -> None:
    """The campaigns of the fixture ran with a potential that was not calibrated; SevenNet-0 was."""
    from screening.potentials.calibration import typical_error

    assert "Typical error of this potential" not in html
    folder = synthetic.write_campaign(tmp_path / "argyrodites", synthetic.CASES[:1])
    (path,) = folder.glob("candidates/*/relaxed.json")
    path.write_text(path.read_text().replace('"name": "chgnet"', '"name": "sevenn"'))
    found = re.search(
        r"Typical error of this potential: conductivities differ from measured ones by a factor of (\d+) on average;",
        render(folder, "a"),
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(10 ** typical_error("sevenn")["log10_conductivity_mae"], rel=0.05)


def test_a_corrected_conductivity_stands_beside_the_computed_one(campaign: Path, html: str, tmp_path: Path) -> None:
    assert "corrected" not in html.split("<script", maxsplit=1)[0].lower()
    folder = Path(shutil.copytree(campaign, tmp_path / "argyrodites"))
    rows = RankingRow.read(folder / "ranking.csv")
    why = "bias of 1.0 decades (0.7 to 1.3) of 9 sulfides"
    columns = ("", "_low", "_high")
    values = dict(zip((f"conductivity_300K_corrected{end}_mS_cm" for end in columns), (2.34, 0.71, 7.9), strict=True))
    # One that is not resolved must not get a value by it.
    RankingRow.write(
        folder / "ranking.csv", [replace(row, **values, conductivity_300K_corrected_for=why) for row in rows]
    )
    page = render(folder, "argyrodites")
    before, after = (embedded(text, "data")["rows"] for text in (html, page))
    for old, new in zip(before, after, strict=True):
        corrected = new.pop("corrected")
        assert old.pop("corrected") is None
        assert new == old, "nothing else changes"
        assert (corrected is not None) == (new["sigma"] is not None)
        if corrected is not None:
            assert corrected == {"ends": [2.34, 0.71, 7.9], "short": "2 (0.7 to 8)", "why": why}
    resolved = sum(row["sigma"] is not None for row in after)
    assert 0 < resolved < len(after)
    assert page.count(f'title="{why} is taken off">corrected 2 (0.7 to 8)</span>') == resolved


def test_candidates_of_several_ions_and_parents_are_in_groups(campaign: Path, html: str, tmp_path: Path) -> None:
    assert 'id="group"' not in html, "one ion and one parent are no groups"
    folder = Path(shutil.copytree(campaign, tmp_path / "argyrodites"))
    rows = RankingRow.read(folder / "ranking.csv")
    two = [
        replace(row, mobile_ion="Na" if i % 3 else "Li", parent="Na3PS4" if i % 3 else row.parent)
        for i, row in enumerate(rows)
    ]
    RankingRow.write(folder / "ranking.csv", two)
    config = folder / "config.resolved.yaml"
    config.write_text(config.read_text().replace("mobile_ion: Li", "mobile_ion: [Li, Na]"))
    page = render(folder, "argyrodites", config)
    for option in ("ion:Li", "ion:Na", "parent:Li6PS5Cl", "parent:Na3PS4"):
        assert f'<option value="{option}">' in page
    assert "screened for Li and Na conductivity" in page
    data = embedded(page, "data")
    assert data["mobile"] == "Li and Na"
    assert [row["ion"] for row in data["rows"]] == [row.mobile_ion for row in two]
