"""A Lennard-Jones crystal for tests: milliseconds a step and no weights."""

import hashlib

from ase.calculators.lj import LennardJones

from screening.potentials.registry import Potential

PARAMETERS = {"sigma": 2.2, "epsilon": 0.05, "rc": 6.0, "smooth": True}


def load(argument: str, device: str) -> Potential:  # noqa: ARG001 - every loader has this signature
    """The same Lennard-Jones interaction between all pairs of elements."""
    checksum = hashlib.sha256(str(sorted(PARAMETERS.items())).encode()).hexdigest()
    return Potential(LennardJones(**PARAMETERS), "lj", "1", "none: a test potential", checksum)
