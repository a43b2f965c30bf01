"""A student searches for lower minima; the potential's energies decide."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from pymatgen.io.ase import AseAtomsAdaptor

from screening.candidates.record import CandidateRecord, MadeOrdering
from screening.config.potential import TeacherConfig
from screening.config.stability import RelaxationConfig, RelaxConfig
from screening.config.stages import FirstStartSettings, RelaxSettings, StudentSettings
from screening.records import read_json
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.relax import relax
from screening.stability.search import GROUPS, Search, _spread, search_minima
from screening.stability.starts import relax_from_several_starts
from screening.stability.status import RelaxationStatus
from screening.stability.topology import Framework
from screening.stages import first_start, student
from screening.stages import relax as relax_stage
from screening.stages.context import StageCall
from screening.students.calculator import StudentCalculator
from screening.students.pod import StudentPotential
from screening.students.record import StudentRecord
from tests.blank import blank
from tests.students import SMALL
from tests.unit.stability.wells import TwoWells

NONE = Framework("Ne", frozenset())
# Neither a run of the teacher nor its hops: how good the student is does not matter to a search.
ALONE = SMALL.model_copy(update={"teacher_run_ps": 0, "hops": 0})
RELAX = RelaxConfig(cell=False, search_anneals=4, search_ps=0.1, anneal_K=60, fmax_eV_A=0.01)


def call(folder, inputs, output, settings):
    return StageCall({name: [folder / file] for name, file in inputs.items()}, folder / output, settings)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """Two orderings of a Lennard-Jones crystal with a vacancy, relaxed once and taught to a student."""
    folder = tmp_path_factory.mktemp("search")
    orderings = []
    for seed in (0, 1):
        atoms = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 2)
        atoms.numbers = np.random.default_rng(seed).permutation([10] * 16 + [18] * 16)
        del atoms[0]
        structure = AseAtomsAdaptor.get_structure(atoms).as_dict()
        orderings.append(blank(MadeOrdering, degeneracy=1, structure=structure))
    blank(CandidateRecord, id="x-1", orderings=tuple(orderings)).write(folder / "candidate.json")
    potential = TeacherConfig(name="lj")
    once = FirstStartSettings(seed=1, mobile_ion="Ne", potential=potential, relaxation=RELAX.relaxation)
    first_start.run(call(folder, {"candidate": "candidate.json"}, "first_start.json", once))
    taught = StudentSettings(seed=1, potential=potential, mobile_ion="Ne", student=ALONE, hottest_K=80)
    student.run(call(folder, {"cells": "first_start.json"}, "student.json", taught))
    return folder


@pytest.fixture(scope="module")
def taught(campaign):
    record = read_json(campaign / "student.json")
    assert record["accepted"], record["reason"]
    return StudentPotential.load(campaign / record["folder"] / "student")


def settings(**changes):
    return RelaxSettings(
        seed=1, mobile_ion="Ne", potential=TeacherConfig(name="lj"), relax=RELAX.model_copy(update=changes)
    )


def crystal():
    atoms = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 2)
    atoms.numbers = np.random.default_rng(0).permutation([10] * 16 + [18] * 16)
    return atoms


@pytest.mark.slow
def test_the_calculators_forces_and_stress_are_the_slopes_of_its_energy(taught):
    atoms = crystal()
    atoms.rattle(0.05, seed=1)
    atoms.calc = StudentCalculator(taught)
    forces, stress = atoms.get_forces(), atoms.get_stress(voigt=False)

    def energy(change):
        moved = atoms.copy()
        change(moved)
        moved.calc = atoms.calc
        return moved.get_potential_energy()

    def shift(by):
        def change(moved):
            moved.positions[3, 1] += by

        return change

    def shear(by):
        strain = np.eye(3)
        strain[0, 1] = strain[1, 0] = by / 2
        return lambda moved: moved.set_cell(moved.cell.array @ strain, scale_atoms=True)

    slope = (energy(shift(1e-3)) - energy(shift(-1e-3))) / 2e-3
    assert forces[3, 1] == pytest.approx(-slope, rel=1e-3)
    slope = (energy(shear(1e-3)) - energy(shear(-1e-3))) / 2e-3 / atoms.get_volume()
    assert stress[0, 1] == pytest.approx(slope, rel=1e-3)
    atoms.calc.close()


@pytest.mark.slow
def test_minima_are_minima_of_the_student_lowest_first_and_different(taught):
    start = crystal()
    del start[5]
    found = search_minima(start, taught, RELAX, 7, NONE, ideal=start)
    assert found.failures == ()
    assert list(found.energies_eV) == sorted(found.energies_eV)
    assert np.all(np.diff(found.energies_eV) > 0.1e-3 * len(start))
    calculator = StudentCalculator(taught)
    for atoms, energy in zip(found.minima, found.energies_eV, strict=True):
        atoms.calc = calculator
        assert atoms.get_potential_energy() == pytest.approx(energy, abs=1e-6)
        assert np.abs(atoms.get_forces()).max() <= RELAX.fmax_eV_A
    calculator.close()
    again = search_minima(start, taught, RELAX, 7, NONE, ideal=start)
    assert again.energies_eV == found.energies_eV


@pytest.mark.slow
def test_anneals_that_fail_are_told_and_lose_nothing_else(taught):
    """Atoms closer than the student knows end every anneal."""
    careful = StudentPotential(taught.basis, taught.settings, taught.solution, 2.6, taught.facts)
    found = search_minima(crystal(), careful, RELAX, 1, NONE, ideal=crystal())
    assert found.minima == ()
    assert found.spread_eV is None
    assert len(found.failures) == RELAX.search_anneals
    assert all("anneal" in failure for failure in found.failures)


def test_the_spread_is_that_of_searches_a_quarter_as_long():
    energies = np.random.default_rng(0).normal(size=(25, GROUPS))
    numbered = [(k, float(energy)) for k, energy in enumerate(energies.ravel())]
    assert _spread(numbered) == pytest.approx(np.std(energies.min(axis=0), ddof=1))
    assert _spread(numbered[: GROUPS - 1]) is None


def wells(*places):
    return Atoms("Li2", positions=[[places[0], 0, 0], [places[1], 10, 0]], cell=[20, 20, 20], pbc=True)


def test_the_potential_decides_among_what_the_student_found():
    """The student takes the upper wells for the lowest."""
    upper, lower = 0.93, -1.06
    found = Search((wells(upper, upper), wells(upper, lower), wells(lower, lower)), (-3.0, -2.0, -1.0), 0.01, ())
    three = RelaxConfig(cell=False, max_starts=4, rattle_A=0.0, fmax_eV_A=1e-4)
    minimum = relax_from_several_starts(wells(upper, upper), TwoWells(), three, 1, NONE, search=found)
    energies = [start.energy_eV for start in minimum.starts]
    assert len(energies) == 4 or minimum.repeated
    assert minimum.best.energy_eV == min(energies)
    every = RelaxConfig(cell=False, max_starts=4, rattle_A=0.0, fmax_eV_A=1e-4, start_tolerance_meV_atom=1e-9)
    minimum = relax_from_several_starts(wells(upper, upper), TwoWells(), every, 1, NONE, search=found)
    energies = [start.energy_eV for start in minimum.starts]
    lowest = relax(wells(lower, lower), TwoWells(), every, 1, NONE).energy_eV
    assert minimum.best.energy_eV == pytest.approx(lowest, abs=1e-6)
    # The first start, from which all began, says nothing of how well the search did.
    assert minimum.spread_eV == pytest.approx(max(0.01, np.std(energies[1:], ddof=1)))


def test_the_spread_is_never_below_that_of_the_search():
    found = Search((wells(0.93, 0.93),) * 2, (-3.0, -3.0), 0.5, ())
    every = RelaxConfig(cell=False, max_starts=3, rattle_A=0.0, fmax_eV_A=1e-4)
    assert relax_from_several_starts(wells(0.93, 0.93), TwoWells(), every, 1, NONE, search=found).spread_eV == 0.5


def test_starts_end_where_the_student_found_no_more():
    found = Search((wells(0.93, -1.06),), (-3.0,), None, ())
    many = RelaxConfig(cell=False, max_starts=30, rattle_A=0.0)
    assert len(relax_from_several_starts(wells(0.93, 0.93), TwoWells(), many, 1, NONE, search=found).starts) == 2


@pytest.mark.slow
def test_the_stage_goes_on_from_the_first_start_and_records_the_search(campaign, taught):
    inputs = {name: f"{name}.json" for name in ("candidate", "first_start", "student")}
    relax_stage.run(call(campaign, inputs, "relaxed.json", settings()))
    record, first = read_json(campaign / "relaxed.json"), read_json(campaign / "first_start.json")
    assert record["searched_by"] == {"student_checksum": taught.checksum, "student_refused": ""}
    for made, before in zip(record["orderings"], first["orderings"], strict=True):
        assert made["starts"][0] == before["starts"][0]
        assert made["search"]["student_energies_eV"]
        assert len(made["starts"]) == min(RELAX.max_starts, 1 + len(made["search"]["student_energies_eV"]))
        assert made["energy_eV"] == min(start["energy_eV"] for start in made["starts"])


@pytest.mark.slow
def test_a_refused_student_does_not_search_and_the_record_says_why(campaign):
    refused = campaign / "refused"
    blank(StudentRecord, reason="force errors", folder="-").write(refused / "student.json")
    inputs = {name: f"{name}.json" for name in ("candidate", "first_start")} | {"student": "refused/student.json"}
    relax_stage.run(call(campaign, inputs, "refused.json", settings(anneal_ps=0.02, max_starts=2)))
    record = read_json(campaign / "refused.json")
    assert record["searched_by"] == {"student_checksum": None, "student_refused": "force errors"}
    assert all(o["search"] is None and len(o["starts"]) == 2 for o in record["orderings"])


def test_a_family_of_which_nothing_relaxes_has_a_refused_student(tmp_path):
    exploded = blank(RelaxedOrdering, status=RelaxationStatus.EXPLODED, structure={})
    blank(RelaxedRecord, orderings=(exploded,)).write(tmp_path / "first_start.json")
    hopeless = StudentSettings(seed=1, potential=TeacherConfig(name="lj"), mobile_ion="Ne", student=ALONE, hottest_K=80)
    student.run(call(tmp_path, {"cells": "first_start.json"}, "student.json", hopeless))
    record = read_json(tmp_path / "student.json")
    assert not record["accepted"]
    assert "could be relaxed" in record["reason"]


def test_a_student_is_taught_of_all_candidates_before_second_orderings():
    def record(name, n):
        structure = AseAtomsAdaptor.get_structure(bulk("Ne", a=3.0 + name)).as_dict()
        ordering = blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, structure=structure)
        return blank(RelaxedRecord, orderings=(ordering,) * n)

    records = [record(name / 10, n) for name, n in enumerate((3, 1, 2))]

    def taught(most):
        return [round(atoms.cell.volume, 6) for atoms in student._spread(records, most)]

    a, b, c = (round(bulk("Ne", a=3.0 + name / 10).cell.volume, 6) for name in range(3))
    assert taught(10) == [a, b, c, a, c, a]
    assert taught(4) == [a, b, c, a]
    assert taught(2) == [a, b]


def test_changed_starts_do_not_repeat_first_starts():
    one, other = RelaxConfig(), RelaxConfig(max_starts=9, search_anneals=50, anneal_K=900)
    assert one.relaxation == other.relaxation
    assert isinstance(one.relaxation, RelaxationConfig)
