"""Rows of atoms of a CIF: elements, occupancies, places, and what is refused with the name of the atom."""

import re

import numpy as np
import pytest

from screening.errors import StructureError
from screening.parents import files
from screening.parents.cif.reader import read_cif

from .cifs import COLUMNS, cif, operations, write

SALT = ("_space_group_name_H-M_alt", "F m -3 m")
LABELS = ("label", "fract_x", "fract_y", "fract_z", "occupancy")
CL = "Cl1 Cl 0.5 0.5 0.5 1"


def read(folder, *rows, columns=COLUMNS, symmetry=(SALT,), **parts):
    return read_cif(write(folder, cif(*symmetry, rows=rows, columns=columns, **parts)))


def refused(folder, pattern, *rows, **parts):
    with pytest.raises(StructureError, match=pattern) as caught:
        read(folder, *rows, **parts)
    assert "crystal.cif, data_x: " in str(caught.value)


@pytest.mark.parametrize(
    ("symbol", "element"),
    [
        *[(text, "Fe") for text in ("Fe", "Fe2+", "Fe+2", "Fe3+", "Fe0+", "Fe2.5+", "FE", "fe", "Fe3")],
        *[(text, "Cl") for text in ("CL", "Cl1-", "Cl-", "Cl-1")],
        ("O2-", "O"),
        ("D", "H"),
        ("D1+", "H"),
    ],
)
def test_type_symbols(tmp_path, symbol, element):
    content = read(tmp_path, f"A1 {symbol} 0 0 0 1", "S1 S 0.5 0.5 0.5 1")
    assert content.structure.composition.get_el_amt_dict() == {element: 4, "S": 4}
    spelled = symbol.rstrip("+-0123456789.")
    assert any(f"{spelled} as {element}" in note for note in content.notes) == (spelled not in (element, "D"))


@pytest.mark.parametrize("label", ["Li1", "Li1A", "Li", "Li(1)", "Li_1", "Li1+", "Li'"])
def test_labels_that_begin_with_an_element(tmp_path, label):
    structure = read(tmp_path, f"{label} 0 0 0 1", "Cl1 0.5 0.5 0.5 1", columns=LABELS).structure
    assert structure.composition.formula == "Li4 Cl4"


@pytest.mark.parametrize(
    "label",
    [
        "Vac1",
        "VaCl",
        "Va",
        "X",
        "X1",
        "Wat",
        "Wat1",
        "OH",
        "M1",
        "Ow",
        "OW1",
        "CL1",
        "LI1",
        "T1",
        "Q",
        "A",
        "LiA",
        "1Li",
    ],
)
def test_labels_that_are_no_elements(tmp_path, label):
    refused(
        tmp_path,
        rf"'{label}' of atom {label} is not an element; ",
        f"{label} 0 0 0 1",
        "Cl1 0.5 0.5 0.5 1",
        columns=LABELS,
    )


@pytest.mark.parametrize(
    "symbol", ["Vac", "Va", "X", "Wat", "OH", "M", "T", "Ow", "Qq", "Clx", "Li1A", "LiNa", "Cg", "Du"]
)
def test_type_symbols_that_are_no_elements(tmp_path, symbol):
    refused(tmp_path, rf"'{symbol}' of atom A1 is not an element; ", f"A1 {symbol} 0 0 0 1", CL)


@pytest.mark.parametrize("symbol", ["Vac", "X"])
def test_what_to_do_about_a_vacancy_works(tmp_path, symbol):
    rows = ["Li1 Li 0 0 0 0.8", f"Vac1 {symbol} 0 0 0 0.2", CL]
    refused(tmp_path, "delete the row: an occupancy below 1 already leaves part of a site empty", *rows)
    structure = read(tmp_path, rows[0], CL).structure
    assert structure.composition.get_el_amt_dict() == {"Li": pytest.approx(3.2), "Cl": 4}


def test_label_that_says_another_element_than_the_type(tmp_path):
    content = read(tmp_path, "Na1 Li 0 0 0 1", "M1 Cl 0.5 0.5 0.5 1")
    assert content.structure.composition.formula == "Li4 Cl4"
    assert content.notes[1:] == ["Read by type symbol, not by label: Na1 as Li."]


