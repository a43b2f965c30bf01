"""Symmetry-distinct orderings: this package against pymatgen ranking them all and matching structures."""

import time
import warnings

import numpy as np
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure
from pymatgen.transformations.standard_transformations import OrderDisorderedStructureTransformation

from screening.candidates.decoration import Decoration, Sublattice
from screening.candidates.ordering import find_orderings
from screening.config.candidates import OrderingConfig

CHARGES = {"Na": 1.0, "Cl": -1.0, "Br": -1.0}


def _parent(repeat: tuple[int, int, int]) -> Structure:
    structure = Structure(
        Lattice.from_parameters(3.96, 3.96, 3.96, 60, 60, 60), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    structure.make_supercell(repeat)
    return structure


def ours(parent: Structure, n: int) -> tuple[int, float]:
    """Distinct orderings with `n` bromines and the seconds they took."""
    start = time.perf_counter()
    sites = tuple(i for i, site in enumerate(parent) if site.specie.symbol == "Cl")
    sublattice = Sublattice("Cl", sites, (("Br", n), ("Cl", len(sites) - n)))
    species = tuple(site.specie.symbol for site in parent)
    decoration = Decoration(parent.lattice, np.array(parent.frac_coords), species, (sublattice,), CHARGES)
    found = find_orderings(decoration, OrderingConfig(keep=100, max_enumerated=1_000_000), seed=0)
    assert found.n_distinct is not None
    return found.n_distinct, time.perf_counter() - start


def pymatgens(parent: Structure, n: int) -> tuple[int, float]:
    """The same through pymatgen."""
    start = time.perf_counter()
    disordered = parent.copy()
    total = sum(site.specie.symbol == "Cl" for site in parent)
    disordered.replace_species({"Cl": {"Cl": 1 - n / total, "Br": n / total}})
    disordered.add_oxidation_state_by_element({"Na": 1, "Cl": -1, "Br": -1})
    method = OrderDisorderedStructureTransformation(algo=OrderDisorderedStructureTransformation.ALGO_BEST_FIRST)
    structures = [s["structure"] for s in method.apply_transformation(disordered, return_ranked_list=100_000)]
    groups = StructureMatcher(scale=False, primitive_cell=False).group_structures(structures)
    return len(groups), time.perf_counter() - start


def main() -> dict[str, float]:
    """Orderings looked at per second on a larger case, and the ratio on a case that both finish."""
    warnings.filterwarnings("ignore")
    small = _parent((2, 2, 2))
    distinct, seconds = ours(small, 3)
    reference, reference_seconds = pymatgens(small, 3)
    if distinct != reference:
        raise RuntimeError(f"{distinct} distinct orderings here, {reference} by pymatgen")
    large = _parent((4, 2, 2))
    _, large_seconds = ours(large, 6)
    return {
        "orderings_per_s": 8008 / large_seconds,
        "orderings_distinct_small": distinct,
        "orderings_speedup_vs_pymatgen": reference_seconds / seconds,
    }


if __name__ == "__main__":
    print(main())
