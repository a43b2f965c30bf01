"""Along how many axes do the ions diffuse?"""

from collections.abc import Sequence
from dataclasses import dataclass

from screening.transport.diffusion import Estimate


@dataclass(frozen=True)
class Dimensionality:
    """Number of diffusive axes.

    Attributes:
        axes: 0 to 3.
        certain: False where an eigenvalue is within one standard error of the threshold.
    """

    axes: int
    certain: bool


def count_axes(eigenvalues: Sequence[Estimate], threshold: float) -> Dimensionality:
    """Count the eigenvalues of the diffusion tensor above `threshold` times the largest one.

    Args:
        eigenvalues: With errors, any order and unit.
        threshold: Share of the largest eigenvalue, 0 to 1.
    """
    largest = max(eigenvalue.value for eigenvalue in eigenvalues)
    if largest <= 0.0:
        return Dimensionality(0, False)
    limit = threshold * largest
    axes = sum(eigenvalue.value > limit for eigenvalue in eigenvalues)
    certain = all(abs(eigenvalue.value - limit) > eigenvalue.error for eigenvalue in eigenvalues)
    return Dimensionality(axes, certain)
