"""What holds an ion in each layer: how many anions of each kind are around it."""

from collections.abc import Mapping, Sequence

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import NDArray

from screening.constants import BOND_FACTOR
from screening.meso.counts import Slab, placed
from screening.meso.record import Neighbours
from screening.parents.radii import ionic_radius
from screening.trajectories.frames import in_mean_cell, mean_cell
from screening.trajectories.trajectory import Trajectory
from screening.transport.jackknife import jackknife_error

Floats = NDArray[np.float64]

#: Of the sum of ionic radii: an anion as near as that is around the ion. Between first and second shell of Li and S.
SHELL = 1.25
#: Frames of each run, and stretches of time for the errors.
FRAMES, BLOCKS = 40, 10


def anions_around(
    runs: Sequence[Trajectory], mobile: str, slab: Slab, charges: Mapping[str, float]
) -> list[dict[str, Neighbours]]:
    """Mean number of anions of each kind around ions, by kind of layer; nothing around mobile anions.

    Args:
        runs: Equilibrated.
        mobile: Element of the mobile ions.
        slab: The layers.
        charges: Oxidation state of each element; one that is not named is no anion.
    """
    kinds = slab.kinds
    n_kinds = int(kinds.max()) + 1
    names = [kinds_of_anions(run, mobile, charges) for run in runs]
    every = sorted({name for own in names for name in own if name})
    # An ion that is an anion is held by cations, and other anions near it hold nothing.
    if not every or charges[mobile] < 0:
        return [{} for _ in range(n_kinds)]
    found, ions = [], []
    for run, own in zip(runs, names, strict=True):
        _, _, layers = placed(run, mobile, slab)
        chosen = np.unique(np.linspace(0, run.n_frames - 1, min(FRAMES, run.n_frames)).round().astype(int))
        for frames in np.array_split(chosen, min(BLOCKS, len(chosen))):
            sums, there = np.zeros((n_kinds, len(every))), np.zeros(n_kinds)
            for frame in frames:
                counted = _frame(run, mobile, own, every, charges, int(frame))
                kind = kinds[layers[frame]]
                np.add.at(sums, kind, counted)
                there += np.bincount(kind, minlength=n_kinds)
            found.append(sums)
            ions.append(there)
    whole, number = np.array(found), np.array(ions)
    return [
        {name: _mean(whole[:, k, column], number[:, k]) for column, name in enumerate(every)}
        if number[:, k].sum()
        else {}
        for k in range(n_kinds)
    ]


def kinds_of_anions(run: Trajectory, mobile: str, charges: Mapping[str, float]) -> list[str]:
    """Name of each atom that is an anion, such as S, or S(P) where it is bonded to phosphorus; "" of others."""
    symbols = run.symbols
    radii = [BOND_FACTOR * covalent_radii[atomic_numbers[symbol]] for symbol in symbols]
    first, second = primitive_neighbor_list(
        "ij", [True] * 3, mean_cell(run.cells), in_mean_cell(run)[0].astype(np.float64), radii
    )
    bonded: dict[int, str] = {}
    for i, j in zip(first, second, strict=True):
        if charges.get(symbols[i], 0.0) < 0 < charges.get(symbols[j], 0.0) and symbols[j] != mobile:
            bonded.setdefault(int(i), symbols[j])
    return [
        "" if charges.get(symbol, 0.0) >= 0 else f"{symbol}({bonded[i]})" if i in bonded else symbol
        for i, symbol in enumerate(symbols)
    ]


def _frame(
    run: Trajectory, mobile: str, names: Sequence[str], every: Sequence[str], charges: Mapping[str, float], frame: int
) -> Floats:
    """Anions of each kind around each ion, (n_ions, n_names)."""
    ions = run.indices(mobile)
    anions = sorted({symbol for symbol in run.symbols if charges.get(symbol, 0.0) < 0})
    reach = {
        (mobile, symbol): SHELL * (ionic_radius(mobile, charges[mobile]) + ionic_radius(symbol, charges[symbol]))
        for symbol in anions
    }
    numbers = np.array([atomic_numbers[symbol] for symbol in run.symbols])
    cell = run.cells if run.cells.ndim == 2 else run.cells[frame]
    i, j = primitive_neighbor_list("ij", [True] * 3, cell, run.positions[frame].astype(np.float64), reach, numbers)
    place, column = {int(ion): k for k, ion in enumerate(ions)}, {name: k for k, name in enumerate(every)}
    counted = np.zeros((len(ions), len(every)))
    for ion, anion in zip(i, j, strict=True):
        if int(ion) in place and names[anion]:
            counted[place[int(ion)], column[names[anion]]] += 1
    return counted


def _mean(sums: Floats, ions: Floats) -> Neighbours:
    total, number = sums.sum(), ions.sum()
    left = [(total - s) / (number - n) if number > n else None for s, n in zip(sums, ions, strict=True)]
    return Neighbours(number=float(total / number), error=jackknife_error(left))
