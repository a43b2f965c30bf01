"""POSCAR files whose header, flags and positions do not fit together; and extxyz that states what it cannot hold."""

import pytest
from ase.spacegroup import crystal

from screening.errors import StructureError
from screening.parents import files

from .cifs import write

CORNERS = [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]
PLACES = [*CORNERS, (0.5, 0.5, 0.5), (0, 0, 0.5), (0, 0.5, 0), (0.5, 0, 0)]


def poscar(names="Li Cl", counts="4 4", mode="Direct", scale="1.0", edge=5.13, ends=("",) * 8, factor=1.0):
    lines = ["salt", scale, f"{edge} 0 0", f"0 {edge} 0", f"0 0 {edge}", *([names] if names else []), counts, mode]
    lines += [
        f"{factor * x:g} {factor * y:g} {factor * z:g} {end}" for (x, y, z), end in zip(PLACES, ends, strict=True)
    ]
    return "\n".join(lines) + "\n"


ELEMENTS = ("Li",) * 4 + ("Cl",) * 4


@pytest.mark.parametrize(
    "text",
    [
        poscar(),
        poscar("Li_sv Cl"),
        poscar("Li_sv/0a1b Cl/2c3d"),
        poscar("Li Cl ! two of them"),
        poscar(ends=ELEMENTS),
        poscar(ends=[f"{element}{i}" for i, element in enumerate(ELEMENTS)]),
        poscar(ends=["T T F"] * 8),
        poscar("", ends=ELEMENTS),
        poscar(mode="Selective dynamics\nDirect", ends=["T T F"] * 8),
        poscar(mode="Selective dynamics\nDirect", ends=[f"T F F {element}" for element in ELEMENTS]),
        poscar(mode="Cartesian", factor=5.13),
        poscar(scale="5.13", edge=1, mode="cartesian"),
        poscar(scale="-135.005697"),
        poscar(scale="-135.005697", edge=1, mode="Kartesian", factor=1),
        poscar("Li Cl Li", "2 4 2", ends=("",) * 8).replace("Li Cl Li\n2 4 2", "Li Li Cl\n2 2 4"),
        poscar().replace("\n", "\r\n"),
        poscar() + "\n" + "0.1 0.1 0.1\n" * 8,
        poscar() + "Lattice velocities and vectors\n1\n" + "1 0 0\n" * 6,
    ],
)
def test_right_ones_are_read(tmp_path, text):
    parent = files.load(write(tmp_path, text, "POSCAR"))
    assert parent.structure.composition.formula == "Li4 Cl4"
    assert parent.space_group == "Fm-3m"
    assert parent.structure.volume == pytest.approx(5.13**3, rel=1e-4)
    assert not parent.structure.site_properties


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (poscar(""), "does not name its elements; put their symbols on the sixth line"),
        # Flags without their line, which pymatgen takes for tritium and fluorine.
        (poscar("", ends=["T T T"] * 8), "does not name its elements"),
        (poscar("", ends=["F F F"] * 8), "does not name its elements"),
        (poscar("", ends=["T F F", "F T F"] * 4), "does not name its elements"),
        (poscar("", mode="Selective dynamics\nDirect", ends=["T T T"] * 8), "does not name its elements"),
        (poscar(ends=("Na", *ELEMENTS[1:])), "line 9 says Na, but lines 6 and 7 make this atom Li"),
        (poscar(ends=ELEMENTS[::-1]), "line 9 says Cl, but lines 6 and 7 make this atom Li"),
        (
            poscar(mode="Selective dynamics\nDirect", ends=[f"T T T {element}" for element in ELEMENTS[::-1]]),
            "line 10 says Cl",
        ),
        (poscar(counts="4 3"), "line 7 counts 7 atoms, but line 16 is one more position"),
        (poscar(counts="4 5"), "cannot be read as POSCAR"),
        (poscar("Li Cl Br"), r"line 6 names 3 elements \(Li Cl Br\), line 7 has 2 numbers \(4 4\)"),
        (poscar("Li"), r"line 6 names 1 elements \(Li\), line 7 has 2 numbers"),
        (poscar("Li Va"), "'Va' on line 6 is not an element"),
        (poscar("Li X"), "'X' on line 6 is not an element"),
        (poscar("Li CL"), "'CL' on line 6 is not an element"),
        (poscar("T Cl"), "'T' on line 6 is not an element"),
        (poscar(factor=5.13), r"a Direct coordinate is 2.565, no fraction of a cell; is it in Å\?"),
        (poscar(mode="Cartesian"), "overlap"),
        (poscar(scale="1 1 2"), "cannot be read as POSCAR"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path, text, pattern):
    with pytest.raises(StructureError, match=pattern) as caught:
        files.load(write(tmp_path, text, "POSCAR"))
    assert "POSCAR" in str(caught.value)


