"""Do the anion groups turn?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from screening.trajectories.frames import in_mean_cell, mean_cell
from screening.trajectories.periodic import NearestPlaces
from screening.trajectories.trajectory import Trajectory
from screening.transport.jackknife import jackknife_error

Floats = NDArray[np.float64]

#: Elements that bind anions into groups such as PS4, BH4 or SiO4.
CENTRES = ("B", "Al", "Si", "P", "Ge", "As", "Sn", "Sb", "C", "N")
ANIONS = ("H", "N", "O", "F", "S", "Cl", "Se", "Br", "Te", "I")

_BOND_FACTOR = 1.2


def group_bonds(trajectory: Trajectory, centres: Sequence[str] = CENTRES) -> tuple[NDArray[np.intp], Floats]:
    """Bonds of the anion groups in the first frame.

    Args:
        trajectory: Unwrapped.
        centres: Elements at the groups' centres.

    Returns:
        (centre, ligand) indices (n_bonds, 2), and the lattice translation of each ligand in Angstrom (n_bonds, 3).
        A bond is shorter than 1.2 times the covalent radii's sum.
    """
    symbols = np.array(trajectory.symbols)
    cell = mean_cell(trajectory.cells)
    positions = in_mean_cell(trajectory)[0].astype(np.float64)
    bonds: list[tuple[int, int]] = []
    shifts: list[Floats] = []
    ligands = np.flatnonzero(np.isin(symbols, ANIONS))
    for element in centres:
        middle = np.flatnonzero(symbols == element)
        around = ligands[symbols[ligands] != element]
        if len(middle) == 0 or len(around) == 0:
            continue
        found, image, distance = NearestPlaces(positions[around], cell, min(6, len(around)))(positions[middle])
        reach = covalent_radii[[atomic_numbers[symbols[i]] for i in around]] + covalent_radii[atomic_numbers[element]]
        for row, column in np.argwhere(distance < _BOND_FACTOR * reach[found]):
            bonds.append((int(middle[row]), int(around[found[row, column]])))
            shifts.append(image[row, column] @ cell)
    return np.array(bonds, dtype=np.intp).reshape(-1, 2), np.array(shifts, dtype=np.float64).reshape(-1, 3)


def autocorrelation(series: Floats) -> Floats:
    """Mean over time origins and series of x(t) x(t + lag), by FFT.

    Args:
        series: (n_frames, n_series).

    Returns:
        (n_frames,), lag 0 first.
    """
    n = len(series)
    size = next_fast_len(2 * n, real=True)
    power = np.zeros(size // 2 + 1)
    for start in range(0, series.shape[1], 64):
        power += (np.abs(rfft(series[:, start : start + 64], size, axis=0)) ** 2).sum(axis=1)
    result: Floats = irfft(power, size)[:n] / (np.arange(n, 0, -1) * series.shape[1])
    return result


@dataclass(frozen=True)
class Rotation:
    """Orientational correlation of the groups' bonds.

    Attributes:
        n_bonds: Bonds followed.
        lag_ps: (n_lags,), to half of the run.
        first, second: <P1> and <P2> of the angle a bond turns through, (n_lags,).
        first_error, second_error: Their standard errors, (n_lags,); None with one group.
        relaxation_ps: Lag at which the second falls below 1/e; None where it does not: the groups only librate.
        relaxation_error_ps: Its standard error; None where it is not known, or some groups only librate.
    """

    n_bonds: int
    lag_ps: Floats
    first: Floats
    second: Floats
    first_error: Floats | None
    second_error: Floats | None
    relaxation_ps: float | None
    relaxation_error_ps: float | None


def rotation(trajectories: Sequence[Trajectory], centres: Sequence[str] = CENTRES) -> Rotation | None:
    """Rotation of anion groups, or None where the crystal has none.

    <P1> = <u(0) . u(t)> and <P2> = (3 <(u(0) . u(t))^2> - 1) / 2 over all time origins, the square as the
    correlation of the six products of u's components. Errors are those of the mean over groups, taken as independent
    and each as one value, since a group's bonds turn together; that of the relaxation time is their jackknife.

    Args:
        trajectories: Replicas of one ordering, unwrapped; each counts by its length, lags end at half of the shortest.
        centres: Elements at the groups' centres.
    """
    kept = max(2, min(t.n_frames for t in trajectories) // 2)
    lag_ps = np.arange(kept, dtype=np.float64) * (trajectories[0].frame_interval_fs / 1000.0)
    first, second, weights, n_bonds = [], [], [], []
    for trajectory in trajectories:
        bonds, unit = _bond_directions(trajectory, centres)
        if len(bonds) == 0:
            return None
        for centre in np.unique(bonds[:, 0]):
            own = unit[:, bonds[:, 0] == centre]
            first.append(_first(own)[:kept])
            second.append(_second(own)[:kept])
            weights.append(own.shape[0] * own.shape[1])
        n_bonds.append(len(bonds))
    shares = np.array(weights) / sum(weights)
    means = [np.average(curves, axis=0, weights=shares) for curves in (first, second)]
    without_one = [
        _relaxation(lag_ps, (means[1] - share * own) / (1.0 - share)) if share < 1.0 else None
        for own, share in zip(second, shares, strict=True)
    ]
    return Rotation(
        n_bonds[0],
        lag_ps,
        means[0],
        means[1],
        _error_of_mean(first, shares),
        _error_of_mean(second, shares),
        _relaxation(lag_ps, means[1]),
        jackknife_error(without_one),
    )


def _relaxation(lag_ps: Floats, second: Floats) -> float | None:
    """Where the curve falls below 1/e, between lags on the straight line."""
    below = np.flatnonzero(second < np.exp(-1.0))
    if len(below) == 0:
        return None
    after = int(below[0])
    share = (second[after - 1] - np.exp(-1.0)) / (second[after - 1] - second[after])
    return float(lag_ps[after - 1] + share * (lag_ps[after] - lag_ps[after - 1]))


def _error_of_mean(curves: Sequence[Floats], shares: Floats) -> Floats | None:
    """Standard error of a weighted mean of independent curves."""
    n = len(curves)
    if n < 2:
        return None
    away = np.array(curves) - np.average(curves, axis=0, weights=shares)
    error: Floats = np.sqrt(n / (n - 1) * (shares**2 @ away**2))
    return error


def _bond_directions(trajectory: Trajectory, centres: Sequence[str]) -> tuple[NDArray[np.intp], Floats]:
    """The groups' bonds, as `group_bonds`, and unit vectors along them, (n_frames, n_bonds, 3)."""
    bonds, shifts = group_bonds(trajectory, centres)
    positions = in_mean_cell(trajectory)
    vectors = (positions[:, bonds[:, 1]] - positions[:, bonds[:, 0]]).astype(np.float64) + shifts
    unit: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return bonds, unit


def _first(unit: Floats) -> Floats:
    return np.asarray(sum(autocorrelation(unit[:, :, a]) for a in range(3)), dtype=np.float64)


def _second(unit: Floats) -> Floats:
    square = sum(
        (1.0 if a == b else 2.0) * autocorrelation(unit[:, :, a] * unit[:, :, b]) for a in range(3) for b in range(a, 3)
    )
    return np.asarray(1.5 * square - 0.5, dtype=np.float64)