def test_atoms_without_labels(tmp_path):
    rows = ["? Li 0 0 0 1", "? Cl 0.5 0.5 0.5 1"]
    assert read(tmp_path, *rows).structure.composition.formula == "Li4 Cl4"
    refused(tmp_path, "occupancy of atom Cl of row 2 is not a number", rows[0], "? Cl 0.5 0.5 0.5 x")
    columns = COLUMNS[1:]
    assert len(read(tmp_path, "Li 0 0 0 1", "Cl 0.5 0.5 0.5 1", columns=columns).structure) == 8


def test_deuterium_is_taken_for_hydrogen_and_said(tmp_path):
    content = read(tmp_path, "D1 D 0 0 0 0.9", "H1 H 0 0 0 0.1", CL, extra="_chemical_formula_sum 'D1 Cl1'")
    assert content.structure.composition.get_el_amt_dict() == {"H": 4, "Cl": 4}
    assert content.structure.composition.weight == pytest.approx(4 * (1.00794 + 35.453), rel=1e-4)
    assert "Deuterium is taken for hydrogen: D1." in content.notes


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Fe1 Fe2+ 0 0 0 0.25", "Fe2 Fe3+ 0 0 0 0.75"], {"Fe": 4}),
        (["Fe1 Fe2+ 0 0 0 1", "Fe2 Fe3+ 0.25 0.25 0.25 1"], {"Fe": 12}),
        (["Fe1 Fe2+ 0 0 0 0.5", "Fe2 Fe3+ 0 0 0 0.25", "Mn1 Mn3+ 0 0 0 0.25"], {"Fe": 3, "Mn": 1}),
    ],
)
@pytest.mark.parametrize("with_charges", [True, False])
def test_mixed_valences(tmp_path, rows, expected, with_charges):
    charges = "loop_\n_atom_type_symbol\n_atom_type_oxidation_number\nFe2+ 2\nFe3+ 3\nMn3+ 3\nO2- -2\n"
    text = cif(SALT, rows=[*rows, "O1 O2- 0.5 0.5 0.5 1"], extra=charges if with_charges else "")
    parent = files.load(write(tmp_path, text))
    assert parent.structure.composition.get_el_amt_dict() == {**expected, "O": 4}
    assert {type(e).__name__ for e in parent.structure.composition.elements} == {"Element"}
    assert parent.oxidation_states is None
    assert ("Fe more than one charge; none is used" in parent.notes) == with_charges


@pytest.mark.parametrize(
    ("share", "pattern"),
    [
        ("?", r"occupancy of atom Li1 is not a number \('\?'\)"),
        (".", r"occupancy of atom Li1 is not a number \('.'\)"),
        ("1/2", "occupancy of atom Li1 is not a number"),
        ("0,5", "occupancy of atom Li1 is not a number"),
        ("50%", "occupancy of atom Li1 is not a number"),
        ("1.01", "occupancy of atom Li1 is 1.01, outside 0 to 1"),
        ("-0.1", "occupancy of atom Li1 is -0.1, outside 0 to 1"),
        ("12", "occupancy of atom Li1 is 12, outside 0 to 1"),
    ],
)
def test_occupancies_that_are_none(tmp_path, share, pattern):
    refused(tmp_path, pattern, f"Li1 Li 0 0 0 {share}", CL)


@pytest.mark.parametrize(("share", "value"), [("0.5(1)", 0.5), (".5", 0.5), ("5.0e-1", 0.5), ("1.0005", 1.0)])
def test_occupancies_as_programs_write_them(tmp_path, share, value):
    assert read(tmp_path, f"Li1 Li 0 0 0 {share}", CL).structure.composition["Li"] == pytest.approx(4 * value)


@pytest.mark.parametrize("second", [0.335, 0.3345])
def test_sums_within_rounding_are_scaled_and_said(tmp_path, second):
    content = read(tmp_path, "Li1 Li 0 0 0 0.333", "Na1 Na 0 0 0 0.333", f"K1 K 0 0 0 {second}", CL)
    total = 0.666 + second
    assert content.structure.composition["Li"] == pytest.approx(4 * 0.333 / total, abs=1e-12)
    assert "scaled to 1: Li1 and Na1 and K1." in content.notes[-1]


