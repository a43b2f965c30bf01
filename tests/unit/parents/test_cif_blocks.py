"""Data blocks and the text of a CIF; and the contents it states, beside what was read."""

import pytest
import yaml

from screening.campaign.preflight import check_campaign, describe_parents
from screening.config.load import parse_campaign
from screening.config.parents import FileBlock, ParentConfig
from screening.errors import ConfigError, StructureError
from screening.parents import files
from screening.parents.cif.reader import read_cif
from screening.parents.registry import load_parents, load_references

from .cifs import cif, write

FACES = ("_space_group_name_H-M_alt", "F m -3 m")
GLOBAL = "data_global\n_journal_name_full 'J. Test'\n_publ_section_title\n;\n A title\n;\n"
PATTERN = "data_pwd\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n10.0 100\n10.1 101\n"
TEMPLATE = "data_template\nloop_\n_atom_site_label\n_atom_site_fract_x\n? ?\n"
ROCKSALT = cif(FACES)
BROMIDE = cif(FACES, block="LiBr", cell=(5.5, 5.5, 5.5, 90, 90, 90), rows=["Li1 Li 0 0 0 1", "Br1 Br 0.5 0.5 0.5 1"])


@pytest.mark.parametrize(
    "text",
    [
        GLOBAL + ROCKSALT,
        ROCKSALT + GLOBAL,
        ROCKSALT + PATTERN,
        PATTERN + GLOBAL + ROCKSALT,
        TEMPLATE + ROCKSALT,
        ROCKSALT + "data_hollow\n",
        "# a comment\n" + ROCKSALT,
    ],
)
def test_the_one_block_with_atoms_is_read(tmp_path, text):
    assert read_cif(write(tmp_path, text)).structure.composition.formula == "Li4 Cl4"


def test_several_crystals_are_listed_and_one_can_be_named(tmp_path):
    path = write(tmp_path, GLOBAL + ROCKSALT + BROMIDE, "two.cif")
    with pytest.raises(StructureError, match=r"two.cif: holds 2 crystals: x .*; LiBr .*; name one with `block: 'x'`"):
        files.load(path)
    parents = load_parents(
        [ParentConfig(file="two.cif", block="x", id="LiCl"), ParentConfig(file="two.cif", block="LiBr", id="LiBr")],
        tmp_path,
    ).parents
    assert {name: parent.structure.composition.reduced_formula for name, parent in parents.items()} == {
        "LiCl": "LiCl",
        "LiBr": "LiBr",
    }
    assert parents["LiBr"].source == "file two.cif, data block LiBr"
    with pytest.raises(StructureError, match=r"has no block 'KBr' with atoms; those with atoms: x .*; LiBr"):
        files.load(path, block="KBr")
    with pytest.raises(StructureError, match="no block 'global' with atoms"):
        files.load(path, block="global")
    assert len(files.load(path, block="data_LiBr").structure) == 8


def test_the_block_is_part_of_a_campaign(tmp_path):
    write(tmp_path, ROCKSALT + BROMIDE, "two.cif")
    text = """
        campaign: t
        mobile_ion: Li
        potential: {name: sevenn}
        parents: [{file: two.cif, block: LiBr, id: bromide}]
        stability: {references: [{file: two.cif, block: x, id: chloride}, {file: two.cif, block: LiBr, id: again}]}
        candidates: {rules: [{parent: bromide}]}
        md: {temperatures_K: [600, 800, 1000], duration_ps: 5}
    """
    campaign = parse_campaign(yaml.safe_load(text), "c.yaml")
    assert campaign.parents[0].source == ("file", FileBlock("two.cif", "LiBr"))
    references = load_references(campaign.stability.references, campaign.parents, tmp_path).parents
    # The bromide is a parent anyway.
    assert list(references) == ["chloride"]
    with pytest.raises(ConfigError, match="`block` names a data block of a CIF; give the CIF as `file`"):
        parse_campaign(yaml.safe_load(text.replace("file: two.cif, block: LiBr", "library: LiBr, block: x")), "c.yaml")


