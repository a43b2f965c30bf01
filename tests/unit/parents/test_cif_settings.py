"""Every setting of gemmi's table, said in every way, against spglib's operations: read right, or refused."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace

import gemmi
import numpy as np
import pytest
import spglib
from pymatgen.core import Lattice

from screening.errors import StructureError
from screening.parents.cif.block import Block
from screening.parents.cif.group import Group
from screening.parents.cif.reader import read_cif
from screening.parents.cif.symmetry import find_symmetry

from .cifs import cif, keeps, operations, write

GENERAL = np.array([0.0817, 0.1931, 0.3347])
LETTERS = {"1": "S", "2": "Z", "H": "H", "R": "R"}


def by_hall_symbol():
    """Spglib's operations by Hall symbol, rotations and translations."""
    found = {}
    for hall_number in range(530, 0, -1):
        data = spglib.get_symmetry_from_database(hall_number)
        symbol = spglib.get_spacegroup_type(hall_number).hall_symbol.replace("=", '"')
        found[symbol] = (data["rotations"], data["translations"])
    return found


def table():
    """Settings with their operations from spglib; the 34 it does not have, from gemmi."""
    known = by_hall_symbol()
    for setting in gemmi.spacegroup_table():
        group = Group.of(setting.operations())
        own = (group.rotations, group.translations / 24)
        rotations, translations = known.get(setting.hall, own)
        yield SimpleNamespace(
            name=setting.xhm(),
            bare=setting.hm,
            choice=setting.ext.strip("\0"),
            number=setting.number,
            hall=setting.hall,
            rotations=rotations,
            translations=translations,
            in_spglib=setting.hall in known,
            cell=keeps(rotations, 20.0 * len(rotations)),
        )


@cache
def settings():
    return list(table())


def suffixed():
    return [setting for setting in settings() if setting.choice]


def block_of(text):
    return Block(gemmi.cif.read_string(text)[0], Path("x.cif"))


def found(setting, *symmetry):
    return find_symmetry(
        block_of(cif(*symmetry, cell=setting.cell)), Lattice.from_parameters(*setting.cell).matrix
    ).group


def keys(rotations, translations):
    whole = np.rint(np.asarray(translations) * 24).astype(int) % 24
    return {(*r, *t) for r, t in zip(np.reshape(rotations, (-1, 9)).tolist(), whole.tolist(), strict=True)}


def is_right(group, setting):
    return keys(group.rotations, group.translations / 24) == keys(setting.rotations, setting.translations)


def triplets(setting):
    for rotation, translation in zip(setting.rotations, setting.translations, strict=True):
        operation = gemmi.Op()
        operation.rot = (np.asarray(rotation) * 24).tolist()
        operation.tran = np.rint(np.asarray(translation) * 24).astype(int).tolist()
        yield operation.triplet()


def test_the_table_is_whole():
    assert len(settings()) == 564
    assert len(suffixed()) == 80
    assert (
        sum(setting.in_spglib for setting in settings()) == 530 + 1
    )  # one entry names a setting that has another name too


@pytest.mark.parametrize("first", range(0, 564, 94))
def test_atoms_of_every_setting_that_is_named(tmp_path, first):
    wrong = []
    for setting in settings()[first : first + 94]:
        row = "Li1 Li {:.4f} {:.4f} {:.4f} 1".format(*GENERAL)
        text = cif(("_space_group_name_H-M_alt", setting.name), cell=setting.cell, rows=[row])
        structure = read_cif(write(tmp_path, text)).structure
        expected = setting.rotations @ GENERAL + setting.translations
        offsets = structure.frac_coords[:, None] - expected[None]
        nearest = np.abs(offsets - np.round(offsets)).max(axis=2).min(axis=0)
        if len(structure) != len(expected) or nearest.max() > 1e-6:
            wrong.append(setting.name)
    assert not wrong


def test_settings_that_spglib_does_not_have_give_crystals_of_their_type(tmp_path):
    rows = ["Li1 Li 0.0817 0.1931 0.3347 1", "Na1 Na 0.29 0.07 0.13 1", "Cl1 Cl 0.16 0.38 0.41 1"]
    wrong = []
    for setting in settings():
        if not setting.in_spglib:
            text = cif(("_space_group_name_H-M_alt", setting.name), cell=setting.cell, rows=rows)
            structure = read_cif(write(tmp_path, text)).structure
            numbers = [site.specie.Z for site in structure]
            data = spglib.get_symmetry_dataset((structure.lattice.matrix, structure.frac_coords, numbers))
            if data.number != setting.number or len(structure) != 3 * len(setting.rotations):
                wrong.append(f"{setting.name} is {data.number}")
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        lambda s: [("_space_group_name_Hall", s.hall)],
        lambda s: [("_symmetry_space_group_name_Hall", s.hall.replace('"', "''").replace(" ", "_"))],
        lambda s: [("_symmetry_space_group_name_H-M", s.name.replace(" ", ""))],
        lambda s: [("_symmetry_space_group_name_H-M", s.name.replace(":", " :").lower())],
        lambda s: [("_space_group.name_H-M_alt", s.name), ("_space_group.IT_number", s.number)],
        lambda s: [
            operations(*triplets(s), tag="_space_group_symop_operation_xyz"),
            ("_space_group_name_Hall", s.hall),
            ("_space_group_name_H-M_alt", s.name),
            ("_space_group_IT_number", s.number),
        ],
        lambda s: [operations(*triplets(s)), ("_symmetry_space_group_name_H-M", s.bare)],
    ],
    ids=[
        "hall",
        "hall in old files",
        "no spaces",
        "lower case",
        "dotted",
        "all",
        "bare and operations",
    ],
)
def test_every_setting_said_otherwise(said):
    assert not [s.name for s in settings() if not is_right(found(s, *said(s)), s)]


