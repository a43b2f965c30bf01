"""The same motion through every file format comes back the same."""

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.io.trajectory import Trajectory as AseTrajectory

from screening.errors import StageError
from screening.transport.readers import analyse_files, guess_format, read_trajectory

CELL = np.array([[8.0, 0.0, 0.0], [2.0, 7.5, 0.0], [-1.5, 1.0, 9.0]])
SYMBOLS = ("Li", "Li", "Li", "P", "S", "S")


@pytest.fixture(params=["fixed", "breathing"])
def motion(request, rng):
    """Fractional unwrapped path (n, 6, 3), cells (n, 3, 3) and the positions wanted."""
    n = 40
    path = rng.uniform(size=(1, 6, 3)) + np.cumsum(rng.normal(scale=0.05, size=(n, 6, 3)), axis=0)
    scale = np.ones(n) if request.param == "fixed" else 1 + 0.02 * rng.normal(size=n)
    cells = CELL * scale[:, None, None]
    assert np.abs(path).max() > 1.0
    return path, cells, path @ cells.mean(axis=0)


def same(trajectory, wanted, tolerance=1e-4):
    assert trajectory.symbols == SYMBOLS
    moved = trajectory.positions - trajectory.positions[0]
    np.testing.assert_allclose(moved, wanted - wanted[0], rtol=0, atol=tolerance)


def write_xdatcar(path, fractional, cells, fixed):
    lines = []
    for index, (frame, cell) in enumerate(zip(fractional, cells, strict=True)):
        if index == 0 or not fixed:
            lines += ["made", "  1.0", *(" ".join(f"{x:.10f}" for x in row) for row in cell), "Li P S", "3 1 2"]
        lines.append(f"Direct configuration= {index + 1:5d}")
        lines += [" ".join(f"{x:.8f}" for x in row) for row in frame]
    path.write_text("\n".join(lines) + "\n")


def write_dump(path, fractional, cells, columns, seed=0, origin=(0.3, -0.2, 1.0), spacing=100):
    """Restricted triclinic bounds, atoms in shuffled order."""
    shuffled = np.random.default_rng(seed)
    lines = []
    for index, (frame, cell) in enumerate(zip(fractional, cells, strict=True)):
        xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
        low, high = np.array(origin), np.array(origin) + np.diag(cell)
        bounds = [
            (low[0] + min(0, xy, xz, xy + xz), high[0] + max(0, xy, xz, xy + xz), xy),
            (low[1] + min(0, yz), high[1] + max(0, yz), xz),
            (low[2], high[2], yz),
        ]
        lines += ["ITEM: TIMESTEP", str(index * spacing), "ITEM: NUMBER OF ATOMS", "6"]
        lines.append("ITEM: BOX BOUNDS xy xz yz pp pp pp")
        lines += [" ".join(f"{x:.10f}" for x in row) for row in bounds]
        lines.append(f"ITEM: ATOMS id {columns}")
        wrapped, image = frame % 1.0, np.floor(frame).astype(int)
        values = {
            "type": [1, 1, 1, 2, 3, 3],
            "element": SYMBOLS,
            **dict(zip("xyz", (wrapped @ cell + low).T, strict=True)),
            **dict(zip(("xs", "ys", "zs"), wrapped.T, strict=True)),
            **dict(zip(("xu", "yu", "zu"), (frame @ cell + low).T, strict=True)),
            **dict(zip(("xsu", "ysu", "zsu"), frame.T, strict=True)),
            **dict(zip(("ix", "iy", "iz"), image.T, strict=True)),
        }
        for atom in shuffled.permutation(6):
            lines.append(" ".join([str(atom + 1), *(str(values[c][atom]) for c in columns.split())]))
    path.write_text("\n".join(lines) + "\n")


