"""A candidate's name follows from what it is, so growing a campaign reruns nothing."""

from collections.abc import Sequence

from pymatgen.core import Composition, Structure

from screening.records import content_hash

# Coordinates are compared to this many decimals (fractions, Angstrom): far below any distance that matters,
# far above what another machine rounds differently.
DECIMALS = 4


def formula_per_unit(composition: Composition, formula_units: float) -> str:
    """Formula for one parent formula unit, such as Li5.5PS4.5Cl1.5, in order of electronegativity."""
    parts = []
    for element in sorted(composition.elements, key=lambda e: e.X):
        amount = f"{composition[element] / formula_units:.4f}".rstrip("0").rstrip(".")
        parts.append(f"{element.symbol}{'' if amount == '1' else amount}")
    return "".join(parts)


def candidate_id(structures: Sequence[Structure], formula: str, treatment: object = None) -> str:
    """Formula and a hash of the orderings' cells, species and coordinates, and of what is done to them, if anything."""
    content: list[object] = [_canonical(structure) for structure in structures]
    return f"{formula}-{content_hash(content if treatment is None else [*content, treatment], 8)}"


def _canonical(structure: Structure) -> dict[str, object]:
    sites = sorted(
        # Adding zero turns -0.0 into 0.0, and the second remainder a coordinate rounded up to 1 into 0.
        [site.specie.symbol, *[round(float(x) % 1.0, DECIMALS) % 1.0 + 0.0 for x in site.frac_coords]]
        for site in structure
    )
    return {
        "lattice": [round(float(x), DECIMALS) + 0.0 for x in structure.lattice.matrix.ravel()],
        "sites": sites,
    }