def test_sums_beyond_are_refused_with_the_atoms(tmp_path):
    refused(
        tmp_path, "atoms Li1 and Na1 share the site .* sum to 1.01, more", "Li1 Li 0 0 0 0.505", "Na1 Na 0 0 0 .505", CL
    )
    # The rows name two images of one site.
    refused(tmp_path, "atoms Li1 and Na1 share the site", "Li1 Li 0 0 0 0.6", "Na1 Na 0.5 0 0.5 0.6", CL)


@pytest.mark.parametrize("share", [1, 0.5, 0.2])
def test_one_site_listed_twice(tmp_path, share):
    """With half occupancies the sum would be a filled site, and nobody would know."""
    pattern = r"atoms Li1 and Li2 are one site: \(0.5000, 0.5000, 0.0000\) is .* both are Li .* delete one"
    refused(tmp_path, pattern, f"Li1 Li 0 0 0 {share}", f"Li2 Li 0.5 0.5 0 {share}", CL)


def test_one_site_listed_twice_by_labels(tmp_path):
    rows = ["Li1 0 0 0 1", "Li2 0.5 0.5 0 1", "Cl1 0.5 0.5 0.5 1"]
    refused(tmp_path, "atoms Li1 and Li2 are one site", *rows, columns=LABELS)


HEXAGONAL = {"symmetry": [("_space_group_name_H-M_alt", "P 63/m m c")], "cell": (10.0, 10.0, 16.0, 90, 90, 120)}


@pytest.mark.parametrize(
    ("x", "y", "said"), [("0.3333", "0.6667", False), ("0.333", "0.667", True), ("0.33333333", "0.66666667", False)]
)
def test_thirds_of_few_digits_are_one_position(tmp_path, x, y, said):
    content = read(tmp_path, f"Li1 Li {x} {y} 0.25 1", **HEXAGONAL)
    expected = [[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]]
    found = sorted(content.structure.frac_coords.tolist())
    assert np.allclose(found, expected, atol=1e-8 if len(x) < 8 else 1e-7)
    assert any("Moved onto their special positions: Li1 by 0.006 Å" in note for note in content.notes) == said


@pytest.mark.parametrize("share", [1, 0.5])
def test_a_position_that_is_neither_special_nor_split_is_refused(tmp_path, share):
    """Three halves around an axis: any two could be filled, all three cannot."""
    rows = [f"Li1 Li 0.32 0.64 0.25 {share}", "Cl1 Cl 0.1 0.27 0.1 1"]
    text = cif(*HEXAGONAL["symmetry"], cell=HEXAGONAL["cell"], rows=rows)
    with pytest.raises(StructureError, match=r"Li1.* Å apart; atoms closer than 0.5 Å overlap.*digits"):
        files.load(write(tmp_path, text))


def test_a_split_position_is_kept(tmp_path):
    """Three sites 0.35 Å apart with a third of an atom each."""
    content = read(tmp_path, "Li1 Li 0.3533 0.7067 0.25 0.333", **HEXAGONAL)
    assert len(content.structure) == 6
    assert content.notes[1:] == []


@pytest.mark.parametrize("multiplicity", [24, 48])
def test_the_stated_multiplicity_decides_near_a_special_position(tmp_path, multiplicity):
    """0.03 Å off a mirror plane: one position for who calls it special, two for who calls it general."""
    columns = (*COLUMNS, "symmetry_multiplicity")
    row = f"Li1 Li 0.1 0.2 0.003 0.1 {multiplicity}"
    symmetry = [("_space_group_name_H-M_alt", "P m -3 m")]
    content = read(tmp_path, row, columns=columns, symmetry=symmetry)
    assert len(content.structure) == multiplicity
    assert content.structure.frac_coords[0][2] == (0 if multiplicity == 24 else 0.003)


@pytest.mark.parametrize(
    ("column", "value", "is_right"),
    [
        ("symmetry_multiplicity", "4", True),
        ("symmetry_multiplicity", "48", True),  # SHELX once wrote the order of the site symmetry
        ("site_symmetry_order", "48", True),
        ("Wyckoff_symbol", "4a", True),
        ("Wyckoff_symbol", "a", True),
        ("symmetry_multiplicity", "?", True),
        ("symmetry_multiplicity", "8", False),
        ("Wyckoff_symbol", "8c", False),
    ],
)
def test_multiplicities(tmp_path, column, value, is_right):
    rows = [f"Li1 Li 0 0 0 1 {value}", f"{CL} 4"]
    if is_right:
        assert len(read(tmp_path, *rows, columns=(*COLUMNS, column)).structure) == 8
    else:
        pattern = rf"F m -3 m \(225\) puts atom Li1 at .* in 4 places, but _atom_site_{column} is 8"
        refused(tmp_path, pattern, *rows, columns=(*COLUMNS, column))


