"""Energy at which the mobile ion's bond-valence site energy percolates, by bvlain."""

import contextlib
import io
import time
import warnings
from dataclasses import dataclass

import numpy as np
from bvlain import Lain
from pymatgen.core import Element, Structure

from screening.errors import StructureError

# Barriers above this are not looked for, eV.
HIGHEST_BARRIER_EV = 5.0


@dataclass(frozen=True)
class Percolation:
    """Barriers of the static framework.

    Attributes:
        barriers_eV: For connected paths in one, two and three dimensions; None where none is below 5 eV.
        grid_A: Spacing of the points.
        seconds: What it took.
    """

    barriers_eV: tuple[float | None, float | None, float | None]
    grid_A: float
    seconds: float


def percolation(structure: Structure, charges: dict[str, float], mobile: str, grid_A: float = 0.3) -> Percolation:
    """Lowest energies over the minimum at which the mobile ion's energy landscape connects through the crystal.

    The landscape is the ion's bond-valence site energy in the framework without its fellows (Chen and Adams, IUCrJ 4,
    614 (2017), by bvlain: Dembitskiy et al., J. Phys. Chem. C (2023)). It is static: framework and other mobile ions
    do not move, so that it ranks frameworks and does not predict activation energies.

    Args:
        structure: Ordered.
        charges: Oxidation state of each element.
        mobile: Element of the mobile ion.
        grid_A: Spacing of the points; half of it costs eight times the memory and time.

    Raises:
        StructureError: partial occupancies, or bond-valence parameters that are not tabulated.
    """
    if not structure.is_ordered:
        raise StructureError("bond-valence site energies need an ordered structure; this one has partial occupancies")
    began = time.perf_counter()
    decorated = structure.copy()
    decorated.add_oxidation_state_by_element(charges)
    lain = Lain(verbose=False)
    lain.read_structure(decorated, oxi_check=False)
    charge = round(charges[mobile])
    # The library prints its own words of what is missing.
    with (
        warnings.catch_warnings(),
        np.errstate(divide="ignore", invalid="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        # A grid point on an atom divides by zero; bvlain takes care of it.
        warnings.simplefilter("ignore")
        try:
            lain.bvse_distribution(mobile_ion=f"{mobile}{abs(charge)}{'+' if charge > 0 else '-'}", resolution=grid_A)
        except KeyError as error:
            raise StructureError(
                f"no bond-valence parameters are tabulated for {mobile}{charge:+d} with the ions of "
                f"{structure.composition.reduced_formula} (missing: {_missing(error, charges)})"
            ) from None
        found = lain.percolation_barriers(encut=HIGHEST_BARRIER_EV)
    one, two, three = (float(found[key]) if np.isfinite(found[key]) else None for key in ("E_1D", "E_2D", "E_3D"))
    return Percolation((one, two, three), grid_A, time.perf_counter() - began)


def _missing(error: KeyError, charges: dict[str, float]) -> str:
    """The ion that the library's tables lack, which it names by its atomic number or its symbol."""
    named = str(error.args[0]) if error.args else ""
    element = Element.from_Z(int(named)).symbol if named.isdigit() else named.rstrip("0123456789+-")
    return f"{element}{charges[element]:+g}" if element in charges else named
