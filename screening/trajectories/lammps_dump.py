"""LAMMPS text dumps: boxes of any shape, header items in any order, units, all kinds of coordinates.

Read here, because ASE 3.29 drops image flags, units and times, MDAnalysis 2.11 stops at times and units, and chemfiles
0.10 takes the bounds of a tilted box for its edges.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from screening.trajectories.frame import Floats, Frame, Source, Unreadable, cut, unknown_elements
from screening.trajectories.text import Lines, read_lines

#: Length in Angstrom and time in fs of LAMMPS' unit systems (manual, command `units`); lj has none.
UNITS = {
    "real": (1.0, 1.0),
    "metal": (1.0, 1e3),
    "electron": (0.529177210903, 1.0),
    "si": (1e10, 1e15),
    "cgs": (1e8, 1e15),
    "micro": (1e4, 1e9),
    "nano": (10.0, 1e6),
}
_CONTINUED = "a frame is not whole here: the run was stopped and continued in this file, cut that frame out"


@dataclass
class _State:
    """What holds from frame to frame: units stand in the first one only, atoms do not change."""

    count: int = 0
    units: str | None = None
    ids: NDArray[np.int64] | None = None
    kinds: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()


def read_dump(source: Source) -> Iterator[Frame]:
    """The frames of a text dump, atoms in the order of their ids.

    Raises:
        Unreadable: with the frame and the line that cannot be read, units without a length, or elements not known.
    """
    state = _State()
    with read_lines(source.path) as lines:
        while (line := lines.peek()) is not None:
            if not line.strip():
                lines.next()
                continue
            first = lines.number + 1
            frame = _frame(source, lines, state)
            if frame is None:
                return cut(source, state.count, f" (it begins in line {first})")
            yield frame
    return None


def _frame(source: Source, lines: Lines, state: _State) -> Frame | None:
    """The items up to the next ITEM: ATOMS; None where the file ends within."""
    state.count += 1
    items: dict[str, list[str]] = {}
    bounds = ""
    while (line := lines.next()) is not None:
        where = f"line {lines.number} (frame {state.count})"
        if not line.startswith("ITEM:"):
            raise Unreadable(f"{where}: expected an ITEM: of a LAMMPS dump, found {line.strip()[:60]!r}")
        name = line[5:].strip()
        if name.startswith("ATOMS"):
            break
        key = "BOX" if name.startswith("BOX BOUNDS") else name
        bounds = line if key == "BOX" else bounds
        if key in items:
            raise Unreadable(f"{where}: ITEM: {key} again before ITEM: ATOMS; {_CONTINUED}")
        items[key] = []
        while (ahead := lines.peek()) is not None and not ahead.startswith("ITEM:"):
            items[key] += lines.take(1)
    else:
        return None
    missing = [key for key in ("TIMESTEP", "NUMBER OF ATOMS", "BOX") if not items.get(key)]
    if missing:
        raise Unreadable(f"{where}: no ITEM: {missing[0]} before the atoms")
    try:
        step, n_atoms = int(items["TIMESTEP"][0]), int(items["NUMBER OF ATOMS"][0])
        cell, origin = _cell(bounds, np.array([row.split() for row in items["BOX"]], dtype=np.float64))
        time = float(items["TIME"][0]) if items.get("TIME") else None
    except (ValueError, IndexError) as error:
        raise Unreadable(f"{where}: the header of this frame: {error}") from error
    if "UNITS" in items:
        state.units = items["UNITS"][0].strip()
        _check_units(where, state.units)
    if state.count == 1:
        _check_boundaries(source, where, bounds)
    rows = lines.block(n_atoms)
    if rows is None:
        return None
    table = _table(where, name.split()[1:], rows)
    order = _order(source, where, table, n_atoms, state)
    symbols = _symbols(source, where, table, order, state)
    fractional, unwrapped = _coordinates(where, table, order, cell, origin)
    length, time_fs = UNITS[state.units] if state.units else (1.0, None)
    if not abs(np.linalg.det(cell * length)) > 1e-6:
        raise Unreadable(f"{where}: the box has no volume")
    return Frame(symbols, fractional, cell * length, unwrapped, step, time, time_fs)


def _check_units(where: str, units: str) -> None:
    if units not in UNITS:
        raise Unreadable(
            f"{where}: the units are {units!r}, which give no length in Angstrom: scale the dump to one of "
            f"{', '.join(UNITS)} (LAMMPS' names) first"
        )


def _check_boundaries(source: Source, where: str, line: str) -> None:
    """Refuse a box that is shrunk around the atoms; note one that is not periodic."""
    kinds = [word for word in line.split() if len(word) == 2 and set(word) <= set("pfsm")]
    if any(set(kind) & set("sm") for kind in kinds):
        raise Unreadable(
            f"{where}: the box is shrunk around the atoms (boundary {' '.join(kinds)}), which is no cell of a crystal: "
            "give a run with `boundary p p p`"
        )
    source.note_open_axes([axis for axis, kind in zip("abc", kinds, strict=False) if kind != "pp"])


def _cell(line: str, rows: Floats) -> tuple[Floats, Floats]:
    """Cell and origin from the three bounds lines: orthogonal, restricted or general triclinic."""
    if "abc" in line:
        cell, origin = rows[:, :3], rows[:, 3]
    else:
        low, high = rows[:, 0].copy(), rows[:, 1].copy()
        xy, xz, yz = rows[:, 2] if rows.shape[1] == 3 else (0.0, 0.0, 0.0)
        # The bounds of a tilted box are those of the box around it (LAMMPS manual, "Triclinic simulation boxes").
        low[0] -= min(0.0, xy, xz, xy + xz)
        high[0] -= max(0.0, xy, xz, xy + xz)
        low[1] -= min(0.0, yz)
        high[1] -= max(0.0, yz)
        lengths = high - low
        cell, origin = np.array([[lengths[0], 0.0, 0.0], [xy, lengths[1], 0.0], [xz, yz, lengths[2]]]), low
    return cell, origin


def _table(where: str, columns: Sequence[str], rows: Sequence[str]) -> dict[str, list[str]]:
    words = "".join(rows).split()
    width = len(columns)
    if len(words) != width * len(rows):
        if any(row.startswith("ITEM:") for row in rows):
            raise Unreadable(f"{where}: {_CONTINUED}")
        odd = next((k for k, row in enumerate(rows) if len(row.split()) != width), 0)
        raise Unreadable(f"{where}: row {odd + 1} of the atoms does not have the {width} columns {' '.join(columns)}")
    return {name: words[index::width] for index, name in enumerate(columns)}


def _order(source: Source, where: str, table: Mapping[str, list[str]], n_atoms: int, state: _State) -> NDArray[np.intp]:
    if "id" not in table:
        if state.count == 1:
            source.note(
                f"{source.path} has no id column: its atoms are taken to stand in one order in all frames, as they do "
                "only after `dump_modify sort id`; dump id too"
            )
        return np.arange(n_atoms)
    try:
        ids = np.array(table["id"], dtype=np.int64)
    except ValueError as error:
        raise Unreadable(f"{where}: the ids of the atoms are no whole numbers: {error}") from error
    order = np.argsort(ids)
    if state.ids is None:
        state.ids = ids[order]
    if not np.array_equal(state.ids, ids[order]):
        raise Unreadable(
            f"{where}: the ids of the atoms are not those of the first frame: write a group that does not change"
        )
    return order


def _symbols(
    source: Source, where: str, table: Mapping[str, list[str]], order: NDArray[np.intp], state: _State
) -> tuple[str, ...]:
    """Elements in the order of the ids: what the user says of the types, else what the dump says."""
    kinds = [name for name in ("element", "typelabel", "type") if name in table]
    if not kinds:
        raise Unreadable(f"{where}: neither an element nor a type column: dump one of them")
    columns = {name: np.array(table[name])[order] for name in kinds}
    if "type" in columns and not all(word.isdecimal() for word in set(table["type"])):
        columns.setdefault("typelabel", columns.pop("type"))  # as `dump_modify types labels` writes them
        columns.pop("type", None)
    if columns.keys() != state.kinds.keys() or any(not np.array_equal(columns[k], state.kinds[k]) for k in columns):
        state.kinds, state.symbols = columns, _elements(source, where, columns)
    return state.symbols


def _elements(source: Source, where: str, columns: Mapping[str, NDArray[np.str_]]) -> tuple[str, ...]:
    stated = next((columns[name] for name in ("element", "typelabel") if name in columns), None)
    types, told = columns.get("type"), source.elements
    if not told:
        if stated is None:
            known = ", ".join(sorted(set(columns["type"]), key=int))
            raise Unreadable(
                f"{where}: no element column: say which elements the types [{known}] are, such as --elements Li,P,S"
            )
        _check_elements(where, stated)
        return tuple(map(str, stated))
    if types is None:
        assert stated is not None
        if set(stated) <= set(told.values()):
            return tuple(map(str, stated))
        raise Unreadable(
            f"{where}: the element column says {', '.join(sorted(set(stated)))}, which contradicts --elements, and "
            "there is no type column to go by: dump type too"
        )
    missing = sorted({int(t) for t in types} - set(told))
    if missing:
        raise Unreadable(f"{where}: say which elements the types {missing} are too (--elements)")
    named = tuple(told[int(t)] for t in types)
    if stated is not None and named != tuple(stated):
        # Where `dump_modify element` is not given LAMMPS writes C for every atom.
        if set(stated) != {"C"}:
            pairs = dict.fromkeys(zip(types, stated, strict=True))
            found = ", ".join(f"type {t} is {s}" for t, s in sorted(pairs))
            raise Unreadable(f"{where}: --elements contradicts the element column, where {found}")
        source.note(f"{source.path}: its element column says C of every atom; elements are those of --elements")
    return named


def _check_elements(where: str, stated: NDArray[np.str_]) -> None:
    unknown = unknown_elements(list(map(str, stated)))
    if unknown:
        raise Unreadable(f"{where}: {', '.join(unknown)} is no element: name the types by --elements")


def _coordinates(
    where: str, table: Mapping[str, list[str]], order: NDArray[np.intp], cell: Floats, origin: Floats
) -> tuple[Floats, bool]:
    """Fractional coordinates, and whether the dump says that they are unwrapped."""

    def read(*names: str) -> Floats:
        try:
            return np.stack([np.array(table[name], dtype=np.float64)[order] for name in names], axis=1)
        except ValueError as error:
            raise Unreadable(f"{where}: a coordinate is no number: {error}") from error

    def has(*names: str) -> bool:
        return all(name in table for name in names)

    if has("xu", "yu", "zu"):
        return (read("xu", "yu", "zu") - origin) @ np.linalg.inv(cell), True
    if has("xsu", "ysu", "zsu"):
        return read("xsu", "ysu", "zsu"), True
    # Of some axes a dump may hold wrapped and of others unwrapped coordinates; atoms are followed along each.
    plain = [next((name for name in (axis, f"{axis}u") if name in table), "") for axis in "xyz"]
    scaled = [next((name for name in (f"{axis}s", f"{axis}su") if name in table), "") for axis in "xyz"]
    mixed = len({name.endswith("u") for name in plain}) > 1
    if all(plain) and mixed and np.count_nonzero(cell - np.diag(np.diag(cell))):
        raise Unreadable(
            f"{where}: coordinates {' '.join(plain)} are wrapped along some axes only, in a tilted box: no cell vector "
            "leads from one to the other; dump x y z or xu yu zu"
        )
    if all(plain):
        fractional = (read(*plain) - origin) @ np.linalg.inv(cell)
    elif all(scaled):
        fractional = read(*scaled)
    else:
        raise Unreadable(f"{where}: no coordinates in the columns {' '.join(table)}: dump x y z")
    if any(name.endswith("u") for name in (plain if all(plain) else scaled)):
        return fractional, False
    if has("ix", "iy", "iz"):
        return fractional + read("ix", "iy", "iz"), True
    return fractional, False