def test_what_was_assumed_is_shown(tmp_path):
    write(tmp_path, cif(FACES, rows=["Li1 Li 0 0 0 1", "D1 D 0.5 0.5 0.5 1"]), "mine.cif")
    text = """
        campaign: t
        mobile_ion: Li
        potential: {name: sevenn}
        parents: [{file: mine.cif}, {library: LiCl}]
        candidates: {rules: [{parent: mine}]}
        md: {temperatures_K: [600, 800, 1000], duration_ps: 5}
    """
    campaign = parse_campaign(yaml.safe_load(text), "c.yaml")
    for lines in (describe_parents(campaign, tmp_path), check_campaign(campaign, tmp_path).lines):
        shown = [line for line in lines if "Deuterium is taken for hydrogen: D1." in line]
        assert len(shown) == 1
        assert shown[0].startswith("mine: The file lists no symmetry operations; those of the named space group")


def test_blocks_of_one_name(tmp_path):
    assert len(read_cif(write(tmp_path, GLOBAL + ROCKSALT + GLOBAL)).structure) == 8
    path = write(tmp_path, ROCKSALT + ROCKSALT)
    with pytest.raises(StructureError, match=r"holds 2 crystals: x .*; x "):
        read_cif(path)
    with pytest.raises(StructureError, match="has 2 blocks 'x' with atoms; rename one"):
        read_cif(path, "x")


def test_a_block_of_what_has_none(tmp_path):
    with pytest.raises(StructureError, match="POSCAR: no CIF, so it has no `block` 'x'"):
        files.load(write(tmp_path, "x", "POSCAR"), block="x")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(" ", "\t"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("0.5 0.5 0.5", "0.5\u00a00.5 0.5"),
        lambda text: text + "\x1a",
        lambda text: text.replace("data_x", "data_x\n_publ_author_name M\u00fcller"),
        lambda text: text.replace("data_x", "data_x\n_publ_author_name 'O'Neill'"),
        lambda text: text.replace("data_x", "DATA_x").replace("loop_", "LOOP_"),
        lambda text: text.replace("_cell_length_a 5.13", "_cell_length_a 5.13(2)"),
        # The database of American Mineralogist writes some items twice, empty the second time.
        lambda text: text.replace(
            "_cell_length_a", "_chemical_formula_sum 'Li Cl'\n_chemical_formula_sum ''\n_cell_length_a"
        ),
        lambda text: text.replace("_cell_length_a 5.13", "_cell_length_a ?\n_cell_length_a 5.13\n_cell_length_a 5.13"),
        lambda text: text.replace("_cell_length_a", "_cell.length_a").replace("_atom_site_", "_atom_site."),
    ],
)
def test_spellings_of_a_file(tmp_path, change):
    path = tmp_path / "crystal.cif"
    path.write_bytes(change(ROCKSALT).encode())
    assert read_cif(path).structure.composition.formula == "Li4 Cl4"
    path.write_bytes(("# Z\u00fcrich\n" + ROCKSALT).encode("latin-1"))
    assert len(read_cif(path).structure) == 8


@pytest.mark.parametrize(
    ("old", "new", "pattern"),
    [
        ("data_x\n", "", r"cannot be read as CIF \(line 1, '_cell_length_a 5.13': expected block header"),
        ("'F m -3 m'", "F m -3 m", r"cannot be read as CIF \(line 8, '_space_group_name_H-M_alt F m -3 m': "),
        ("'F m -3 m'", "'F m -3 m", r"cannot be read as CIF \(line 8, .*unterminated"),
        (
            "Cl1 Cl 0.5 0.5 0.5 1",
            "Cl1 Cl 0.5 0.5 0.5",
            r"cannot be read as CIF \(line 10, 'loop_': Wrong number of values",
        ),
        ("_cell_length_b", "_cell_length_b 5.2\n_cell_length_b", "data_x: _cell_length_b: given twice with different"),
        ("_cell_length_b", "_cell.length_b 5.2\n_cell_length_b", "_cell.length_b and _cell_length_b: given twice"),
        ("_cell_length_b 5.13", "", "data_x: _cell_length_b is missing"),
        ("_cell_length_b 5.13", "_cell_length_b ?", "data_x: _cell_length_b is missing"),
        ("_cell_length_b 5.13", "_cell_length_b 5,13", "data_x: _cell_length_b is '5,13', not a number"),
        ("_cell_length_b 5.13", "_cell_length_b -5.13", "data_x: _cell_length_b is -5.13, which no cell has"),
        ("_cell_angle_beta 90.0", "_cell_angle_beta 270", "data_x: _cell_angle_beta is 270, which no cell has"),
        ("_cell_angle_beta 90.0", "_cell_angle_beta 5", "data_x: the cell does not fit|no cell has the angles"),
    ],
)
def test_damage_is_named_with_its_line_or_its_tag(tmp_path, old, new, pattern):
    assert old in ROCKSALT
    with pytest.raises(StructureError, match=pattern) as caught:
        read_cif(write(tmp_path, ROCKSALT.replace(old, new, 1)))
    assert "crystal.cif" in str(caught.value)


