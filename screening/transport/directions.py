"""The record of the dimensionality: the diffusion tensor's vote and that of each ordering's ion density."""

from collections.abc import Sequence
from typing import Any

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

#: Frames that one density is made from, and voxels of its grid, at most.
_MAX_FRAMES = 3000
_MAX_VOXELS = 4_000_000
_SPACING_A = 0.3


def directions_record(
    trajectories: Sequence[Trajectory],
    orderings: Sequence[int],
    eigenvalues: Sequence[Estimate] | None,
    *,
    mobile: str,
    temperature_K: float,
    volume_A3: float,
    threshold: float,
) -> dict[str, Any]:
    """Dimensionality with its probability, and along which directions each ordering's density connects.

    Each ordering has its own density: other orderings have other paths.

    Args:
        trajectories: Equilibrated.
        orderings: Label of each.
        eigenvalues: Of the diffusion tensor; None where no ion left its neighbourhood.
        mobile: Element of the mobile ions.
        temperature_K: In K.
        volume_A3: Of the cell; the density's grid is 0.3 Angstrom, coarser where that were over 4 million voxels.
        threshold: Share of the fastest direction from which a direction counts.
    """
    tensor = closed_probabilities() if eigenvalues is None else tensor_probabilities(eigenvalues, threshold)
    spacing = max(_SPACING_A, float((volume_A3 / _MAX_VOXELS) ** (1.0 / 3.0)))
    densities: list[dict[str, Any]] = []
    votes = []
    for label in dict.fromkeys(orderings):
        own = [t for t, other in zip(trajectories, orderings, strict=True) if other == label]
        frames = _MAX_FRAMES // len(own)
        density = ion_density([t.thinned(frames) for t in own], mobile, spacing_A=spacing)
        connected = percolation(density, temperature_K)
        votes.append(density_axes(connected, temperature_K, threshold))
        densities.append(
            {
                "ordering": label,
                "dimensionality": votes[-1],
                "barriers_eV": list(connected.barriers_eV),
                "directions": directions_of(connected, votes[-1]),
            }
        )
    found = decide(tensor, votes, ions_moved=eigenvalues is not None)
    return {
        "dimensionality": found.axes,
        "dimensionality_confidence": found.confidence,
        "dimensionality_probabilities": list(found.probabilities),
        "dimensionality_from_tensor": None if eigenvalues is None else int(tensor.argmax()),
        "percolation": densities,
    }
