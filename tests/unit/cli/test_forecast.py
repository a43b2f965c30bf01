"""`screening check --time`: counted by hand, and against what campaigns took."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from screening.campaign.cost import ENERGIES_OF_A_RELAXATION, STUDENT_STEP_PER_ATOM, Size, estimate
from screening.campaign.preflight import check_campaign
from screening.cli.forecast import Done, _lines, read_done, sizes
from screening.cli.words import clock
from screening.config.campaign import Campaign
from screening.config.load import parse_campaign
from tests.campaigns import TINY

ENERGY_PER_ATOM = 0.005
ARGYRODITE = Size(frozenset({"Li", "P", "S", "Cl"}), n_atoms=52, n_orderings=1)


def campaign(student: str = "required", max_starts: int = 1, max_candidates: int = 20, **md) -> Campaign:
    return parse_campaign(
        TINY
        | {
            "potential": {"name": "lj", "check": False, "student": student},
            "relax": {"max_starts": max_starts},
            "shortlist": {"max_candidates": max_candidates},
            "md": {"temperatures_K": [600, 800, 1000], "duration_ps": 200, **md},
        },
        "test",
    )


def test_without_students_every_step_is_the_potentials() -> None:
    cost = estimate(campaign("none"), [ARGYRODITE], [10], ENERGY_PER_ATOM)
    # Three temperatures of 200 ps in steps of 2 fs, and one relaxation each of 52 and 10 atoms.
    assert cost.md == pytest.approx(3 * 100_000 * 52 * ENERGY_PER_ATOM)
    assert cost.relaxation == pytest.approx(62 * ENERGIES_OF_A_RELAXATION * ENERGY_PER_ATOM)
    assert (cost.students, cost.n_students, cost.glasses) == (0, 0, 0)
    assert cost.total == cost.md + cost.relaxation


def test_with_students_the_md_does_not_depend_on_the_potential() -> None:
    fast, slow = (estimate(campaign(), [ARGYRODITE], [], energy) for energy in (ENERGY_PER_ATOM, 3 * ENERGY_PER_ATOM))
    assert fast.md == slow.md == pytest.approx(3 * 100_000 * 52 * STUDENT_STEP_PER_ATOM)
    assert slow.students > fast.students
    assert slow.relaxation == pytest.approx(3 * fast.relaxation)


def test_candidates_of_the_same_elements_share_a_student() -> None:
    bromide = replace(ARGYRODITE, elements=frozenset({"Li", "P", "S", "Br"}))
    together = estimate(campaign(), [ARGYRODITE, ARGYRODITE], [], ENERGY_PER_ATOM)
    apart = estimate(campaign(), [ARGYRODITE, bromide], [], ENERGY_PER_ATOM)
    assert (together.n_students, apart.n_students) == (1, 2)
    assert together.students < apart.students
    assert together.md == apart.md


def test_the_student_of_an_interface_pays_for_both_crystals_too(tmp_path) -> None:
    salt = Size(frozenset({"Li", "Br"}), n_atoms=52, n_orderings=1)
    interface = replace(ARGYRODITE, elements=ARGYRODITE.elements | salt.elements)
    alone = estimate(campaign(), [interface, ARGYRODITE, salt], [], ENERGY_PER_ATOM)
    beside = [replace(one, beside=interface.elements) for one in (ARGYRODITE, salt)]
    together = estimate(campaign(), [interface, *beside], [], ENERGY_PER_ATOM)
    assert together.n_students == alone.n_students == 3
    assert together.students > alone.students
    assert together.md == alone.md
    # The crystals of a campaign's interface know that they are beside it.
    asked = {"with": "LiBr", "planes": [[1, 0, 0], [1, 0, 0]], "slab_A": 10, "min_width_A": 5, "max_strain": 0.1}
    rules = [{"parent": "LiCl", "interface": asked}, {"parent": "LiCl"}]
    config = parse_campaign(TINY | {"candidates": {"rules": rules}}, "test")
    both = frozenset({"Li", "Cl", "Br"})
    found = sizes(config, check_campaign(config, tmp_path))
    assert [size.beside for size in found] == [frozenset(), both, both, frozenset()]


def test_of_the_steps_of_an_equilibrium_one_goes_on_to_dynamics() -> None:
    steps = [replace(ARGYRODITE, series="1 Li6PS5Cl 823") for _ in range(5)]
    cost = estimate(campaign(), [ARGYRODITE, *steps], [], ENERGY_PER_ATOM)
    assert cost.md == estimate(campaign(), [ARGYRODITE, ARGYRODITE], [], ENERGY_PER_ATOM).md
    assert cost.relaxation == estimate(campaign(), [ARGYRODITE] * 6, [], ENERGY_PER_ATOM).relaxation
    chosen = campaign(temperatures_K="auto", budget_core_hours=7.0)
    assert estimate(chosen, [ARGYRODITE, *steps], [], ENERGY_PER_ATOM).md == 2 * 7.0 * 3600


def test_orderings_replicas_and_the_shortlist_bound_the_runs() -> None:
    large = replace(ARGYRODITE, n_atoms=104, n_orderings=4)
    both = [ARGYRODITE, large]
    assert estimate(campaign(), both, [], ENERGY_PER_ATOM).n_runs == 3 * (1 + 4)
    assert estimate(campaign(replicas=2, orderings=2), both, [], ENERGY_PER_ATOM).n_runs == 3 * 2 * (1 + 2)
    # Which of the two goes on is not known, so it is the dear one.
    shortlisted = estimate(campaign(max_candidates=1), both, [], ENERGY_PER_ATOM)
    assert shortlisted.md == estimate(campaign(), [large], [], ENERGY_PER_ATOM).md


def test_chosen_temperatures_cost_their_budget_at_most() -> None:
    chosen = campaign(temperatures_K="auto", budget_core_hours=2, max_candidates=3)
    cost = estimate(chosen, [ARGYRODITE] * 5, [], ENERGY_PER_ATOM)
    assert cost.md == 3 * 2 * 3600
    assert cost.n_runs == 3 * 2
    # The first runs are made whatever they cost.
    small = campaign(temperatures_K="auto", budget_core_hours=1e-3)
    assert estimate(small, [ARGYRODITE], [], ENERGY_PER_ATOM).md == pytest.approx(
        2 * 100_000 * 52 * STUDENT_STEP_PER_ATOM
    )


def test_a_budget_that_the_first_runs_take_is_told() -> None:
    """Two temperatures, two runs each, of 20 ps at least: nothing is left for what the budget is for."""
    told = []
    for hours in (0.01, 1.0):
        chosen = campaign(temperatures_K="auto", budget_core_hours=hours, replicas=2, min_duration_ps=20)
        cost = estimate(chosen, [ARGYRODITE, replace(ARGYRODITE, n_atoms=26)], [], ENERGY_PER_ATOM)
        assert cost.first_h == pytest.approx(4 * 10_000 * 52 * STUDENT_STEP_PER_ATOM / 3600)
        told.append("\n".join(_lines(chosen, cost, Done(), 1)))
    assert "; the first runs alone take 0.0" in told[0]
    assert "so that no colder ones are chosen" in told[0]
    assert "first runs alone" not in told[1]
    assert estimate(campaign(), [ARGYRODITE], [], ENERGY_PER_ATOM).first_h == 0


def test_larger_cells_come_on_top_of_a_budget() -> None:
    several = {"finite_size_check": True, "finite_size_orderings": 3, "finite_size_distribution": "random"}
    chosen = campaign(temperatures_K="auto", budget_core_hours=2, **several)
    cost = estimate(chosen, [ARGYRODITE], [], ENERGY_PER_ATOM)
    assert cost.md == pytest.approx(2 * 3600 + 3 * 8 * 100_000 * 52 * STUDENT_STEP_PER_ATOM)
    assert cost.n_runs == 2 + 3


def test_a_budget_is_told_in_nanoseconds_of_the_largest_candidate() -> None:
    """An hour at 1.04 ms a step of 2 fs is 6.9 ns of 52 atoms."""
    chosen = campaign(temperatures_K="auto", budget_core_hours=1)
    cost = estimate(chosen, [ARGYRODITE, replace(ARGYRODITE, n_atoms=26)], [], ENERGY_PER_ATOM)
    assert cost.budget_ns == pytest.approx(3600 / (52 * STUDENT_STEP_PER_ATOM) * 2e-6)
    assert estimate(campaign(), [ARGYRODITE], [], ENERGY_PER_ATOM).budget_ns == 0


def test_on_several_cores_the_colder_runs_of_one_candidate_may_keep_the_others_waiting() -> None:
    chosen = campaign(temperatures_K="auto", budget_core_hours=4, replicas=2)
    cost = estimate(chosen, [ARGYRODITE] * 3, [], ENERGY_PER_ATOM)
    lines = _lines(chosen, cost, Done(), 1000)
    assert lines[-1] == f"  on 1000 cores: at most {clock(cost.total / 1000 + 2 * 3600)}"
    assert "colder ones within 4 core hours a candidate (about 28 ns of the largest)" in "".join(lines)


def test_a_larger_cell_costs_eight_times_as_much() -> None:
    plain, checked = (
        estimate(campaign(finite_size_check=check), [ARGYRODITE], [], ENERGY_PER_ATOM) for check in (False, True)
    )
    assert checked.n_runs == plain.n_runs + 1
    assert checked.md == pytest.approx(plain.md * (3 + 8) / 3)


def test_further_starts_cost_relaxations_and_searches() -> None:
    one, three = (estimate(campaign(max_starts=n), [ARGYRODITE], [], ENERGY_PER_ATOM) for n in (1, 3))
    assert three.relaxation > 3 * one.relaxation
    without = estimate(campaign("none", max_starts=3), [ARGYRODITE], [], ENERGY_PER_ATOM)
    assert without.relaxation > 3 * one.relaxation, "the potential anneals where no student does"


def test_glasses_are_melted_by_students_of_their_own() -> None:
    glass = replace(ARGYRODITE, n_orderings=2, melt_ps=50.0)
    plain = estimate(campaign(), [replace(glass, melt_ps=0.0)], [], ENERGY_PER_ATOM)
    melted = estimate(campaign(), [glass], [], ENERGY_PER_ATOM)
    assert plain.glasses == 0
    assert melted.glasses == pytest.approx(plain.students + 2 * 25_000 * 52 * STUDENT_STEP_PER_ATOM)


@pytest.mark.parametrize(
    ("file", "energy_s", "atoms", "measured_min"),
    [
        # Minutes on one core that the campaigns took, with energies timed on the same machine at rest.
        ("tests/data/argyrodites-600-to-1000K.yaml", 0.25, 52, 76),
        ("configs/halide.yaml", 0.25, 60, 25),
        ("configs/oxide.yaml", 2.1, 192, 120),
    ],
)
def test_campaigns_that_were_run_took_half_to_twice_as_long(file, energy_s, atoms, measured_min) -> None:
    folder = Path(__file__).parents[3]
    config = parse_campaign(yaml.safe_load((folder / file).read_text()), file)
    preflight = check_campaign(config, folder)
    references = [round(structure.composition.num_atoms) for structure in preflight.references]
    cost = estimate(config, sizes(config, preflight), references, energy_s / atoms)
    assert measured_min / 2 < cost.total / 60 < measured_min * 2


def test_check_tells_what_leaves_nothing_to_report(tmp_path: Path, call) -> None:
    file = tmp_path / "tiny.yaml"
    short = TINY | {"md": TINY["md"] | {"duration_ps": 0.5, "chunk_ps": 0.5}, "oxidation_states": {"Brr": -1}}
    file.write_text(yaml.safe_dump(short))
    told = " ".join(call("check", str(file)).stdout.split())
    assert "md.temperatures_K: 2 temperatures, but a line needs 3" in told
    assert "md.duration_ps: leaves 45 frames to analyse, and 100 are needed" in told
    assert "oxidation_states.Brr: there is no such element" in told


def test_check_tells_the_time_only_when_asked(tmp_path: Path, call) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(yaml.safe_dump(TINY))
    assert "time" not in call("check", str(file)).stdout
    told = call("check", str(file), "--time").stdout
    assert "one energy of lj for 8 atoms takes" in told
    assert "4 MD runs of at most 2 ps" in told
    assert "together: at most" in told


@pytest.mark.usefixtures("here")
def test_what_is_finished_is_not_counted_again(finished: Path) -> None:
    done = read_done(finished)
    assert done.relaxations[0] == done.relaxations[1] > 0
    assert done.runs[0] > 0
    assert read_done(finished / "nothing") == Done()


def test_what_is_left_and_on_how_many_cores_is_told(tmp_path: Path, call, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "tiny.yaml"
    file.write_text(yaml.safe_dump(TINY))
    monkeypatch.setattr("screening.cli.forecast.read_done", lambda _: Done((2, 4), 0, (3, 4)))
    monkeypatch.setattr("screening.cli.forecast.energy_seconds", lambda *_: 8.0)
    told = call("check", str(file), "--time", "--cores", "4").stdout
    # Four runs of 1000 steps at 8 s: a quarter is left, which no other core can help with.
    assert "MD runs of at most 2 ps: at most 2 h 13 min left, 3 of 4 are done" in told
    assert "left, 2 of 4 are done" in told
    assert re.search(r"on 4 cores: at most \d+ (h|min)", told)
    monkeypatch.setattr("screening.cli.forecast.read_done", lambda _: Done())
    assert "are done" not in call("check", str(file), "--time").stdout


def judged(name: str, **more) -> Campaign:
    return parse_campaign(
        TINY
        | {
            "potential": {"name": "lj", "check": False, "student": "auto", "reference": {"name": name, **more}},
            "relax": {"max_starts": 1},
        },
        "test",
    )


def test_labels_of_first_principles_are_counted_and_timed() -> None:
    without = estimate(campaign(), [ARGYRODITE], [], ENERGY_PER_ATOM)
    assert without.reference is None
    found = estimate(judged("cp2k", convergence=False), [ARGYRODITE, ARGYRODITE], [], ENERGY_PER_ATOM)
    # Four frames and four images of one hop of each.
    assert found.reference.n_labels == 16
    assert found.reference.seconds == pytest.approx(16 * 120)
    assert found.total == found.md + found.relaxation + found.students + found.reference.seconds
    tested = estimate(judged("cp2k", hops=0), [ARGYRODITE], [], ENERGY_PER_ATOM).reference
    assert (tested.n_labels, tested.seconds) == (4 + 3, pytest.approx((4 + 1.8 * 3) * 120))


def test_a_correction_is_paid_for_once_for_each_family() -> None:
    asked = {"correct": True, "labels": 20, "convergence": False, "hops": 0, "frames": 2}
    two = estimate(judged("cp2k", **asked), [ARGYRODITE, ARGYRODITE], [], ENERGY_PER_ATOM).reference
    assert two.n_labels == 2 * 2 + 20


def test_a_label_of_another_code_is_counted_and_said_not_to_be_timed() -> None:
    settings = judged("my_code:vasp")
    cost = estimate(settings, [ARGYRODITE], [], ENERGY_PER_ATOM)
    assert cost.reference.seconds is None
    lines = _lines(settings, cost, Done(), 1)
    assert lines[-1] == "  11 labels of first principles beside it: nobody knows what one takes"
    known = judged("cp2k")
    lines = _lines(known, estimate(known, [ARGYRODITE], [], ENERGY_PER_ATOM), Done(judged=(1, 2)), 1)
    assert any(line.startswith("  11 labels of first principles: ") and "1 of 2 are done" in line for line in lines)
