"""A correction is kept where held-out frames say that it helps: wrong on purpose in every way it must not be."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from screening.students.correction import FOLDS, Fit, Lesson, blocks, cross_validated

N_ATOMS, N_PAIRS, N_REST = 8, 6, 24
ELEMENTS = np.array(["Li", "Cl"] * (N_ATOMS // 2))
PAIRS = np.arange(N_PAIRS + N_REST) < N_PAIRS
FORCE_EV_A = 0.5


def lessons(n: int, truth: NDArray[np.float64], noise_eV_A: float = 0.0, seed: int = 0) -> list[Lesson]:
    """Frames of a student that is its teacher, and a reference that differs by `truth` and noise."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=len(PAIRS))
    made = []
    for _ in range(n):
        rows = FORCE_EV_A * rng.normal(size=(3 * N_ATOMS + 2, len(PAIRS))) / np.sqrt(len(PAIRS))
        teacher = rows @ own
        reference = (
            teacher + rows @ truth + rng.normal(0, noise_eV_A, len(rows)) if noise_eV_A else rows @ (own + truth)
        )
        made.append(Lesson(rows, np.full(len(rows), 1 / 0.06), reference, teacher, teacher, ELEMENTS))
    return made


def fitted(made: list[Lesson]) -> Fit:
    precision = np.mean([(one.rows / 0.06).T @ (one.rows / 0.06) for one in made], axis=0)
    return Fit(made, precision, PAIRS, np.zeros_like(precision))


def truth(size: float = 0.5, seed: int = 5) -> NDArray[np.float64]:
    return size * np.random.default_rng(seed).normal(size=len(PAIRS))


def test_a_difference_that_descriptors_express_is_found_and_kept() -> None:
    trial = cross_validated(fitted(lessons(20, truth())))
    assert trial.harm() == ""
    np.testing.assert_allclose(trial.fitted.coefficients, truth(), rtol=0.02)
    assert trial.gain > 0.99
    assert trial.after.force_meV_A < 0.05 * trial.before.force_meV_A
    assert trial.after.force_slope_by_element["Li"] == pytest.approx(1, abs=0.01)


def test_noise_of_the_labels_is_not_learnt() -> None:
    """As of k points that are too few: no frame says anything of the next."""
    for seed in range(5):
        trial = cross_validated(fitted(lessons(8, 0 * truth(), 0.3, seed)))
        assert "on held-out frames it takes away" in trial.harm(), seed


def test_few_noisy_labels_are_refused_where_many_are_kept() -> None:
    many = cross_validated(fitted(lessons(50, truth(0.25), 0.15)))
    assert many.harm() == ""
    refused = [bool(cross_validated(fitted(lessons(8, truth(0.05), 0.15, seed))).harm()) for seed in range(6)]
    assert all(refused)


def test_frames_that_contradict_each_other_are_refused() -> None:
    """Labels of which half are of another method: what is learnt from one block harms the next."""
    made = lessons(10, truth())
    other = lessons(10, -truth(), seed=1)
    own = [replace(one, reference=one.teacher + one.rows @ -truth()) for one in other]
    mixed = [frame for pair in zip(made, own, strict=True) for frame in pair]
    assert cross_validated(fitted(mixed)).harm()
    blockwise = cross_validated(fitted([*made, *own]))
    assert blockwise.harm()


def test_an_element_that_becomes_worse_is_named() -> None:
    trial = cross_validated(fitted(lessons(20, truth())))
    worse = replace(trial.after, force_by_element_meV_A={**trial.after.force_by_element_meV_A, "Cl": 1e3})
    assert "makes forces on Cl worse, 1000 meV/A after" in replace(trial, after=worse).harm()
    squeezed = replace(trial.after, stress_GPa=5 + 2 * trial.before.stress_GPa)
    assert "makes stresses worse" in replace(trial, after=squeezed).harm()
    assert "less than 2 standard errors" in replace(trial, gain=0.2, gain_error=0.15).harm()


