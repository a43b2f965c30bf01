"""Degrees of a site exchange that a cell allows: the steps of which one is nearest to equilibrium."""

from dataclasses import replace
from math import ceil

import numpy as np

from screening.candidates.recipe import Recipe, SiteExchange
from screening.candidates.selection import select
from screening.candidates.supercell import Repeat
from screening.parents.base import Parent

#: A large cell allows more; each is relaxed with the potential.
MOST_STEPS = 8


def degrees_of(n_sites: int) -> list[float]:
    """Degrees above 0 and up to 1, at equal distances but for the last, of a sublattice of so many sites."""
    every = ceil(n_sites / MOST_STEPS)
    return [min(k, n_sites) / n_sites for k in range(every, n_sites + every, every)]


def stepped(recipe: Recipe, parent: Parent, supercell: Repeat) -> list[Recipe]:
    """The recipe without its exchange, and with it at each step of the cell.

    Raises:
        StructureError: a sublattice of the exchange is not there.
    """
    (exchange,) = recipe.exchanges
    fewest = min(len(select(parent.structure, selector)) for selector in exchange.between)
    return [
        replace(recipe, exchanges=()),
        *(
            replace(recipe, exchanges=(SiteExchange(exchange.between, degree),))
            for degree in degrees_of(fewest * int(np.prod(supercell)))
        ),
    ]
