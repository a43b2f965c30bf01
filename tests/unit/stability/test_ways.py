"""Ways of joining told by their energies, and grains pulled apart."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from pymatgen.core import Lattice, Structure

from screening.candidates.record import CandidateRecord, MadeBoundary, MadeOrdering
from screening.stability.record import RelaxedOrdering
from screening.stability.ways import lowest_ways, pulled_apart, with_grains_apart
from tests.blank import blank


class ByHeight(Calculator):
    """An energy that is the cell's height; none where that is 99."""

    implemented_properties = ("energy",)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if atoms.cell[2, 2] == 99:
            raise ValueError("too high")
        self.results = {"energy": float(atoms.cell[2, 2])}


def way(height, cut, gap=0.0, arrangement=0):
    structure = Structure(Lattice.orthorhombic(4, 4, height), ["Li", "Cl"], [[0, 0, 0], [0, 0, 0.5]])
    how = replace(blank(MadeBoundary, gap_A=gap, shift_A=(0.0, 0.0), second_shift_A=None), cut_A=cut)
    how = replace(how, arrangement=arrangement, lower=(0,))
    return blank(MadeOrdering, structure=structure.as_dict(), boundary=how, degeneracy=7)


def cuts(candidate):
    return [one.boundary.cut_A for one in candidate.orderings]


def test_the_lowest_ways_go_on_each_once():
    made = blank(CandidateRecord, orderings=(way(30, 1.0), way(31, 2.0)))
    found = lowest_ways(
        replace(made, more_ways=(way(20, 3.0), way(19, 3.0, gap=0.4), way(25, 4.0), way(99, 5.0))), ByHeight(), ()
    )
    assert cuts(found) == [3.0, 4.0]
    # Of the two gaps the lower one; what an ordering stands for stays.
    assert found.orderings[0].boundary.gap_A == 0.4
    assert found.orderings[0].degeneracy == 7
    assert lowest_ways(made, ByHeight(), ()) is made


def test_arrangements_are_chosen_apart_and_where_no_energy_is_there_contacts_count():
    made = blank(CandidateRecord, orderings=(way(30, 1.0), way(31, 2.0, arrangement=1)), more_ways=(way(20, 3.0),))
    assert cuts(lowest_ways(made, ByHeight(), ())) == [3.0, 2.0]
    lost = blank(CandidateRecord, orderings=(way(99, 1.0),), more_ways=(way(99, 3.0),))
    assert cuts(lowest_ways(lost, ByHeight(), ())) == [1.0]


def test_a_relaxation_goes_on_with_what_the_first_one_began_with():
    made = blank(CandidateRecord, orderings=(way(30, 1.0),), more_ways=(way(20, 3.0),))
    first = blank(RelaxedOrdering, boundary=made.orderings[0].boundary)
    assert cuts(lowest_ways(made, ByHeight(), [first])) == [1.0]
    # One of before the key has none: energies decide.
    assert cuts(lowest_ways(made, ByHeight(), [blank(RelaxedOrdering, boundary=None)])) == [3.0]


def test_grains_are_pulled_apart_whole():
    """Two slabs of three layers, one of which lies across the cell's face, in a tilted cell."""
    cell = np.array([[4.0, 0, 0], [1.0, 4, 0], [0.7, 0.3, 24]])
    heights = np.array([-2.0, 1.0, 4.0, 10.0, 13.0, 16.0])
    positions = np.column_stack([np.zeros(6), np.zeros(6), heights])
    atoms = Atoms("Li6", positions=positions, cell=cell, pbc=True)
    atoms.wrap()
    apart = pulled_apart(atoms, [0, 1, 2], 12.0)
    assert apart.cell[2, 2] == pytest.approx(48)
    for grain in ([0, 1, 2], [3, 4, 5]):
        z = np.sort(apart.positions[grain, 2])
        assert np.diff(z) == pytest.approx([3, 3])
    # The gap was 6 at one boundary and 6 at the other, over the face.
    z = apart.positions[:, 2]
    assert z[3:].min() - z[:3].max() == pytest.approx(18)
    assert z[:3].min() + 48 - z[3:].max() == pytest.approx(18)


def test_only_what_has_grains_and_an_energy_is_pulled_apart():
    made = way(30, 1.0)
    relaxed = blank(RelaxedOrdering, structure=made.structure, boundary=made.boundary, energy_eV=-1.0)
    assert with_grains_apart(relaxed, ByHeight()).apart_eV == pytest.approx(54)
    assert with_grains_apart(replace(relaxed, energy_eV=None), ByHeight()).apart_eV is None
    assert with_grains_apart(replace(relaxed, boundary=None), ByHeight()).apart_eV is None