def test_of_a_method_without_stresses_none_is_said_and_forces_are_corrected() -> None:
    """Many calculators have none: student.json said that they err by 0 GPa."""
    of_forces = ("rows", "weights", "reference", "teacher", "student")
    made = [
        replace(one, **{name: getattr(one, name)[: one.n_forces] for name in of_forces}) for one in lessons(20, truth())
    ]
    trial = cross_validated(fitted(made))
    assert (trial.before.stress_GPa, trial.after.stress_GPa) == (None, None)
    assert trial.harm() == ""
    assert "stress_GPa" not in trial.after.as_dict()


def test_pairs_alone_are_chosen_where_only_pairs_differ_and_labels_are_few() -> None:
    only = np.where(PAIRS, truth(), 0.0)
    trial = cross_validated(fitted(lessons(10, only, 0.05)))
    assert trial.fitted.bodies == "pairs"
    assert not trial.fitted.coefficients[~PAIRS].any()


def test_a_frame_is_judged_by_corrections_that_do_not_know_it() -> None:
    """A frame whose label is wrong by itself is no better after than before: nobody else tells what is wrong there."""
    made = lessons(10, truth())
    rng = np.random.default_rng(9)
    made[3] = replace(made[3], reference=made[3].reference + rng.normal(0, 5.0, len(made[3].reference)))
    trial = cross_validated(fitted(made))
    left = 1e3 * 5.0 * np.sqrt(2 / np.pi) / len(made)
    assert trial.after.force_meV_A > 0.8 * left


def test_error_of_the_gain_is_of_the_share_and_not_of_how_large_errors_are() -> None:
    """Frames of several sizes and temperatures, in each of which the same share is taken away."""
    rng = np.random.default_rng(2)
    sizes = rng.choice([0.3, 1.0, 3.0], 20)
    scaled = ("rows", "reference", "teacher", "student")
    made = [
        replace(one, **{name: size * getattr(one, name) for name in scaled})
        for one, size in zip(lessons(20, truth(), 0.05), sizes, strict=True)
    ]
    trial = cross_validated(fitted(made))
    assert trial.gain > 0.9
    assert trial.gain_error < 0.02
    alone = cross_validated(fitted([replace(made[0], reference=made[0].reference + 50 * rng.normal()), *made[1:]]))
    assert alone.gain_error > 0.05


def test_blocks_are_of_neighbours_and_hold_every_frame_once() -> None:
    found = blocks(range(13))
    assert len(found) == FOLDS
    assert [k for block in found for k in block] == list(range(13))


def test_what_nobody_has_seen_is_left_alone() -> None:
    made = [replace(one, rows=np.where(np.arange(len(PAIRS)) == 7, 0.0, one.rows)) for one in lessons(10, 0 * truth())]
    (found,) = fitted(made).to(range(10), [(0.03, "all")])
    assert found.coefficients[7] == 0


def test_nothing_is_corrected_where_atoms_nearly_touch_whatever_the_pull() -> None:
    """Two functions that are alike where atoms are and not at contact: the one that vanishes at contact is taken."""
    made = []
    for one in lessons(20, truth()):
        rows = one.rows.copy()
        rows[:, 1] = rows[:, 0] + 1e-3 * rows[:, 1]
        made.append(replace(one, rows=rows, reference=one.teacher + 2 * rows[:, 0]))
    at_contact = np.zeros((3, len(PAIRS)))
    at_contact[:, 0] = 5.0
    free = fitted(made)
    held = Fit(made, free._precision, PAIRS, (at_contact / 0.06).T @ (at_contact / 0.06))
    for pull in (0.003, 3.0):
        (before,), (after,) = (fit.to(range(20), [(pull, "all")]) for fit in (free, held))
        assert abs(at_contact @ before.coefficients).max() > 1
        assert abs(at_contact @ after.coefficients).max() < 0.1
        assert after.coefficients[1] == pytest.approx(before.coefficients[:2].sum(), rel=0.2)