def test_deuterium_is_said(tmp_path):
    parent = files.load(write(tmp_path, poscar("D Cl"), "POSCAR"))
    assert parent.structure.composition.get_el_amt_dict() == {"H": 4, "Cl": 4}
    assert parent.notes == "Deuterium is taken for hydrogen."


CELL = 'Lattice="5 0 0 0 5 0 0 0 5"'


@pytest.mark.parametrize(
    ("header", "rows", "pattern"),
    [
        (f'{CELL} occupancy="{{\\"0\\": {{\\"Li\\": 0.5}}}}"', ("Li 0 0 0", "Cl 2.5 2.5 2.5"), "partial occupancies"),
        (
            f"{CELL} Properties=species:S:1:pos:R:3:occupancy:R:1",
            ("Li 0 0 0 0.5", "Cl 2.5 2.5 2.5 1"),
            r"states partial occupancies \(occupancy\), which are not read; give a CIF",
        ),
        (f'{CELL} units="nm"', ("Li 0 0 0", "Cl 2.5 2.5 2.5"), "states its unit as 'nm'; extxyz is read in Å"),
        (f"{CELL} unit=bohr", ("Li 0 0 0", "Cl 2.5 2.5 2.5"), "states its unit as 'bohr'"),
        (CELL, ("Vac 0 0 0", "Cl 2.5 2.5 2.5"), "'Vac' is not an element"),
    ],
)
def test_extxyz_that_states_what_is_not_read(tmp_path, header, rows, pattern):
    text = "\n".join([str(len(rows)), header, *rows, ""])
    with pytest.raises(StructureError, match=pattern):
        files.load(write(tmp_path, text, "a.extxyz"))


def test_extxyz_in_the_unit_it_is_read_in(tmp_path):
    text = f"2\n{CELL} units=Angstrom\nLi 0 0 0\nCl 2.5 2.5 2.5\n"
    assert len(files.load(write(tmp_path, text, "a.extxyz")).structure) == 2


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (poscar(scale="1.0 2.0 1.0"), "line 2 has to be one number, the scale, not '1.0 2.0 1.0'"),
        (poscar(scale="0"), "line 2 has to be one number"),
        (poscar().replace("0 5.13 0", "0 5.13", 1), "line 4 has to be a cell vector of three numbers, not '0 5.13'"),
        (
            "\n".join(poscar().splitlines()[:-2]),
            "counts 8 atoms, but the file ends at line 14 after 6 positions",
        ),
        ("\n".join(poscar().splitlines()[:5]), "ends at line 5, before any position"),
        (poscar().replace("0.5 0.5 0 ", "", 1), "line 7 counts 8 atoms, but line 10 is blank"),
        (poscar("", counts="5 3", ends=ELEMENTS), "line 12 says Cl, but line 6 counts it with atoms that are Li"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, text, pattern):
    with pytest.raises(StructureError, match=pattern):
        files.load(write(tmp_path, text, "POSCAR"))


def test_extxyz_of_an_ordered_crystal_built_by_ase(tmp_path):
    """ASE writes the number of each kind; full sites are no partial occupancies."""
    edges = [5.13, 5.13, 5.13, 90, 90, 90]
    for occupancies, is_read in ((None, True), ([0.5, 1], False)):
        salt = crystal(
            ["Li", "Cl"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=225, cellpar=edges, occupancies=occupancies
        )
        salt.write(tmp_path / "salt.extxyz")
        if is_read:
            assert files.load(tmp_path / "salt.extxyz").structure.composition.get_el_amt_dict() == {"Li": 4, "Cl": 4}
        else:
            with pytest.raises(StructureError, match="states partial occupancies"):
                files.load(tmp_path / "salt.extxyz")
