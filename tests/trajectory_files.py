"""Walks written as files of other programs, and as a run of the pipeline's own."""

from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.io.trajectory import Trajectory as AseTrajectory

from screening.records import sha256_of, write_json
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.storage import StoredChunk, chunk_path, write_chunk
from tests.conformance.trajectory_format import Walk


def write_xdatcar(path: Path, walk: Walk) -> None:
    """With one header where the cell stays, else with one before each frame."""
    lines: list[str] = []
    names = sorted(set(walk.symbols), key=walk.symbols.index)
    counts = " ".join(str(walk.symbols.count(name)) for name in names)
    for index, (frame, cell) in enumerate(zip(walk.fractional, walk.cells, strict=True)):
        if index == 0 or walk.changes_its_cell:
            lines += ["made", "  1.0", *(" ".join(f"{x:.10f}" for x in row) for row in cell), " ".join(names), counts]
        lines.append(f"Direct configuration= {index + 1:5d}")
        lines += [" ".join(f"{x:.8f}" for x in row) for row in frame]
    path.write_text("\n".join(lines) + "\n")


def write_dump(path: Path, walk: Walk, columns: str, spacing: int = 100) -> None:
    """Restricted triclinic bounds, an origin of its own, atoms in shuffled order."""
    shuffled, origin = np.random.default_rng(0), np.array([0.3, -0.2, 1.0])
    names = sorted(set(walk.symbols), key=walk.symbols.index)
    lines: list[str] = []
    for index, (frame, cell) in enumerate(zip(walk.fractional, walk.cells, strict=True)):
        xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
        low, high = origin, origin + np.diag(cell)
        bounds = [
            (low[0] + min(0, xy, xz, xy + xz), high[0] + max(0, xy, xz, xy + xz), xy),
            (low[1] + min(0, yz), high[1] + max(0, yz), xz),
            (low[2], high[2], yz),
        ]
        lines += ["ITEM: TIMESTEP", str(index * spacing), "ITEM: NUMBER OF ATOMS", str(len(frame))]
        lines.append("ITEM: BOX BOUNDS xy xz yz pp pp pp")
        lines += [" ".join(f"{x:.10f}" for x in row) for row in bounds]
        lines.append(f"ITEM: ATOMS id {columns}")
        inside, image = frame % 1.0, np.floor(frame).astype(int)
        values = {
            "type": [names.index(symbol) + 1 for symbol in walk.symbols],
            "element": walk.symbols,
            **dict(zip("xyz", (inside @ cell + low).T, strict=True)),
            **dict(zip(("xs", "ys", "zs"), inside.T, strict=True)),
            **dict(zip(("xu", "yu", "zu"), (frame @ cell + low).T, strict=True)),
            **dict(zip(("xsu", "ysu", "zsu"), frame.T, strict=True)),
            **dict(zip(("ix", "iy", "iz"), image.T, strict=True)),
        }
        for atom in shuffled.permutation(len(frame)):
            lines.append(" ".join([str(atom + 1), *(str(values[c][atom]) for c in columns.split())]))
    path.write_text("\n".join(lines) + "\n")


def write_extxyz(path: Path, walk: Walk) -> None:
    """As ASE writes it."""
    ase.io.write(path, _images(walk), format="extxyz")


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


def write_own(path: Path, walk: Walk) -> None:
    """The record of a run, beside it its frames in chunks of twenty."""
    (path.parent / "chunks").mkdir()
    positions, cell = walk.fractional @ walk.cells[0], walk.cells[0]
    end = MDState(walk.symbols, positions[-1], np.zeros_like(positions[-1]), cell)
    names = {}
    for index in range(0, len(positions), 20):
        part = positions[index : index + 20].astype(np.float32)
        file = chunk_path(path.parent / "chunks", index // 20)
        chunk = Chunk(part, np.zeros(len(part)), np.full(len(part), 500.0), end)
        write_chunk(file, StoredChunk(chunk, walk.interval_fs, "p", ""))
        names[file.name] = sha256_of(file)
    write_json(path, {"chunks": names})
