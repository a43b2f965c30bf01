"""Extended XYZ and ASE's .traj, read by ASE a frame at a time."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import ase.io
import numpy as np
from ase import Atoms, units
from ase.io.trajectory import TrajectoryReader

from screening.trajectories.frame import Frame, Source, Unreadable, cut
from screening.trajectories.text import open_binary, read_lines

#: Units of time in fs, as keys of a frame name them after `time`.
TIME_UNITS_FS = {"as": 1e-3, "fs": 1.0, "ps": 1e3, "ns": 1e6}
_TIME = re.compile(r"(.*_)?(time|t(?=[_ (\[]))(?:[_ (\[]*(?P<unit>as|fs|ps|ns)[)\]]?)?", re.IGNORECASE)
_STEP = re.compile(r"(md_?|time_?|sim_?|ionic_?)?(step|frame)(_?(number|index|no))?", re.IGNORECASE)
#: A time with its unit in one text, and keys that name the unit of `time`.
_WITH_UNIT = re.compile(r"\s*(?P<value>[-+.\deE]+)\s*(?P<unit>as|fs|ps|ns)\s*", re.IGNORECASE)
_UNIT_KEY = re.compile(r"(time_?units?|units?_?(of_)?time)", re.IGNORECASE)
#: Keys of wall clocks.
_NOT_OF_THE_RUN = re.compile(r"(real|wall|cpu|run|elapsed|comput\w*|total)_?time.*", re.IGNORECASE)


def read_extxyz(source: Source) -> Iterator[Frame]:
    """The frames of an extended XYZ file.

    Raises:
        Unreadable: with the frame and its first line, where ASE cannot read it or it has no cell.
    """
    count = 0
    with read_lines(source.path) as lines:
        while (line := lines.next()) is not None:
            if not line.strip():
                continue
            count, first = count + 1, lines.number
            where = f"frame {count} (line {first})"
            try:
                n_atoms = int(line)
            except ValueError:
                raise Unreadable(
                    f"{where}: expected the number of atoms, found {line.strip()[:60]!r}: the frame before has more or "
                    "fewer rows than it says, or this is no extended XYZ file"
                ) from None
            rows = lines.block(n_atoms + 1)
            if rows is None:
                return cut(source, count, f" (it begins in line {first})")
            try:
                atoms = ase.io.read(io.StringIO("".join([line, *rows])), index=0, format="extxyz")
            except KeyError as error:
                raise Unreadable(f"{where}: {error} is no element") from error
            except (ValueError, IndexError, OSError, TypeError) as error:
                raise Unreadable(f"{where}: {error}") from error
            if count == 1:
                _note_open_axes(source, atoms)
            yield _frame(where, atoms)
    return None


def read_traj(source: Source) -> Iterator[Frame]:
    """The frames of an ASE trajectory.

    Raises:
        Unreadable: no such file, or damaged before its last frame.
    """
    with open_binary(source.path) as file:
        try:
            reader = TrajectoryReader(file)
        except Exception as error:  # ASE's errors of a torn file are of many kinds
            raise Unreadable(f"it is no ASE trajectory or ends before its index: {error}") from error
        step_fs = _md_step_fs(getattr(reader, "description", None) or {})
        for index in range(len(reader)):
            try:
                atoms = reader[index]
            except Exception as error:
                if _any_left(reader, index + 1):
                    raise Unreadable(f"frame {index + 1}: {error}") from error
                return cut(source, index + 1)
            if index == 0:
                _note_open_axes(source, atoms)
            yield replace(_frame(f"frame {index + 1}", atoms), md_step_fs=step_fs)
    return None


def _note_open_axes(source: Source, atoms: Atoms) -> None:
    source.note_open_axes([axis for axis, periodic in zip("abc", atoms.pbc, strict=True) if not periodic])


def _md_step_fs(description: Mapping[str, Any]) -> float | None:
    """The time step that ASE's dynamics writes into the file; its optimizers write that they are such."""
    if description.get("type") == "optimization":
        raise Unreadable(f"it is a relaxation ({description.get('optimizer')}): no frames in time")
    step = description.get("timestep")
    return float(step) / units.fs if isinstance(step, int | float) else None


def _any_left(reader: TrajectoryReader, start: int) -> bool:
    try:
        return start < len(reader) and len(reader[len(reader) - 1]) > 0
    except Exception:
        return False


def _frame(where: str, atoms: Atoms) -> Frame:
    cell = np.array(atoms.cell[:], dtype=np.float64)
    if abs(np.linalg.det(cell)) < 1e-6:
        raise Unreadable(
            f'{where} has no three-dimensional cell: diffusivities need one, as Lattice="..." in the title of an '
            "extended XYZ frame"
        )
    time, unit = _time(atoms)
    return Frame(
        tuple(atoms.get_chemical_symbols()),
        atoms.positions @ np.linalg.inv(cell),
        cell,
        step=_step(atoms),
        time=time,
        time_unit_fs=unit,
    )


def _time(atoms: Atoms) -> tuple[float | None, float | None]:
    """Time and its unit in fs; None for what the frame does not say."""
    found: tuple[float | None, float | None] = None, None
    named = (str(value).strip().lower() for key, value in atoms.info.items() if _UNIT_KEY.fullmatch(str(key)))
    stated = next((TIME_UNITS_FS[unit] for unit in named if unit in TIME_UNITS_FS), None)
    for key, value in atoms.info.items():
        match = _TIME.fullmatch(str(key))
        if not match or _NOT_OF_THE_RUN.fullmatch(str(key)):
            continue
        if isinstance(value, str) and (both := _WITH_UNIT.fullmatch(value)) and _is_float(both["value"]):
            return float(both["value"]), TIME_UNITS_FS[both["unit"].lower()]
        if _is_number(value):
            if match["unit"]:
                return float(value), TIME_UNITS_FS[match["unit"].lower()]
            found = float(value), stated
    return found


def _step(atoms: Atoms) -> int | None:
    for key, value in atoms.info.items():
        if _STEP.fullmatch(str(key)) and _is_number(value) and float(value).is_integer():
            return int(value)
    return None


def _is_float(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
