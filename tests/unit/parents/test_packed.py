"""Random packings: what was asked for, groups in shape, nothing too close."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from screening.candidates.clash import closest_ratio
from screening.config.parents import PackedConfig, ParentConfig
from screening.errors import StructureError
from screening.parents.packed import CLOSEST, load_packed
from screening.parents.registry import load_parents

GROUPS = {"PO4": 6, "Li": 24, "I": 6}


def pack(groups, density=2.4, seed=1):
    return load_packed(PackedConfig(groups=groups, density_g_cm3=density, seed=seed), Path())


def test_a_packing_has_the_density_the_groups_and_no_clash():
    parent = pack(GROUPS)
    structure = parent.structure
    assert structure.composition.reduced_formula == "Li4PIO4"
    assert float(structure.density) == pytest.approx(2.4, rel=1e-6)
    assert parent.oxidation_states == {"Li": 1, "P": 5, "O": -2, "I": -1}
    phosphorus = [i for i, site in enumerate(structure) if site.specie.symbol == "P"]
    oxygen = [i for i, site in enumerate(structure) if site.specie.symbol == "O"]
    bonds = structure.distance_matrix[np.ix_(phosphorus, oxygen)]
    assert (np.sort(bonds, axis=1)[:, 3] < 1.85).all()
    assert (np.sort(bonds, axis=1)[:, 4] > 2.0).all()
    assert closest_ratio(structure, parent.oxidation_states)[0] > CLOSEST


def test_the_seed_decides():
    first, again, other = (pack(GROUPS, seed=seed).structure.frac_coords for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("groups", "density", "message"),
    [
        ({"Li": 3, "Cl": 2}, 1.5, "no common oxidation states"),
        ({"Xx": 3}, 1.5, "'Xx' is none"),
        ({"P2S7": 3}, 1.5, "'P2S7' is none"),
        ({"Li": 20, "Cl": 20}, 20.0, "lower density_g_cm3"),
    ],
)
def test_what_cannot_be_packed_says_why(groups, density, message):
    with pytest.raises(StructureError, match=message):
        pack(groups, density)


def test_a_packing_is_a_parent_by_its_id():
    config = {"groups": GROUPS, "density_g_cm3": 2.4}
    with pytest.raises(ValidationError, match="a packing needs an `id`"):
        ParentConfig.model_validate({"packed": config})
    (parent,) = load_parents([ParentConfig.model_validate({"packed": config, "id": "glass"})], Path()).parents.values()
    assert (parent.id, parent.amorphous) == ("glass", True)
