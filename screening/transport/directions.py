"""The record of the dimensionality: the diffusion tensor's vote and that of each ordering's ion density."""

from collections.abc import Sequence
from dataclasses import replace

from screening.trajectories.trajectory import Trajectory
from screening.transport.combination import Estimate
from screening.transport.density import ion_density
from screening.transport.dimensionality import (
    closed_probabilities,
    decide,
    density_axes,
    directions_of,
    tensor_probabilities,
)
from screening.transport.percolation import percolation
from screening.transport.record import PercolatingDensity, TransportRecord

#: Frames that one density is made from, and voxels of its grid, at most.
_MAX_FRAMES = 3000
_MAX_VOXELS = 4_000_000
_SPACING_A = 0.3


def with_directions(
    record: TransportRecord,
    trajectories: Sequence[Trajectory],
    orderings: Sequence[int],
    eigenvalues: Sequence[Estimate] | None,
    *,
    threshold: float,
) -> TransportRecord:
    """The record with its dimensionality, and along which directions each ordering's density connects.

    Each ordering has its own density: other orderings have other paths.

    Args:
        record: Of these trajectories, with their sizes; the density's grid is 0.3 Angstrom, coarser where that were
            over 4 million voxels.
        trajectories: Equilibrated.
        orderings: Label of each.
        eigenvalues: Of the diffusion tensor; None where no ion left its neighbourhood.
        threshold: Share of the fastest direction from which a direction counts.
    """
    assert record.mobile is not None
    assert record.volume_A3 is not None
    tensor = closed_probabilities() if eigenvalues is None else tensor_probabilities(eigenvalues, threshold)
    spacing = max(_SPACING_A, float((record.volume_A3 / _MAX_VOXELS) ** (1.0 / 3.0)))
    densities: list[PercolatingDensity] = []
    for label in dict.fromkeys(orderings):
        own = [t for t, other in zip(trajectories, orderings, strict=True) if other == label]
        frames = _MAX_FRAMES // len(own)
        density = ion_density([t.thinned(frames) for t in own], record.mobile, spacing_A=spacing)
        connected = percolation(density, record.temperature_K)
        axes = density_axes(connected, record.temperature_K, threshold)
        densities.append(
            PercolatingDensity(
                ordering=label,
                dimensionality=axes,
                barriers_eV=tuple(connected.barriers_eV),
                directions=tuple(directions_of(connected, axes)),
            )
        )
    found = decide(tensor, [one.dimensionality for one in densities], ions_moved=eigenvalues is not None)
    return replace(
        record,
        dimensionality=found.axes,
        dimensionality_confidence=found.confidence,
        dimensionality_probabilities=found.probabilities,
        dimensionality_from_tensor=None if eigenvalues is None else int(tensor.argmax()),
        percolation=tuple(densities),
    )
