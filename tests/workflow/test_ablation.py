"""One thing changed at a time: cases differ in that alone, share what it leaves alone, and effects have both errors."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.ablation.__main__ import cases_of
from benchmarks.ablation.cases import BASE, CASES, MATERIALS, SIZE, campaign, folder_of
from benchmarks.ablation.compare import compare, effects_of
from benchmarks.begin import begin_from
from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from screening.config.settings import settings_of
from screening.records import read_json, read_table, write_json
from screening.selection.rows import RankingRow, RankingVerdict
from screening.trajectories.run_record import RunProvenance, RunRecord
from screening.transport.finite_size import CandidateFiniteSize
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport
from tests.blank import blank
from tests.campaigns import TINY, CampaignFolder
from tests.synthetic_records import origin

pytestmark = pytest.mark.slow
BY_NAME = {case.name: case for case in CASES}


def config_of(material, name, tmp_path):
    weights = tmp_path / "omat.pt"
    weights.touch()
    return parse_campaign(campaign(material, BY_NAME[name], 0.5, tmp_path / "labels", weights), name)


def of(config, *stages):
    return {stage: settings_of(config, stage) for stage in stages}


@pytest.mark.parametrize(("material", "name"), [(m, c.name) for m in MATERIALS for c in CASES if m not in c.without])
def test_a_case_shares_with_the_base_what_its_change_leaves_alone(material, name, tmp_path):
    base, config = config_of(material, BASE, tmp_path), config_of(material, name, tmp_path)
    assert config.candidates == base.candidates
    assert config.md.highest_K == base.md.highest_K
    before_runs = ("enumerate", "relax", "student")
    alike = of(config, *before_runs) == of(base, *before_runs)
    kept = BY_NAME[name].keeps
    if name == "teacher-corrected":
        assert of(config, "enumerate", "relax") == of(base, "enumerate", "relax")
        assert config.potential.reference.correct
    else:
        assert alike == (kept != "nothing" or name == BASE)
    assert (of(config, "md") == of(base, "md")) == (name in (BASE, "orderings", "teacher-corrected"))
    if name == "seed":
        # Labels that the base paid for would make it the base's student.
        assert config.student.labels == "own"
        assert config.seed != base.seed
    without = {"teacher-nequix"}  # its weights are not here
    if shutil.which("cp2k_shell.psmp") is None:
        without.add("teacher-corrected")
    if name not in without:
        assert len(check_campaign(config, Path()).candidates) == 1


def test_cases_are_asked_for_by_compound_and_by_change():
    assert [f"{m}/{c.name}" for m, c in cases_of(["hot"])] == ["argyrodite/hot", "halide/hot"]
    assert [c.name for _, c in cases_of(["argyrodite"])] == [case.name for case in CASES]
    assert [f"{m}/{c.name}" for m, c in cases_of(["halide/seed", "argyrodite/base"])] == [
        "argyrodite/base",
        "halide/seed",
    ]
    assert ("halide", BY_NAME["orderings"]) not in cases_of([])
    with pytest.raises(ValueError, match="no compound or case cold; there are argyrodite, halide, base, hot"):
        cases_of(["cold"])


def test_a_case_begins_where_the_base_ended(tmp_path):
    """Another length of the runs makes them anew, and neither candidates nor relaxed cells; the base stays."""
    config = {**TINY, "md": {**TINY["md"], "temperatures_K": [150], "duration_ps": 0.2}}
    base = tmp_path / "base"
    base.mkdir()
    ran = CampaignFolder(base, config)
    ran.run(ran.ranking)
    # Whose bias the ranking may take off.
    (analysed, *_) = base.glob("**/150K/transport.json")
    assert CandidateTransport.read(analysed).provenance.potential.name == "lj"
    for name, runs in (("case", False), ("more", True)):
        begin_from(base, tmp_path / name, config["campaign"], runs=runs)
    case = CampaignFolder(tmp_path / "case", {**config, "md": {**config["md"], "duration_ps": 0.3}})
    planned = case.planned(case.ranking)
    assert planned["md"] == 2
    assert not {"parents", "enumerate", "relax", "mixing", "shortlist"} & set(planned)
    more = CampaignFolder(tmp_path / "more", config)
    assert set(more.planned(more.ranking)) == {"ranking"}
    # Trajectories are there under a second name.
    chunks = [folder.chunks() for folder in (ran, more)]
    assert [path.stat().st_ino for path in chunks[0]] == [path.stat().st_ino for path in chunks[1]]
    assert case.chunks() == []
    # A folder that is there stays as it is: a case that was stopped goes on.
    (tmp_path / "case" / "mark").touch()
    begin_from(base, tmp_path / "case", config["campaign"], runs=True)
    assert (tmp_path / "case" / "mark").exists()
    assert ran.planned(ran.ranking) == {}


def ran(work, name, sigma=None, energy=None, bounds=(None, None), large=None, at_K=1000.0):
    """A case's folder with what its line and its large cell say; errors are a tenth of ln sigma and 0.01 eV."""
    folder = folder_of(work, "argyrodite", name) / "results" / "ablation"
    row = blank(RankingRow, id="a-1", verdict=RankingVerdict.RESOLVED, coldest_resolved_temperature_K=400.0)
    RankingRow.write(folder / "ranking.csv", [row])
    line = replace(
        blank(CandidateLine),
        conductivity_300K_nernst_einstein_mS_cm=sigma,
        ln_conductivity_300K_nernst_einstein_error=None if sigma is None else 0.1,
        conductivity_300K_nernst_einstein_lower_bound_mS_cm=bounds[0],
        conductivity_300K_nernst_einstein_upper_bound_mS_cm=bounds[1],
        activation_energy_eV=energy,
        activation_energy_error_eV=None if energy is None else 0.01,
    )
    candidate = folder / "candidates" / "a-1"
    line.write(candidate / "arrhenius.json")
    if large is not None:
        size = blank(CandidateFiniteSize, temperature_K=at_K, ratio=large / 2.0, ratio_error=0.1 * large / 2.0)
        size = replace(size, large_diffusivity_cm2_s=large, large_diffusivity_error_cm2_s=0.1 * large)
        size.write(candidate / "finite_size.json")
    made = replace(RunProvenance.from_dict(origin("md")), processor_s=1800.0)
    blank(RunRecord, provenance=made).write(candidate / "400K" / "o0_r0" / "md.json")


