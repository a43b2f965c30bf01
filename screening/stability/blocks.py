"""Relaxed orderings side by side in a larger cell, each drawn with its weight where the arrangement froze in."""

from itertools import product

import numpy as np
from pymatgen.core import Lattice, Structure

from screening.constants import K_EV
from screening.errors import StructureError
from screening.stability.phases import energy_eV, usable
from screening.stability.record import RelaxedRecord


def blocks(record: RelaxedRecord, repeat: int, temperature_K: float, draw: int, seed: int) -> Structure:
    """A larger cell in which each small one is an ordering, drawn by g exp(-E / kT) with the potential's energies.

    Orderings are independent of their neighbours, and all have the lattice of the lowest one.

    Args:
        record: The candidate with its orderings.
        repeat: Small cells along each edge.
        temperature_K: Of the weights.
        draw: Which of several, from 0.
        seed: Of all draws.

    Raises:
        StructureError: fewer than two orderings were relaxed.
    """
    found = usable(record)
    if len(found) < 2:
        raise StructureError(
            "a single ordering was relaxed, so there is nothing to draw; raise candidates.orderings.keep"
        )
    energies = np.array([energy_eV(ordering) for ordering in found])
    weights = np.array([ordering.weight for ordering in found]) * np.exp(
        (energies.min() - energies) / (K_EV * temperature_K)
    )
    rng = np.random.default_rng([seed, draw])
    structures = [Structure.from_dict(ordering.structure) for ordering in found]
    lowest = structures[int(energies.argmin())]
    species, places = [], []
    for image in product(range(repeat), repeat=3):
        one = structures[int(rng.choice(len(found), p=weights / weights.sum()))]
        species += [site.specie for site in one]
        places.append((one.frac_coords + np.array(image)) / repeat)
    return Structure(Lattice(lowest.lattice.matrix * repeat), species, np.concatenate(places))
