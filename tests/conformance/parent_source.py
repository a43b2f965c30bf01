"""What every source of parents keeps: the crystal asked for, where it is from, and what is said of one it has not."""

import json
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from screening.config.parents import ParentConfig
from screening.errors import ConfigError
from screening.parents.base import Parent, find_space_group
from screening.parents.checks import check_structure
from screening.parents.record import ParentRecord
from screening.parents.registry import load_parents


class ParentSourceTests(ABC):
    """Override `base`, which writes files or starts a server, and what is said below."""

    #: An entry of a campaign's `parents`, without an id.
    entry: ClassVar[dict[str, Any]]
    #: One that the source has not, and what is said of it, a regular expression.
    unknown: ClassVar[dict[str, Any]]
    unknown_says: ClassVar[str]
    #: Of the cell that comes back, as pymatgen writes it, and Hermann-Mauguin.
    formula: ClassVar[str]
    space_group: ClassVar[str]
    #: Where the crystal is from, a regular expression.
    source: ClassVar[str]
    #: What the record says of the database and the query; empty for what is from no database.
    origin: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    @abstractmethod
    def base(self, tmp_path: Path) -> Path:
        """Folder of the campaign file."""

    def load(self, base: Path, **changes: Any) -> Parent:
        """As a campaign does, under a name of its own."""
        entry = ParentConfig.model_validate(self.entry | {"id": "mine"} | changes)
        (parent,) = load_parents([entry], base).parents.values()
        return parent

    def test_it_is_the_crystal_that_was_asked_for(self, base: Path) -> None:
        parent = self.load(base)
        assert parent.id == "mine"
        assert parent.structure.composition.formula == self.formula
        assert parent.space_group == self.space_group == find_space_group(parent.structure)
        check_structure(parent.structure, "mine")

    def test_its_species_are_elements_and_its_charges_stand_apart(self, base: Path) -> None:
        parent = self.load(base)
        elements = {element.symbol for element in parent.structure.composition}
        assert {str(species) for species in parent.structure.composition} == elements
        if parent.oxidation_states is not None:
            assert set(parent.oxidation_states) == elements
            amounts = parent.structure.composition.get_el_amt_dict()
            assert sum(parent.oxidation_states[name] * n for name, n in amounts.items()) == pytest.approx(0, abs=1e-6)

    def test_it_says_where_it_is_from(self, base: Path) -> None:
        parent = self.load(base)
        assert re.search(self.source, parent.source), parent.source
        found = parent.origin or {}
        assert {key: found.get(key) for key in self.origin} == self.origin
        assert bool(found) == bool(self.origin)

    def test_its_record_goes_through_json(self, base: Path) -> None:
        parent = self.load(base)
        text = json.dumps(parent.to_record().as_dict(), allow_nan=False)
        again = Parent.from_record(ParentRecord.from_dict(json.loads(text)))
        assert again == parent
        np.testing.assert_array_equal(again.structure.frac_coords, parent.structure.frac_coords)

    def test_loaded_again_it_is_the_same_and_its_own(self, base: Path) -> None:
        """What one caller does to it no other sees."""
        first, second = self.load(base), self.load(base)
        assert first == second
        places = first.structure.frac_coords.copy()
        second.structure.translate_sites([0], [0.01, 0, 0])
        np.testing.assert_array_equal(first.structure.frac_coords, places)
        assert self.load(base) == first

    def test_what_it_has_not_is_an_error_that_names_key_and_value(self, base: Path) -> None:
        entry = ParentConfig.model_validate(self.unknown | {"id": "mine"})
        with pytest.raises(ConfigError, match=rf"^parents\.0: .*(?:{self.unknown_says})"):
            load_parents([entry], base)
