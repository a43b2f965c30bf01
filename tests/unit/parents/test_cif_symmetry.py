"""What a CIF says of its symmetry: crystals with published positions, and statements that contradict one another."""

import gemmi
import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure
from pymatgen.io.cif import CifWriter

from screening.errors import StructureError
from screening.parents import files
from screening.parents.cif.names import named
from screening.parents.cif.reader import read_cif

from .cifs import cif, operations, write

NAME, OLD_NAME = "_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M"
HALL, NUMBER = "_space_group_name_Hall", "_space_group_IT_number"
CODE, SYSTEM = "_space_group_IT_coordinate_system_code", "_space_group_crystal_system"
FACES = ("x,y,z", "x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z")


def read(folder, *symmetry, **parts):
    return read_cif(write(folder, cif(*symmetry, **parts)))


def bonds(structure, first, second):
    """Number and length of the shortest bonds of an element to another, the same for all of its atoms."""
    lengths = [
        sorted(n.nn_distance for n in structure.get_neighbors(site, 3.5) if n.specie.symbol == second)
        for site in structure
        if site.specie.symbol == first
    ]
    shortest = lengths[0][0]
    counts = {sum(length < shortest + 0.15 for length in around) for around in lengths}
    assert len(counts) == 1
    return counts.pop(), shortest


def test_cuprite_structure_in_its_second_origin(tmp_path):
    """Ag2O: silver between two oxygens, oxygen in a tetrahedron of silver."""
    rows = ["Ag1 Ag 0 0 0 1", "O1 O 0.25 0.25 0.25 1"]
    structure = read(tmp_path, (NAME, "P n -3 m :2"), cell=(4.74,) * 3 + (90,) * 3, rows=rows).structure
    assert structure.composition.formula == "Ag4 O2"
    assert bonds(structure, "Ag", "O") == (2, pytest.approx(4.74 * 3**0.5 / 4))
    assert bonds(structure, "O", "Ag")[0] == 4


@pytest.mark.parametrize("number", [129, None])
def test_layers_in_the_second_origin(tmp_path, number):
    """LiFeAs: iron in a tetrahedron of arsenic."""
    rows = ["Li1 Li 0.25 0.25 0.6459 1", "Fe1 Fe 0.75 0.25 0 1", "As1 As 0.25 0.25 0.2635 1"]
    said = [(OLD_NAME, "P 4/n m m Z")] + ([(NUMBER, number)] if number else [])
    structure = read(tmp_path, *said, cell=(3.775, 3.775, 6.353, 90, 90, 90), rows=rows).structure
    assert structure.composition.formula == "Li2 Fe2 As2"
    assert bonds(structure, "Fe", "As") == (4, pytest.approx(((3.775 / 2) ** 2 + (0.2635 * 6.353) ** 2) ** 0.5))


def test_spinel_in_both_origins_is_one_crystal(tmp_path):
    """MgAl2O4: magnesium in a tetrahedron, aluminium in an octahedron, as both editions of the ICSD write it."""
    first = ["Mg1 Mg 0 0 0 1", "Al1 Al 0.625 0.625 0.625 1", "O1 O 0.3875 0.3875 0.3875 1"]
    second = ["Mg1 Mg 0.125 0.125 0.125 1", "Al1 Al 0.5 0.5 0.5 1", "O1 O 0.2625 0.2625 0.2625 1"]
    crystals = [
        read(tmp_path, (OLD_NAME, f"F d -3 m {letter}"), cell=(8.08,) * 3 + (90,) * 3, rows=rows).structure
        for letter, rows in (("S", first), ("Z", second))
    ]
    assert [crystal.composition.formula for crystal in crystals] == ["Mg8 Al16 O32"] * 2
    assert StructureMatcher(primitive_cell=False).get_rms_dist(*crystals)[0] < 1e-6
    assert bonds(crystals[1], "Mg", "O")[0] == 4
    assert bonds(crystals[1], "Al", "O")[0] == 6


def layered_oxide(folder, name, cell, z):
    rows = ["Li1 Li 0 0 0.5 1", "Co1 Co 0 0 0 1", f"O1 O 0 0 {z} 1"]
    if cell[0] == cell[2]:
        rows = ["Li1 Li 0.5 0.5 0.5 1", "Co1 Co 0 0 0 1", f"O1 O {z} {z} {z} 1"]
    return read(folder, (OLD_NAME, name), cell=cell, rows=rows).structure


