"""Where the ions are: their density on a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from screening.records.fields import Key
from screening.records.typed import Part
from screening.trajectories.frames import framework_frame
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class IonDensity:
    """Time-averaged density of the mobile ions.

    Attributes:
        values: Ions per A^3, (na, nb, nc), along the lattice vectors.
        cell: Mean cell, row vectors in Angstrom, (3, 3).
        n_samples: Ion positions that were counted.
    """

    values: Floats
    cell: Floats
    n_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDensity(Part):
    """Where the ions are most of their time, on a grid coarse enough to draw."""

    shape: Annotated[tuple[int, ...], Key("of the grid, along the lattice vectors", shape="3")]
    voxels: Annotated[
        tuple[int, ...],
        Key("flat indices in C order, the densest first; the middle of voxel i is at (i + 1/2) / shape"),
    ]
    density_per_A3: Annotated[tuple[float, ...], Key("ions per volume in each of them")]
    share: Annotated[float, Key("of the ions' time that they hold")]


def ion_density(
    trajectories: Sequence[Trajectory], mobile: str, *, spacing_A: float = 0.3, smoothing_A: float = 0.3
) -> IonDensity:
    """Density of the mobile ions in the framework's frame of reference.

    Args:
        trajectories: Of the same cell (differences of a few per cent are mapped through fractional coordinates).
        mobile: Element of the mobile ions.
        spacing_A: Largest grid spacing in Angstrom.
        smoothing_A: Width (standard deviation) of the Gaussian each ion is smeared with, Angstrom; 0 for none.
    """
    frames = [framework_frame(trajectory, mobile) for trajectory in trajectories]
    cell = np.mean([c for _, c in frames], axis=0)
    shape = tuple(int(n) for n in np.maximum(np.ceil(np.linalg.norm(cell, axis=1) / spacing_A), 2))
    counts = np.zeros(int(np.prod(shape)))
    samples, n_frames = 0, 0
    for (positions, own), trajectory in zip(frames, trajectories, strict=True):
        inverse, indices = np.linalg.inv(own), trajectory.indices(mobile)
        for start in range(0, len(positions), 1000):
            fractional = (positions[start : start + 1000][:, indices].astype(np.float64) @ inverse) % 1.0
            voxels = np.minimum((fractional * shape).astype(np.intp), np.array(shape) - 1).reshape(-1, 3)
            counts += np.bincount(np.ravel_multi_index(tuple(voxels.T), shape), minlength=len(counts))
            samples += len(voxels)
        n_frames += len(positions)
    volume = abs(np.linalg.det(cell)) / len(counts)
    values = counts.reshape(shape) / (n_frames * volume)
    if smoothing_A > 0.0:
        widths = smoothing_A * np.array(shape) / np.linalg.norm(cell, axis=1)
        values = gaussian_filter(values, widths, mode="wrap")
    return IonDensity(values, cell, samples)


def densest_voxels(density: IonDensity, *, spacing_A: float, share: float) -> DrawnDensity:
    """Where the ions are most of their time, few enough to draw.

    Args:
        density: On its own, finer grid.
        spacing_A: About the spacing of the grid drawn, in Angstrom.
        share: Of the ions' time that is kept, the densest voxels first.
    """
    fine = np.array(density.values.shape)
    wanted = np.clip(np.ceil(np.linalg.norm(density.cell, axis=1) / spacing_A), 1, fine)
    coarse = zoom(density.values, wanted / fine, order=1, mode="grid-wrap", grid_mode=True)
    flat = coarse.ravel()
    order = np.argsort(-flat, kind="stable")
    held = np.cumsum(flat[order]) / flat.sum()
    kept = order[: int(np.searchsorted(held, share)) + 1]
    return DrawnDensity(
        shape=coarse.shape,
        voxels=tuple(kept.tolist()),
        density_per_A3=tuple(float(f"{value:.3g}") for value in flat[kept]),
        share=float(held[len(kept) - 1]),
    )
