"""What older versions of the program wrote is read, key by key as it was, and written anew in the present format."""

import json
from pathlib import Path
from typing import Any

import pytest

from screening.campaign.record_files import RECORD_FILES, TABLES, kind_of, row_of
from screening.meso.record import LayersRecord
from screening.potentials.reference_record import ConvergenceRecord, ReferenceRecord
from screening.records import read_table
from screening.records.typed import FORMAT_KEY
from screening.selection.rows import TemperatureRow
from screening.stability.boundary_record import BoundaryRecord
from screening.transport.finite_size import CandidateFiniteSize
from tests.frozen import unpack

#: Tables and records that no release wrote yet.
NEWER = {TemperatureRow, CandidateFiniteSize, ReferenceRecord, ConvergenceRecord, LayersRecord, BoundaryRecord}


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [path for path in unpack(tmp_path_factory.mktemp("frozen")) if kind_of(path)]


#: Columns that have another name now, by table; what they held is held under it.
RENAMED_COLUMNS = {
    "ranking.csv": {
        "conductivity_300K_mS_cm": "conductivity_300K_nernst_einstein_mS_cm",
        "conductivity_300K_low_mS_cm": "conductivity_300K_nernst_einstein_low_mS_cm",
        "conductivity_300K_high_mS_cm": "conductivity_300K_nernst_einstein_high_mS_cm",
    },
    "rung<n>.csv": {
        "conductivity_300K_low_mS_cm": "conductivity_300K_estimate_low_mS_cm",
        "conductivity_300K_high_mS_cm": "conductivity_300K_estimate_high_mS_cm",
    },
}


def test_old_tables_are_read_as_they_were(tmp_path_factory: pytest.TempPathFactory) -> None:
    unpack(folder := tmp_path_factory.mktemp("tables"))
    tables = [path for path in folder.rglob("*.csv") if row_of(path)]
    assert {row_of(path) for path in tables} == set(TABLES) - NEWER
    for path in tables:
        renamed = RENAMED_COLUMNS.get(row_of(path).FILE, {})
        for row, old in zip(row_of(path).read(path), read_table(path), strict=True):
            plain = {renamed.get(name, name): value for name, value in old.items()}
            cells = {name: value for name, value in row.cells().items() if name in plain}
            assert cells.keys() == plain.keys(), path
            assert {name: None if value == "" else value for name, value in cells.items()} == plain, path


def lost(old: Any, new: Any, where: str = "") -> list[str]:
    """Keys and values of an old file that are not in the new one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            found
            for key, value in old.items()
            for found in (lost(value, new[key], f"{where}.{key}") if key in new else [f"{where}.{key}"])
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [found for i, (a, b) in enumerate(zip(old, new, strict=True)) for found in lost(a, b, f"{where}[{i}]")]
    return [] if old == new and type(old) is type(new) else [where]


#: Keys that have another name now, by file; what they held is held under it. Keys of a group have its name before them.
RENAMED = {
    "arrhenius.json": {
        **{
            f"{group}{name}": f"{group}{name.replace('300K', f'300K_{kind}')}"
            for group, kind in (("", "nernst_einstein"), ("collective.", "collective"))
            for name in (
                "conductivity_300K_mS_cm",
                "conductivity_300K_low_mS_cm",
                "conductivity_300K_high_mS_cm",
                "ln_conductivity_300K_error",
            )
        },
        "conductivity_300K_upper_bound_mS_cm": "conductivity_300K_nernst_einstein_upper_bound_mS_cm",
    }
}


def renamed(data: Any, names: dict[str, str], group: str = "") -> Any:
    if not isinstance(data, dict):
        return data
    found = ((key, names.get(f"{group}{key}", f"{group}{key}").removeprefix(group)) for key in data)
    return {new: renamed(data[old], names, f"{group}{old}.") for old, new in found}


def test_there_is_one_of_every_kind(frozen: list[Path]) -> None:
    assert {kind_of(path) for path in frozen} == {file.kind for file in RECORD_FILES} - NEWER


def test_old_files_are_read_as_they_were_and_written_anew(frozen: list[Path], tmp_path: Path) -> None:
    for path in frozen:
        kind = kind_of(path)
        record = kind.read(path)
        record.write(tmp_path / path.name)
        old, new = (json.loads(one.read_text(encoding="utf-8")) for one in (path, tmp_path / path.name))
        if old.get(FORMAT_KEY, 1) < kind.FORMAT:
            old = renamed(old, RENAMED.get(kind.FILE, {}))
        assert lost(old, new) == [], path
        assert new[FORMAT_KEY] == kind.FORMAT
        assert kind.read(tmp_path / path.name) == record