def test_hexagonal_and_rhombohedral_axes_are_one_crystal(tmp_path):
    """LiCoO2; the same coordinate along the threefold axis in both, and its mirror image in the reverse setting."""
    a, c, z = 2.8156, 14.0542, 0.2605
    edge = (a**2 / 3 + c**2 / 9) ** 0.5
    angle = 2 * np.degrees(np.arcsin(a / 2 / edge))
    hexagonal, rhombohedral = (a, a, c, 90, 90, 120), (edge,) * 3 + (angle,) * 3
    crystals = [
        layered_oxide(tmp_path, "R -3 m :H", hexagonal, z),
        layered_oxide(tmp_path, "R -3 m :R", rhombohedral, z),
        # The cell tells the axes where the name does not.
        layered_oxide(tmp_path, "R -3 m", hexagonal, z),
        layered_oxide(tmp_path, "R-3m", rhombohedral, z),
        layered_oxide(tmp_path, "R -3 m HR", hexagonal, z),
    ]
    assert [len(crystal) for crystal in crystals] == [12, 4, 12, 4, 12]
    for crystal in crystals:
        assert bonds(crystal, "Co", "O")[0] == 6
        assert StructureMatcher().get_rms_dist(crystals[0], crystal)[0] < 1e-6
    # In the reverse setting the layers go around the axis the other way.
    obverse, reverse = ({tuple(c.frac_coords.round(4).tolist()[4]) for c in [crystals[i]]} for i in (0, 4))
    assert obverse != reverse


def test_hall_symbol_alone(tmp_path):
    content = read(tmp_path, (HALL, "-F 4 2 3"))
    assert content.structure.composition.formula == "Li4 Cl4"
    assert bonds(content.structure, "Li", "Cl") == (6, pytest.approx(5.13 / 2))
    assert "_space_group_name_Hall '-F 4 2 3' were used" in content.notes[0]


def test_hall_symbol_with_an_origin_of_its_own(tmp_path):
    """The origin in the middle of an edge: both atoms change places."""
    rows = ["Li1 Li 0.25 0 0 1", "Cl1 Cl 0.75 0 0 1"]
    content = read(tmp_path, (HALL, "-F 4 2 3 (x+1/4,y,z)"), rows=rows)
    assert bonds(content.structure, "Li", "Cl") == (6, pytest.approx(5.13 / 2))


@pytest.mark.parametrize(
    "style", ["x+1/2,y+1/2,z", "1/2+x, 1/2+y, z", "X+.5,Y+0.5,Z", "+x+1/2,+y+1/2,+z", " 0.5+x , y+1/2,z "]
)
def test_spellings_of_operations(tmp_path, style):
    content = read(tmp_path, operations(*FACES[:3], style))
    assert content.structure.composition.formula == "Li4 Cl4"
    assert content.notes == []


def test_centred_operations_that_no_table_has(tmp_path):
    """A doubled cell with the lost translation among its operations."""
    rows = ["Li1 Li 0 0 0 1", "Cl1 Cl 0.25 0.5 0.5 1"]
    content = read(tmp_path, operations("x,y,z", "x+1/2,y,z"), cell=(10.26, 5.13, 5.13, 90, 90, 90), rows=rows)
    assert content.structure.composition.formula == "Li2 Cl2"


