"""What a data block states of its contents, beside what was read: formula, formula units, volume, density."""

from typing import TYPE_CHECKING

from screening.errors import StructureError
from screening.parents.checks import FORMULA_NOTED, FORMULA_REFUSED, formula_deviation
from screening.parents.cif.block import Block

if TYPE_CHECKING:
    from pymatgen.core import Structure

_FORMULA, _UNITS, _VOLUME = "_chemical_formula_sum", "_cell_formula_units_Z", "_cell_volume"
_DENSITY = "_exptl_crystal_density_diffrn"
# Rounding of a stated volume, relative.
_VOLUME_REFUSED = 0.01


def compare_contents(structure: "Structure", block: Block, has_deuterium: bool) -> list[str]:
    """Compare the atoms read with formula, Z, volume and density of their block.

    Args:
        structure: The crystal.
        block: Where it was read.
        has_deuterium: Whether some hydrogen of it is twice as heavy, so that the density cannot be compared.

    Returns:
        Notes on small deviations and on what could not be compared.

    Raises:
        StructureError: names both values: a volume that deviates by more than 1 %, a formula, a number of formula units
            or a density by more than 5 %.
    """
    notes = []
    volume = block.number(_VOLUME)
    if volume is not None and abs(volume / structure.volume - 1) > _VOLUME_REFUSED:
        raise StructureError(
            f"{block.where}: the cell's lengths and angles give {structure.volume:.6g} Å3, {_VOLUME} is {volume:g}; "
            "correct or delete one"
        )
    stated = block.text(_FORMULA)
    deviation = formula_deviation(structure, stated, block.where) if stated else None
    if stated and deviation is None:
        notes.append(f"The stated formula {stated!r} cannot be read, so the atoms were not compared with it.")
    if stated and deviation is not None:
        if deviation > FORMULA_NOTED:
            notes.append(f"The atoms deviate from the stated formula {stated!r} by {deviation:.1%}.")
        _check_units(structure, stated, block, deviation)
    density = block.number(_DENSITY)
    if density and not has_deuterium and (deviation := abs(structure.density / density - 1)) > FORMULA_REFUSED:
        raise StructureError(
            f"{block.where}: the atoms and the cell give {structure.density:.4g} g/cm3, {_DENSITY} is {density:g}; "
            "atoms are missing or too many, or delete it if it is of another crystal"
        )
    return notes


def _check_units(structure: "Structure", stated: str, block: Block, deviation: float) -> None:
    """Refuse a cell that does not hold the formula as often as its file says, or a whole number of times."""
    from pymatgen.core import Composition

    formula = Composition(stated)
    units = structure.composition.num_atoms / formula.num_atoms
    n_stated = block.number(_UNITS)
    # Some programs write the contents of the cell as the formula, and the Z of the smallest one beside it.
    is_whole_cell = n_stated is not None and formula.get_reduced_composition_and_factor()[1] == n_stated
    expected = {n_stated or max(round(units), 1)} | ({1} if is_whole_cell else set())
    if all(abs(units / n - 1) > FORMULA_REFUSED + deviation for n in expected):
        said = "a whole number of times" if n_stated is None else f"{_UNITS} is {n_stated:g}"
        raise StructureError(
            f"{block.where}: the cell holds {structure.composition.formula}, {units:.4g} times the stated formula "
            f"{stated!r}, but {said}; correct the symmetry (operations, origin), the rows or the statement"
        )
