"""Regularised linear least squares, frame by frame, and how far a frame lies outside what was fitted."""

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from ase import Atoms
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.students.basis import Basis
from screening.students.design import Designer, FrameRows, Label
from screening.students.resample import frame_weight

# Members of the committee that stands for the uncertainty of the coefficients.
COMMITTEE = 24


class NormalEquations:
    """Sums of the weighted rows of all frames so far; adding frames and solving again is cheap.

    Attributes:
        member: Number of the student in its committee; the first weighs all frames alike, another at random.
        gram: Sum of the rows' outer products, (n_coefficients, n_coefficients).
        moment: Sum of rows times targets, (n_coefficients,).
        n_frames: Frames added.
    """

    def __init__(self, basis: Basis, settings: StudentConfig, member: int = 0) -> None:
        self._basis = basis
        self._settings = settings
        self.member = member
        self.gram: NDArray[np.float64] = np.zeros((basis.n_coefficients,) * 2, order="F")
        self.moment: NDArray[np.float64] = np.zeros(basis.n_coefficients)
        self.n_frames = 0

    def add(self, frame: FrameRows, label: Label, confidence: float = 1.0) -> None:
        """Add a labelled frame; with a confidence below 1 its errors count as if they were that much smaller."""
        weights = confidence * frame.weights(self._settings, label)
        rows = frame.rows * weights[:, None]
        # Upper triangle only: half the work of the full product, in place.
        self.gram = scipy.linalg.blas.dsyrk(1.0, rows.T, beta=1.0, c=self.gram, overwrite_c=1)
        self.moment += rows.T @ (frame.targets(label) * weights)
        self.n_frames += 1

    def _prior(self) -> NDArray[np.float64]:
        """What holds each coefficient beside the data, (n_coefficients,)."""
        diagonal = np.diagonal(self.gram)
        function = self._basis.function_of_coefficient
        strongest = np.zeros(function.max() + 1)
        np.maximum.at(strongest, function, diagonal)
        prior = self._settings.ridge * strongest[function] / max(self.n_frames, 1)
        return np.asarray(np.maximum(prior, 1e-12 * diagonal.max()))

    def hold(self) -> NDArray[np.float64]:
        """How firmly all frames together hold changes of the coefficients, (n_coefficients, n_coefficients)."""
        return np.asarray(np.triu(self.gram) + np.triu(self.gram, 1).T)

    def precision(self) -> NDArray[np.float64]:
        """How firmly a frame holds changes of the coefficients on average, (n_coefficients, n_coefficients)."""
        return np.asarray((self.hold() + np.diag(self._prior())) / max(self.n_frames, 1))

    def solve(self) -> "Solution":
        """Coefficients that fit best, held by the ridge where data say nothing.

        A coefficient is held as strongly as the data hold the same function of the commonest elements, times
        the ridge, so elements that hardly meet keep small coefficients rather than wild ones.
        """
        diagonal, prior = np.diagonal(self.gram), self._prior()
        used = diagonal > 0
        scale = 1 / np.sqrt(diagonal[used] + prior[used])
        matrix = self.gram[np.ix_(used, used)] * scale[:, None] * scale[None, :]
        matrix[np.diag_indices_from(matrix)] = 1.0
        factor = scipy.linalg.cholesky(matrix, lower=False, overwrite_a=True, check_finite=False)
        coefficients = np.zeros(len(diagonal))
        weighted = scipy.linalg.cho_solve((factor, False), scale * self.moment[used], check_finite=False)
        coefficients[used] = scale * weighted
        committee = np.zeros((len(diagonal), COMMITTEE))
        # The same draws for the same number of coefficients, so that a repeated fit is the same to the last bit.
        draws = np.random.default_rng(COMMITTEE).normal(size=(int(used.sum()), COMMITTEE))
        spread = scipy.linalg.solve_triangular(factor, draws, lower=False, check_finite=False)
        committee[used] = scale[:, None] * spread
        return Solution(coefficients, committee)


def add_known(
    equations: Sequence[NormalEquations],
    designer: Designer,
    known: Sequence[tuple[Atoms, Label]],
    confidence: float = 1.0,
) -> None:
    """Add frames with their labels to each; those whose descriptors LAMMPS cannot compute are left out."""
    frames = [frame for frame, _ in known]
    for rows, (frame, label) in zip(designer.tolerant_rows(frames), known, strict=True):
        if rows is not None:
            for each in equations:
                each.add(rows, label, confidence * np.sqrt(frame_weight(each.member, frame)))


class Solution:
    """Fitted coefficients and how well they are known.

    Attributes:
        coefficients: (n_coefficients,).
        committee: Deviations drawn from what the data and the ridge leave open (the posterior of the linear model with
            unit errors of the weighted rows), (n_coefficients, `COMMITTEE`).
    """

    def __init__(self, coefficients: NDArray[np.float64], committee: NDArray[np.float64]) -> None:
        self.coefficients = coefficients
        self.committee = committee

    def predict(self, frame: FrameRows) -> NDArray[np.float64]:
        """Energy, forces, stress of a frame in the order of its rows, baseline included."""
        return frame.rows @ self.coefficients + frame.baseline

    def leverage(self, frame: FrameRows, settings: StudentConfig) -> NDArray[np.float64]:
        """Extrapolation of each atom of a frame, (n_atoms,).

        The uncertainty of the atom's force that comes from the coefficients' own, in units of the error at which
        forces are fitted. A fitted atom stays below 1; well above 1 its surroundings are new to the fit. From the
        committee, so with a relative error of about 8 %; exact leverages would cost a hundred times as much.
        """
        forces = slice(1, 1 + 3 * frame.n_atoms)
        spread = frame.rows[forces] @ self.committee * frame.weights(settings)[forces, None]
        grade: NDArray[np.float64] = np.sqrt((spread**2).reshape(frame.n_atoms, -1).mean(axis=1))
        return grade