REFUSED = {
    "Hall and operations": (
        [operations(*FACES), (HALL, "-F 4 2 3")],
        r"of _symmetry_equiv_pos_as_xyz give F 1 \(1\), but _space_group_name_Hall '-F 4 2 3' gives F m -3 m",
    ),
    "two lists": (
        [operations(*FACES), operations("x,y,z", tag="_space_group_symop_operation_xyz")],
        r"_space_group_symop_operation_xyz give P 1 \(1\), but the operations of _symmetry_equiv_pos_as_xyz gives F 1",
    ),
    "two Hall symbols": ([(HALL, "-F 4 2 3"), ("_symmetry_space_group_name_Hall", "-P 4 2 3")], "F m -3 m .* P m -3 m"),
    "name and Hall": ([(HALL, "-P 4 2 3"), (NAME, "F m -3 m")], "P m -3 m .* is 'F m -3 m'; correct or delete one"),
    "name with an origin and Hall": ([(HALL, "F 4d 2 3 -1d"), (NAME, "F d -3 m :2")], "F d -3 m:1 .* 'F d -3 m :2'"),
    "P1 and name": ([operations("x,y,z"), (NAME, "F m -3 m")], r"give P 1 \(1\), but _space_group_name_H-M_alt"),
    "centring left out": ([operations(*FACES[:1], "-x,-y,-z"), (NUMBER, 225)], "P -1 .*IT_number is '225'"),
    "number": ([(HALL, "-F 4 2 3"), (NUMBER, 227)], "but _space_group_IT_number is '227'"),
    "enantiomorph": ([(HALL, "P 31"), (NAME, "P 32")], "P 31 .* 'P 32'"),
    "reference name": ([(HALL, "-F 4 2 3"), ("_space_group_name_H-M_ref", "P n m a")], "but _space_group_name_H-M_ref"),
    "crystal system": ([(HALL, "-F 4 2 3"), ("_symmetry_cell_setting", "Tetragonal")], "but _symmetry_cell_setting is"),
    "code": ([(HALL, "F 4d 2 3 -1d"), (CODE, "2")], "coordinate_system_code is '2'"),
    "two names": ([(NAME, "F m -3 m"), (OLD_NAME, "P m -3 m")], "no setting .* has all of .*F m -3 m.*P m -3 m"),
    "name and number": ([(NAME, "F m -3 m"), (NUMBER, 216)], "no setting of a space group has"),
    "name and system": ([(NAME, "F m -3 m"), (SYSTEM, "hexagonal")], "no setting of a space group"),
    "name and wrong code": ([(NAME, "F m -3 m"), (CODE, "2")], "no setting of a space"),
    "open origin": ([(NAME, "F d -3 m")], "leaves the setting open: F d -3 m:1, F d -3 m:2; write one of them as"),
    "open axes": ([(NUMBER, 62)], "leaves the setting open: P n m a, P m n b, .*; write one of them"),
    "no such number": ([(NUMBER, 231)], "no setting of a space group"),
    "no name": ([(NAME, "Z 9 q")], "symmetry Z 9 q .number not stated. cannot be read; list the operations"),
    "origin of a group with one": ([(NAME, "F m -3 m Z")], "symmetry F m -3 m Z"),
    "an origin that is none": ([(NAME, "F d -3 m :3")], "symmetry F d -3 m :3"),
    "third letter of the ICSD": ([(NAME, "I 41/a Z1")], "symmetry I 41/a Z1"),
    "a tripled cell or a rhombohedral one": ([(NAME, "H 3")], "symmetry H 3"),
    "a number for a name": ([(NAME, "225")], "symmetry 225"),
    "screw or rotation": ([(NAME, "P 4 2")], "symmetry P 4 2"),
    "number in the name": ([(NAME, "F m -3 m (No. 216)")], "symmetry F m -3 m"),
    "Hall symbol of nothing": ([(HALL, "F m -3 m")], "'F m -3 m' is no Hall symbol"),
    "Schoenflies": ([("_space_group_name_Schoenflies", "O_h^5")], "by _space_group_name_Schoenflies alone"),
    "system alone": ([("_symmetry_cell_setting", "cubic")], "by _symmetry_cell_setting alone"),
    "transformed": ([(NAME, "P n m a"), ("_space_group_transform_Pp_abc", "b,c,a;0,0,0")], "a transformation"),
    "not a group": ([operations("x,y,z", "-x,-y,z+1/4")], "not a whole group: x,y,z.1/2 is missing"),
    "generators only": ([operations("x,y,z", "-y,x,z")], "not a whole group"),
    "no identity": ([operations("-x,-y,-z")], "not a whole group: x,y,z is missing"),
    "not an operation": ([operations("x,y,z", "x,y,w")], "the operation 'x,y,w' of _symm.* cannot be read"),
    "two coordinates": ([operations("x,y")], "the operation 'x,y'"),
    "fifths": ([operations("x,y,z", "x+1/5,y,z")], "'x.1/5,y,z'"),
    "squashed": ([operations("x,y,z", "x,x,z")], "'x,x,z' .*it changes volumes"),
    "magnetic": ([operations("x,y,z,+1", tag="_space_group_symop_magn_operation.xyz")], "a magnetic structure"),
    "magnetic, by name": ([(NAME, "P m m m"), ("_space_group_magn.number_BNS", "47.252")], "a magnetic structure"),
    "modulated": ([("_cell_modulation_dimension", 1)], "a modulated or composite structure"),
    "superspace": ([operations("x1,x2,x3,x4", tag="_space_group_symop_ssg_operation_algebraic")], "a modulated"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_statements_that_cannot_be_used(tmp_path, case):
    symmetry, pattern = REFUSED[case]
    with pytest.raises(StructureError, match=pattern) as caught:
        read(tmp_path, *symmetry)
    assert "crystal.cif, data_x: " in str(caught.value)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("F m -3 m", (5.13, 5.13, 5.3, 90, 90, 90)),
        ("R -3 m :H", (5.0, 5.0, 5.0, 60, 60, 60)),
        ("R -3 m :R", (2.8, 2.8, 14.0, 90, 90, 120)),
        ("P 1 21/c 1", (5, 6, 7, 90, 90, 100)),
        ("P121/c1", (5, 6, 7, 100, 90, 90)),
        ("P 63/m m c", (3, 3, 5, 90, 90, 90)),
    ],
)
def test_a_cell_that_does_not_fit(tmp_path, name, cell):
    with pytest.raises(StructureError, match="the cell does not fit the symmetry"):
        read(tmp_path, (NAME, name), cell=cell)


