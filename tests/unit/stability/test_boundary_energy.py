"""Excess energies by hand, and none for a boundary that is none."""

from dataclasses import replace

import numpy as np
import pytest
from ase.calculators.lj import LennardJones
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from typer.testing import CliRunner

from screening.boundaries.grains import bulk, grain_of, joined
from screening.boundaries.whole import units
from screening.candidates.record import Boundary, CandidateRecord, MadeBoundary
from screening.cli.main import app
from screening.errors import StageError
from screening.stability.boundary_energy import boundary_energies, strained_beside
from screening.stability.minima import _closing
from screening.stability.record import RelaxedOrdering, RelaxedRecord, SearchRecord
from screening.stability.status import RelaxationStatus
from screening.stability.topology import Framework
from tests.blank import blank
from tests.synthetic import CASES, write_campaign

CELL = Structure(Lattice.orthorhombic(4, 5, 40), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])


def ordering(energy, structure=CELL, spread=None, status=RelaxationStatus.CONVERGED, reason=""):
    search = None if spread is None else blank(SearchRecord, spread_eV=spread)
    return blank(
        RelaxedOrdering, energy_eV=energy, status=status, reason=reason, structure=structure.as_dict(), search=search
    )


def record(*orderings, id="x"):
    return blank(RelaxedRecord, id=id, orderings=orderings)


def test_the_energy_of_a_grain_boundary_by_hand():
    boundary = record(ordering(-10.0, spread=0.3), ordering(None, status=RelaxationStatus.FAILED, reason="lost"))
    crystal = record(ordering(-12.0, spread=0.4), ordering(-11.0, spread=5.0))
    good, bad = boundary_energies(boundary, [crystal])
    # 2 eV over twice 20 A2.
    assert good.energy_J_m2 == pytest.approx(2 / 40 * 16.0217663)
    assert good.error_J_m2 == pytest.approx(0.5 / 40 * 16.0217663)
    assert (bad.energy_J_m2, bad.reason) == (None, "lost")


def test_the_work_that_pulls_grains_apart_by_hand():
    one = replace(ordering(-10.0, spread=0.3), apart_eV=-7.0)
    (found,) = boundary_energies(record(one), [record(ordering(-12.0))])
    assert found.separation_J_m2 == pytest.approx(3 / 40 * 16.0217663)
    assert found.separation_error_J_m2 == pytest.approx(0.3 / 40 * 16.0217663)
    (bare,) = boundary_energies(record(ordering(-10.0)), [record(ordering(-12.0))])
    assert (bare.separation_J_m2, bare.separation_error_J_m2) == (None, None)


def test_an_interface_has_half_of_each_crystal():
    (found,) = boundary_energies(record(ordering(-10.0)), [record(ordering(-12.0)), record(ordering(-9.0))])
    assert found.energy_J_m2 == pytest.approx(0.5 / 40 * 16.0217663)
    assert found.error_J_m2 is None


def test_a_strained_interface_is_told_beside_crystals_that_relaxed_by_themselves():
    def cell(a, b, angle=90.0):
        return ordering(-10.0, Structure(Lattice.from_parameters(a, b, 40, 90, 90, angle), ["Li"], [[0, 0, 0]]))

    turned = Structure(Lattice([[0, 4.0, 0], [-5.0, 0, 0], [0, 0, 30]]), ["Li"], [[0, 0, 0]])
    own, alike = record(cell(4.0, 5.0)), record(ordering(-5.0, turned), id="alike")
    assert strained_beside(own, [alike]) == ""
    wider = record(cell(4.0, 5.0 / 0.97), id="wider")
    assert strained_beside(own, [alike, wider]).startswith(
        "strained in the plane by +0.0 % beside alike and -3.0 % beside wider, whose cells relaxed by themselves"
    )
    # A shear of 2 degrees is a principal strain of half of that angle.
    assert "by +1.8 % beside sheared" in strained_beside(own, [record(cell(4.0, 5.0, 92.0), id="sheared")])
    assert strained_beside(own, [record(ordering(None, status=RelaxationStatus.FAILED))]) == ""


