"""The same motion through every file format comes back the same."""

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.io.trajectory import Trajectory as AseTrajectory

from screening.errors import StageError
from screening.local.files import analyse_files
from screening.records import sha256_of, write_json
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.export import export_trajectory
from screening.trajectories.formats import format_of
from screening.trajectories.readers import read_trajectory
from screening.trajectories.storage import StoredChunk, chunk_path, write_chunk
from screening.transport.displacement import lag_grid

CELL = np.array([[8.0, 0.0, 0.0], [2.0, 7.5, 0.0], [-1.5, 1.0, 9.0]])
SYMBOLS = ("Li", "Li", "Li", "P", "S", "S")


@pytest.fixture(params=["fixed", "breathing"])
def motion(request, rng):
    """Fractional unwrapped path (n, 6, 3), cells (n, 3, 3) and the positions wanted."""
    n = 40
    path = rng.uniform(size=(1, 6, 3)) + np.cumsum(rng.normal(scale=0.05, size=(n, 6, 3)), axis=0)
    # Lengths and angles each on their own, as under a fully flexible barostat; the cell stays lower triangular.
    scale = np.ones((n, 3, 3)) if request.param == "fixed" else 1 + 0.02 * rng.normal(size=(n, 3, 3))
    cells = CELL * scale
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


def write_any(folder, name, path, cells):
    """The same motion as one of the formats, wrapped."""
    file = folder / name
    if name == "XDATCAR":
        write_xdatcar(file, path % 1.0, cells, fixed=False)
    elif name == "run.lammpstrj":
        write_dump(file, path, cells, "element x y z")
    else:
        images = [Atoms(SYMBOLS, scaled_positions=f % 1.0, cell=c, pbc=True) for f, c in zip(path, cells, strict=True)]
        ase.io.write(file, images)
    return file


@pytest.mark.parametrize("name", ["XDATCAR", "run.lammpstrj", "a.extxyz", "b.traj"])
def test_msd_of_every_format_under_a_barostat_is_that_of_loops_over_origins(tmp_path, rng, name):
    """Ions that walk and a framework that drifts, in a triclinic cell that breathes, wrapped."""
    n = 160
    path = rng.uniform(size=(1, 6, 3)) + np.cumsum(rng.normal(scale=0.08, size=(n, 6, 3)), axis=0)
    path[:, 3:] = path[:1, 3:] + np.linspace(0, 1.5, n)[:, None, None]
    cells = CELL * (1 + 0.01 * rng.normal(size=(n, 3, 3)))
    file = write_any(tmp_path, name, path, cells)
    record = analyse_files([file], mobile="Li", charge=1.0, temperature_K=600.0, frame_interval_fs=100.0)
    kept = path[16:] @ cells.mean(axis=0)
    ions = kept[:, :3] - kept[:, 3:4]
    lags = lag_grid(len(kept), 0.5)
    tracer, collective = [], []
    for lag in lags:
        moved = [ions[t + lag] - ions[t] for t in range(len(ions) - lag)]
        tracer.append(np.mean([(d**2).sum(axis=1).mean() for d in moved]))
        collective.append(np.mean([(d.sum(axis=0) ** 2).sum() / 3 for d in moved]))
    np.testing.assert_allclose(record["msd"]["tracer_A2"], tracer, rtol=2e-4, atol=0)
    np.testing.assert_allclose(record["msd"]["collective_A2"], collective, rtol=2e-4, atol=0)
    assert record["framework_msd_A2"] < 1e-4


def write_run(folder, positions, cell):
    """A campaign's run of two chunks."""
    end = MDState(SYMBOLS, positions[-1], np.zeros_like(positions[-1]), cell)
    names = {}
    for index, part in enumerate(np.array_split(positions.astype(np.float32), 2)):
        file = chunk_path(folder / "chunks", index)
        write_chunk(file, StoredChunk(Chunk(part, np.zeros(len(part)), np.full(len(part), 500.0), end), 20.0, "p", ""))
        names[file.name] = sha256_of(file)
    write_json(folder / "md.json", {"chunks": names})
    return folder / "md.json"


def test_own_runs(motion, tmp_path):
    path, cells, _ = motion
    wanted = path @ cells[0]
    (tmp_path / "chunks").mkdir()
    record = write_run(tmp_path, wanted, cells[0])
    found = read_trajectory(record)
    same(found, wanted)
    assert found.frame_interval_fs == 20.0
    np.testing.assert_array_equal(found.temperatures_K, 500.0)
    thin = read_trajectory(record, frame_interval_fs=20.0, stride=3)
    assert thin.frame_interval_fs == 60.0
    same(thin, wanted[::3])
    with pytest.raises(StageError, match="20 fs apart, not 50 fs"):
        read_trajectory(record, frame_interval_fs=50.0)
    write_json(record, {"status": "failed"})
    with pytest.raises(StageError, match="chunks"):
        read_trajectory(record)


def test_only_own_runs_know_their_interval_and_one_frame_is_no_trajectory(motion, tmp_path):
    path, cells, _ = motion
    file = tmp_path / "XDATCAR"
    write_xdatcar(file, path[:1], cells[:1], fixed=True)
    with pytest.raises(StageError, match="--frame-interval-fs"):
        read_trajectory(file)
    with pytest.raises(StageError, match="1 frames; a trajectory needs two"):
        read_trajectory(file, frame_interval_fs=20.0)


@pytest.mark.parametrize("format", ["extxyz", "traj"])
def test_exported_runs_keep_their_interval(motion, tmp_path, format):
    path, cells, _ = motion
    (tmp_path / "chunks").mkdir()
    write_run(tmp_path, path @ cells[0], cells[0])
    file = tmp_path / f"out.{format}"
    export_trajectory(tmp_path, file, format, stride=2)
    assert read_trajectory(file).frame_interval_fs == pytest.approx(40.0)
    assert read_trajectory(file, stride=3, frame_interval_fs=40.0).frame_interval_fs == pytest.approx(120.0)
    with pytest.raises(StageError, match="40 fs apart, not 20 fs"):
        read_trajectory(file, frame_interval_fs=20.0)


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
    whole = file.read_text()
    file.write_text(whole[:-12])
    assert read_trajectory(file, frame_interval_fs=20.0).n_frames == 39
    file.write_text("\n".join(whole.splitlines()[:-2]) + "\n")
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
        format_of(odd)
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
    from tests.walks import brownian

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


@pytest.mark.parametrize("name", ["run.extxyz", "run.traj"])
def test_steps_of_more_than_half_an_unwrapped_cell_are_not_folded_back(tmp_path, name):
    """A small cell and frames far apart: 0.6 of a cell vector a step, to the right again and again."""
    cell = np.eye(3) * 6.0
    path = np.array([[[3.6 * k, 1.0, 1.0], [1.0, 1.0, 4.0]] for k in range(10)])
    frames = [Atoms("LiS", positions=frame, cell=cell, pbc=True) for frame in path]
    ase.io.write(tmp_path / name, frames)
    found = read_trajectory(tmp_path / name, frame_interval_fs=10.0)
    np.testing.assert_allclose(found.positions[-1, 0, 0] - found.positions[0, 0, 0], 3.6 * 9, rtol=1e-6, atol=0)