def test_rounded_lengths_fit(tmp_path):
    assert len(read(tmp_path, (NAME, "F m -3 m"), cell=(5.13, 5.131, 5.129, 90, 90.02, 90)).structure) == 8


@pytest.mark.parametrize(
    "symmetry",
    [
        [(NAME, "Fm-3m")],
        [(NAME, "F m 3 m")],
        [(NAME, "F m -3 m (No. 225)")],
        [(NAME, "F m -3 m, No. 225")],
        [(NAME, "F 4/m -3 2/m")],
        [(NAME, "F m -3 m"), (OLD_NAME, "Fm-3m"), (NUMBER, 225), (SYSTEM, "cubic")],
        [(NAME, "F m -3 m"), (HALL, "?"), (NUMBER, ".")],
        ["_space_group.name_H-M_alt 'F m -3 m'"],
        ["_symmetry_space_group_name_H-M_ 'F m -3 m'"],
        ["_Symmetry_Space_Group_Name_H-M 'F m -3 m'"],
        [(NAME, "F m -3 m"), (CODE, "1")],
    ],
)  # fmt: skip
def test_names_of_rock_salt(tmp_path, symmetry):
    content = read(tmp_path, *symmetry)
    assert content.structure.composition.formula == "Li4 Cl4"
    assert "those of the named space group were used: F m -3 m" in content.notes[0]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("P 21/n 21/m 21/a", ["P n m a"]),
        ("P 2_1/b 2_1/n 2_1/m", ["P b n m"]),
        ("F 41/d -3 2/m", ["F d -3 m:1", "F d -3 m:2"]),
        ("F 41/d -3 2/m Z", ["F d -3 m:2"]),
        ("R -3 2/m :R", ["R -3 m:R"]),
        ("P 63/m 2/m 2/c", ["P 63/m m c"]),
        ("C m c e", ["C m c a"]),
        ("Aem2", ["A b m 2"]),
    ],
)
def test_full_names_and_double_glides(name, labels):
    assert [setting.label for setting in named(name).settings] == labels


@pytest.mark.parametrize("name", ["P 21/c", "P2(1)/c", "P 2_1/c", "P 1 21/c 1", "P21/c", "P121/c1"])
def test_names_of_monoclinic_groups(tmp_path, name):
    content = read(tmp_path, (NAME, name), cell=(5, 6, 7, 90, 100, 90), rows=["Li1 Li 0.1 0.2 0.3 1"])
    expected = Lattice.from_parameters(5, 6, 7, 90, 100, 90)
    points = [(0.1, 0.2, 0.3), (-0.1, 0.7, 0.2), (-0.1, -0.2, -0.3), (0.1, 0.3, 0.8)]
    assert content.structure.matches(Structure(expected, ["Li"] * 4, points), primitive_cell=False)


@pytest.mark.parametrize(
    ("name", "angles", "label"),
    [
        ("P 2/m", (90, 100, 90), "P 1 2/m 1"),
        ("P2/m", (90, 90, 100), "P 1 1 2/m"),
        ("P 2/m", (100, 90, 90), "P 2/m 1 1"),
        ("P 2/m", (90, 90, 90), "P 1 2/m 1"),
        ("B 2/b", (90, 90, 100), "B 1 1 2/b"),
    ],
)
def test_short_names_leave_the_unique_axis_to_the_cell(tmp_path, name, angles, label):
    content = read(tmp_path, (NAME, name), cell=(5, 6, 7, *angles), rows=["Li1 Li 0.1 0.2 0.3 1"])
    assert f"named space group were used: {label} (" in content.notes[0]
    axes = [operations("x,y,z", "-x,-y,z", "-x,-y,-z", "x,y,-z"), (NAME, "P 2/m")]
    assert len(read(tmp_path, *axes, cell=(5, 6, 7, 90, 90, 100), rows=["Li1 Li 0.1 0.2 0.3 1"]).structure) == 4


