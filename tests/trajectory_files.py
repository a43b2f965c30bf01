"""Walks written as files of other programs, and as a run of the pipeline's own."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.geometry import cell_to_cellpar
from ase.io.trajectory import Trajectory as AseTrajectory

from screening.records import sha256_of
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import RunRecord
from screening.trajectories.storage import StoredChunk, chunk_path, write_chunk
from tests.blank import blank
from tests.conformance.trajectory_format import Floats, Walk


def write_xdatcar(
    path: Path, walk: Walk, numbers: Sequence[int] | None = None, title: str = "made", mode: str = "w"
) -> None:
    """With one header where the cell stays, else with one before each frame."""
    lines: list[str] = []
    names = sorted(set(walk.symbols), key=walk.symbols.index)
    counts = " ".join(str(walk.symbols.count(name)) for name in names)
    numbers = range(1, len(walk.fractional) + 1) if numbers is None else numbers
    for index, (frame, cell) in enumerate(zip(walk.fractional, walk.cells, strict=True)):
        if index == 0 or walk.changes_its_cell:
            lines += [title, "  1.0", *(" ".join(f"{x:.10f}" for x in row) for row in cell), " ".join(names), counts]
        lines.append(f"Direct configuration= {numbers[index]:5d}")
        lines += [" ".join(f"{x:.8f}" for x in row) for row in frame]
    with path.open(mode, encoding="latin-1") as file:
        file.write("\n".join(lines) + "\n")


def write_dump(
    path: Path,
    walk: Walk,
    columns: str,
    spacing: int = 100,
    *,
    steps: Sequence[int] | None = None,
    units: str | None = None,
    times: Sequence[float] | None = None,
    length_A: float = 1.0,
    elements: Sequence[str] | None = None,
) -> None:
    """Restricted triclinic bounds, an origin of its own, atoms in shuffled order, header items as LAMMPS has them."""
    shuffled, origin = np.random.default_rng(0), np.array([0.3, -0.2, 1.0]) / length_A
    names = sorted(set(walk.symbols), key=walk.symbols.index)
    lines: list[str] = []
    for index, (frame, own) in enumerate(zip(walk.fractional, walk.cells, strict=True)):
        cell = own / length_A
        xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
        low, high = origin, origin + np.diag(cell)
        bounds = [
            (low[0] + min(0, xy, xz, xy + xz), high[0] + max(0, xy, xz, xy + xz), xy),
            (low[1] + min(0, yz), high[1] + max(0, yz), xz),
            (low[2], high[2], yz),
        ]
        lines += ["ITEM: UNITS", units] if units and index == 0 else []
        lines += ["ITEM: TIME", f"{times[index]:.10g}"] if times is not None else []
        lines += ["ITEM: TIMESTEP", str(index * spacing if steps is None else steps[index])]
        lines += ["ITEM: NUMBER OF ATOMS", str(len(frame)), "ITEM: BOX BOUNDS xy xz yz pp pp pp"]
        lines += [" ".join(f"{x:.12g}" for x in row) for row in bounds]
        lines.append(f"ITEM: ATOMS id {columns}")
        inside, image = frame % 1.0, np.floor(frame).astype(int)
        values = {
            "type": [names.index(symbol) + 1 for symbol in walk.symbols],
            "element": walk.symbols if elements is None else elements,
            **dict(zip("xyz", (inside @ cell + low).T, strict=True)),
            **dict(zip(("xs", "ys", "zs"), inside.T, strict=True)),
            **dict(zip(("xu", "yu", "zu"), (frame @ cell + low).T, strict=True)),
            **dict(zip(("xsu", "ysu", "zsu"), frame.T, strict=True)),
            **dict(zip(("ix", "iy", "iz"), image.T, strict=True)),
        }
        for atom in shuffled.permutation(len(frame)):
            lines.append(" ".join([str(atom + 1), *(str(values[c][atom]) for c in columns.split())]))
    path.write_text("\n".join(lines) + "\n")


def write_vasprun(
    path: Path, walk: Walk, potim_fs: float | None = None, incar: str = "", end: str = "</modeling>\n"
) -> None:
    """What VASP writes of molecular dynamics, without energies."""
    atoms = "".join(f"<rc><c>{symbol:2}</c><c>   1</c></rc>\n" for symbol in walk.symbols)
    potim = walk.interval_fs if potim_fs is None else potim_fs
    lines = [
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<modeling>\n<incar>\n',
        f' <i type="int" name="IBRION">     0</i>\n <i name="POTIM">  {potim:.8f}</i>\n{incar}</incar>\n',
        f'<atominfo><atoms> {len(walk.symbols)} </atoms><array name="atoms"><set>\n{atoms}</set></array></atominfo>\n',
    ]
    for frame, cell in zip(walk.fractional, walk.cells, strict=True):
        lines += ["<calculation>\n<structure>\n<crystal>", *_varray("basis", cell), "</crystal>\n"]
        lines += [*_varray("positions", frame), "</structure>\n", *_varray("forces", 0.0 * frame), "</calculation>\n"]
    path.write_text("".join(lines) + end)


def _varray(name: str, rows: Floats) -> list[str]:
    vectors = (f"<v> {x:16.8f} {y:16.8f} {z:16.8f} </v>\n" for x, y, z in rows)
    return [f'<varray name="{name}" >\n', *vectors, "</varray>\n"]


def write_extxyz(path: Path, walk: Walk, **info: Sequence[float]) -> None:
    """As ASE writes it; `info` holds a value for each frame."""
    images = _images(walk)
    for key, values in info.items():
        for image, value in zip(images, values, strict=True):
            image.info[key] = value
    ase.io.write(path, images, format="extxyz")


def write_topology(path: Path, walk: Walk) -> None:
    """A POSCAR of the first frame."""
    ase.io.write(path, _images(walk[:1])[0], format="vasp")


def write_through_mdanalysis(path: Path, walk: Walk) -> None:
    """A DCD, XTC or TRR as MDAnalysis writes it, by the name's ending."""
    import MDAnalysis

    universe = MDAnalysis.Universe.empty(len(walk.symbols), trajectory=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with MDAnalysis.Writer(str(path), n_atoms=len(walk.symbols), dt=walk.interval_fs / 1000.0) as writer:
            for index, (frame, cell) in enumerate(zip(walk.fractional, walk.cells, strict=True)):
                universe.atoms.positions = frame @ cell
                universe.dimensions = cell_to_cellpar(cell)
                universe.trajectory.ts.frame = index
                universe.trajectory.ts.data["step"] = 10 * index
                universe.trajectory.ts.time = index * walk.interval_fs / 1000.0
                writer.write(universe.atoms)


def write_traj(path: Path, walk: Walk) -> None:
    """As ASE's dynamics write it, frame after frame."""
    with AseTrajectory(str(path), "w") as writer:
        for image in _images(walk):
            writer.write(image)


def _images(walk: Walk) -> list[Atoms]:
    return [
        Atoms(walk.symbols, positions=frame @ cell, cell=cell, pbc=True)
        for frame, cell in zip(walk.fractional, walk.cells, strict=True)
    ]


def write_own(path: Path, walk: Walk, temperature_K: float = 500.0) -> None:
    """The record of a run at a temperature, beside it its frames in chunks of twenty."""
    (path.parent / "chunks").mkdir()
    positions, cell = walk.fractional @ walk.cells[0], walk.cells[0]
    end = MDState(walk.symbols, positions[-1], np.zeros_like(positions[-1]), cell)
    names = {}
    for index in range(0, len(positions), 20):
        part = positions[index : index + 20].astype(np.float32)
        file = chunk_path(path.parent / "chunks", index // 20)
        chunk = Chunk(part, np.zeros(len(part)), np.full(len(part), temperature_K), end)
        write_chunk(file, StoredChunk(chunk, walk.interval_fs, "p", ""))
        names[file.name] = sha256_of(file)
    blank(RunRecord, chunks=names).write(path)
