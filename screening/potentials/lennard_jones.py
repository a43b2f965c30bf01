"""A Lennard-Jones crystal for tests: milliseconds a step and no weights."""

import hashlib

from ase.calculators.lj import LennardJones

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.batch import one_by_one as batched  # noqa: F401 - as every loader that has it

FUNCTIONAL = "none: a test potential"
PARAMETERS = {"sigma": 2.2, "epsilon": 0.05, "rc": 6.0, "smooth": True}


def check(argument: str, precision: str | None) -> str:
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if argument:
        raise PotentialError(f"lj:{argument} is not known; use lj")
    if precision == "single":
        raise PotentialError("lj runs in double precision only")
    return ""


def functional(argument: str) -> str:  # noqa: ARG001 - as every loader
    """It stands for no material, and so for no functional."""
    return FUNCTIONAL


def load(argument: str, device: str, precision: str = "double") -> Potential:  # noqa: ARG001 - as every loader
    """The same Lennard-Jones interaction between all pairs of elements."""
    check(argument, precision)
    checksum = hashlib.sha256(str(sorted(PARAMETERS.items())).encode()).hexdigest()
    return Potential(LennardJones(**PARAMETERS), "lj", "1", FUNCTIONAL, checksum, precision, "cpu")