def test_a_structure_that_says_it_is_not_modulated(tmp_path):
    assert len(read(tmp_path, (HALL, "-F 4 2 3"), ("_cell_modulation_dimension", 0)).structure) == 8


@pytest.mark.parametrize(
    "name", ["P 3 2", "P 31 2", "P -3 m", "P 3 c", "P 6 3", "P 2 1", "P n a 2 1", "F d - 3 m", "P 4 21"]
)
def test_names_that_two_groups_could_be_are_refused(name):
    assert named(name) is None


def test_operations_are_used_whatever_the_origin_of_a_bare_name(tmp_path):
    shifted = [operation.replace("z", "z") for operation in ("x,y,z", "-x+1/2,-y,-z")]
    content = read(tmp_path, operations(*shifted), (NAME, "P -1"), rows=["Li1 Li 0.1 0.2 0.3 1"])
    assert content.notes == []
    assert content.structure.frac_coords.tolist() == [[0.1, 0.2, 0.3], pytest.approx([0.4, 0.8, 0.7])]


def test_a_name_that_nobody_knows_beside_operations_is_said(tmp_path):
    content = read(tmp_path, operations(*FACES), (NAME, "something else"))
    assert content.structure.composition.formula == "Li4 Cl4"
    assert content.notes == [
        "_space_group_name_H-M_alt 'something else' is no known name of a setting and was not compared with the "
        "operations of _symmetry_equiv_pos_as_xyz."
    ]


def test_a_hall_symbol_that_cannot_be_read_beside_operations_is_said(tmp_path):
    content = read(tmp_path, operations(*FACES), (HALL, "-F 4 q"))
    assert content.notes == [
        "_space_group_name_Hall '-F 4 q' is no Hall symbol and was not compared with the operations of "
        "_symmetry_equiv_pos_as_xyz."
    ]


def test_hall_symbols_of_fullprof(tmp_path):
    """Parts are separated by semicolons."""
    rows = ["Al1 Al 0 0 0.3522 1", "O1 O 0.3063 0 0.25 1"]
    cell = (4.7607, 4.7607, 12.9947, 90, 90, 120)
    symmetry = [("_symmetry_space_group_name_Hall", '-R 3;-2"c'), (OLD_NAME, "R -3 c")]
    assert read(tmp_path, *symmetry, cell=cell, rows=rows).structure.composition.formula == "Al12 O18"


def test_no_symmetry_is_said(tmp_path):
    assert read(tmp_path).notes == ["The file states no symmetry; read as P1."]
    assert read(tmp_path, (NAME, "P 1")).structure.num_sites == 2


def test_a_parent_shows_how_its_symmetry_was_found(tmp_path):
    parent = files.load(write(tmp_path, cif((HALL, "-F 4 2 3"))))
    assert parent.space_group == "Fm-3m"
    assert "Hall" in parent.notes


def test_a_name_of_the_type_beside_axes_without_a_name(tmp_path):
    """A primitive cell of rock salt, as pymatgen writes it without refining: 48 operations, the name of the type."""
    primitive = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.13), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    primitive = primitive.get_primitive_structure()
    path = tmp_path / "crystal.cif"
    CifWriter(primitive, symprec=0.01, refine_struct=False).write_file(path)
    content = read_cif(path)
    assert StructureMatcher(primitive_cell=False, scale=False).fit(content.structure, primitive)
    assert len(content.group.operations) == 48
    assert any("'Fm-3m' names the type" in note for note in content.notes)
    path.write_text(path.read_text().replace("Fm-3m", "Pm-3m").replace("   225", "   221"))
    with pytest.raises(StructureError, match=r"F m -3 m .* in a setting of its own, but .* is 'Pm-3m'"):
        read_cif(path)


def test_a_name_of_the_type_beside_axes_with_another_name_is_refused(tmp_path):
    """Operations of P b n m beside the name P n m a: one of them is of another cell."""
    listed = operations(*(o.triplet() for o in gemmi.SpaceGroup("P b n m").operations()))
    with pytest.raises(StructureError, match=r"give P b n m .*, but .* is 'P n m a'"):
        read(tmp_path, (OLD_NAME, "P n m a"), listed, cell=(5, 10, 6, 90, 90, 90))
