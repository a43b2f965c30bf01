"""Every check must pass a sound energy function and notice its own kind of fault."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones
from ase.units import kB

from screening.constants import GPA
from screening.errors import PotentialError, StageError
from screening.potentials import selfcheck_swelling
from screening.potentials.base import Potential
from screening.potentials.references import crystals, electrolyte
from screening.potentials.selfcheck import check, require_accepted, require_recorded
from screening.potentials.selfcheck_dynamics import conservation_check
from screening.potentials.selfcheck_evaluate import EvaluationError, Evaluator
from screening.potentials.selfcheck_mechanics import (
    derivative_checks,
    invariance_checks,
    largest_jump,
    rattled,
    smoothness_checks,
)
from screening.potentials.selfcheck_report import SWELLING, failed
from screening.potentials.selfcheck_swelling import mean_pressure, swelling_check
from screening.potentials.selfcheck_volume import find_minimum, volume_checks
from tests import broken_calculators as broken

BY_NAME = {crystal.name: crystal for crystal in crystals()}
SAMPLE = rattled(BY_NAME["NaCl"].atoms(), 1)


def potential(calculator: Any, name: str = "lj") -> Potential:
    """Named lj, a potential is excused from reference crystals and from nothing else."""
    return Potential(calculator, name, "1", "none", "0" * 64)


def failures(calculator: Any) -> set[str]:
    evaluator = Evaluator(calculator)
    groups = (derivative_checks, smoothness_checks, invariance_checks)
    return {found.name for group in groups for found in group(evaluator, SAMPLE, 1) if not found.passed}


def test_a_sound_energy_function_passes_every_check() -> None:
    assert failures(broken.sound()) == set()
    assert conservation_check(Evaluator(broken.sound()), SAMPLE, 1).passed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "noticed"),
    [
        (broken.ScaledForces, {"forces"}),
        (broken.WrongForceOnOneElement, {"forces"}),
        (broken.StressInGPa, {"stress"}),
        (broken.StressSign, {"stress"}),
        (broken.Step, {"smoothness"}),
        (broken.Anisotropic, {"rotation"}),
        (broken.Anchored, {"translation"}),
        (broken.Unwrapped, {"periodicity"}),
        (broken.Labelled, {"permutation"}),
        (broken.PerCell, {"extensivity"}),
        (broken.Forgetful, {"repetition"}),
        (broken.Lagging, {"repetition"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_fault_is_noticed_by_its_check(fault: Any, noticed: set[str]) -> None:
    assert noticed <= failures(fault())


@pytest.mark.parametrize("fault", [broken.Anisotropic, broken.Labelled, broken.PerCell])
def test_a_fault_of_symmetry_is_not_blamed_on_the_forces(fault: Any) -> None:
    assert "forces" not in failures(fault())


@pytest.mark.slow
def test_a_short_run_notices_forces_that_lag_behind() -> None:
    found = conservation_check(Evaluator(broken.Lagging()), SAMPLE, 1)
    assert not found.passed
    assert found.value is None or abs(found.value) > 3


def crystal(factor: float) -> Atoms:
    """Argon whose "measured" volume is so many times the volume that its Lennard-Jones potential has at rest."""
    return bulk("Ar", "fcc", a=5.243 * factor ** (1 / 3), cubic=True).repeat((2, 2, 2))


ARGON = LennardJones(sigma=3.4, epsilon=0.0104, rc=8.5, smooth=True)


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "swells"), [(1.3, False), (0.85, True)])
def test_a_crystal_that_pushes_outwards_in_a_cell_larger_than_measured_swells(
    factor: float, swells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Argon melts at 84 K.
    monkeypatch.setattr(selfcheck_swelling, "TEMPERATURE_K", 20.0)
    found = swelling_check(Evaluator(ARGON), crystal(factor), 1)
    assert found.passed is not swells
    assert found.value is not None
    assert (found.value > 0) is swells
    assert "at 20 K and 5 % more than the measured volume" in found.text
    assert ("potential.dispersion" in found.text) is swells


@pytest.mark.slow
def test_the_pressure_is_that_of_lattice_dynamics() -> None:
    """Classical harmonic crystal: P = P at rest - kT d(sum of ln frequencies)/dV, from the force constants."""
    atoms, kelvin, step, wider = crystal(1.03), 20.0, 1e-3, 1.01

    def log_of_frequencies(scale: float) -> float:
        scaled = atoms.copy()
        scaled.set_cell(atoms.cell.array * scale ** (1 / 3), scale_atoms=True)
        rows = []
        for index in range(len(scaled)):
            for axis in range(3):
                forces = []
                for sign in (1, -1):
                    moved = scaled.copy()
                    moved.positions[index, axis] += sign * step
                    forces.append(Evaluator(ARGON).energy_and_forces(moved)[1].ravel())
                rows.append((forces[1] - forces[0]) / (2 * step))
        # Three zeros: the crystal as a whole.
        return 0.5 * float(np.log(np.linalg.eigvalsh(np.array(rows))[3:]).sum())

    volume = atoms.get_volume()
    slope = (log_of_frequencies(wider) - log_of_frequencies(1 / wider)) / (volume * (wider - 1 / wider))
    at_rest = -float(np.trace(Evaluator(ARGON).stress(atoms))) / 3
    wanted = (at_rest - kB * kelvin * slope) / GPA
    pressure, error = mean_pressure(Evaluator(ARGON), atoms, kelvin, 3)
    assert abs(pressure - wanted) < 4 * error
    # Known well enough to tell it from the pressure at rest.
    assert pressure - at_rest / GPA > 4 * error


def test_swelling_casts_doubt_and_refuses_nothing() -> None:
    sound = check(potential(broken.sound()), {"Na", "Cl"})
    made = failed(SWELLING, "Cl18Li9Y3", "the pressure is +0.5 GPa")
    outcome = dataclasses.replace(sound, checks=(*sound.checks, made))
    assert (outcome.failures, outcome.reason()) == ((), "")
    assert outcome.doubts == ("Cl18Li9Y3: the pressure is +0.5 GPa",)
    assert sound.doubts == ()


def test_swelling_is_looked_for_on_an_electrolyte_of_the_same_elements() -> None:
    chosen = {
        "Li Y Cl": "Cl18Li9Y3",
        "Li P S Cl": "ClLi6PS5",
        "Na P S Cl": "Na3PS4",
        # Two elements are a salt; garnets are too large for a short run.
        "Li Cl": None,
        "Li La Zr O": None,
    }
    for elements, formula in chosen.items():
        found = electrolyte(frozenset(elements.split()))
        assert (None if found is None else found.get_chemical_formula()) == formula


@pytest.mark.slow
@pytest.mark.parametrize("fault", [broken.NaNForces, broken.NaNEnergy])
def test_what_is_not_a_number_is_refused_and_said(fault: Any) -> None:
    outcome = check(potential(fault()), {"Na", "Cl"})
    assert not outcome.accepted
    assert "is not a finite number" in outcome.reason()


def test_a_calculator_that_raises_is_refused_with_its_words() -> None:
    outcome = check(potential(broken.Raising()), {"Na", "Cl"})
    assert not outcome.accepted
    assert "out of memory" in outcome.reason()


@pytest.mark.slow
def test_without_stress_a_potential_is_refused() -> None:
    outcome = check(potential(broken.NoStress()), {"Na", "Cl"})
    assert {found.name for found in outcome.failures} == {"derivatives", "smoothness"}
    assert "stress" in outcome.reason()


def test_the_test_potential_is_accepted_for_what_it_is() -> None:
    outcome = check(potential(broken.sound()), {"Na", "Cl"})
    assert outcome.accepted
    assert outcome.reason() == ""
    assert outcome.not_covered == ("Cl", "Na")
    assert "stands for no material" in outcome.notes[0]


@pytest.mark.slow
def test_the_same_function_under_another_name_is_refused_for_its_crystals() -> None:
    outcome = check(potential(broken.sound(), "mine:factory"), {"Na", "Cl"})
    assert not outcome.accepted
    assert {found.name for found in outcome.failures} == {"volume", "stiffness"}
    assert "volume of NaCl" in outcome.reason()


@pytest.mark.slow
def test_an_element_no_crystal_has_is_told() -> None:
    outcome = check(potential(broken.sound(), "mine:factory"), {"Na", "Cl", "Re"})
    assert outcome.not_covered == ("Re",)


def test_an_element_the_potential_does_not_know_refuses_it() -> None:
    calculator = broken.sound()
    calculator.elements = ["Na", "Cl"]
    outcome = check(potential(calculator, "mine:factory"), {"Na", "Cl", "P"})
    assert outcome.unknown == ("P",)
    assert outcome.checks[0].name == "elements"
    assert not outcome.checks[0].passed


@pytest.mark.slow
def test_a_declined_crystal_with_foreign_elements_is_left_out_and_told() -> None:
    class NaClOnly(broken.Wrapped):
        def seen(self, atoms: Any) -> Any:
            if not set(atoms.symbols) <= {"Na", "Cl"}:
                raise ValueError("unknown element")
            return atoms

    outcome = check(potential(NaClOnly(), "mine:factory"), {"Na", "Cl"})
    assert any("MgO was skipped" in note for note in outcome.notes)
    assert {found.subject for found in outcome.checks if found.name == "volume"} == {"NaCl"}


@pytest.mark.slow
def test_the_outcome_is_json_and_repeats() -> None:
    first = check(potential(broken.sound()), {"Na", "Cl"}).as_dict()
    second = check(potential(broken.sound()), {"Na", "Cl"}).as_dict()
    json.dumps(first, allow_nan=False)
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


class TestVolume:
    def test_volume_and_bulk_modulus_of_a_known_function(self) -> None:
        crystal = BY_NAME["MgO"]
        measured = crystal.atoms().get_volume() / 2
        minimum = find_minimum(Evaluator(broken.Elastic(1.05 * measured, 150)), crystal)
        assert not isinstance(minimum, str)
        assert minimum.volume_ratio == pytest.approx(1.05, abs=1e-6)
        # At the minimum the curvature times the volume is B.
        assert minimum.bulk_modulus_GPa == pytest.approx(150, rel=1e-5)

    @pytest.mark.parametrize(("factor", "passed"), [(0.87, False), (0.89, True), (1.11, True), (1.13, False)])
    def test_the_bound_is_12_percent(self, factor: float, passed: bool) -> None:
        measured = BY_NAME["MgO"].atoms().get_volume() / 2
        volume, _ = volume_checks(Evaluator(broken.Elastic(factor * measured, 160)), BY_NAME["MgO"])
        assert volume.passed is passed
        assert volume.value == pytest.approx(100 * (factor - 1), abs=1e-3)

    @pytest.mark.parametrize(
        ("factor", "passed"), [(1 / 23, False), (0.45, False), (0.6, True), (1.9, True), (27, False)]
    )
    def test_an_energy_in_other_units_is_noticed(self, factor: float, passed: bool) -> None:
        measured = BY_NAME["MgO"].atoms().get_volume() / 2
        _, stiffness = volume_checks(Evaluator(broken.Elastic(measured, 160 * factor)), BY_NAME["MgO"])
        assert stiffness.passed is passed

    @pytest.mark.parametrize(("factor", "word"), [(2.5, "grows"), (0.3, "shrinks")])
    def test_no_minimum_near_is_told(self, factor: float, word: str) -> None:
        measured = BY_NAME["MgO"].atoms().get_volume() / 2
        (found,) = volume_checks(Evaluator(broken.Elastic(factor * measured, 160)), BY_NAME["MgO"])
        assert not found.passed
        assert found.value is None
        assert word in found.text

    def test_a_minimum_outside_the_first_points_is_found(self) -> None:
        measured = BY_NAME["MgO"].atoms().get_volume() / 2
        minimum = find_minimum(Evaluator(broken.Elastic(1.4 * measured, 160)), BY_NAME["MgO"])
        assert not isinstance(minimum, str)
        assert minimum.volume_ratio == pytest.approx(1.4, abs=1e-5)


class TestLargestJump:
    x = np.linspace(-1, 1, 41)

    def test_a_smooth_function_has_none(self) -> None:
        assert largest_jump(np.sin(5 * self.x), 5 * np.cos(5 * self.x), self.x[1] - self.x[0]) < 3e-5

    @pytest.mark.parametrize("where", [-0.7, 0.02, 0.8])
    def test_a_step_is_found_with_its_height(self, where: float) -> None:
        energy = np.sin(5 * self.x) + 0.003 * (self.x > where)
        jump = largest_jump(energy, 5 * np.cos(5 * self.x), self.x[1] - self.x[0])
        assert jump == pytest.approx(0.003, rel=0.01)


def test_rattling_leaves_no_symmetry() -> None:
    import spglib

    cell = (SAMPLE.cell.array, SAMPLE.get_scaled_positions(), SAMPLE.numbers)
    assert len(SAMPLE) >= 8
    assert len(spglib.get_symmetry(cell, symprec=1e-3)["rotations"]) == 1


def test_evaluating_leaves_the_structure_without_calculator() -> None:
    Evaluator(broken.sound()).energy_and_forces(SAMPLE)
    assert SAMPLE.calc is None


def test_an_infinite_energy_is_no_energy() -> None:
    with pytest.raises(EvaluationError, match="energy of Cl4Na4 is not a finite number"):
        Evaluator(broken.NaNEnergy()).energy(SAMPLE)


class TestRecord:
    def test_an_accepted_potential_is_recorded_with_its_weights(self, tmp_path: Path) -> None:
        path = tmp_path / "potential.json"
        require_accepted(potential(broken.sound()), {"Na", "Cl"}, path)
        record = json.loads(path.read_text())
        assert record["accepted"] is True
        assert record["potential"]["checksum"] == "0" * 64
        assert record["elements"] == ["Cl", "Na"]
        assert record["provenance"]["stage"] == "selfcheck"
        require_recorded(potential(broken.sound()), path)

    @pytest.mark.slow
    def test_a_refused_potential_leaves_no_record(self, tmp_path: Path) -> None:
        path = tmp_path / "potential.json"
        with pytest.raises(PotentialError, match="is refused: forces of"):
            require_accepted(potential(broken.ScaledForces()), {"Na", "Cl"}, path)
        assert list(tmp_path.iterdir()) == []

    def test_a_record_of_other_weights_does_not_count(self, tmp_path: Path) -> None:
        path = tmp_path / "potential.json"
        require_accepted(potential(broken.sound()), {"Na", "Cl"}, path)
        other = Potential(broken.sound(), "lj", "1", "none", "1" * 64)
        with pytest.raises(PotentialError, match="weights it has now"):
            require_recorded(other, path)

    def test_a_missing_record_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(StageError, match="is missing"):
            require_recorded(potential(broken.sound()), tmp_path / "potential.json")
