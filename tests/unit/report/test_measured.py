"""Measured conductivities are found by composition, have sources, and stand beside the computed ones."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign, resolved_yaml
from screening.config.settings import settings_of, words_of_campaign
from screening.errors import ConfigError
from screening.records import sha256_of
from screening.report import measured
from screening.report.page import render
from tests.campaigns import TINY

TABLE = "composition,conductivity_mS_cm,note,source\nLi6PS5Cl,3.1,ours,this work\n"


def embedded() -> list[dict[str, str]]:
    with (Path(measured.__file__).parent / "data" / "measured.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_embedded_line_names_a_doi() -> None:
    rows = embedded()
    assert len({row["composition"] for row in rows}) >= 10
    assert all(re.match(r"10\.\d{4,}/\S+$", row["source"]) for row in rows)


def test_formula_units_and_the_order_of_elements_do_not_matter() -> None:
    table = measured.known()
    assert measured.of("Li24P4S20Cl4", table) == measured.of("ClLi6PS5", table)
    found = measured.of("Li6PS5Cl", table)
    assert found is not None
    assert (found.low, found.high) == (0.033, 2.05)
    assert measured.of("Li6.1PS5Cl", table) is None
    assert measured.of("Li<script>", table) is None


def test_the_users_values_take_the_place_of_embedded_ones(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    table = measured.known(tmp_path / "own.csv")
    found = measured.of("Li6PS5Cl", table)
    assert found == measured.Measured((3.1,), ("ours",), ("this work",))
    assert measured.of("Li10GeP2S12", table) == measured.of("Li10GeP2S12", measured.known())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("formula,sigma\nLi3N,1\n", "own.csv: has no column composition and conductivity_mS_cm"),
        ("composition,conductivity_mS_cm\nLi3N,1\nnothing,2\n", r"own.csv:3: composition: 'nothing' is no formula"),
        ("composition,conductivity_mS_cm\nLi3N,-1\n", r"own.csv:2: conductivity_mS_cm: a number above 0 is needed"),
        ("composition,conductivity_mS_cm\nLi3N,\n", r"\(given: ''\)"),
        # A decimal comma was read as 2, a comma in a note moved the source out of sight.
        ("composition,conductivity_mS_cm\nLi3N,2,4\n", "own.csv:2: has more values than .* decimals have a point"),
        (TABLE + "Li3N,1,pellet, annealed,me\n", "own.csv:3: has more values than"),
        (TABLE + 'Li3N,1,"pellet,me\n', r"own.csv: cannot be read after line 2 \(unexpected end of data\)"),
        ("composition;conductivity_mS_cm\nLi3N;2\n", "with commas between"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        measured.known(tmp_path / "own.csv")


def test_empty_columns_of_a_spreadsheet_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("\ufeff" + TABLE + "Li3N,1,,,,\n", encoding="utf-8")
    assert len(measured.read_measured(tmp_path / "own.csv")) == 2


def test_a_file_that_is_not_there_is_told_before_any_job(tmp_path: Path) -> None:
    campaign = parse_campaign({**TINY, "report": {"measured": "own.csv"}}, "c")
    with pytest.raises(ConfigError, match=r"report\.measured: .*own\.csv: cannot be read"):
        check_campaign(campaign, tmp_path)


def test_campaigns_without_a_table_keep_their_settings(tmp_path: Path) -> None:
    """Or every page of before the key would be made again."""
    without = parse_campaign(TINY, "c")
    assert set(settings_of(without, "report", tmp_path)) == {"version", "campaign"}
    assert "report" not in words_of_campaign(without)


def test_a_change_of_the_table_makes_the_page_anew(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    campaign = parse_campaign({**TINY, "report": {"measured": "own.csv"}}, "c")
    first = settings_of(campaign, "report", tmp_path)
    assert first["measured_checksum"] == sha256_of(tmp_path / "own.csv")
    (tmp_path / "own.csv").write_text(TABLE.replace("3.1", "3.2"), encoding="utf-8")
    assert settings_of(campaign, "report", tmp_path) != first
    words = words_of_campaign(campaign)
    sections = {name: json.loads(word.split("=", 1)[1]) for name, word in words.items()}
    assert "measured: ../../own.csv" in resolved_yaml(sections, tmp_path, tmp_path / "results" / "c")


def test_the_page_shows_them_beside_the_computed_ones(campaign: Path, tmp_path: Path) -> None:
    html = render(campaign, "a")
    assert html.count('class="beside"') == 4
    assert re.search(r'class="beside" title="[^"]*10\.1021/jacs\.7b06327[^"]*">measured 0\.03 to 2<', html)
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    rows = json.loads(text)["rows"]
    shown = {row["formula"] for row in rows if row["measured"]}
    assert shown == {"Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li6PS5I"}
    own = tmp_path / "own.csv"
    own.write_text(TABLE.replace("this work", "<b>"), encoding="utf-8")
    folder = shutil.copytree(campaign, tmp_path / "c")
    mine = render(folder, "a", measured=measured.known(own))
    assert 'title="&lt;b&gt;">measured 3.1<' in mine


def test_values_of_room_temperature_do_not_stand_beside_others(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("composition,conductivity_mS_cm\nLi3YCl6,40\n")
    assert measured.known(temperature_K=500.0) == {}
    assert measured.of("Li3YCl6", measured.known(own, 500.0)).high == 40
    assert measured.of("Li10GeP2S12", measured.known(own, 500.0)) is None
    assert measured.known(temperature_K=303.0) == measured.known()