@pytest.mark.parametrize(
    "written",
    [
        lambda s: f"{s.bare} {LETTERS[s.choice]}",
        lambda s: f"{s.bare.replace(' ', '')}{LETTERS[s.choice]}",
        lambda s: f"{s.bare} :{s.choice.lower()}",
        lambda s: f"{s.bare} O{s.choice}" if s.choice in "12" else f"{s.bare} {s.choice.lower()}",
        lambda s: f"{s.bare} (origin choice {s.choice})" if s.choice in "12" else f"{s.bare}:{s.choice}",
    ],
    ids=["ICSD", "ICSD without spaces", "colon", "O1 and O2", "in words"],
)
def test_every_suffix(written):
    assert not [s.name for s in suffixed() if not is_right(found(s, ("_space_group_name_H-M_alt", written(s))), s)]


def test_code_of_the_coordinate_system_chooses():
    code = "_space_group_IT_coordinate_system_code"
    for s in suffixed():
        said = [("_space_group_name_H-M_alt", s.bare), (code, s.choice.lower())]
        assert is_right(found(s, *said), s), s.name


def test_a_bare_name_is_read_right_or_refused_with_the_choices():
    for s in settings():
        said = ("_space_group_name_H-M_alt", s.bare)
        if s.choice in ("1", "2"):
            with pytest.raises(StructureError, match=re.escape(f"setting open: {s.bare}:1, {s.bare}:2;")):
                found(s, said)
        else:
            assert is_right(found(s, said), s), s.name


def test_a_number_alone_is_used_where_the_tables_have_one_setting():
    n_settings = Counter(s.number for s in settings()[:530])
    for s in settings()[:530]:
        said = ("_space_group_IT_number", s.number)
        # The cell tells hexagonal axes from rhombohedral ones, and the unique axis.
        if n_settings[s.number] == 1 or s.choice in ("H", "R"):
            assert is_right(found(s, said), s), s.name
        elif s.number < 3 or s.number > 15:
            with pytest.raises(StructureError, match="leaves the setting open"):
                found(s, said)


@pytest.mark.parametrize(("axis", "cell"), [("1 2 1", (5, 6, 7, 90, 100, 90)), ("1 1 2", (5, 6, 7, 90, 90, 100))])
def test_the_cell_tells_the_unique_axis(axis, cell):
    setting = next(s for s in settings() if s.name == f"P {axis}")
    setting.cell = cell
    assert is_right(found(setting, ("_space_group_IT_number", 3)), setting)


@pytest.mark.slow
def test_operations_of_another_setting_than_the_named_are_refused():
    taken = []
    for one, other in pairwise(settings()):
        if one.number != other.number or one.bare == other.bare or shift(one, other):
            continue
        with pytest.raises(StructureError, match="correct or delete one of them") as caught:
            found(one, operations(*triplets(one)), ("_space_group_name_H-M_alt", other.name))
        assert repr(other.name) in str(caught.value)
        taken.append(one)
    assert len(taken) > 200


def shift(one, other):
    """Whether any shift of the origin by eighths makes one group the other; by trying all."""
    grid = np.array(list(product(range(0, 24, 3), repeat=3)))
    sides = []
    for s in (one, other):
        rows = {}
        for rotation, translation in zip(s.rotations, np.rint(s.translations * 24).astype(int) % 24, strict=True):
            rows.setdefault(tuple(np.ravel(rotation).tolist()), []).append(translation)
        sides.append(rows)
    identity = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    if sides[0].keys() != sides[1].keys() or {*map(tuple, sides[0][identity])} != {*map(tuple, sides[1][identity])}:
        return False
    left = grid
    for key, translations in sides[0].items():
        moved = (translations[0] + left @ (np.reshape(key, (3, 3)) - np.eye(3, dtype=int)).T) % 24
        left = left[np.any([(moved == t).all(axis=1) for t in sides[1][key]], axis=0)]
    return bool(len(left))


@pytest.mark.parametrize("number", [5, 15, 20, 41, 67, 68, 70, 141, 166, 197, 227])
def test_groups_that_differ_by_their_origin(number):
    groups = [(s, Group.of(gemmi.symops_from_hall(s.hall))) for s in settings() if s.number == number]
    for (s, group), (t, other) in product(groups, repeat=2):
        assert group.is_shifted(other) == shift(s, t), (s.name, t.name)


def test_groups_of_one_symbol_and_two_types():
    """The axes of I 2 2 2 meet and those of I 21 21 21 do not; screws and glides are the same."""
    for one, other in (("I 2 2 2", "I 21 21 21"), ("I 2 3", "I 21 3")):
        first, second = (Group.of(gemmi.SpaceGroup(name).operations()) for name in (one, other))
        assert not first.is_shifted(second)
        assert first.is_shifted(first)
