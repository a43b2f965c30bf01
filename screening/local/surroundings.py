"""What surrounds the mobile ions, and how long they stay with each kind of anion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist

from screening.errors import StageError
from screening.local.hops import residence_times
from screening.local.record import AnionShare, Measured
from screening.local.rotation import ANIONS, CENTRES, group_bonds
from screening.local.sites import Occupation, Sites
from screening.trajectories.frames import framework_frame, mean_cell
from screening.trajectories.periodic import NearestPlaces, encode, padded
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

_N_BLOCKS = 4


@dataclass(frozen=True)
class PairDistribution:
    """Radial distribution of a species about the mobile ions.

    Attributes:
        r_A: Bin centres, (n,).
        g: Density of the species over its mean density, (n,).
        g_error: Standard error from blocks of the run, (n,).
        coordination: Neighbours within the outer edge of each bin, (n,).
        first_shell_A: First minimum of g after its first peak; None where there is none within the range.
        first_shell_coordination: Neighbours within it, with error; None likewise.
    """

    r_A: Floats
    g: Floats
    g_error: Floats
    coordination: Floats
    first_shell_A: float | None
    first_shell_coordination: Measured | None


def pair_distribution(
    trajectories: Sequence[Trajectory],
    mobile: str,
    others: NDArray[np.intp],
    *,
    range_A: float = 8.0,
    n_bins: int = 160,
    max_frames: int = 200,
) -> PairDistribution:
    """g(r) and the running coordination number of some atoms about the mobile ions, any cell shape.

    Args:
        trajectories: Replicas of one ordering, unwrapped, equilibrated; each counts by its length.
        mobile: Element of the mobile ions.
        others: Indices of the atoms counted; the mobile ions themselves are allowed (an ion is not its own
            neighbour, its periodic copies are).
        range_A: Largest distance in Angstrom.
        n_bins: Bins.
        max_frames: Frames used of each trajectory, evenly spaced.

    Raises:
        StageError: no atoms to count.
    """
    if len(others) == 0:
        raise StageError("no atoms to take a pair distribution with")
    edges = np.linspace(0.0, range_A, n_bins + 1)
    within, g_blocks, weights = [], [], []
    for trajectory in trajectories:
        cumulative = _neighbours_within(trajectory, mobile, others, edges, max_frames)
        volume = abs(np.linalg.det(mean_cell(trajectory.cells)))
        shells = 4.0 / 3.0 * np.pi * np.diff(edges**3) * len(others) / volume
        for part in np.array_split(cumulative, min(_N_BLOCKS, len(cumulative))):
            within.append(part.mean(axis=0))
            g_blocks.append(np.diff(within[-1], prepend=0.0) / shells)
            weights.append(len(part) * trajectory.n_frames / len(cumulative))
    blocks = len(within)
    mean, g = np.average(within, axis=0, weights=weights), np.average(g_blocks, axis=0, weights=weights)
    error = np.std(g_blocks, axis=0, ddof=1) / np.sqrt(blocks) if blocks > 1 else np.zeros(n_bins)
    shell = _first_minimum(g)
    found = None
    if shell is not None:
        inside = np.array(within)[:, shell]
        found = Measured(float(mean[shell]), float(inside.std(ddof=1) / np.sqrt(blocks)) if blocks > 1 else 0.0)
    return PairDistribution(
        0.5 * (edges[1:] + edges[:-1]), g, error, mean, None if shell is None else float(edges[shell + 1]), found
    )


def _neighbours_within(
    trajectory: Trajectory, mobile: str, others: NDArray[np.intp], edges: Floats, max_frames: int
) -> Floats:
    """Neighbours of a mobile ion within the outer edge of each bin, (n_frames used, n_bins)."""
    positions, cell = framework_frame(trajectory, mobile)
    ions, inverse = trajectory.indices(mobile), np.linalg.inv(cell)
    range_A, n_bins = float(edges[-1]), len(edges) - 1
    rows = np.unique(np.linspace(0, len(positions) - 1, min(max_frames, len(positions))).astype(np.intp))
    counts = np.empty((len(rows), n_bins))
    for index, row in enumerate(rows):
        frame = positions[row].astype(np.float64)
        home = ((frame[ions] @ inverse) % 1.0) @ cell
        points, _, _ = padded(frame[others], cell, range_A)
        # All pairs and a count of rounded distances: four times faster than a tree asked for every bin.
        bins = (cdist(home, points) * (n_bins / range_A)).astype(np.intp).ravel()
        counts[index] = np.bincount(bins[bins < n_bins], minlength=n_bins)
    counts[:, 0] -= len(np.intersect1d(ions, others))
    return np.asarray(np.cumsum(counts, axis=1) / len(ions), dtype=np.float64)


def _first_minimum(g: Floats) -> int | None:
    """Bin of the first minimum after the first peak above one, in a slightly smoothed curve."""
    smooth = gaussian_filter1d(g, 2.0, mode="nearest")
    rising = np.flatnonzero((smooth[1:-1] > 1.0) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > smooth[:-2])) + 1
    if len(rising) == 0:
        return None
    falling = np.flatnonzero((smooth[1:-1] <= smooth[2:]) & (smooth[1:-1] < smooth[:-2])) + 1
    later = falling[falling > rising[0]]
    return int(later[0]) if len(later) else None


def anion_labels(trajectory: Trajectory, mobile: str, centres: Sequence[str] = CENTRES) -> dict[int, str]:
    """A label for each anion of the framework: "S(P)" where it is bound to a group's centre, else "S".

    Returns:
        {atom index: label}, atoms in rising order.
    """
    bonds, _ = group_bonds(trajectory, centres)
    bound = {int(ligand): trajectory.symbols[int(centre)] for centre, ligand in bonds}
    middles = {int(centre) for centre, _ in bonds}
    labels = {}
    for index, symbol in enumerate(map(str, trajectory.symbols)):
        if symbol in ANIONS and symbol != mobile and index not in middles:
            labels[index] = f"{symbol}({bound[index]})" if index in bound else symbol
    return labels


def anion_shares(
    trajectories: Sequence[Trajectory],
    mobile: str,
    labels: dict[int, str],
    *,
    min_residence_ps: float = 0.3,
    anion_average_ps: float = 1.0,
) -> dict[str, AnionShare]:
    """Share of time and mean residence time of the mobile ions on each kind of anion.

    Args:
        trajectories: Replicas of one ordering, unwrapped, equilibrated; each counts by its length.
        mobile: Element of the mobile ions.
        labels: See `anion_labels`.
        min_residence_ps: Visits shorter than this are no change of anion; their time counts all the same.
        anion_average_ps: Anions are taken at their mean place over this time, short enough to follow turning groups.

    Raises:
        StageError: no anions.
    """
    if not labels:
        raise StageError("no anions in the framework to share the mobile ions' time between")
    kinds = tuple(labels.values())
    occupied = [_nearest_anions(t, mobile, labels, anion_average_ps) for t in trajectories]
    # Short visits are time with an anion too; only as changes of anion they do not count.
    counts = np.sum([np.bincount(one.site.ravel(), minlength=len(kinds)) for one in occupied], axis=0)
    times = counts / sum(one.codes.size for one in occupied)
    stays = residence_times([one.without_short_visits(min_residence_ps) for one in occupied])
    result = {}
    for kind in sorted(set(kinds)):
        members = np.array([k == kind for k in kinds])
        share = float(times[members].sum())
        result[kind] = AnionShare(int(members.sum()), share, share / float(members.mean()), stays[kind])
    return result


def _nearest_anions(trajectory: Trajectory, mobile: str, labels: dict[int, str], average_ps: float) -> Occupation:
    """The anion next to each mobile ion, as if anions were the sites."""
    positions, cell = framework_frame(trajectory, mobile)
    ions, anions = trajectory.indices(mobile), np.array(list(labels))
    interval_ps = trajectory.frame_interval_fs / 1000.0
    block = max(1, round(average_ps / interval_ps))
    codes = np.empty((len(positions), len(ions)), dtype=np.int64)
    for start in range(0, len(positions), block):
        part = positions[start : start + block]
        places = part[:, anions].mean(axis=0, dtype=np.float64)
        place, image, _ = NearestPlaces(places, cell)(part[:, ions].astype(np.float64))
        codes[start : start + block] = encode(place[..., 0], image[..., 0, :])
    fixed = positions[:, anions].mean(axis=0, dtype=np.float64) @ np.linalg.inv(cell)
    return Occupation(codes, Sites(fixed, tuple(labels.values())), cell, interval_ps)
