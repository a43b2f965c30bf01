"""Which files a campaign's jobs read and make."""

import os

import pytest

from screening.campaign.plan import Plan, Planner, lost_candidates
from screening.config.campaign import Campaign
from screening.config.load import parse_campaign
from screening.records import write_json, write_table

CONFIG = {
    "campaign": "c",
    "mobile_ion": "Li",
    "potential": {"name": "lj", "check": False, "student": "none"},
    "parents": [{"library": "LiCl"}],
    "candidates": {"rules": [{"parent": "LiCl"}]},
    "md": {"temperatures_K": [600, 800.5], "duration_ps": 100, "chunk_ps": 5, "replicas": 2},
}
ROWS = {
    "a-1": {"id": "a-1", "role": "candidate", "family": "Cl-Li", "n_orderings": 2, "n_atoms": 8, "glass": False},
    "b-2": {"id": "b-2", "role": "candidate", "family": "Br-Li", "n_orderings": 1, "n_atoms": 8, "glass": True},
    "r-3": {"id": "r-3", "role": "reference", "family": "Cl-Li", "n_orderings": 1, "n_atoms": 8, "glass": False},
    "s-4": {"id": "s-4", "role": "reference", "family": "Li", "n_orderings": 1, "n_atoms": 8, "glass": False},
}


def campaign(**changes) -> Campaign:
    sections = {**CONFIG, **{name: {**CONFIG.get(name, {}), **change} for name, change in changes.items()}}
    return parse_campaign(sections, "test")


def plan(chosen=("a-1",), **changes) -> Plan:
    return Plan(campaign(**changes), "results/c", ROWS, chosen)


SEARCHING = {"potential": {"student": "auto"}, "relax": {"max_starts": 4, "search_anneals": 2}}


def test_every_replica_of_every_ordering_runs():
    runs = plan().runs("a-1", "600")
    assert runs == [f"results/c/candidates/a-1/600K/o{o}_r{r}/md.json" for o in (0, 1) for r in (0, 1)]
    assert plan().runs("b-2", "600", "_rung1") == [
        f"results/c/candidates/b-2/600K/o0_r{r}/md_rung1.json" for r in (0, 1)
    ]
    assert len(plan(md={"orderings": 1}).runs("a-1", "600")) == 2
    everywhere = plan().runs_at_all_temperatures("b-2")
    assert [path.split("/")[4] for path in everywhere] == ["600K", "600K", "800.5K", "800.5K"]


def test_runs_in_the_measured_cell_need_the_parent_relaxed_in_the_same_cell_if_there_is_one():
    assert plan().relaxed_parent("a-1") == []
    rows = {
        "a-1": {"id": "a-1", "role": "candidate", "parent": "P", "supercell": "2x1x1"},
        "b-2": {"id": "b-2", "role": "candidate", "parent": "Q", "supercell": "2x1x1"},
        "p-3": {"id": "p-3", "role": "reference", "parent": "P", "supercell": "1x1x1"},
        "p-4": {"id": "p-4", "role": "reference", "parent": "P", "supercell": "2x1x1"},
    }
    measured = Plan(campaign(md={"cell": "measured"}), "results/c", rows)
    assert measured.relaxed_parent("a-1") == ["results/c/candidates/p-4/relaxed.json"]
    assert measured.relaxed_parent("b-2") == []
    del rows["p-4"]
    assert measured.relaxed_parent("a-1") == ["results/c/candidates/p-3/relaxed.json"]


def test_a_glass_begins_from_its_melt():
    assert plan().glass("a-1") == []
    assert plan().glass("b-2") == ["results/c/candidates/b-2/glass.json"]


def test_students_search_where_a_candidate_has_the_same_elements():
    searching = plan(**SEARCHING)
    assert searching.campaign.searches
    assert searching.first_start("r-3") == ["results/c/candidates/r-3/first_start.json"]
    assert searching.searching_student("r-3") == ["results/c/students/Cl-Li/student.json"]
    assert searching.first_start("s-4") == searching.searching_student("s-4") == []
    assert searching.taught("Cl-Li") == [f"results/c/candidates/{id}/first_start.json" for id in ("a-1", "r-3")]


def test_students_that_do_not_search_are_taught_by_the_shortlist():
    after = plan(potential={"student": "auto"}, relax={"max_starts": 1})
    assert after.first_start("a-1") == after.searching_student("a-1") == []
    assert after.taught("Cl-Li") == ["results/c/candidates/a-1/relaxed.json"]
    assert after.taught("Br-Li") == []
    assert after.student("b-2") == ["results/c/students/Br-Li/student.json"]
    assert plan().student("b-2") == []