def test_multiplicities_of_the_hexagonal_cell_beside_rhombohedral_axes(tmp_path):
    """The ICSD counts so."""
    symmetry, cell = [("_space_group_name_H-M_alt", "R -3 m :R")], (3.0, 3.0, 3.0, 70, 70, 70)
    columns = (*COLUMNS, "symmetry_multiplicity")
    for multiplicity in (1, 3):
        content = read(tmp_path, f"Hg1 Hg 0 0 0 1 {multiplicity}", symmetry=symmetry, cell=cell, columns=columns)
        assert len(content.structure) == 1
    refused(tmp_path, "in 1 places", "Hg1 Hg 0 0 0 1 2", symmetry=symmetry, cell=cell, columns=columns)


@pytest.mark.parametrize(
    ("row", "pattern"),
    [
        ("Li1 Li ? 0 0 1", r"_atom_site_fract_x of atom Li1 is '\?', not a number"),
        ("Li1 Li 0 1/3 0 1", r"_atom_site_fract_y of atom Li1 is '1/3', not a number"),
        ("Li1 Li 0 0 2.565 1", r"_atom_site_fract_z of atom Li1 is 2.565, no fraction of a cell; is it in Å\?"),
        ("Li1 Li 0 0 1.2.3 1", "_atom_site_fract_z of atom Li1"),
    ],
)
def test_positions_that_are_none(tmp_path, row, pattern):
    refused(tmp_path, pattern, row, CL)


def test_minus_sign_of_a_word_processor_is_named(tmp_path):
    refused(tmp_path, r"_atom_site_fract_z of atom Li1 is '\?0.1', not a number", "Li1 Li 0 0 \u22120.1 1", CL)


def test_cartesian_positions_are_refused(tmp_path):
    columns = ("label", "type_symbol", "Cartn_x", "Cartn_y", "Cartn_z")
    refused(tmp_path, "Cartesian positions are not read", "Li1 Li 0 0 0", columns=columns)


def test_a_missing_coordinate_is_named(tmp_path):
    columns = ("label", "type_symbol", "fract_x", "fract_y")
    refused(tmp_path, "_atom_site_fract_z of atom Li1 is missing", "Li1 Li 0 0", columns=columns)


def test_hydrogens_without_positions(tmp_path):
    columns = (*COLUMNS, "attached_hydrogens")
    refused(tmp_path, "hydrogens are attached to atom O1", "O1 O 0 0 0 1 2", f"{CL} 0", columns=columns)
    assert len(read(tmp_path, "O1 O 0 0 0 1 0", f"{CL} ?", columns=columns).structure) == 8


def test_dummies_and_empty_sites_are_left_out_and_said(tmp_path):
    rows = ["Li1 Li 0 0 0 1 Uiso", "Cg1 ? 0.1 0.1 0.1 1 dum", "Li2 Li 0.25 0.25 0.25 0 Uiso", f"{CL} Uiso"]
    content = read(tmp_path, *rows, columns=(*COLUMNS, "calc_flag"))
    assert content.structure.composition.formula == "Li4 Cl4"
    assert content.notes[1:] == ["Dummy atoms are skipped: Cg1.", "Sites with occupancy 0 are skipped: Li2."]


def test_disorder_groups_are_said_not_to_be_kept(tmp_path):
    columns = (*COLUMNS, "disorder_assembly", "disorder_group")
    rows = ["Li1 Li 0.03 0 0 0.16666 A 1", f"{CL} . ."]
    assert "Disorder groups are not kept" in read(tmp_path, *rows, columns=columns).notes[-1]
    assert len(read(tmp_path, "Li1 Li 0 0 0 1 . .", f"{CL} . .", columns=columns).notes) == 1


def test_displacements_have_rows_of_their_own(tmp_path):
    loop = "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\nLi1 0.01\n"
    assert len(read(tmp_path, "Li1 Li 0 0 0 1", CL, extra=loop).structure) == 8


