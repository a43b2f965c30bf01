"""A whole campaign with a Lennard-Jones crystal: what runs, what does not run again, and what users are told."""

import copy
import csv

import pytest

from screening.records import read_json, read_table
from tests.campaigns import TINY

CAMPAIGN = copy.deepcopy(TINY)
CAMPAIGN["candidates"]["rules"].append(
    {
        "parent": "LiCl",
        "substitute": [{"sites": {"element": "Cl"}, "dopant": "S", "fraction": 0.25}],
        "compensate": "interstitial",
    }
)


@pytest.fixture(scope="module")
def small(undisturbed, tmp_path_factory):
    """A finished campaign that was given another rule and was run again."""
    folder = undisturbed.whole.copy(tmp_path_factory.mktemp("small") / "run")
    folder.write(CAMPAIGN)
    started = {path: path.stat().st_mtime_ns for path in folder.results.glob("candidates/*/*K/*/md.json")}
    folder.run()
    assert {path: path.stat().st_mtime_ns for path in started} == started, "finished runs were run again"
    return folder


@pytest.fixture(autouse=True)
def restore(small):
    yield
    small.write(CAMPAIGN)


@pytest.mark.slow
def test_every_candidate_is_ranked_with_a_reason(small):
    rows = read_table(small.results / "ranking.csv")
    assert len(rows) == 3
    for row in rows:
        assert row["verdict"] in {"resolved", "too_few_temperatures", "upper_bound", "not_shortlisted"}
        assert row["verdict"] == "resolved" or row["reason"]
    sulphide = next(row for row in rows if "S" in row["composition"].replace("Si", ""))
    assert sulphide["verdict"] == "not_shortlisted"
    assert "no reference contains S" in sulphide["reason"]


@pytest.mark.slow
def test_results_are_complete_and_traceable(small):
    for name in (
        "config.resolved.yaml",
        "candidates.csv",
        "stability.csv",
        "shortlist.csv",
        "transport.csv",
        "arrhenius.csv",
        "report.html",
    ):
        assert (small.results / name).stat().st_size > 0
    run = next((small.results / "candidates").glob("*/100K/o0_r0/md.json"))
    record = read_json(run)
    assert record["status"] == "complete"
    assert record["n_frames"] == 200
    assert record["provenance"]["potential"]["name"] == "lj"
    assert all(len(checksum) == 64 for checksum in record["chunks"].values())
    with (small.results / "candidates.csv").open() as file:
        assert all(row["selection"] for row in csv.DictReader(file))


@pytest.mark.slow
def test_an_unchanged_campaign_does_nothing(small):
    assert small.planned() == {}
    done = small.screening("run", small.config.name, "--", "--dry-run")
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr
    assert "Ranking" not in done.stdout


@pytest.mark.slow
def test_another_temperature_runs_only_itself_and_what_follows(small):
    changed = copy.deepcopy(CAMPAIGN)
    changed["md"]["temperatures_K"] = [100, 250]
    small.write(changed)
    planned = small.planned()
    once, twice = ("resolve_config", "ranking", "report"), ("md", "transport", "local", "arrhenius", "equation")
    assert planned == dict.fromkeys(once, 1) | dict.fromkeys(twice, 2)


@pytest.mark.slow
def test_a_longer_run_keeps_the_cells(small):
    changed = copy.deepcopy(CAMPAIGN)
    changed["md"]["duration_ps"] = 3
    small.write(changed)
    assert not {"parents", "enumerate", "relax", "mixing", "shortlist"} & set(small.planned())


@pytest.mark.slow
def test_another_mobile_ion_joins_and_is_ranked_together(small, tmp_path):
    """What was made while there was one ion stays; the new one's candidates stand in the same table."""
    folder = small.copy(tmp_path / "two_ions")
    before = {path: path.stat().st_mtime_ns for path in folder.results.glob("candidates/*/**/*.json")}
    grown = copy.deepcopy(CAMPAIGN) | {"mobile_ion": ["Li", "Na"]}
    grown["parents"].append({"library": "NaCl"})
    grown["candidates"]["rules"].append({"parent": "NaCl"})
    folder.write(grown)
    folder.run(folder.ranking)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    rows = {row["composition"]: row["mobile_ion"] for row in read_table(folder.results / "ranking.csv")}
    assert sorted(rows.values()) == ["Li", "Li", "Li", "Na"]
    assert rows["NaCl"] == "Na"
    sodium = next(folder.results.glob("candidates/NaCl-*/100K/transport.json"))
    assert read_json(sodium)["mobile"] == "Na"


@pytest.mark.slow
def test_another_relaxation_threshold_keeps_the_candidates(small):
    changed = copy.deepcopy(CAMPAIGN)
    changed["relax"]["fmax_eV_A"] = 0.01
    small.write(changed)
    planned = small.planned()
    assert planned["relax"] == 4
    assert not {"parents", "enumerate"} & set(planned)
    reasons = [line for line in small.run("--dry-run").splitlines() if "Params have changed" in line]
    changed = [line for line in reasons if "before: 'relax={" in line]
    assert len(changed) == planned["relax"] + planned["resolve_config"], "the section that changed is named"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c["md"].update(temperatures_K=[]), "md.temperatures_K"),
        (lambda c: c.update(mobile_ion="Na"), "holds no Na"),
        (lambda c: c.update(also_mobile=["Na"]), "no candidate holds Na"),
        (lambda c: c["candidates"]["rules"][2].pop("compensate"), "set compensate: interstitial"),
        (lambda c: c["parents"].append({"file": "missing.cif"}), "missing.cif"),
        (lambda c: c["parents"].append({"library": "Li6PS5Cll"}), "Li6PS5Cl"),
    ],
)
def test_mistakes_stop_before_any_job(small, change, expected):
    changed = copy.deepcopy(CAMPAIGN)
    change(changed)
    small.write(changed)
    done = small.snakemake()
    assert done.returncode != 0
    assert expected in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
