"""Cold runs beside measured conductivities: the campaigns can be run, and figures are those of their rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cold.campaigns import ENTRIES, WAYS, campaign, campaign_name
from benchmarks.cold.compare import compare, figures_of, row_of
from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from screening.records import read_json, read_table, write_json, write_table
from screening.selection.rows import RankingRow, RankingVerdict
from screening.trajectories.run_record import RunProvenance, RunRecord
from screening.transport.line_record import CandidateLine, ShapeProbabilities
from screening.transport.record import CandidateTransport
from tests.blank import blank
from tests.synthetic_records import origin

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ENTRIES)
def test_every_campaign_makes_its_one_compound(name, way, tmp_path):
    config = parse_campaign(campaign(name, way, 4.0, tmp_path), name)
    checked = check_campaign(config, Path())
    assert len(checked.lines) == 1
    assert config.md.cell == "measured"
    assert config.md.chooses == (way == "cold")
    assert config.potential.shown.startswith("sevenn:7net-l3i5")


def ran(results, name, way, coldest_K, sigma, hours=1.0):
    """A campaign of one candidate whose D* was seen at a coldest temperature."""
    folder = results / campaign_name(name, way)
    row = blank(RankingRow, id="a-1", verdict=RankingVerdict.RESOLVED, coldest_resolved_temperature_K=coldest_K)
    RankingRow.write(folder / "ranking.csv", [row])
    write_table(folder / "candidates.csv", [{"id": "a-1", "n_atoms": 52}])
    candidate = folder / "candidates" / "a-1"
    blank(CandidateTransport, id="a-1", temperature_K=coldest_K, tracer_diffusivity_cm2_s=2e-7).write(
        candidate / f"{coldest_K:g}K" / "transport.json"
    )
    shapes = ShapeProbabilities(straight=0.2, broken=0.5, jump=0.1, curved=0.1, beyond=0.1)
    line = blank(
        CandidateLine, conductivity_300K_nernst_einstein_mS_cm=sigma, shape_probabilities=shapes, two_lines=None
    )
    line = replace(
        line,
        conductivity_300K_nernst_einstein_low_mS_cm=sigma / 2,
        conductivity_300K_nernst_einstein_high_mS_cm=2 * sigma,
    )
    line.write(candidate / "arrhenius.json")
    for replica in range(2):
        made = replace(RunProvenance.from_dict(origin("md")), processor_s=1800.0 * hours)
        path = candidate / f"{coldest_K:g}K" / f"o0_r{replica}" / "md.json"
        blank(RunRecord, provenance=made).write(path)


def test_a_row_holds_what_both_ways_say_and_what_was_measured(tmp_path):
    ran(tmp_path, "halide", "cold", 350.0, 2.0, hours=3.0)
    row = row_of("halide", tmp_path)
    assert (row["cold_coldest_K"], row["cold_coldest_D_cm2_s"], row["cold_n_atoms"]) == (350.0, 2e-7, 52)
    assert (row["cold_conductivity_mS_cm"], row["cold_core_hours"], row["cold_bent_probability"]) == (2.0, 3.0, 0.6)
    assert row["hot_verdict"] is row["hot_conductivity_mS_cm"] is None
    assert (row["measured_low_mS_cm"], row["measured_high_mS_cm"]) == (0.076, 0.51)


def test_figures_are_those_of_the_compounds_that_ran(tmp_path):
    ran(tmp_path, "halide", "cold", 350.0, 2.0)
    ran(tmp_path, "clbr", "cold", 300.0, 240.0, hours=2.0)
    ran(tmp_path, "ordered", "cold", 500.0, 1.0, hours=4.0)
    ran(tmp_path, "clbr", "hot", 800.0, 2400.0)
    figures = figures_of([row_of(name, tmp_path) for name in ENTRIES])
    assert (figures["cold_n"], figures["cold_direct_n"]) == (3, 1)
    assert (figures["cold_coldest_K_median"], figures["cold_core_hours_median"]) == (350.0, 2.0)
    # The ordered crystal was not measured; 24 mS/cm was where 240 is computed.
    halide = abs(np.log10(2.0 / np.sqrt(0.076 * 0.51)))
    assert figures["cold_mae_log10_sigma"] == pytest.approx((1.0 + halide) / 2)
    assert figures["cold_mae_log10_sigma_hot"] == pytest.approx(2.0)
    assert figures_of([row_of("beta", tmp_path)]) == {}


def test_compounds_that_ran_elsewhere_keep_their_rows(tmp_path):
    files = [tmp_path / name for name in ("cold.csv", "cold.svg", "results.json")]
    write_json(files[2], {"other": 1})
    ran(tmp_path / "here", "clbr", "cold", 300.0, 240.0)
    compare(tmp_path / "here", *files)
    ran(tmp_path / "there", "clbr", "hot", 800.0, 2400.0)
    ran(tmp_path / "there", "halide", "cold", 350.0, 2.0)
    compare(tmp_path / "there", *files)
    rows = {row["name"]: row for row in read_table(files[0])}
    assert list(rows) == list(ENTRIES)
    assert (rows["clbr"]["cold_coldest_K"], rows["clbr"]["hot_coldest_K"]) == (300.0, 800.0)
    assert rows["halide"]["cold_coldest_K"] == 350.0
    assert rows["beta"]["cold_verdict"] is None
    figures = read_json(files[2])
    assert (figures["other"], figures["cold_n"], figures["cold_direct_n"]) == (1, 2, 1)
    assert files[1].read_text().startswith("<?xml")