def test_mixed_sites_of_the_pauling_file(tmp_path):
    rows = ["'Nb,Zr' '0.8Nb + 0.2Zr' 0 0 0 1", CL]
    content = read(tmp_path, *rows)
    assert content.structure.composition.get_el_amt_dict() == {
        "Nb": pytest.approx(3.2),
        "Zr": pytest.approx(0.8),
        "Cl": 4,
    }
    assert "Mixed sites in Pauling file notation were split." in content.notes


def test_rows_listed_one_by_one(tmp_path):
    """A cell written out in P 1, as programs of calculations do."""
    corners = ["0 0 0", "0.5 0.5 0", "0.5 0 0.5", "0 0.5 0.5"]
    middles = ["0.5 0.5 0.5", "0 0 0.5", "0 0.5 0", "0.5 0 0"]
    rows = [
        f"{element}1 {element} {place} 1" for element, places in (("Li", corners), ("Cl", middles)) for place in places
    ]
    parent = files.load(write(tmp_path, cif(operations("x,y,z"), rows=rows)))
    assert parent.space_group == "Fm-3m"


def test_overlaps_name_the_atoms(tmp_path):
    text = cif(SALT, rows=["Li1 Li 0 0 0 1", "Cl1 Cl 0.06 0 0 1"])
    with pytest.raises(StructureError, match=r"Li \(Li1\) at .* and Cl \(Cl1\) at .* Å apart"):
        files.load(write(tmp_path, text))


@pytest.mark.parametrize(
    "label",
    ["Li/Na1", "Na1,Li1", "Li+Na", "Li-Na", "Li(Na)1", "Li_Na1", "Na0.5Li0.5", "Li|Na", "H2O", "H2O1", "D2O"],
)
def test_labels_that_name_two_elements(tmp_path, label):
    refused(tmp_path, f"label {re.escape(label)} names .* and ", f"'{label}' 0 0 0 1", "I1 .5 .5 .5 1", columns=LABELS)


@pytest.mark.parametrize(
    ("label", "formula"),
    [
        ("O1W", ""),
        ("O(1)", ""),
        ("O1'", ""),
        ("O_oct", ""),
        ("O1-", ""),
        ("O(P)", "Li O"),
        ("O1B", "Li O"),
        ("O2.5", ""),
    ],
)
def test_labels_with_more_than_one_element_and_its_number(tmp_path, label, formula):
    extra = f"_chemical_formula_sum '{formula}'" if formula else ""
    content = read(tmp_path, f'"{label}" 0 0 0 1', "Li1 .5 .5 .5 1", columns=LABELS, extra=extra)
    assert content.structure.composition.get_el_amt_dict() == {"Li": 4, "O": 4}


@pytest.mark.parametrize(
    ("first", "second"), [("Li+", "Li1+"), ("Li+1", "Li1+"), ("Li", "Li1+"), ("LI", "Li"), ("Li.+", "Li+")]
)
def test_one_kind_in_two_spellings_is_one_kind(tmp_path, first, second):
    rows = (f"Li1 {first} 0 0 0 0.5", f"Li2 {second} 0 0 0 0.5", CL)
    refused(tmp_path, "atoms Li1 and Li2 are one site", *rows)


def test_hydrogen_and_deuterium_share_a_site(tmp_path):
    content = read(tmp_path, "H1 H 0 0 0 0.4", "D1 D 0 0 0 0.6", CL)
    assert content.structure.composition.get_el_amt_dict() == pytest.approx({"H": 4, "Cl": 4})


@pytest.mark.parametrize("share", ["0", "1e-9", "0.0000"])
def test_an_occupancy_of_next_to_nothing_is_an_empty_site(tmp_path, share):
    content = read(tmp_path, f"Li1 Li 0 0 0 {share}", CL)
    assert content.structure.composition.get_el_amt_dict() == {"Cl": 4}
    assert "Sites with occupancy 0 are skipped: Li1." in content.notes


def test_an_amount_of_a_formula_without_end(tmp_path):
    content = read(tmp_path, "Li1 Li 0 0 0 1", CL, extra="_chemical_formula_sum 'Li1e400 Cl'")
    assert any("cannot be read" in note for note in content.notes)