def test_a_crystal_that_was_lost_is_told():
    lost = record(ordering(None, status=RelaxationStatus.FAILED, reason="the potential raised"), id="Li-1")
    with pytest.raises(StageError, match="the crystal beside it, Li-1, could not be relaxed: the potential raised"):
        boundary_energies(record(ordering(-10.0)), [lost])


def test_a_boundary_that_is_none_has_no_energy():
    crystal = Structure(Lattice.monoclinic(4, 4.4, 12, 100), ["Li", "Cl"] * 3, np.random.default_rng(2).random((6, 3)))
    grain = grain_of(crystal, units(crystal, {"Li": 1.0, "Cl": -1.0}, "Li"))
    cut = grain.cut_at(3.3)
    fake = joined(cut, cut, cut.step[:2], 0.0, 2 * cut.step[:2])

    def energy(structure):
        atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
        atoms.calc = LennardJones(sigma=1.0, rc=5.0)
        return atoms.get_potential_energy()

    (found,) = boundary_energies(record(ordering(energy(fake), fake)), [record(ordering(energy(bulk(grain))))])
    assert found.energy_J_m2 == pytest.approx(0.0, abs=1e-6)


def test_bonds_that_a_cut_left_open_may_close_and_units_may_not_react():
    charges = {"Li": 1.0, "Zr": 4.0, "P": 5.0, "O": -2.0}
    made = blank(CandidateRecord, oxidation_states=charges, boundary=blank(Boundary, whole={"PO4": 3}))
    assert _closing(made, "Li") == {"Zr"}
    assert _closing(blank(CandidateRecord, oxidation_states=charges, boundary=None), "Li") == frozenset()
    before = AseAtomsAdaptor.get_atoms(
        Structure(Lattice.cubic(12), ["Zr", "O", "P", "O"], [[0, 0, 0], [0.3, 0, 0], [0.5, 0.5, 0.5], [0.8, 0.5, 0.5]]),
        msonable=False,
    )
    closed, reacted = before.copy(), before.copy()
    closed.positions[1] = [2.1, 0, 0]
    reacted.positions[3] = [7.6, 6, 6]
    framework = Framework("Li", frozenset({"O"}), frozenset({"Zr"}))
    assert framework.changes(before, closed) == ""
    assert "1 bonds made" in Framework("Li", frozenset({"O"})).changes(before, closed)
    assert "1 bonds made (P2-O3" in framework.changes(before, reacted)


def test_a_boundary_is_shown_with_its_energy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write_campaign(tmp_path / "results" / "gb", CASES[:2], campaign="gb")
    boundary, crystal = sorted((folder / "candidates").iterdir())
    path = boundary / "candidate.json"
    made = CandidateRecord.read(path)
    path.unlink()
    way = blank(MadeBoundary, closest_pair="S-S 3.0 Angstrom", gap_A=0.4)
    replace(
        made,
        boundary=blank(Boundary, bulk=crystal.name, other=None, other_bulk=None, law="180 degree twin by (2 1 0)"),
        orderings=tuple(replace(one, boundary=way) for one in made.orderings),
    ).write(path)
    done = CliRunner().invoke(app, ["boundary", boundary.name])
    assert done.exit_code == 0, done.output
    assert "180 degree twin by (2 1 0)" in done.output
    rows = [line for line in done.output.splitlines() if "S-S 3.0" in line]
    assert "space charge is not in these numbers" in done.stderr
    # The synthetic campaign relaxes all to the same energies; the first ordering lies 0.2 eV higher.
    assert len(rows) == 2
    assert float(rows[1].split()[-1]) == pytest.approx(0.0)
    assert float(rows[0].split()[-1]) > 0
    (boundary / "relaxed.json").unlink()
    assert (
        "relaxations of all of these, which are not finished"
        in CliRunner().invoke(app, ["boundary", boundary.name]).output
    )
    assert "is no boundary" in str(CliRunner().invoke(app, ["boundary", crystal.name]).exception)