def test_effects_are_differences_with_the_errors_of_both(tmp_path):
    ran(tmp_path, BASE, 10.0, 0.30, large=3.0)
    ran(tmp_path, "hot", 100.0, 0.15)
    ran(tmp_path, "cell-relaxed", bounds=(0.1, 1.0))
    ran(tmp_path, "cell-equilibrated", bounds=(None, 1.0))
    ran(tmp_path, "orderings", 10.0, 0.30, large=6.0)
    rows = {row.case: row for row in effects_of("argyrodite", tmp_path)}
    hot = rows["hot"]
    assert hot.delta_log10_sigma == pytest.approx(1.0)
    assert hot.delta_log10_sigma_error == pytest.approx(0.1 * math.sqrt(2) / math.log(10))
    assert (hot.delta_energy_eV, hot.delta_energy_error_eV) == (
        pytest.approx(-0.15),
        pytest.approx(0.01 * math.sqrt(2)),
    )
    assert (hot.core_hours, hot.coldest_K) == (0.5, 400.0)
    # Bounds stay bounds.
    relaxed, other = rows["cell-relaxed"], rows["cell-equilibrated"]
    assert relaxed.delta_log10_sigma is relaxed.delta_energy_eV is None
    assert (relaxed.delta_at_least, relaxed.delta_at_most) == (pytest.approx(-2.0), pytest.approx(-1.0))
    assert (other.delta_at_least, other.delta_at_most) == (None, pytest.approx(-1.0))
    # The large cell over the small one, and random large cells over the repeated one.
    size, orderings = rows[SIZE], rows["orderings"]
    assert (size.delta_log10_sigma, size.at_K) == (pytest.approx(math.log10(1.5)), 1000.0)
    assert size.delta_log10_sigma_error == pytest.approx(0.1 / math.log(10))
    assert orderings.delta_log10_sigma == pytest.approx(math.log10(2.0))
    assert orderings.delta_log10_sigma_error == pytest.approx(0.1 * math.sqrt(2) / math.log(10))
    assert rows[BASE].delta_log10_sigma is None
    assert rows["seed"].verdict == "not_run"


def test_large_cells_at_other_temperatures_are_not_compared(tmp_path):
    ran(tmp_path, BASE, 10.0, 0.30, large=3.0)
    ran(tmp_path, "orderings", 10.0, 0.30, large=6.0, at_K=800.0)
    rows = {row.case: row for row in effects_of("argyrodite", tmp_path)}
    assert rows["orderings"].delta_log10_sigma is None


def test_a_table_of_what_was_not_run_is_not_written(tmp_path, capsys):
    table = tmp_path / "ablation.csv"
    compare(tmp_path / "nothing", table, tmp_path / "results.json")
    assert not table.exists()
    assert "none of the cases was run so far" in capsys.readouterr().out


def test_cases_that_ran_elsewhere_keep_their_rows(tmp_path):
    table, named = tmp_path / "ablation.csv", tmp_path / "results.json"
    write_json(named, {"other": 1})
    ran(tmp_path / "here", BASE, 10.0, 0.30, large=3.0)
    ran(tmp_path / "here", "hot", 100.0, 0.15)
    compare(tmp_path / "here", table, named)
    ran(tmp_path / "there", BASE, 10.0, 0.30)
    ran(tmp_path / "there", "seed", 20.0, 0.25)
    compare(tmp_path / "there", table, named)
    rows = {(row["material"], row["case"]): row for row in read_table(table)}
    assert rows["argyrodite", "hot"]["delta_log10_sigma"] == pytest.approx(1.0)
    assert rows["argyrodite", "seed"]["delta_log10_sigma"] == pytest.approx(math.log10(2), abs=1e-3)
    assert rows["halide", "hot"]["verdict"] == "not_run"
    assert table.with_suffix(".svg").read_text().startswith("<?xml")
    assert read_json(named) == {"other": 1, "finite_size_ratio_52_416": pytest.approx(1.5, rel=1e-3)}