def test_angles_that_close_no_cell(tmp_path):
    with pytest.raises(StructureError, match="no cell has the angles 60, 60, 150"):
        read_cif(write(tmp_path, cif(cell=(5, 5, 5, 60, 60, 150))))


def test_columns_of_unequal_length(tmp_path):
    text = ROCKSALT + "loop_\n_atom_site_symmetry_multiplicity\n4\n4\n4\n"
    with pytest.raises(StructureError, match="_atom_site_symmetry_multiplicity has 3 values for 2 atoms"):
        read_cif(write(tmp_path, text))


def test_positions_without_names(tmp_path):
    text = cif(FACES, columns=("fract_x", "fract_y", "fract_z"), rows=["0 0 0"])
    with pytest.raises(StructureError, match="neither _atom_site_label nor _atom_site_type_symbol"):
        read_cif(write(tmp_path, text))


def test_two_values_of_one_item(tmp_path):
    text = ROCKSALT.replace("_cell_length_a 5.13", "loop_\n_cell_length_a\n5.13\n5.14")
    with pytest.raises(StructureError, match=r"_cell_length_a has 2 values: 5.13, 5.14; keep one"):
        read_cif(write(tmp_path, text))


def test_densities_of_deuterium_are_not_compared(tmp_path):
    """LiD has 0.89 g/cm3, with hydrogen it would be 0.79."""
    rows = ["Li1 Li 0 0 0 1", "D1 D 0.5 0.5 0.5 1"]
    lines = ["_exptl_crystal_density_diffrn 0.886", "_chemical_formula_sum 'D Li'", "_cell_formula_units_Z 4"]
    content = stated(tmp_path, *lines, rows=rows, cell=(4.07, 4.07, 4.07, 90, 90, 90))
    assert content.structure.composition.formula == "Li4 H4"
    with pytest.raises(StructureError, match=r"_exptl_crystal_density_diffrn is 0.886"):
        stated(tmp_path, *lines[:1], rows=[rows[0], "H1 H 0.5 0.5 0.5 1"], cell=(4.07, 4.07, 4.07, 90, 90, 90))


def test_a_single_atom_needs_no_loop(tmp_path):
    text = ROCKSALT[: ROCKSALT.index("loop_")]
    text += "_atom_site_label Li1\n_atom_site_fract_x 0\n_atom_site_fract_y 0\n_atom_site_fract_z 0\n"
    assert read_cif(write(tmp_path, text)).structure.composition.formula == "Li4"


def stated(folder, *lines, **parts):
    return read_cif(write(folder, cif(FACES, extra="\n".join(lines), **parts)))


# Four LiCl of 42.394 g/mol in 135.006 Å3, 1.66053907 to g/cm3.
DENSITY = 4 * 42.394 / 135.006 * 1.66053907


@pytest.mark.parametrize(
    "lines",
    [
        ["_chemical_formula_sum 'Li1 Cl1'", "_cell_formula_units_Z 4"],
        ["_chemical_formula_sum 'Cl Li'"],
        ["_chemical_formula_sum LiCl", "_cell_formula_units_Z 4"],
        ["_chemical_formula_sum 'Li2 Cl2'", "_cell_formula_units_Z 2"],
        # As some programs write: the contents of the cell, beside the Z of the smallest formula.
        ["_chemical_formula_sum 'Li4 Cl4'", "_cell_formula_units_Z 4"],
        ["_chemical_formula_sum 'Li4 Cl4'", "_cell_formula_units_Z 1"],
        ["_chemical_formula_sum ?", "_cell_formula_units_Z ?"],
        [f"_exptl_crystal_density_diffrn {DENSITY:.3f}"],
        [f"_exptl_crystal_density_diffrn {1.04 * DENSITY:.3f}(5)"],
        ["_cell_volume 135.01(3)"],
        ["_cell_volume 134.5"],
    ],
)
def test_contents_that_agree(tmp_path, lines):
    assert len(stated(tmp_path, *lines).notes) == 1


