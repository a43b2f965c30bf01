"""What any structure must fulfil before it may be a parent, wherever it came from."""

from typing import TYPE_CHECKING

import numpy as np

from screening.errors import StructureError

if TYPE_CHECKING:
    from pymatgen.core import PeriodicSite, Structure

# No two nuclei in a crystal come this close (H-H in H2 is 0.74 Å); positions that do belong to one split site.
OVERLAP_A = 0.5
# Rounding of occupancies in files, such as 0.333 three times.
OCCUPANCY_ROUNDING = 1e-3
SMALLEST_VOLUME_PER_ATOM_A3 = 1.0
# The most open zeolites and frameworks have 50, Cs metal 117.
LARGEST_VOLUME_PER_ATOM_A3 = 150.0
# No crystal worth a simulation repeats after more than this; a number beyond is a wrong unit or a damaged file.
LONGEST_VECTOR_A = 1e4
# Fractional coordinates beyond this are lengths; programs write atoms in or beside their cell.
LARGEST_FRACTION = 2.0
# Deviation of the atoms from the stated formula, relative: noted above the first, refused above the second.
FORMULA_NOTED = 0.01
FORMULA_REFUSED = 0.05


def check_structure(structure: "Structure", name: str) -> None:
    """Refuse a structure that cannot be a crystal.

    Args:
        structure: The crystal.
        name: What to call it in the message: the file or the database entry.

    Raises:
        StructureError: no atoms, cell without volume or with far too much, coordinates that are not numbers, species
            that are not elements, occupancies outside 0 to 1, or atoms closer than 0.5 Å that cannot be one split site.
    """
    from pymatgen.core import DummySpecies

    if len(structure) == 0:
        raise StructureError(f"{name}: there are no atoms")
    matrix, coordinates = structure.lattice.matrix, structure.frac_coords
    if not np.isfinite(matrix).all() or not np.isfinite(coordinates).all():
        raise StructureError(f"{name}: the cell or a coordinate is not a number")
    for site in structure:
        for species, share in site.species.items():
            if isinstance(species, DummySpecies):
                raise StructureError(f"{name}: {species.symbol} is not an element")
            if not 0 < share <= 1 + OCCUPANCY_ROUNDING:
                raise StructureError(f"{name}: occupancy {share:g} of {species} in {_named(site)} is not in 0 to 1")
    longest = float(np.abs(matrix).max())
    if longest > LONGEST_VECTOR_A:
        raise StructureError(f"{name}: a cell vector is {longest:.3g} Å long; is its unit not Å?")
    volume = abs(np.linalg.det(matrix))
    n_atoms = structure.composition.num_atoms
    if volume < SMALLEST_VOLUME_PER_ATOM_A3 * n_atoms:
        raise StructureError(
            f"{name}: the cell has {volume:.3g} Å3 for {n_atoms:g} atoms; "
            "are its vectors parallel, or is its unit not Å?"
        )
    if volume > LARGEST_VOLUME_PER_ATOM_A3 * n_atoms:
        raise StructureError(
            f"{name}: the cell has {volume / n_atoms:.3g} Å3 per atom, more than any crystal; "
            "is its unit not Å, or are atoms missing?"
        )
    _check_overlaps(structure, name)


def _check_overlaps(structure: "Structure", name: str) -> None:
    """Refuse sites that are too near to be filled together and hold more than one atom.

    Looked at are pairs, and groups of which any two are near: three halves around an axis that a coordinate is not on.
    """
    near: dict[int, dict[int, float]] = {}
    first, second, _, distances = structure.get_neighbor_list(OVERLAP_A, exclude_self=True)
    for i, j, distance in zip(first.tolist(), second.tolist(), distances.tolist(), strict=True):
        near.setdefault(i, {})[j] = distance
    pairs = [(i, j) for i, others in near.items() for j in others]
    groups = [(i, *others) for i, others in near.items() if all(b == c or c in near[b] for b in others for c in others)]
    for sites in (*pairs, *groups):
        filled = sum(structure[i].species.num_atoms for i in sites)
        if filled > 1 + OCCUPANCY_ROUNDING:
            raise StructureError(
                f"{name}: {' and '.join(_named(structure[i]) for i in sites)} are "
                f"{near[sites[0]][sites[1]]:.2f} Å apart; "
                f"atoms closer than {OVERLAP_A} Å overlap, and these are {filled:g}: correct positions, their digits, "
                "origin or occupancies"
            )


def formula_deviation(structure: "Structure", stated: str, name: str) -> float | None:
    """How far the atoms are from the formula their source states, up to the number of formula units.

    Args:
        structure: The crystal.
        stated: Formula as the source writes it.
        name: What to call the structure in the message.

    Returns:
        Largest relative deviation between the ratios of two elements; None when the formula cannot be read.

    Raises:
        StructureError: an element is in one and not in the other (lithium is often left out), or the deviation
            exceeds 5 %.
    """
    from pymatgen.core import Composition, DummySpecies

    try:
        parsed = Composition(stated)
    except Exception:  # pymatgen's parser fails on odd formulas with several types
        return None
    if any(isinstance(kind, DummySpecies) for kind in parsed):  # NA CL is read as N, A, C, L
        return None
    formula = parsed.get_el_amt_dict()  # deuterium is H in it
    if not np.isfinite(list(formula.values())).all():
        return None
    composition = structure.composition.remove_charges().element_composition
    found = composition.get_el_amt_dict()
    odd = sorted(set(formula) ^ set(found))
    if odd or not formula:
        advice = "; hydrogens need rows of their own" if odd == ["H"] and "H" in formula else ""
        raise StructureError(
            f"{name}: the stated formula {stated!r} and the atoms ({composition.reduced_formula}) "
            f"have different elements: {', '.join(odd)}{advice}"
        )
    ratios = [found[element] / formula[element] for element in formula]
    deviation = max(ratios) / min(ratios) - 1
    if deviation > FORMULA_REFUSED:
        raise StructureError(
            f"{name}: the atoms sum to {composition.formula}, which is not the stated formula {stated!r}; "
            "correct the occupancies or the formula"
        )
    return float(deviation)


def _named(site: "PeriodicSite") -> str:
    """Species, label where the file has one, and place of a site."""
    label = "" if site.label == site.species_string else f" ({site.label})"
    return f"{site.species_string}{label} at {_at(site)}"


def _at(site: "PeriodicSite") -> str:
    return "(" + ", ".join(f"{value:.4f}" for value in site.frac_coords) + ")"
