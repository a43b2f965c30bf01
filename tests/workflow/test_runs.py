"""Replicas and rungs in a whole campaign: what is run, and that nothing is run twice."""

import copy
import re
import shlex
from pathlib import Path

import pytest

from benchmarks import planning
from screening.campaign.verify import verify
from screening.cli.stage import call_of
from screening.records import read_json, read_table
from screening.selection.temperatures import first_temperatures
from tests.campaigns import TINY, CampaignFolder
from tests.workflow.test_search_campaign import HOPELESS

CAMPAIGN = copy.deepcopy(TINY)
CAMPAIGN["campaign"] = "runs"
CAMPAIGN["md"] |= {"temperatures_K": [100], "replicas": 2, "duration_ps": 0.8, "rungs_ps": [0.4]}


@pytest.mark.slow
def test_every_replica_is_run_once_rung_by_rung(campaign_folder):
    folder = campaign_folder(CAMPAIGN)
    folder.run(folder.ranking)
    runs = sorted(folder.results.glob("candidates/*/100K/*/md.json"))
    assert [path.parent.name for path in runs] == ["o0_r0", "o0_r1"] * 2
    for path in runs:
        short, long = read_json(path.with_name("md_rung1.json")), read_json(path)
        assert (short["n_frames"], long["n_frames"]) == (40, 80)
        assert dict(list(long["chunks"].items())[: len(short["chunks"])]) == short["chunks"]
    assert {row["goes_on"] for row in read_table(folder.results / "rung1.csv")} == {True}
    assert {row["stopped_ps"] for row in read_table(folder.results / "ranking.csv")} == {None}
    assert folder.planned(folder.ranking) == {}


@pytest.mark.slow
def test_every_record_names_the_dispersion_and_its_checksum(campaign_folder):
    campaign = copy.deepcopy(TINY)
    campaign["campaign"] = "dispersion"
    campaign["potential"]["dispersion"] = "d3bj"
    campaign["md"] |= {"temperatures_K": [100], "duration_ps": 0.2}
    del campaign["candidates"]["rules"][1]
    folder = campaign_folder(campaign)
    folder.run(folder.ranking)
    made = [*folder.results.glob("candidates/*/relaxed.json"), *folder.results.glob("candidates/*/100K/*/md.json")]
    assert len(made) >= 2
    used = [read_json(path)["provenance"]["potential"] for path in made]
    assert {one["name"] for one in used} == {"lj+d3bj"}
    assert {one["functional"] for one in used} == {"none: a test potential + D3(BJ)"}
    assert len({one["checksum"] for one in used}) == 1
    assert verify(folder.results).problems == []
    assert folder.planned(folder.ranking) == {}
    # Without it, it is another potential: all that used it is made anew.
    del campaign["potential"]["dispersion"]
    folder.write(campaign)
    assert {"relax", "md"} <= set(folder.planned())


@pytest.mark.slow
def test_another_potential_makes_everything_anew_in_one_run_though_it_is_checked_first(campaign_folder):
    """The check is an `ancient` input of all that uses the potential, so that a new element repeats nothing."""
    campaign = copy.deepcopy(TINY)
    campaign["campaign"] = "another"
    campaign["potential"] |= {"check": True, "dispersion": "d3bj"}
    campaign["md"] |= {"temperatures_K": [100], "duration_ps": 0.2}
    del campaign["candidates"]["rules"][1]
    folder = campaign_folder(campaign)
    folder.run(folder.ranking)
    assert folder.planned(folder.ranking) == {}
    del campaign["potential"]["dispersion"]
    folder.write(campaign)
    folder.run(folder.ranking)
    made = [*folder.results.glob("candidates/*/relaxed.json"), *folder.results.glob("candidates/*/100K/*/md.json")]
    assert {read_json(path)["provenance"]["potential"]["name"] for path in made} == {"lj"}
    assert folder.planned(folder.ranking) == {}
    # A new element is checked, and what is there stays.
    before = {path: path.stat().st_mtime_ns for path in made}
    campaign["candidates"]["rules"].append({"parent": "LiBr"})
    folder.write(campaign)
    folder.run(folder.ranking)
    assert {path: path.stat().st_mtime_ns for path in made} == before
    assert len(list(folder.results.glob("candidates/*/relaxed.json"))) > len(before) / 2


