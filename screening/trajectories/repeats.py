"""The same motion in two runs: shifted, without its drift, with atoms in another order, or of some elements only."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from screening.errors import StageError
from screening.trajectories.trajectory import Trajectory

# So many steps in a row are compared, and lengths may differ by this share of a usual step: files round coordinates.
_WINDOW, _SAME = 5, 0.01
# Lengths of the steps of fewer atoms may agree by chance.
_MIN_ATOMS = 4


def refuse_shared_motion(runs: Sequence[tuple[str, Trajectory]]) -> None:
    """Refuse runs of which one begins or ends with steps that another makes too.

    Compared are the sorted lengths of the steps of one element's atoms, against their mean: no shift, drift or order of
    atoms changes them. Independent runs never agree.

    Args:
        runs: Names and trajectories.

    Raises:
        StageError: so.
    """
    for (name, one), (other_name, other) in combinations(runs, 2):
        own, its = Counter(one.symbols), Counter(other.symbols)
        for element in (element for element, n in own.items() if its[element] == n >= _MIN_ATOMS):
            a, b = _lengths(one, element), _lengths(other, element)
            if min(len(a), len(b)) >= _WINDOW and (_made_in(a, b) or _made_in(b, a)):
                raise StageError(
                    f"{name} and {other_name} hold the same motion of {element}, in all or some of their frames: give "
                    "each run once, whatever the order of its atoms, and no frame twice; errors would be too small"
                )


def _lengths(trajectory: Trajectory, element: str) -> NDArray[np.floating]:
    """Sorted lengths of the atoms' steps against their mean in Angstrom, (n_frames - 1, n_atoms)."""
    steps = np.diff(trajectory.positions[:, trajectory.indices(element)], axis=0)
    steps -= steps.mean(axis=1, keepdims=True)
    lengths: NDArray[np.floating] = np.sort(np.linalg.norm(steps, axis=-1), axis=-1)
    return lengths


def _made_in(inner: NDArray[np.floating], outer: NDArray[np.floating]) -> bool:
    """Whether the first or the last steps of one are steps of the other."""
    usual = float((outer**2).mean())
    if usual == 0.0:
        return False
    starts = len(outer) - _WINDOW + 1
    for part in (inner[:_WINDOW], inner[-_WINDOW:]):
        away = sum(((outer[k : k + starts] - part[k]) ** 2).mean(axis=-1) for k in range(_WINDOW)) / _WINDOW
        if float(np.min(away)) <= _SAME**2 * usual:
            return True
    return False
