"""A student's correction by first principles: reference minus teacher as a linear fit, kept only where it helps.

Students are linear in their coefficients, so the correction is too: d minimises

    sum_k |W_k (ref_k - teacher_k - R_k d)|^2 + pull n d^T P d + d^T C d

over n labelled frames with rows R_k of forces and stress (energies of two methods have other zeros), weights W_k as in
every fit, and P the mean precision that a frame of the teacher's labels has (its Gram matrix over its frames): the
prior is centred on the teacher's fit and as firm as that, direction by direction. C is the Gram matrix of frames in
which atoms nearly touch: no label says what is wrong there, and a correction carried on from where atoms are invents
attraction, into which the first collision falls. Whatever the pull, nothing is corrected there. Pull, and whether pairs
alone are corrected, are chosen by cross-validation within the frames that are fitted (nested: Varma, Simon, BMC
Bioinformatics 7, 91 (2006)); the frames of the outer folds judge. Folds are blocks of neighbouring frames, since these
are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from screening.constants import GPA
from screening.students.correction_record import HeldOut

Floats = NDArray[np.float64]

# Shares of what the labels pull, and what descriptors are corrected.
PULLS, BODIES = (0.003, 0.03, 0.3, 3.0), ("pairs", "all")
FOLDS = 5
# With fewer labels nothing is said of held-out frames.
FEWEST_LABELS = 8
# What must be gained: a share of the squared force error, and standard errors of that.
LEAST_GAIN, GAIN_ERRORS = 0.1, 2.0
# An element's forces, or stresses, may become worse by this share.
ALLOWED_WORSE = 0.1
# Stresses that err by less do no harm, GPa.
NEGLIGIBLE_GPA = 0.1


@dataclass(frozen=True)
class Lesson:
    """One frame by three.

    Attributes:
        rows: Of forces and stress, (n_rows, n_coefficients), not weighted.
        weights: (n_rows,).
        reference, teacher, student: Their forces and stresses, (n_rows,).
        elements: Of each atom, (n_atoms,); the first 3 n_atoms rows are forces.
    """

    rows: Floats
    weights: Floats
    reference: Floats
    teacher: Floats
    student: Floats
    elements: NDArray[np.str_]

    @property
    def n_forces(self) -> int:
        """Rows of forces."""
        return 3 * len(self.elements)


@dataclass(frozen=True)
class Fitted:
    """A correction.

    Attributes:
        coefficients: (n_coefficients,).
        pull: How firmly it was held.
        bodies: What it corrects.
    """

    coefficients: Floats
    pull: float
    bodies: str


@dataclass(frozen=True)
class Trial:
    """What cross-validation says.

    Attributes:
        fitted: To all frames.
        before, after: Errors of the student, and of the corrected student on frames that it was not fitted to.
        gain: Share of the squared force error that is taken away.
        gain_error: Its standard error over frames (jackknife).
    """

    fitted: Fitted
    before: HeldOut
    after: HeldOut
    gain: float
    gain_error: float

    def harm(self) -> str:
        """Why the correction must not be used, "" where it may."""
        if not self.gain > LEAST_GAIN:
            return (
                f"on held-out frames it takes away {self.gain:.0%} of the squared force error, "
                f"at least {LEAST_GAIN:.0%} are needed"
            )
        if not self.gain > GAIN_ERRORS * self.gain_error:
            return (
                f"on held-out frames it takes away ({self.gain:.0%} ± {self.gain_error:.0%}) of the squared force "
                f"error, which is less than {GAIN_ERRORS:g} standard errors"
            )
        for element, value in self.after.force_by_element_meV_A.items():
            was = self.before.force_by_element_meV_A[element]
            if value > (1 + ALLOWED_WORSE) * was:
                return f"on held-out frames it makes forces on {element} worse, {value:.0f} meV/A after {was:.0f}"
        stress, stress_was = self.after.stress_GPa, self.before.stress_GPa
        if stress is None or stress_was is None:
            return ""
        if stress > (1 + ALLOWED_WORSE) * stress_was and stress > NEGLIGIBLE_GPA:
            return f"on held-out frames it makes stresses worse, {stress:.2f} GPa after {stress_was:.2f}"
        return ""


class Fit:
    """Fits corrections to any of the frames."""

    def __init__(
        self, lessons: Sequence[Lesson], precision: Floats, pairs: NDArray[np.bool_], contacts: Floats
    ) -> None:
        """Nothing is computed yet.

        Args:
            lessons: Frames.
            precision: Of the teacher's fit, a frame's share, (n_coefficients, n_coefficients).
            pairs: Whether a coefficient is of a pair of atoms, (n_coefficients,).
            contacts: What holds it at nothing where atoms nearly touch, (n_coefficients, n_coefficients).
        """
        self.lessons, self._precision, self._contacts = list(lessons), precision, contacts
        self._masks = {"pairs": pairs, "all": np.full(len(pairs), True)}

    def to(self, which: Sequence[int], choices: Sequence[tuple[float, str]]) -> list[Fitted]:
        """Fitted to these frames, with each pull and what is corrected."""
        gram, moment = np.zeros_like(self._precision), np.zeros(len(self._precision))
        for k in which:
            one = self.lessons[k]
            weighted = one.rows * one.weights[:, None]
            gram += weighted.T @ weighted
            moment += weighted.T @ ((one.reference - one.teacher) * one.weights)
        return [Fitted(self._solved(gram, moment, pull * len(which), bodies), pull, bodies) for pull, bodies in choices]

    def _solved(self, gram: Floats, moment: Floats, pull: float, bodies: str) -> Floats:
        # Descriptors that neither frames nor teacher have seen are left alone.
        chosen = self._masks[bodies] & (np.diagonal(gram) > 0)
        coefficients = np.zeros(len(moment))
        if chosen.any():
            matrix = (gram + pull * self._precision + self._contacts)[np.ix_(chosen, chosen)]
            scale = 1 / np.sqrt(np.diagonal(matrix))
            matrix *= scale[:, None] * scale[None, :]
            matrix[np.diag_indices_from(matrix)] += 1e-10
            coefficients[chosen] = scale * scipy.linalg.solve(matrix, scale * moment[chosen], assume_a="pos")
        return coefficients

    def chosen(self, which: Sequence[int]) -> Fitted:
        """Fitted to these frames, with what does best on blocks of them that are left out."""
        choices = list(product(PULLS, BODIES))
        errors = np.zeros(len(choices))
        for block in blocks(which):
            for c, fitted in enumerate(self.to([k for k in which if k not in block], choices)):
                errors[c] += sum(self.squared(k, fitted.coefficients) for k in block)
        return self.to(which, [choices[int(errors.argmin())]])[0]

    def squared(self, k: int, coefficients: Floats) -> float:
        """Squared force error of the corrected student in frame k, (eV/A)^2."""
        one = self.lessons[k]
        wrong = (one.student + one.rows @ coefficients - one.reference)[: one.n_forces]
        return float(wrong @ wrong)


def blocks(which: Sequence[int]) -> list[list[int]]:
    """Neighbouring frames together, as many blocks as there are folds."""
    return [part.tolist() for part in np.array_split(np.array(which), min(FOLDS, len(which)))]


def cross_validated(fit: Fit) -> Trial:
    """A correction fitted to all frames, and what such a one does to frames that it does not know."""
    everyone = range(len(fit.lessons))
    held: dict[int, Floats] = {}
    for block in blocks(everyone):
        coefficients = fit.chosen([k for k in everyone if k not in block]).coefficients
        held |= dict.fromkeys(block, coefficients)
    nothing = np.zeros(fit.lessons[0].rows.shape[1])
    before = np.array([fit.squared(k, nothing) for k in everyone])
    after = np.array([fit.squared(k, held[k]) for k in everyone])
    return Trial(
        fit.chosen(list(everyone)),
        _held_out(fit.lessons, [nothing] * len(fit.lessons)),
        _held_out(fit.lessons, [held[k] for k in everyone]),
        float(1 - after.sum() / before.sum()),
        _error_of_gain(before, after),
    )


def _error_of_gain(before: Floats, after: Floats) -> float:
    """Jackknife: frames differ far more in how wrong a student is there than in the share that is taken away."""
    gains = 1 - (after.sum() - after) / (before.sum() - before)
    return float(np.sqrt((len(gains) - 1) * gains.var()))


def _held_out(lessons: Sequence[Lesson], coefficients: Sequence[Floats]) -> HeldOut:
    """Errors of a student with these corrections, one for each frame."""
    own = [one.student + one.rows @ c for one, c in zip(lessons, coefficients, strict=True)]
    elements = np.concatenate([np.repeat(one.elements, 3) for one in lessons])
    mine = np.concatenate([values[: one.n_forces] for one, values in zip(lessons, own, strict=True)])
    true = np.concatenate([one.reference[: one.n_forces] for one in lessons])
    stress = np.concatenate(
        [np.abs(values - one.reference)[one.n_forces :] for one, values in zip(lessons, own, strict=True)]
    )
    named = sorted(set(elements.tolist()))
    power = {e: float((true[elements == e] ** 2).sum()) for e in named}
    return HeldOut(
        force_meV_A=1e3 * float(np.abs(mine - true).mean()),
        force_by_element_meV_A={e: 1e3 * float(np.abs(mine - true)[elements == e].mean()) for e in named},
        force_slope_by_element={e: float((mine * true)[elements == e].sum()) / power[e] for e in named if power[e] > 0},
        stress_GPa=float(stress.mean()) / GPA if len(stress) else None,
    )