@pytest.mark.slow
@pytest.mark.parametrize("batched", [False, True])
def test_runs_are_made_in_the_lattice_that_the_parent_was_given_with(campaign_folder, batched):
    campaign = copy.deepcopy(TINY)
    campaign["campaign"] = "measured"
    campaign["relax"]["cell"] = True
    campaign["md"] |= {"temperatures_K": [100], "duration_ps": 0.4, "cell": "measured", "batched": batched}
    folder = campaign_folder(campaign)
    folder.run(folder.ranking)
    volumes = {}
    for path in folder.results.glob("candidates/*/100K/o0_r0/md.json"):
        md, relaxed = read_json(path), read_json(path.parents[2] / "relaxed.json")
        assert md["run_cell"]["measured_in"] == "LiCl"
        volumes[relaxed["composition"]] = md["run_cell"]["volume_ratio"] * relaxed["orderings"][0]["volume_A3"]
        assert abs(md["run_cell"]["volume_ratio"] - 1) > 0.05
    # The library's rock salt, 5.130 Angstrom; the potential's own change to the mixed crystal comes on top.
    assert volumes["LiCl"] == pytest.approx(5.13**3, rel=1e-3)
    rows = {row["composition"]: row for row in read_table(folder.results / "ranking.csv")}
    assert rows["LiCl"]["cell_error_percent"] == pytest.approx(0, abs=1e-6)
    assert not rows["LiCl"]["cell_doubt"]
    assert folder.planned(folder.ranking) == {}
    assert verify(folder.results).problems == []


@pytest.mark.slow
def test_a_batch_runs_what_single_jobs_run(campaign_folder, tmp_path_factory):
    """Two replicas at two temperatures, rung by rung; a rung's batch goes on where the one before ended."""
    single = copy.deepcopy(CAMPAIGN)
    single["md"]["temperatures_K"] = [100, 150]
    del single["candidates"]["rules"][1]
    together = copy.deepcopy(single)
    together["md"]["batched"] = True
    folder, alone = campaign_folder(together), CampaignFolder(tmp_path_factory.mktemp("alone"), single)
    planned = folder.planned()
    target = folder.ranking
    folder.run(target)
    alone.run(target)
    assert (planned.get("md"), folder.planned(target)) == (None, {})
    log = next((folder.results / "logs" / "md_batch").glob("*.log")).read_text()
    assert "150 K, replica 1: 80 of 80 frames" in log
    records = sorted(folder.results.glob("candidates/*/*K/*/md.json"))
    assert len(records) == 4
    for path in records:
        here, there = read_json(path), read_json(alone.results / path.relative_to(folder.results))
        for key in ("temperature_K", "replica", "status", "n_frames", "protocol"):
            assert here[key] == there[key], key
        # All runs of a batch share one process, so none of them has a time of its own.
        assert "processor_s" not in here["provenance"]
        assert there["provenance"]["processor_s"] > 0
    # Rounding alone tells the frames apart: the order in which this potential sums over neighbours.
    wanted = read_table(alone.results / "transport.csv")
    for got, row in zip(read_table(folder.results / "transport.csv"), wanted, strict=True):
        assert got == {k: pytest.approx(v, rel=1e-4, abs=0) if isinstance(v, float) else v for k, v in row.items()}


@pytest.mark.slow
def test_as_many_orderings_are_run_as_asked_for(campaign_folder):
    """Three orderings were kept; nothing is run, only planned."""
    campaign = copy.deepcopy(TINY)
    campaign["candidates"] |= {"supercell": [2, 1, 1], "orderings": {"keep": 3}}
    campaign["candidates"]["rules"] = campaign["candidates"]["rules"][1:]
    campaign["relax"]["max_steps"] = 20
    campaign["md"] |= {"temperatures_K": [100], "replicas": 2}
    folder = campaign_folder(campaign)
    folder.run("--until", "shortlist")
    planned = {}
    for orderings in (1, 2, None):
        changed = copy.deepcopy(campaign)
        changed["md"]["orderings"] = orderings
        folder.write(changed)
        planned[orderings] = folder.planned()["md"]
    assert planned == {1: 2, 2: 4, None: 6}