@pytest.mark.parametrize(
    ("lines", "pattern"),
    [
        (["_chemical_formula_sum 'Li1 Cl1'", "_cell_formula_units_Z 2"], "holds Li4 Cl4, 4 times .*Z is 2"),
        (["_chemical_formula_sum 'Li1 Cl1'", "_cell_formula_units_Z 8"], "holds Li4 Cl4, 4 times .*Z is 8"),
        (["_chemical_formula_sum 'Li4 Cl4'", "_cell_formula_units_Z 2"], "holds Li4 Cl4, 1 times .*Z is 2"),
        (["_chemical_formula_sum 'Li8 Cl8'"], "holds Li4 Cl4, 0.5 times .* but a whole number of times"),
        (["_chemical_formula_sum 'Li3 Cl3'"], "1.333 times"),
        (["_chemical_formula_sum 'Li2 Cl'"], "which is not the stated formula"),
        (["_chemical_formula_sum 'Li Cl H4 O2'"], "have different elements: H, O"),
        (["_chemical_formula_sum 'Li Cl H'"], "have different elements: H; hydrogens need rows of their own"),
        (["_exptl_crystal_density_diffrn 4.166"], "give 2.086 g/cm3, _exptl_crystal_density_diffrn is 4.166"),
        (["_cell_volume 137.5"], "give 135.006 Å3, _cell_volume is 137.5; correct or delete one"),
        (["_cell_volume 33.75"], "give 135.006 Å3, _cell_volume is 33.75"),
        (["_cell_volume large"], "_cell_volume is 'large', not a number"),
    ],
)
def test_contents_that_disagree(tmp_path, lines, pattern):
    with pytest.raises(StructureError, match=pattern) as caught:
        stated(tmp_path, *lines)
    assert "crystal.cif, data_x: " in str(caught.value)


def test_a_lost_centring_is_found_by_the_formula_units(tmp_path):
    """Li and Cl at the corner and in the middle of the cell: right as a formula, a quarter of the crystal."""
    text = cif(
        ("_space_group_name_H-M_alt", "P m -3 m"), extra="_chemical_formula_sum 'Li Cl'\n_cell_formula_units_Z 4"
    )
    with pytest.raises(StructureError, match=r"holds Li1 Cl1, 1 times the stated formula 'Li Cl', but .*Z is 4"):
        read_cif(write(tmp_path, text))


def test_partial_occupancies_are_counted(tmp_path):
    rows = ["Li1 Li 0 0 0 0.75", "Cl1 Cl 0.5 0.5 0.5 1"]
    assert len(stated(tmp_path, "_chemical_formula_sum 'Li0.75 Cl'", "_cell_formula_units_Z 4", rows=rows).notes) == 1
    small = stated(tmp_path, "_chemical_formula_sum 'Li0.77 Cl'", "_cell_formula_units_Z 4", rows=rows)
    assert "deviate from the stated formula 'Li0.77 Cl' by 2.7%" in small.notes[-1]


def test_a_formula_that_cannot_be_read_is_said(tmp_path):
    assert (
        "cannot be read, so the atoms were not compared" in stated(tmp_path, "_chemical_formula_sum 'salt'").notes[-1]
    )


def test_symmetry_in_a_block_without_atoms(tmp_path):
    """Read as P 1 it would be a quarter of the salt."""
    header = "data_global\n_symmetry_space_group_name_H-M 'F m -3 m'\n"
    with pytest.raises(StructureError, match="data_x: states no symmetry, but data_global without atoms states _symm"):
        read_cif(write(tmp_path, header + cif()))
    name = ("_symmetry_space_group_name_H-M", "F m -3 m")
    assert len(read_cif(write(tmp_path, header + cif(name))).structure) == 8


def test_a_formula_in_capitals_is_not_taken_apart(tmp_path):
    """NA CL is no formula of nitrogen: it is not compared, and no label is read by it."""
    formula = "_chemical_formula_sum 'NA CL'"
    rows = ("Na1 Na 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1")
    notes = read_cif(write(tmp_path, cif(rows=rows, extra=formula))).notes
    assert any("'NA CL' cannot be read" in note for note in notes)
    columns = ("label", "fract_x", "fract_y", "fract_z")
    with pytest.raises(StructureError, match="'NA1' of atom NA1 is not an element"):
        read_cif(write(tmp_path, cif(rows=("NA1 0 0 0", "Cl1 .5 .5 .5"), columns=columns, extra=formula)))