def test_xdatcar(motion, tmp_path):
    path, cells, wanted = motion
    file = tmp_path / "XDATCAR"
    write_xdatcar(file, path % 1.0, cells, fixed=np.ptp(cells, axis=0).max() == 0)
    trajectory = read_trajectory(file, frame_interval_fs=20.0)
    same(trajectory, wanted)
    np.testing.assert_allclose(trajectory.cells, cells.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("name", ["a.extxyz", "b.traj"])
@pytest.mark.parametrize("wrapped", [True, False])
def test_ase_formats(motion, tmp_path, name, wrapped):
    path, cells, wanted = motion
    images = [
        Atoms(SYMBOLS, scaled_positions=frame % 1.0 if wrapped else frame, cell=cell, pbc=True)
        for frame, cell in zip(path, cells, strict=True)
    ]
    if not wrapped:
        for image, frame, cell in zip(images, path, cells, strict=True):
            image.positions = frame @ cell
    file = tmp_path / name
    if name.endswith("traj"):
        with AseTrajectory(str(file), "w") as writer:
            for image in images:
                writer.write(image)
    else:
        ase.io.write(file, images, format="extxyz")
    same(read_trajectory(file, frame_interval_fs=20.0), wanted)


@pytest.mark.parametrize(
    "columns", ["type x y z", "element xs ys zs", "type xu yu zu", "element xsu ysu zsu", "type x y z ix iy iz"]
)
def test_lammps_dump(motion, tmp_path, columns):
    path, cells, wanted = motion
    file = tmp_path / "run.lammpstrj"
    write_dump(file, path, cells, columns)
    elements = {1: "Li", 2: "P", 3: "S"}
    same(read_trajectory(file, frame_interval_fs=20.0, elements=elements), wanted)


def test_general_triclinic_dump(tmp_path):
    lines = []
    for step in range(2):
        lines += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", "1", "ITEM: BOX BOUNDS abc origin"]
        lines += ["0 4 0 1", "5 0 0 1", "0 0 6 1", "ITEM: ATOMS id element x y z", f"1 Li {1 + step * 0.5} 1 1"]
    file = tmp_path / "dump"
    file.write_text("\n".join(lines) + "\n")
    trajectory = read_trajectory(file, frame_interval_fs=1.0)
    np.testing.assert_allclose(trajectory.positions[:, 0], [[0, 0, 0], [0.5, 0, 0]], atol=1e-9)


def test_stride_and_a_frame_cut_short(motion, tmp_path):
    path, cells, _ = motion
    file = tmp_path / "XDATCAR"
    write_xdatcar(file, path % 1.0, cells, fixed=False)
    file.write_text("\n".join(file.read_text().splitlines()[:-2]) + "\n")
    trajectory = read_trajectory(file, frame_interval_fs=20.0, stride=2)
    assert trajectory.frame_interval_fs == 40.0
    assert trajectory.n_frames == 20
    wanted = path @ cells[:39:2].mean(axis=0)
    same(trajectory, wanted[:39:2])


def test_errors_say_what_to_do(motion, tmp_path, rng):
    path, cells, _ = motion
    with pytest.raises(StageError, match="missing"):
        read_trajectory(tmp_path / "XDATCAR", frame_interval_fs=1.0)
    odd = tmp_path / "what.dat"
    odd.write_text("nothing\n")
    with pytest.raises(StageError, match="format"):
        guess_format(odd)
    dump = tmp_path / "dump"
    write_dump(dump, path, cells, "type x y z")
    with pytest.raises(StageError, match=r"which elements the types \[1, 2, 3\]"):
        read_trajectory(dump, frame_interval_fs=1.0)
    sparse = tmp_path / "XDATCAR_sparse"
    write_xdatcar(sparse, rng.uniform(size=path.shape), cells, fixed=False)
    with pytest.raises(StageError, match="write frames more often"):
        read_trajectory(sparse, frame_interval_fs=1.0)
    torn = tmp_path / "XDATCAR_torn"
    torn.write_text("title\n1.0\n1 0 0\nnonsense\n")
    with pytest.raises(StageError, match="cannot be read as xdatcar"):
        read_trajectory(torn, frame_interval_fs=1.0)


def test_uneven_steps_are_refused(motion, tmp_path):
    path, cells, _ = motion
    a, b = tmp_path / "a", tmp_path / "b"
    write_dump(a, path[:3], cells[:3], "element x y z")
    write_dump(b, path[3:6], cells[3:6], "element x y z", spacing=70)
    joined = tmp_path / "joined"
    joined.write_text(a.read_text() + b.read_text())
    with pytest.raises(StageError, match="not equally spaced"):
        read_trajectory(joined, frame_interval_fs=1.0)


def test_analyse_files(tmp_path, rng):
    from .walks import brownian

    walk = brownian(rng, 500, 30)
    files = []
    for index, part in enumerate((walk[:, :15], walk[:, 15:])):
        images = [Atoms("Li15", positions=frame, cell=np.eye(3) * 20.0, pbc=True) for frame in part]
        for image in images:
            image.wrap()
        files.append(tmp_path / f"{index}.extxyz")
        ase.io.write(files[-1], images, format="extxyz")
    record = analyse_files(files, mobile="Li", charge=1.0, temperature_K=600.0, frame_interval_fs=100.0)
    assert record["verdict"] == "resolved", record["reason"]
    assert abs(record["tracer_diffusivity_cm2_s"] - 1.25e-4) < 3 * record["tracer_diffusivity_error_cm2_s"]
    assert record["files"] == [str(f) for f in files]