@pytest.mark.slow
def test_a_glass_is_melted_quenched_relaxed_and_run(campaign_folder):
    """From a packing, with a Lennard-Jones potential; its energy is compared with the crystal's."""
    campaign = copy.deepcopy(TINY)
    campaign["parents"] = [
        {"library": "LiCl"},
        {"packed": {"groups": {"Li": 40, "Cl": 40}, "density_g_cm3": 1.6}, "id": "packing"},
    ]
    glass = {"melt_K": 2000, "melt_ps": 0.4, "quench_K_per_ps": 3000, "samples": 2}
    campaign["candidates"]["rules"] = [{"parent": "LiCl"}, {"parent": "packing", "glass": glass}]
    campaign["relax"] = {"max_steps": 60, "cell": False}
    campaign["md"] |= {"temperatures_K": [100], "duration_ps": 0.4}
    folder = campaign_folder(campaign)
    folder.run()
    (path,) = folder.results.glob("candidates/*/glass.json")
    samples = read_json(path)["samples"]
    assert [sample["status"] for sample in samples] == ["amorphous", "amorphous"]
    assert samples[0]["structure"] != samples[1]["structure"]
    relaxed = read_json(path.with_name("relaxed.json"))
    assert len(relaxed["orderings"]) == 2
    assert str(path.relative_to(folder.folder)) in relaxed["provenance"]["inputs"]
    row = next(r for r in read_table(folder.results / "ranking.csv") if r["parent"] == "packing")
    assert row["done"] == "melted at 2000 K, quenched at 3000 K/ps"
    crystal = read_json(next(folder.results.glob("candidates/LiCl-*/relaxed.json")))
    glass_energy, crystal_energy = (
        min(o["energy_eV"] / len(o["structure"]["sites"]) for o in record["orderings"]) for record in (relaxed, crystal)
    )
    assert row["mixing_enthalpy_meV_atom"] == pytest.approx((glass_energy - crystal_energy) * 1000, abs=1e-6)
    assert len(list(path.parent.glob("100K/*/md.json"))) == 2
    assert folder.planned() == {}
    assert verify(folder.results).problems == []
    campaign["md"] |= {"duration_ps": 0.8, "sample_interval_fs": 10}
    folder.write(campaign)
    assert "md" in folder.planned()
    assert "glass" not in folder.planned()


@pytest.mark.slow
def test_a_candidate_can_be_taken_out_of_a_finished_campaign(undisturbed, tmp_path):
    folder = undisturbed.whole.copy(tmp_path / "fewer")
    assert len(read_table(folder.results / "ranking.csv")) == 2
    fewer = copy.deepcopy(TINY)
    del fewer["candidates"]["rules"][1]
    folder.write(fewer)
    # The candidate that stays is not touched: nothing of it is made again.
    folder.run("--until", "enumerate")
    assert not {"relax", "md", "transport"} & set(folder.planned())
    folder.run(folder.ranking)
    assert len(read_table(folder.results / "ranking.csv")) == 1
    assert folder.planned(folder.ranking) == {}


