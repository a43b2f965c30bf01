"""The linear problem and its solution."""

import numpy as np
import pytest
from pydantic import ValidationError

from screening.config.student import BasisConfig, StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine
from screening.dynamics.engines.lammps_tasks import STRESS_COMPONENTS
from screening.students.basis import Basis, elements_of
from screening.students.design import Designer, Label
from screening.students.fit import NormalEquations
from screening.students.seeds import seed_frames
from tests.unit.students.conftest import amorphous

ELEMENTS = ("Ne", "Ar", "Kr")
SMALL = BasisConfig(cutoff_A=5.0, radial_2body=4, radial_3body=2, angular_3body=1, radial_4body=0, angular_4body=0)
FOUR_BODY = BasisConfig(cutoff_A=4.5, radial_2body=4, radial_3body=3, angular_3body=2, radial_4body=2, angular_4body=1)


def pod_engine(basis: Basis, coefficients: np.ndarray, settings: StudentConfig) -> LammpsEngine:
    commands = basis.zbl_commands("pod", settings.zbl_inner_A, settings.zbl_outer_A)
    commands.append(f"pair_coeff * * pod p.pod c.pod {' '.join(basis.elements)}")
    files = {"p.pod": basis.parameter_text, "c.pod": basis.coefficient_text(coefficients)}
    return LammpsEngine(basis.elements, commands, files, min_distance_A=0)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [SMALL, FOUR_BODY])
def test_rows_times_coefficients_are_what_lammps_computes(sizes):
    basis, settings = Basis(ELEMENTS, sizes), StudentConfig(basis=sizes, zbl_outer_A=2.9)
    coefficients = np.random.default_rng(0).normal(size=basis.n_coefficients) * 1e-3
    frames = [amorphous("NeArKr", 20, seed) for seed in (1, 2, 3)]
    answers = pod_engine(basis, coefficients, settings).evaluate(frames)
    for rows, answer in zip(Designer(basis, settings).rows(frames), answers, strict=True):
        label = Label(answer.energy, answer.forces, answer.stress)
        np.testing.assert_allclose(rows.rows @ coefficients, rows.targets(label), rtol=1e-5, atol=1e-9)
        assert rows.stress[0] < 3 <= rows.stress[1] < len(STRESS_COMPONENTS)
        assert np.abs(rows.baseline).max() > 0


def test_coefficients_are_numbered_as_lammps_does():
    """Without Kr, the functions of Kr must be silent wherever they are expected, and only they."""
    basis = Basis(ELEMENTS, SMALL)
    atoms = amorphous("NeAr", 20)
    (rows,) = Designer(basis, StudentConfig(basis=SMALL)).rows([atoms], stress=False)
    heard = np.abs(rows.rows).max(axis=0) > 0
    function = basis.function_of_coefficient.reshape(3, -1)
    pair, triplet = 4, 4
    per_element = 1 + 3 * pair + 6 * triplet
    assert function.shape == (3, per_element)
    heard = heard.reshape(3, per_element)
    assert not heard[2].any()
    # Neighbours Ne, Ar, Kr; then NeNe, NeAr, NeKr, ArAr, ArKr, KrKr.
    silent_pairs = ~heard[0, 1 : 1 + 3 * pair].reshape(3, pair).any(axis=1)
    assert silent_pairs.tolist() == [False, False, True]
    silent_triplets = ~heard[0, 1 + 3 * pair :].reshape(6, triplet).any(axis=1)
    assert silent_triplets.tolist() == [False, False, True, False, True, True]


@pytest.mark.slow
def test_a_student_that_can_be_exact_is(crystals):
    """Fitted to another POD potential it gives that potential's forces and stress on frames it has not seen."""
    settings = StudentConfig(basis=SMALL, ridge=1e-12)
    basis = Basis(elements_of(crystals), SMALL)
    truth = np.random.default_rng(1).normal(size=basis.n_coefficients) * 1e-2
    engine = pod_engine(basis, truth, settings)
    frames = seed_frames(crystals, settings, seed=1)
    labels = [Label(a.energy, a.forces, a.stress) for a in engine.evaluate(frames)]
    equations = NormalEquations(basis, settings)
    rows = list(Designer(basis, settings).rows(frames))
    for frame, label in zip(rows[:-2], labels[:-2], strict=True):
        equations.add(frame, label)
    solution = equations.solve()
    for frame, label in zip(rows[-2:], labels[-2:], strict=True):
        error = solution.predict(frame) - frame.targets(label) - frame.baseline
        assert np.abs(error[1:-2]).max() < 2e-3 * np.abs(label.forces).max()


