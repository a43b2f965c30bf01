"""DIEP (Tawfik et al. 2024, 10.1039/D4DD00246F); the weights of one model, trained on MatPES r2SCAN, are in its wheel.

Its authors name two faults of these weights: the energy steps where two edges of a triplet cross in length, and forces
spike on nearly straight triplets in single precision, the only one there is. The self-check tells whether they matter.
"""

from importlib.metadata import version

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.registry import weights_checksum

FUNCTIONAL = "r2SCAN (MatPES)"


def check(argument: str, precision: str | None) -> str:
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if argument:
        raise PotentialError(f"diep:{argument} is not known; use diep, the model in its wheel")
    if precision == "double":
        raise PotentialError("diep runs in single precision only")
    return ""


def functional(argument: str) -> str:  # noqa: ARG001 - as every loader
    """What the model was trained on."""
    return FUNCTIONAL


def load(argument: str, device: str, precision: str = "single") -> Potential:
    """Load the model in the package's wheel (`diep`).

    Args:
        argument: "".
        device: "cpu" or "cuda".
        precision: "single"; the package computes in it.

    Raises:
        PotentialError: there is no such model, or double precision is asked for.
    """
    check(argument, precision)
    from diep.pretrained import make_calculator

    calculator = make_calculator(device=device)
    checksum = weights_checksum(calculator.potential.state_dict())
    return Potential(calculator, "diep", version("diep"), FUNCTIONAL, checksum, precision, device)
