"""The record of a parent and the registry of sources."""

import json
from dataclasses import replace

import pytest

from screening.errors import ConfigError, StageError, StructureError
from screening.parents import library, registry
from screening.parents.base import Parent, split_charges
from screening.parents.record import ParentRecord, ParentsRecord
from tests.blank import blank

CIF = (library.FOLDER / "LiCl.cif").read_text()


def through_json(parent):
    text = json.dumps(parent.to_record().as_dict(), allow_nan=False)
    return Parent.from_record(ParentRecord.from_dict(json.loads(text)))


@pytest.mark.parametrize("name", ["Li6PS5Cl", "Li3PO4-beta", "Li7La3Zr2O12-cubic"])
def test_record_survives_json(name):
    parent = library.load(name)
    again = through_json(parent)
    assert again == parent
    assert again.structure.lattice.abc == parent.structure.lattice.abc
    assert (again.structure.frac_coords == parent.structure.frac_coords).all()


def test_disordered_record(tmp_path):
    path = tmp_path / "half.cif"
    path.write_text(CIF.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 0.5"))
    parent = registry.load_parent("file", "half.cif", base=tmp_path)
    again = through_json(parent)
    assert again == parent
    assert not again.structure.is_ordered


@pytest.mark.parametrize("key", ["id", "structure", "source", "vacant_sites"])
def test_damaged_record(tmp_path, key):
    record = library.load("LiCl").to_record()
    path = tmp_path / "parents.json"
    for damaged in ({k: v for k, v in record.as_dict().items() if k != key}, []):
        whole = blank(ParentsRecord).as_json() | {"parents": {"LiCl": damaged}}
        path.write_text(json.dumps(whole))
        with pytest.raises(StageError, match=r"parents\.json is damaged"):
            ParentsRecord.read(path)
    with pytest.raises(StructureError, match="damaged"):
        Parent.from_record(replace(record, structure={}))


def test_parents_cannot_be_changed():
    with pytest.raises(AttributeError):
        library.load("LiCl").id = "other"


def test_registry_of_the_library(tmp_path):
    assert registry.load_parent("library", "LiCl", base=tmp_path).id == "LiCl"
    parent = registry.load_parent("library", "LiCl", base=tmp_path, id="salt")
    assert (parent.id, parent.space_group) == ("salt", "Fm-3m")


def test_files_are_relative_to_the_base(tmp_path, monkeypatch):
    (tmp_path / "campaign" / "cifs").mkdir(parents=True)
    (tmp_path / "campaign" / "cifs" / "mine.cif").write_text(CIF)
    monkeypatch.chdir(tmp_path)
    base = tmp_path / "campaign"
    assert registry.load_parent("file", "cifs/mine.cif", base=base).id == "mine"
    assert registry.load_parent("file", str(base / "cifs/mine.cif"), base=tmp_path / "nowhere", id="x").id == "x"
    with pytest.raises(StructureError, match="no such file"):
        registry.load_parent("file", "cifs/mine.cif", base=tmp_path)


def test_unknown_kind(tmp_path):
    with pytest.raises(ConfigError, match=r"'icsd'; known: .*file.*library"):
        registry.load_parent("icsd", "1", base=tmp_path)


def test_mixed_charges_are_not_guessed():
    structure = library.load("LiCl").structure.copy()
    structure.add_oxidation_state_by_site(
        [1, 1, 1, 2, -1, -1, -1, -1] if structure[0].specie.symbol == "Li" else [-1] * 4 + [1, 1, 1, 2]
    )
    plain, charges, note = split_charges(structure)
    assert charges is None
    assert "Li" in note
    assert {str(site.specie) for site in plain} == {"Li", "Cl"}