@pytest.mark.slow
def test_temperatures_are_chosen_one_after_another_and_once(campaign_folder):
    """The crystal melts at the hotter of its first temperatures and is caged at the colder one."""
    campaign = copy.deepcopy(TINY)
    campaign["campaign"] = "chosen"
    second = campaign["candidates"]["rules"].pop()
    campaign["md"] |= {"temperatures_K": "auto", "hottest_K": 900, "duration_ps": 2, "min_duration_ps": 1}
    campaign["md"] |= {"chunk_ps": 1, "budget_core_hours": 1}
    campaign["arrhenius"] = {"extrapolation_temperature_K": 100}
    folder = campaign_folder(campaign)
    folder.run(folder.ranking)
    (id,) = [row["id"] for row in read_table(folder.results / "shortlist.csv")]
    tables = [read_table(folder.results / f"temperatures{k}.csv") for k in range(1, 6)]
    chosen = [row["temperature_K"] for table in tables for row in table if row["temperature_K"]]
    assert chosen
    assert all(row["reason"] for table in tables for row in table)
    ran = sorted(float(path.name[:-1]) for path in (folder.results / "candidates" / id).glob("*K"))
    assert ran == sorted([*first_temperatures(900, 100), *chosen])
    line = read_json(folder.results / "candidates" / id / "arrhenius.json")
    assert len(line["dropped"]) + line["n_temperatures"] == len(ran)
    assert folder.planned(folder.ranking) == {}
    assert verify(folder.results).problems == []
    # Another candidate: the tables are made anew, and no run of the first one.
    started = {path: path.stat().st_mtime_ns for path in folder.results.glob(f"candidates/{id}/*K/*/md.json")}
    campaign["candidates"]["rules"].append(second)
    folder.write(campaign)
    folder.run(folder.ranking)
    assert {path: path.stat().st_mtime_ns for path in started} == started
    again = [row for k in range(1, 6) for row in read_table(folder.results / f"temperatures{k}.csv") if row["id"] == id]
    assert again == [row for table in tables for row in table]
    assert folder.planned(folder.ranking) == {}
    # A budget that allows the first runs only: in one run the line is that of what the new tables say.
    campaign["md"]["budget_core_hours"] = 1e-7
    folder.write(campaign)
    folder.run(folder.ranking)
    assert {
        row["temperature_K"] for k in range(1, 6) for row in read_table(folder.results / f"temperatures{k}.csv")
    } == {None}
    line = read_json(folder.results / "candidates" / id / "arrhenius.json")
    assert len(line["dropped"]) + line["n_temperatures"] == len(first_temperatures(900, 100))
    assert folder.planned(folder.ranking) == {}


@pytest.mark.slow
def test_a_shortlist_that_grows_teaches_its_student_first(campaign_folder):
    campaign = copy.deepcopy(TINY)
    campaign["campaign"] = "taught"
    campaign["potential"]["student"] = "auto"
    campaign["student"] = HOPELESS
    campaign["md"] |= {"temperatures_K": [100], "duration_ps": 0.2}
    bromide = campaign["candidates"]["rules"][1]
    bromide["substitute"][0]["fraction"] = [0.25, 0.5]
    campaign["candidates"]["rules"] = [bromide]
    campaign["shortlist"] |= {"max_candidates": 1}
    folder = campaign_folder(campaign)
    folder.run(folder.ranking)
    (student,) = folder.results.glob("students/*/student.json")
    first = student.read_bytes()
    campaign["shortlist"] |= {"max_candidates": 2}
    folder.write(campaign)
    folder.run(folder.ranking)
    assert student.read_bytes() != first
    assert folder.planned(folder.ranking) == {}


@pytest.mark.slow
def test_large_cells_that_are_drawn_are_jobs_of_their_own(tmp_path):
    """Only planned: each candidate has two, which know the parents, and one comparison."""
    drawn = {"finite_size_check": True, "finite_size_orderings": 2, "finite_size_distribution": "random"}
    many = planning.CAMPAIGN
    planning.shortlisted(tmp_path, 2)
    folder = CampaignFolder(
        tmp_path, many | {"potential": many["potential"] | {"student": "auto"}, "md": many["md"] | drawn}
    )
    plan = folder.run("--dry-run", "--printshellcmds")
    commands = re.findall(r"screening stage md_large (.*) > ", plan)
    assert len(commands) == 4
    assert len(re.findall(r"screening stage finite_size ", plan)) == 2
    for command in commands:
        words = shlex.split(command)
        call = call_of("md_large", words[words.index("--") + 1 :], Path(words[1]))
        assert call.options["distribution"] == "random"
        assert call.output.parent.name == f"o{call.options['ordering']}_r0"
        assert call.input("candidate").name == "candidate.json"
        assert call.input("parents").name == "parents.json"
