"""Parents from files: what is kept, and what is refused with which message."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.errors import StructureError
from screening.parents import files

ROCKSALT = """data_LiCl
_chemical_formula_sum 'Li1 Cl1'
_symmetry_space_group_name_H-M 'F m -3 m'
_symmetry_Int_Tables_number 225
_cell_length_a 5.13
_cell_length_b 5.13
_cell_length_c 5.13
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Li1 Li 0 0 0 1
Cl1 Cl 0.5 0.5 0.5 1
"""
MIXED = ROCKSALT.replace("'Li1 Cl1'", "'Li1 Cl0.615 Br0.385'").replace(
    "Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 0.5 0.615\nBr1 Br 0.5 0.5 0.5 0.385"
)


def write(folder, text, name="crystal.cif"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path, pattern):
    with pytest.raises(StructureError, match=pattern) as caught:
        files.load(path)
    assert path.name in str(caught.value)


def test_ordered_cif(tmp_path):
    parent = files.load(write(tmp_path, ROCKSALT))
    assert parent.structure.composition.formula == "Li4 Cl4"
    assert parent.space_group == "Fm-3m"
    assert parent.id == "crystal"
    assert parent.source == "file crystal.cif"
    assert "named space group" in parent.notes
    assert parent.oxidation_states is None


def test_partial_occupancies_are_kept(tmp_path):
    parent = files.load(write(tmp_path, MIXED), "mixed")
    assert parent.id == "mixed"
    assert parent.space_group == ""
    shares = [site.species.get_el_amt_dict() for site in parent.structure if not site.is_ordered]
    assert shares == [{"Cl": 0.615, "Br": 0.385}] * 4


def test_vacancy_share_is_kept(tmp_path):
    text = ROCKSALT.replace("Li1 Li 0 0 0 1", "Li1 Li 0 0 0 0.876543").replace("'Li1 Cl1'", "'Li0.876543 Cl1'")
    structure = files.load(write(tmp_path, text)).structure
    assert structure.composition["Li"] == pytest.approx(4 * 0.876543, abs=1e-12)


def test_split_sites_closer_than_an_atom_are_no_overlap(tmp_path):
    text = ROCKSALT.replace("Li1 Li 0 0 0 1", "Li1 Li 0.03 0 0 0.16666").replace("'F m -3 m'", "'F m -3 m'")
    assert files.load(write(tmp_path, text)).structure.composition["Li"] == pytest.approx(4, rel=1e-3)


def test_charges_in_the_file_become_oxidation_states(tmp_path):
    text = ROCKSALT.replace("Li1 Li ", "Li1 Li+ ").replace("Cl1 Cl ", "Cl1 Cl- ")
    text += "loop_\n_atom_type_symbol\n_atom_type_oxidation_number\nLi+ 1\nCl- -1\n"
    parent = files.load(write(tmp_path, text))
    assert parent.oxidation_states == {"Li": 1.0, "Cl": -1.0}
    assert {str(site.specie) for site in parent.structure} == {"Li", "Cl"}


@pytest.mark.parametrize(
    ("old", "new", "pattern"),
    [
        ("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 0.5 1.2", r"occupancy of atom Cl1 is 1.2, outside 0 to 1"),
        ("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 0.5 -0.1", r"occupancy of atom Cl1 is -0.1"),
        ("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 0.5 ?", r"occupancy of atom Cl1 is not a number"),
        ("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 ? 1", r"cannot be read as CIF"),
        ("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 0.5", r"cannot be read as CIF"),
        ("Cl1 Cl 0.5", "Q1 Qq 0.5", r"'Qq' of atom Q1 is not an element"),
        ("Cl1 Cl 0.5", "Cl1 Clx 0.5", r"'Clx' of atom Cl1 is not an element"),
        ("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0 0 0 1", r"occup|Occup"),
        ("_cell_length_a 5.13", "_cell_length_a 0", r"."),
        ("_cell_length_a 5.13", "_cell_length_a nan", r"."),
        ("_cell_length_a 5.13\n", "", r"."),
        ("_cell_angle_gamma 90", "_cell_angle_gamma 180", r"."),
        ("5.13", "0.513", r"the cell has 0.135 Å3 for 8 atoms"),
        ("5.13", "51.3", r"the cell has 1.69e\+04 Å3 per atom, more than any crystal"),
        ("'Li1 Cl1'", "'Na1 Cl1'", r"have different elements"),
        ("'Li1 Cl1'", "'Li2 Cl1'", r"which is not the stated formula"),
        (
            "'F m -3 m'\n_symmetry_Int_Tables_number 225",
            "'Z 9 q'\n_symmetry_Int_Tables_number 999",
            r"symmetry Z 9 q",
        ),
    ],
)
def test_damaged_cif_is_refused(tmp_path, old, new, pattern):
    assert old in ROCKSALT
    refused(write(tmp_path, ROCKSALT.replace(old, new)), pattern)


def test_overlap_is_refused(tmp_path):
    text = ROCKSALT.replace("'Li1 Cl1'", "?").replace("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.01 0.01 0.01 1")
    refused(write(tmp_path, text), r"Å apart; atoms closer than 0.5 Å overlap")


def test_occupancies_that_sum_to_more_than_one_are_refused(tmp_path):
    refused(
        write(tmp_path, MIXED.replace("0.385", "0.5").replace("Br0.5", "Br0.385")),
        r"atoms Cl1 and Br1 share the site at .* their occupancies sum to 1.115, more than 1",
    )


def test_rounded_occupancies_are_not(tmp_path):
    parent = files.load(write(tmp_path, MIXED.replace("0.615\n", "0.6155\n")))
    assert all(site.species.num_atoms <= 1 for site in parent.structure)


def test_small_deviation_from_the_formula_is_noted(tmp_path):
    parent = files.load(write(tmp_path, ROCKSALT.replace("'Li1 Cl1'", "'Li0.97 Cl1'")))
    assert "deviate from the stated formula" in parent.notes


def test_truncated_cif_is_refused(tmp_path):
    refused(write(tmp_path, ROCKSALT[: ROCKSALT.index("loop_")]), "no _atom_site_label")
    refused(write(tmp_path, ROCKSALT[: ROCKSALT.index("_atom_site_label")]), "breaks off in a loop")
    refused(write(tmp_path, ROCKSALT[: ROCKSALT.index("Li1 Li")]), "cannot be read|no _atom_site_label")
    refused(write(tmp_path, ROCKSALT[: ROCKSALT.index("0.5 0.5 1")]), "cannot be read")


def test_two_crystals_are_refused(tmp_path):
    refused(write(tmp_path, ROCKSALT + ROCKSALT.replace("data_LiCl", "data_other")), "holds 2 crystals")


def test_attached_hydrogens_are_refused(tmp_path):
    text = ROCKSALT.replace("_atom_site_occupancy", "_atom_site_occupancy\n_atom_site_attached_hydrogens")
    text = text.replace("0 0 0 1", "0 0 0 1 0").replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 1 2")
    refused(write(tmp_path, text), "hydrogens")


def test_empty_sites_are_noted(tmp_path):
    parent = files.load(write(tmp_path, ROCKSALT + "Li2 Li 0.25 0.25 0.25 0\n"))
    assert parent.structure.composition.formula == "Li4 Cl4"
    assert "occupancy 0 are skipped: Li2" in parent.notes


@pytest.mark.parametrize("name", ["crystal.cif", "POSCAR", "crystal.extxyz"])
def test_unusable_files(tmp_path, name):
    refused(tmp_path / name, "no such file")
    refused(write(tmp_path, "", name), "empty")
    refused(write(tmp_path, " \n\n", name), "empty")
    refused(write(tmp_path, "hello, world\n" * 3, name), r"cannot be read|not a CIF")
    (tmp_path / name).write_bytes(b"\x7fELF\x00\x01")
    refused(tmp_path / name, "binary")
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    refused(tmp_path / name, "cannot be read")


def test_unknown_format(tmp_path):
    refused(write(tmp_path, ROCKSALT, "crystal.pdb"), r"format unknown; name it \.cif")


@pytest.mark.parametrize("name", ["Li₆PS₅Cl – große Zelle.cif", "a b;c'd$(x)`.cif", "%s{0}\\n.cif", "-rf.cif"])
def test_odd_names(tmp_path, name):
    assert files.load(write(tmp_path, ROCKSALT, name)).structure.num_sites == 8
    refused(write(tmp_path, "x", name), "CIF")


def test_latin1_and_byte_order_mark(tmp_path):
    path = tmp_path / "old.cif"
    path.write_bytes(("# Zürich\n" + ROCKSALT).encode("latin-1"))
    assert files.load(path).structure.num_sites == 8
    path.write_bytes(ROCKSALT.encode("utf-8-sig"))
    assert files.load(path).structure.num_sites == 8


@pytest.fixture
def salt():
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.13), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])


@pytest.mark.parametrize("name", ["POSCAR", "POSCAR_salt", "salt.vasp", "CONTCAR"])
def test_poscar(tmp_path, salt, name):
    parent = files.load(write(tmp_path, salt.to(fmt="poscar"), name))
    assert parent.structure.matches(salt)
    assert parent.space_group == "Fm-3m"


def test_poscar_without_elements_is_refused(tmp_path, salt):
    lines = salt.to(fmt="poscar").splitlines()
    del lines[5]
    lines[0] = "nothing to go by"
    lines = [line.rsplit(None, 1)[0] if line.endswith((" Li", " Cl")) else line for line in lines]
    refused(write(tmp_path, "\n".join(lines) + "\n", "POSCAR"), "does not name its elements")


def test_poscar_damage(tmp_path, salt):
    text = salt.to(fmt="poscar")
    refused(write(tmp_path, "\n".join(text.splitlines()[:-3]), "POSCAR"), "cannot be read as POSCAR")
    refused(write(tmp_path, text.replace("Li Cl", "Li Xx"), "POSCAR"), r"Xx|not an element")
    lines = text.splitlines()
    lines[3] = lines[2]
    refused(write(tmp_path, "\n".join(lines), "POSCAR"), r"Å3|cannot be read")
    lines = text.splitlines()
    lines[-1] = lines[-2]
    refused(write(tmp_path, "\n".join(lines), "POSCAR"), "overlap")


def test_extxyz_last_frame(tmp_path, salt):
    import ase.io
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(salt)
    later = atoms.copy()
    later.positions += 0.01 * np.arange(24).reshape(8, 3)
    later.set_initial_charges(np.ones(8))
    later.set_velocities(np.ones((8, 3)))
    path = tmp_path / "frames.extxyz"
    ase.io.write(path, [atoms, later])
    parent = files.load(path)
    assert np.allclose(parent.structure.cart_coords, later.positions, atol=1e-6)
    assert parent.notes == "The last of 2 frames."
    assert parent.structure.site_properties == {}
    assert parent.oxidation_states is None
    assert {type(site.specie).__name__ for site in parent.structure} == {"Element"}


@pytest.mark.parametrize(
    ("header", "pattern"),
    [
        ("no cell at all", "not periodic"),
        ('Lattice="5 0 0 0 5 0 0 0 5" pbc="T T F"', "not periodic"),
        ('Lattice="5 0 0 5 0 0 0 0 5" pbc="T T T"', "volume"),
        ('Lattice="nan 0 0 0 5 0 0 0 5" pbc="T T T"', "not a number|cannot be read"),
    ],
)
def test_extxyz_cells(tmp_path, header, pattern):
    refused(write(tmp_path, f"2\n{header}\nLi 0 0 0\nCl 2.5 2.5 2.5\n", "a.xyz"), pattern)


def test_extxyz_damage(tmp_path):
    header = 'Lattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3 pbc="T T T"'
    refused(write(tmp_path, f"3\n{header}\nLi 0 0 0\nCl 2.5 2.5 2.5\n", "a.xyz"), "cannot be read as extxyz")
    refused(write(tmp_path, f"2\n{header}\nLi 0 0 0\nQq 2.5 2.5 2.5\n", "a.xyz"), r"cannot be read|element")
    refused(write(tmp_path, f"2\n{header}\nLi 0 0 0\nX 2.5 2.5 2.5\n", "a.xyz"), r"no known element")
    refused(write(tmp_path, f"2\n{header}\nLi 0 0 0\nCl 0.1 0 0\n", "a.xyz"), "overlap")
    # The two atoms meet across the boundary of the cell.
    refused(write(tmp_path, f"2\n{header}\nLi 0.1 0 0\nCl 4.9 0 0\n", "a.xyz"), "overlap")
