"""DCD, XTC and TRR, read by MDAnalysis a frame at a time; they hold no elements, so a topology names the atoms."""

import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ase.io
import numpy as np

from screening.errors import StageError
from screening.trajectories.frame import Floats, Frame, Source, Unreadable, cut, unknown_elements

#: CHARMM's unit of time in fs, which MDAnalysis takes a DCD's time step to be in.
AKMA_FS = 48.88821
_NM = 10.0  # in Angstrom
_PS = 1e3  # in fs


def read_dcd(source: Source) -> Iterator[Frame]:
    """The frames of a DCD of LAMMPS, NAMD, CHARMM or this program; its time is in a unit that it does not say.

    Raises:
        Unreadable: no file of this format, or no cell in it.
        StageError: no topology, or one of another run.
    """
    from MDAnalysis.coordinates.DCD import DCDReader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reader = DCDReader(str(source.path), convert_units=False)
        except OSError as error:
            raise Unreadable(f"{error} (unpack it if it is compressed)") from error
        symbols = _symbols(source, reader.n_atoms)
        interval = reader.dt / (AKMA_FS / 1e3)
        # VMD writes 1 where it knows no time.
        known = interval > 0.0 and not np.isclose(interval, 1.0, rtol=1e-6, atol=0)
        for index, step in enumerate(reader):
            cell = step.triclinic_dimensions
            time = index * interval if known else None
            yield _frame(symbols, step.positions, cell, index, time, None)
        if _rest(source.path, reader.n_frames, reader.n_atoms):
            cut(source, reader.n_frames + 1)


def _rest(path: Path, n_frames: int, n_atoms: int) -> bool:
    """Whether there are bytes after the last whole frame of a DCD (three records of header, four a frame)."""
    with path.open("rb") as file:
        order = "<" if file.read(4) == struct.pack("<i", 84) else ">"
        file.seek(0)
        for _ in range(3):
            (length,) = struct.unpack(f"{order}i", file.read(4))
            file.seek(length + 4, 1)
        header = file.tell()
    return path.stat().st_size > header + n_frames * (3 * (4 * n_atoms + 8) + 56)


def read_xdr(source: Source) -> Iterator[Frame]:
    """The frames of a GROMACS XTC or TRR.

    Raises:
        Unreadable: no file of this format, or no cell in it.
        StageError: no topology, or one of another run.
    """
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile, XTCFile

    kind = XTCFile if source.format == "xtc" else TRRFile
    try:
        file = kind(str(source.path))
    except OSError as error:
        raise Unreadable(f"{error} (unpack it if it is compressed)") from error
    with file:
        symbols = _symbols(source, file.n_atoms)
        index = 0
        while True:
            try:
                step = file.read()
            except StopIteration:
                return None
            except (OSError, RuntimeError):
                return cut(source, index + 1)
            yield _frame(symbols, step.x * _NM, step.box * _NM, index, float(step.time), _PS, int(step.step))
            index += 1


def _frame(
    symbols: tuple[str, ...],
    positions: Any,
    cell: Any,
    index: int,
    time: float | None,
    unit_fs: float | None,
    number: int | None = None,
) -> Frame:
    box: Floats = np.zeros((3, 3)) if cell is None else np.array(cell, dtype=np.float64)
    if abs(np.linalg.det(box)) < 1e-6:
        raise Unreadable(f"frame {index + 1} has no three-dimensional cell: diffusivities need one")
    fractional = np.array(positions, dtype=np.float64) @ np.linalg.inv(box)
    return Frame(symbols, fractional, box, step=number, time=time, time_unit_fs=unit_fs)


def _symbols(source: Source, n_atoms: int) -> tuple[str, ...]:
    if source.topology is None:
        raise StageError(
            f"{source.path} holds no elements: name a file of the same atoms in the same order by --topology (POSCAR, "
            "extended XYZ, PDB, LAMMPS data, ...)"
        )
    symbols = _read_topology(source, source.topology)
    if len(symbols) != n_atoms:
        raise StageError(
            f"{source.topology} has {len(symbols)} atoms, {source.path} {n_atoms}: they are not of one run"
        )
    unknown = unknown_elements(symbols)
    if unknown:
        raise StageError(f"{source.topology}: {', '.join(unknown)} is no element: name LAMMPS' types by --elements")
    return symbols


def _read_topology(source: Source, path: Path) -> tuple[str, ...]:
    if not path.is_file():
        raise StageError(f"{path} (--topology) is missing")
    try:
        return tuple(ase.io.read(path, index=0).get_chemical_symbols())
    except Exception as first:  # ASE raises what its readers raise
        try:
            atoms = ase.io.read(path, format="lammps-data")
        except Exception:
            raise StageError(f"{path} (--topology) cannot be read by ASE: {first}") from first
    if not source.elements:
        return tuple(atoms.get_chemical_symbols())
    types = atoms.arrays["type"]
    missing = sorted({int(t) for t in types} - set(source.elements))
    if missing:
        raise StageError(f"{path}: say which elements the types {missing} are too (--elements)")
    return tuple(source.elements[int(t)] for t in types)
