"""Pictures of docs/meso-scale.md: a boundary as it is joined, and a composite against voxels.

python -m benchmarks.meso.pictures [FOLDER]
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates.enumerate import enumerate_candidates
from screening.config.candidates import CandidatesConfig
from screening.config.stages import EnumerateSettings
from screening.meso.media import two_phases
from screening.parents import library
from tests.voxels import conductivity

FOLDER = Path(__file__).parents[2] / "docs" / "figures"
#: As on the page.
COLOURS = {"Li": "#009e73", "P": "#0072b2", "S": "#f0e442", "Cl": "#56b4e9"}
#: Of the composite: two conductors a hundred times worse than what is between them, in grains of so many voxels.
ONE, OTHER, WALL, GRAIN, GRAINS = 1.0, 0.3, 100.0, 6, 5


def main(folder: Path = FOLDER) -> None:
    """Write meso-boundary.svg and meso-composite.svg."""
    draw_boundary(folder / "meso-boundary.svg")
    draw_composite(folder / "meso-composite.svg")


def draw_boundary(path: Path) -> None:
    """The (2 1 0) twin of Li6PS5Cl along its first edge, boundaries dotted."""
    twin = {"plane": [2, 1, 0], "grain_A": 15, "min_width_A": 9, "keep": 1, "single_points": 0}
    settings = EnumerateSettings(
        mobile_ion="Li",
        seed=1,
        oxidation_states={},
        candidates=CandidatesConfig.model_validate({"rules": [{"parent": "Li6PS5Cl", "grain_boundary": twin}]}),
    )
    made = enumerate_candidates(settings, {"Li6PS5Cl": library.load("Li6PS5Cl")}, {}).candidates
    boundary = next(one for one in made if one.joined)
    structure, how = boundary.structures[0], boundary.joined[0]
    canvas, axes = plt.subplots(figsize=(6.4, 3.2))
    across, height, period = _seen(structure)
    order = np.argsort(structure.cart_coords @ structure.lattice.matrix[0])
    for k in order:
        symbol = structure[int(k)].specie.symbol
        radius = 26 * covalent_radii[atomic_numbers[symbol]]
        edge = "#333333" if k in how.lower else "#c43c00"
        axes.scatter(height[k], across[k], s=radius, color=COLOURS[symbol], edgecolor=edge, lw=0.7)
    assert boundary.boundary is not None
    for at in (-how.gap_A / 2, boundary.boundary.grain_A + how.gap_A / 2, period - how.gap_A / 2):
        axes.axvline(at, color="0.4", ls=":", lw=1)
    for symbol, colour in COLOURS.items():
        axes.scatter([], [], color=colour, label=symbol, s=30, edgecolor="#333333", lw=0.7)
    axes.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.set_aspect("equal")
    axes.set_xlabel("height across the boundaries (Å)")
    axes.set_ylabel("in the plane (Å)")
    _save(canvas, path)


def _seen(structure: Structure) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Of each atom the place along the second edge and the height, and the cell's height."""
    a, b, c = structure.lattice.matrix
    normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
    sideways = np.cross(normal, a / np.linalg.norm(a))
    return structure.cart_coords @ sideways, structure.cart_coords @ normal, float(c @ normal)


def draw_composite(path: Path) -> None:
    """Two poor conductors with a good interface, against the other's share: formula, range, voxels."""
    canvas, axes = plt.subplots(figsize=(5.2, 3.2))
    shares = np.linspace(0.0, 1.0, 101)
    conductance, resistance = WALL - OTHER, 1 / WALL - 1 / OTHER
    found = [two_phases(ONE, OTHER, resistance, conductance, GRAIN, share) for share in shares]
    axes.fill_between(shares, [f.low for f in found], [f.high for f in found], color="#0072B2", alpha=0.15, lw=0)
    axes.plot(shares, [f.value for f in found], color="#0072B2", label="formula, and range")
    for k, share in enumerate((0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95)):
        sigma, taken = _voxels(share, np.random.default_rng(k))
        label = "voxels" if k == 0 else None
        axes.plot(taken, conductivity(sigma), "s", color="#D55E00", ms=5, label=label)
    axes.set_yscale("log")
    axes.set_xlabel("share of the other conductor")
    axes.set_ylabel("σ over the first one's")
    axes.legend(frameon=False)
    _save(canvas, path)


def _voxels(share: float, rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    """Cubes at random, with a wall in the other conductor's outermost voxels, and that one's share."""
    n = GRAINS**3
    taken = rng.permutation(np.arange(n) < round(share * n)).reshape((GRAINS,) * 3)
    other = np.kron(taken, np.ones((GRAIN,) * 3)) > 0
    faces = np.zeros(other.shape, dtype=bool)
    for axis in range(3):
        for way in (1, -1):
            faces |= other & ~np.roll(other, way, axis)
    sigma = np.where(other, OTHER, ONE)
    sigma[faces] = WALL
    return sigma, float(other.mean())


def _save(canvas: plt.Figure, path: Path) -> None:
    canvas.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(canvas)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
