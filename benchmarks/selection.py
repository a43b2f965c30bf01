"""Which frames are worth a label: orders of choice compared on the labels of a student that is there.

    python -m benchmarks.selection results/NAME/students/FAMILY

A fit to the displaced copies and contacts chooses among frames of all rounds and all but the last examination, which
judges: in their order, at random, by the largest grade, and by leverage (D-optimal: the frame that adds most to the
determinant of the normal matrix, given those chosen before). Linear algebra alone, some minutes of one core.
"""

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from screening.students.design import Designer, FrameRows, Label
from screening.students.fit import NormalEquations, Solution
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.students.seeds import confidence_in

Floats = NDArray[np.float64]

COUNTS = (6, 12, 18, 24, 36, 48, 72)
# Random directions that stand for all coefficients when the gains of frames are compared.
DIRECTIONS = 256
DRAWS = 2


@dataclass(frozen=True)
class Frame:
    """A labelled frame, its rows and how much it counts."""

    rows: FrameRows
    label: Label
    confidence: float


def main(folder: Path) -> None:
    """Print a line for each order: force error after so many frames, meV/Angstrom."""
    (place,) = sorted(path.parent for path in folder.glob("*/student/manifest.json"))
    student = StudentPotential.load(place, allow_refused=True)
    batches = _batches(student, place.parent / "labels")
    examinations = sorted(name for name in batches if name.startswith("examination"))
    test = batches[examinations[-1]]
    first = [frame for name in ("seed", "contact", "earlier", "earlier_contact") for frame in batches.get(name, ())]
    rounds = sorted(name for name in batches if name.startswith("round"))
    pool = [frame for name in [*rounds, *examinations[:-1]] for frame in batches[name]]
    start = _added(NormalEquations(student.basis, student.settings), first)
    print(f"{len(pool)} frames to choose from, {len(first)} learnt, {len(test)} judge; after {COUNTS} frames:")
    rng = np.random.default_rng(1)
    by_grade = np.argsort([-_grade(start.solve(), frame, student) for frame in pool])
    orders = {
        "in their order": [range(len(pool))],
        "at random": [rng.permutation(len(pool)) for _ in range(DRAWS)],
        "by the largest grade": [by_grade],
        "by leverage": [by_leverage(start, pool, student, min(max(COUNTS), len(pool)), rng)],
    }
    for name, some in orders.items():
        errors = np.mean([_errors(start, [pool[k] for k in order], test, student) for order in some], axis=0)
        print(f"{name}: {', '.join(f'{error:.1f}' for error in errors)} meV/A", flush=True)


def by_leverage(
    start: NormalEquations, pool: Sequence[Frame], student: StudentPotential, n: int, rng: np.random.Generator
) -> list[int]:
    """Numbers of `n` frames, each the one that adds most to the determinant of what is known by then."""
    size = len(start.moment)
    matrix = start.gram + np.triu(start.gram, 1).T
    matrix[np.diag_indices(size)] += student.settings.ridge * np.diagonal(matrix).max()
    factor = scipy.linalg.cholesky(matrix, lower=False, check_finite=False)
    random = rng.normal(size=(size, DIRECTIONS)) / DIRECTIONS**0.5
    directions = scipy.linalg.solve_triangular(factor, random, check_finite=False)
    seen = []
    for frame in pool:
        rows = slice(0, 1 + 3 * frame.rows.n_atoms)
        weights = frame.rows.weights(student.settings, frame.label)[rows, None]
        seen.append((frame.rows.rows[rows] * weights) @ directions)
    known = np.eye(DIRECTIONS)
    chosen: list[int] = []
    while len(chosen) < n:
        left = [k for k in range(len(pool)) if k not in chosen]
        gains = [np.linalg.slogdet(np.eye(len(seen[k])) + seen[k] @ known @ seen[k].T)[1] for k in left]
        best = seen[left[int(np.argmax(gains))]]
        chosen.append(left[int(np.argmax(gains))])
        across = known @ best.T
        known = known - across @ np.linalg.solve(np.eye(len(best)) + best @ across, across.T)
    return chosen


def _batches(student: StudentPotential, labels: Path) -> dict[str, list[Frame]]:
    found = {}
    with closing(Designer(student.basis, student.settings)) as designer:
        for path in sorted(labels.glob("*.npz")):
            known = read_batch(path)
            rows = designer.tolerant_rows([atoms for atoms, _ in known])
            confidence = confidence_in(path.stem)
            found[path.stem] = [
                Frame(row, label, confidence) for row, (_, label) in zip(rows, known, strict=True) if row is not None
            ]
    return found


def _added(equations: NormalEquations, frames: Sequence[Frame]) -> NormalEquations:
    for frame in frames:
        equations.add(frame.rows, frame.label, frame.confidence)
    return equations


def _errors(
    start: NormalEquations, order: Sequence[Frame], test: Sequence[Frame], student: StudentPotential
) -> list[float]:
    equations = NormalEquations(student.basis, student.settings)
    equations.gram, equations.moment = np.array(start.gram, order="F"), start.moment.copy()
    equations.n_frames = start.n_frames
    errors, done = [], 0
    for count in COUNTS:
        _added(equations, order[done:count])
        done = count
        errors.append(_error(equations.solve(), test))
    return errors


def _error(solution: Solution, test: Sequence[Frame]) -> float:
    """Mean absolute force error, meV/Angstrom."""
    differences: list[Floats] = []
    for frame in test:
        forces = slice(1, 1 + 3 * frame.rows.n_atoms)
        own = (frame.rows.rows @ solution.coefficients)[forces]
        differences.append(np.abs(own - frame.rows.targets(frame.label)[forces]))
    return 1e3 * float(np.concatenate(differences).mean())


def _grade(solution: Solution, frame: Frame, student: StudentPotential) -> float:
    return float(solution.leverage(frame.rows, student.settings).max())


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