def test_a_boundary_is_compared_with_its_crystals_and_its_student_taught_on_them():
    row = {"role": "candidate", "n_orderings": 1, "n_atoms": 8, "glass": False}
    rows = {
        "i-1": {**row, "id": "i-1", "family": "Br-Cl-Li", "beside": "c-2 d-3"},
        "c-2": {**row, "id": "c-2", "family": "Cl-Li", "beside": None},
        "d-3": {**row, "id": "d-3", "family": "Br-Li"},
    }
    searching = Plan(campaign(**SEARCHING), "results/c", rows, ("i-1", "c-2"))
    assert searching.taught("Br-Cl-Li") == [f"results/c/candidates/{id}/first_start.json" for id in rows]
    assert searching.taught("Cl-Li") == ["results/c/candidates/c-2/first_start.json"]
    # Without searches: the boundary's crystals, whether they go on or not.
    after = Plan(campaign(potential={"student": "auto"}, relax={"max_starts": 1}), "results/c", rows, ("i-1",))
    assert after.taught("Br-Cl-Li") == [f"results/c/candidates/{id}/relaxed.json" for id in rows]
    assert searching.boundaries() == ["results/c/candidates/i-1/boundary.json"]
    assert searching.with_crystals("i-1") == after.taught("Br-Cl-Li")
    runs = searching.runs_with_crystals("i-1")
    assert runs == searching.runs_at_all_temperatures("i-1") + searching.runs_at_all_temperatures("c-2")
    assert plan().boundaries() == []


def test_rungs_have_lengths_and_tables_before_them():
    rungs = plan(md={"rungs_ps": [25, 50]})
    assert [rungs.length_ps(rung) for rung in ("_rung1", "_rung2", "")] == [25, 50, 100]
    assert [rungs.number(rung) for rung in ("_rung1", "_rung2", "")] == [1, 2, 3]
    assert [rungs.table_before(number) for number in (1, 2, 3)] == [
        [],
        ["results/c/rung1.csv"],
        ["results/c/rung2.csv"],
    ]
    assert rungs.arrhenius_of_all("2") == ["results/c/candidates/a-1/arrhenius_rung2.json"]
    assert plan().table_before(plan().number("")) == []


AUTO = {"md": {"temperatures_K": "auto", "hottest_K": 800, "replicas": 1}}
TABLES = (
    [
        {"id": "a-1", "temperature_K": 450.0, "duration_ps": 500.0},
        {"id": "b-2", "temperature_K": None, "duration_ps": None},
    ],
    [{"id": "a-1", "temperature_K": 312.5, "duration_ps": 2000.0}],
)


def test_temperatures_that_are_chosen_come_after_the_first_ones():
    before = plan(("a-1", "b-2"), **AUTO)
    assert before.temperatures_of("a-1") == before.temperatures_of("b-2") == ["650", "800"]
    assert before.transport_of_all() == [
        f"results/c/candidates/{id}/{t}K/transport.json" for id in ("a-1", "b-2") for t in (650, 800)
    ]
    assert len(before.runs_of_all()) == 2 * (2 + 1)
    assert before.temperature_tables(2) == ["results/c/temperatures1.csv", "results/c/temperatures2.csv"]
    later = [row for table in TABLES for row in table if row["temperature_K"]]
    after = Plan(campaign(**AUTO), "results/c", ROWS, ("a-1", "b-2"), later)
    assert after.temperatures_of("a-1") == ["650", "800", "450", "312.5"]
    assert after.temperatures_of("b-2") == ["650", "800"]
    assert [after.length_of_run("a-1", t) for t in ("800", "450", "312.5")] == [100, 500, 2000]
    asked = set(after.everything())
    assert {f"results/c/temperatures{k}.csv" for k in range(1, 6)} <= asked
    assert "results/c/candidates/a-1/312.5K/o1_r0/md.json" in asked
    assert "results/c/candidates/a-1/312.5K/local.json" in asked


def test_a_larger_cell_is_asked_for_where_the_campaign_checks_sizes():
    checking = plan(potential={"student": "auto"}, md={"finite_size_check": True})
    assert checking.finite_size_of_all() == ["results/c/candidates/a-1/finite_size.json"]
    assert {
        "results/c/candidates/a-1/finite_size.json",
        "results/c/candidates/a-1/large/o0_r0/md.json",
    } <= set(checking.everything())
    assert plan().finite_size_of_all() == []
    assert (checking.large_settings, checking.parents_of_large) == ({}, [])
    several = {"finite_size_check": True, "finite_size_orderings": 2, "finite_size_distribution": "random"}
    drawn = plan(potential={"student": "auto"}, md=several)
    assert {f"results/c/candidates/a-1/large/o{k}_r0/md.json" for k in range(2)} <= set(drawn.everything())
    assert list(drawn.large_settings.values()) == ["distribution=random", "frozen_K=800"]
    assert drawn.parents_of_large == ["results/c/parents.json"]
    weighed = plan(potential={"student": "auto"}, md=several | {"finite_size_distribution": "boltzmann"})
    assert weighed.parents_of_large == []


def test_listed_temperatures_have_no_tables():
    assert plan().temperature_tables() == []
    assert plan().temperatures_of("a-1") == ["600", "800.5"]


def test_the_tables_of_temperatures_are_read_one_after_another(tables):
    planner = Planner(campaign(**AUTO), "results/c")
    paths = []
    for k, rows in enumerate(TABLES):
        paths.append(str(tables / f"temperatures{k + 1}.csv"))
        write_table(tables / f"temperatures{k + 1}.csv", rows)
    candidates, shortlist = str(tables / "candidates.csv"), str(tables / "shortlist.csv")
    counts = [len(planner.plan(candidates, shortlist, tuple(paths[:n])).temperatures_of("a-1")) for n in range(3)]
    assert counts == [2, 3, 4]