@pytest.mark.slow
def test_extrapolation_grade_is_small_on_fitted_frames_and_large_outside(crystals, teacher):
    from screening.students.labels import ask_teacher

    settings = StudentConfig(basis=SMALL)
    basis, designer = Basis(elements_of(crystals), SMALL), None
    designer = Designer(basis, settings)
    frames = seed_frames(crystals, settings, seed=1)
    equations = NormalEquations(basis, settings)
    fitted = list(designer.rows(frames))
    for frame, atoms in zip(fitted, frames, strict=True):
        equations.add(frame, ask_teacher(teacher, atoms))
    solution = equations.solve()
    inside = max(solution.leverage(frame, settings).max() for frame in fitted)
    squeezed = crystals[0].copy()
    squeezed.positions[0] += 0.55 * (squeezed.positions[1] - squeezed.positions[0])
    (outside,) = designer.rows([squeezed], stress=False)
    assert inside < 1
    assert solution.leverage(outside, settings).max() > 3 * inside


@pytest.mark.slow
def test_elements_that_never_meet_get_small_coefficients(crystals, teacher):
    from screening.students.labels import ask_teacher

    settings = StudentConfig(basis=SMALL)
    basis = Basis(ELEMENTS, SMALL)
    equations = NormalEquations(basis, settings)
    frames = seed_frames(crystals, settings, seed=1)
    for frame, atoms in zip(Designer(basis, settings).rows(frames), frames, strict=True):
        equations.add(frame, ask_teacher(teacher, atoms))
    coefficients = equations.solve().coefficients.reshape(3, -1)
    assert not coefficients[2].any()
    assert not coefficients[0, 1 + 2 * 4 : 1 + 3 * 4].any()


def test_large_forces_weigh_less(crystals):
    settings = StudentConfig(basis=SMALL)
    (rows,) = Designer(Basis(elements_of(crystals), SMALL), settings).rows(crystals[:1])
    forces = np.zeros((32, 3))
    forces[0] = 40.0
    weights = rows.weights(settings, Label(0.0, forces, np.zeros((3, 3))))
    assert weights[1] < 0.1 * weights[4]
    assert weights[4] == pytest.approx(1 / 0.06)


@pytest.mark.parametrize(
    "wrong",
    [
        {"radial_2body": 4, "radial_3body": 5},
        {"radial_4body": 5},
        {"radial_4body": 2, "angular_4body": 4},
        {"inner_radius_A": 2, "cutoff_A": 3},
    ],
)
def test_a_basis_lammps_would_refuse_is_refused_early(wrong):
    with pytest.raises(ValidationError):
        BasisConfig(**wrong)


def test_zbl_radii_are_ordered():
    with pytest.raises(ValidationError, match="below"):
        StudentConfig(zbl_inner_A=1.5, zbl_outer_A=1.4)


@pytest.mark.slow
def test_a_frame_lammps_cannot_describe_does_not_lose_the_others(crystals, monkeypatch):
    from screening.dynamics.engines.lammps import LammpsFailure

    designer = Designer(Basis(elements_of(crystals), SMALL), StudentConfig(basis=SMALL))
    whole = list(designer.rows(crystals))
    real = designer._engine.call_frames

    def crashing(task, structures, settings):
        if any(len(atoms) == 1 for atoms in structures):
            raise LammpsFailure(0, "LAMMPS crashed")
        return real(task, structures, settings)

    monkeypatch.setattr(designer._engine, "call_frames", crashing)
    first, lost, last = designer.tolerant_rows([crystals[0], crystals[0][:1], crystals[1]])
    assert lost is None
    np.testing.assert_array_equal(first.rows, whole[0].rows)
    np.testing.assert_allclose(last.rows[:-2], whole[1].rows[:-2])
