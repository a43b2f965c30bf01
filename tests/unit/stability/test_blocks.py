"""Relaxed orderings side by side: how often each comes, and where its atoms are."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.constants import K_EV
from screening.errors import StructureError
from screening.stability.blocks import blocks
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.status import RelaxationStatus
from tests.blank import blank

FROZEN_K = 800.0


def ordering(x, energy, degeneracy, status="converged"):
    """A cell of one Li and one Cl; where Cl is tells orderings apart."""
    structure = Structure(Lattice.cubic(4.0), ["Li", "Cl"], [[0, 0, 0], [x, 0.5, 0.5]])
    return blank(
        RelaxedOrdering,
        status=RelaxationStatus(status),
        energy_eV=energy,
        degeneracy=degeneracy,
        structure=structure.as_dict(),
    )


def drawn(record, n=300, temperature=FROZEN_K):
    """Shares of the orderings in the blocks of many cells."""
    found = []
    for draw in range(n):
        cell = blocks(record, 2, temperature, draw, 5)
        assert len(cell) == 16
        assert np.allclose(cell.lattice.abc, 8.0)
        # Cl at 0.25 or 0.75 of its block along the first edge.
        found += [round(4 * float(2 * site.frac_coords[0] % 1.0)) for site in cell if site.specie.symbol == "Cl"]
    return found.count(1) / len(found)


def test_orderings_come_by_degeneracy_and_energy():
    # At 800 K 0.1 eV is a factor of 4.3: 3 exp(-E / kT) beside 1.
    record = blank(RelaxedRecord, id="x", orderings=(ordering(0.25, -1.0, 1), ordering(0.75, -0.9, 3)))
    expected = 1 / (1 + 3 * np.exp(-0.1 / (K_EV * FROZEN_K)))
    share = drawn(record)
    assert abs(share - expected) < 4 * (expected * (1 - expected) / 2400) ** 0.5
    assert drawn(record, 20, 60.0) == 1.0


def test_the_same_draw_is_the_same_cell():
    record = blank(RelaxedRecord, id="x", orderings=(ordering(0.25, -1.0, 1), ordering(0.75, -1.0, 1)))
    one, again, other = (blocks(record, 2, FROZEN_K, draw, 5) for draw in (0, 0, 1))
    assert one == again
    assert one != other


def test_a_single_ordering_leaves_nothing_to_draw():
    lost = ordering(0.75, None, 1, "exploded")
    record = blank(RelaxedRecord, id="x", orderings=(ordering(0.25, -1.0, 1), lost))
    with pytest.raises(StructureError, match=r"a single ordering was relaxed.*raise candidates\.orderings\.keep"):
        blocks(record, 2, FROZEN_K, 0, 1)