def test_a_batch_holds_the_atoms_of_all_its_runs():
    assert plan().n_atoms_of_job("a-1") == 8
    assert plan(md={"batched": True, "cores": 1}).n_atoms_of_job("a-1") == 8 * 2 * 2


def test_parents_are_read_where_sites_or_cages_are_theirs():
    assert plan().parents_of_sites == []
    assert plan(local_picture={"sites": "parent"}).parents_of_sites == ["results/c/parents.json"]
    assert plan(local_picture={"cages": {"element": "Cl"}}).parents_of_sites == ["results/c/parents.json"]


def test_everything_is_asked_for_once_and_nothing_of_what_was_not_chosen():
    asked = plan(potential={"check": True}, md={"rungs_ps": [25]}).everything()
    assert len(asked) == len(set(asked))
    names = {path.removeprefix("results/c/") for path in asked}
    assert {"potential.json", "rung1.csv", "candidates/b-2/glass.json", "candidates/s-4/relaxed.json"} <= names
    ran = {f"candidates/a-1/{name}.json" for name in ("arrhenius", "arrhenius_rung1", "equation_one")}
    at = ("local", "transport", "transport_rung1", "o1_r1/md", "o1_r1/md_rung1")
    ran |= {f"candidates/a-1/{t}K/{name}.json" for t in ("600", "800.5") for name in at}
    assert ran <= names
    assert not [name for name in names if name.startswith("candidates/b-2/") and name.count("/") > 2]
    assert not any("trust" in name for name in names)
    second = plan(potential={"second": {"name": "chgnet"}}).everything()
    assert "results/c/candidates/a-1/trust.json" in second


@pytest.fixture
def tables(tmp_path):
    write_table(tmp_path / "candidates.csv", [{**row, "parent": "LiCl"} for row in ROWS.values()])
    listed = [{"id": id, "shortlisted": id != "b-2", "reason": ""} for id in ("a-1", "b-2", "gone-9")]
    write_table(tmp_path / "shortlist.csv", listed)
    parent = {"structure": {"sites": 1}, "vacant_sites": {}, "notes": ""}
    write_json(tmp_path / "parents.json", {"parents": {"LiCl": parent}})
    return tmp_path


def changed(path, **sections):
    """Another state of the file, however coarse the clock is."""
    write_json(path, sections)
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


def test_the_tables_say_who_goes_on(tables):
    planner = Planner(campaign(), "results/c")
    candidates, shortlist = str(tables / "candidates.csv"), str(tables / "shortlist.csv")
    before, after = planner.plan(candidates), planner.plan(candidates, shortlist)
    assert list(before.chosen) == []
    assert list(after.chosen) == ["a-1"], "neither one that was left out nor one that the campaign no longer has"
    assert after.candidates["b-2"]["glass"] is True
    assert planner.plan(candidates, shortlist) is after, "a table is read once"
    write_table(tables / "shortlist.csv", [{"id": "b-2", "shortlisted": True, "reason": ""}])
    os.utime(shortlist, ns=(1, 1))
    assert list(planner.plan(candidates, shortlist).chosen) == ["b-2"]


def test_only_a_candidates_own_parent_counts(tables):
    planner = Planner(campaign(), "results/c")
    path, candidates = tables / "parents.json", str(tables / "candidates.csv")
    first = planner.parent_checksum(candidates, "a-1")
    parent = {"structure": {"sites": 1}, "vacant_sites": {}, "notes": "other words"}
    changed(path, parents={"LiCl": parent, "LiBr": {**parent, "structure": {"sites": 2}}})
    assert planner.parent_checksum(candidates, "a-1") == first
    changed(path, parents={"LiCl": {**parent, "vacant_sites": {"Li 8c": [[0.25, 0.25, 0.25]]}}})
    assert planner.parent_checksum(candidates, "a-1") != first


def test_a_candidates_file_that_was_deleted_is_known(tables):
    table = tables / "candidates.csv"
    for id in ROWS:
        (tables / "candidates" / id).mkdir(parents=True)
        (tables / "candidates" / id / "candidate.json").write_text("{}")
    assert lost_candidates(table) == []
    (tables / "candidates" / "b-2" / "candidate.json").unlink()
    assert lost_candidates(table) == ["b-2"]
    table.unlink()
    assert lost_candidates(table) == [], "before there is a table all is made"


def test_a_candidate_of_a_table_without_the_column_has_the_campaigns_ion():
    rows = {
        "a-1": {"id": "a-1", "family": "Cl-Li"},
        "b-2": {"id": "b-2", "family": "Cl-Na", "mobile_ion": "Na"},
    }
    both = Plan(parse_campaign(CONFIG | {"mobile_ion": ["Li", "Na"]}, "test"), "results/c", rows)
    assert [both.mobile_ion("a-1"), both.mobile_ion("b-2")] == ["Li", "Na"]
    assert both.mobile_ion_of_family("Cl-Na") == "Na"
