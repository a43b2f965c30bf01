"""What is special to one format, and the messages."""

import ase.io
import numpy as np
import pytest
from ase import Atoms

from screening.errors import StageError
from screening.local.files import analyse_files
from screening.trajectories.formats import format_of
from screening.trajectories.readers import read_trajectory
from tests.conformance.trajectory_format import walk
from tests.trajectory_files import write_dump
from tests.walks import brownian


def test_general_triclinic_dump(tmp_path):
    lines = []
    for step in range(2):
        lines += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", "1", "ITEM: BOX BOUNDS abc origin"]
        lines += ["0 4 0 1", "5 0 0 1", "0 0 6 1", "ITEM: ATOMS id element x y z", f"1 Li {1 + step * 0.5} 1 1"]
    file = tmp_path / "dump"
    file.write_text("\n".join(lines) + "\n")
    trajectory = read_trajectory(file, frame_interval_fs=1.0)
    np.testing.assert_allclose(trajectory.positions[:, 0], [[0, 0, 0], [0.5, 0, 0]], atol=1e-9)


@pytest.mark.parametrize("columns", ["x yu z", "xu y z", "xs ysu zs"])
def test_columns_wrapped_along_some_axes_only_are_followed(tmp_path, columns):
    start, steps = np.random.default_rng(1).random((1, 6, 3)), np.random.default_rng(2).normal(0, 0.03, (60, 6, 3))
    path = (start + np.cumsum(steps, axis=0)) * 8.0
    lines = []
    for step, frame in enumerate(path):
        lines += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", "6", "ITEM: BOX BOUNDS pp pp pp", *["0 8"] * 3]
        lines.append(f"ITEM: ATOMS id element {columns}")
        for atom, place in enumerate(frame):
            values = [
                (x if "u" in name else x % 8.0) / (8.0 if "s" in name else 1.0)
                for x, name in zip(place, columns.split(), strict=True)
            ]
            lines.append(f"{atom + 1} Li " + " ".join(f"{value:.8f}" for value in values))
    (tmp_path / "dump").write_text("\n".join(lines) + "\n")
    found = read_trajectory(tmp_path / "dump", frame_interval_fs=1.0).positions
    np.testing.assert_allclose(found - found[0], path - path[0], atol=1e-4)


def test_columns_wrapped_along_some_axes_only_of_a_tilted_box_are_refused(tmp_path):
    lines = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", "1", "ITEM: BOX BOUNDS xy xz yz pp pp pp"]
    lines += ["0 7 2", "0 5 0", "0 5 0", "ITEM: ATOMS id element x yu z", "1 Li 1 1 1"]
    (tmp_path / "dump").write_text("\n".join(lines) + "\n")
    with pytest.raises(StageError, match="wrapped along some axes only, in a tilted box"):
        read_trajectory(tmp_path / "dump", frame_interval_fs=1.0)


@pytest.mark.parametrize(
    ("columns", "boundary", "note"),
    [("element", "pp pp pp", "has no id column"), ("id element", "pp ff fp", "not periodic along b, c")],
)
def test_what_a_dump_leaves_open_is_noted(tmp_path, columns, boundary, note):
    atom = "Li" if columns == "element" else "1 Li"
    frames = []
    for step in range(2):
        frames += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", "1", f"ITEM: BOX BOUNDS {boundary}"]
        frames += ["0 5", "0 5", "0 5", f"ITEM: ATOMS {columns} x y z", f"{atom} {1 + 0.1 * step} 1 1"]
    (tmp_path / "dump").write_text("\n".join(frames) + "\n")
    (found,) = read_trajectory(tmp_path / "dump", frame_interval_fs=1.0).notes
    assert note in found
    (tmp_path / "shrunk").write_text("\n".join(frames).replace(boundary, "pp sm pp") + "\n")
    with pytest.raises(StageError, match="shrunk around the atoms"):
        read_trajectory(tmp_path / "shrunk", frame_interval_fs=1.0)


@pytest.mark.parametrize("name", ["run.extxyz", "run.traj"])
def test_axes_that_are_not_periodic_are_noted(tmp_path, name):
    images = [Atoms("Li", positions=[[0.1 * k, 0, 0]], cell=np.eye(3) * 5.0, pbc=(True, True, False)) for k in range(3)]
    ase.io.write(tmp_path / name, images)
    (note,) = read_trajectory(tmp_path / name, frame_interval_fs=1.0).notes
    assert "not periodic along c" in note


@pytest.mark.parametrize("wrong", [{"temperature_K": np.inf}, {"temperature_K": 0.0}, {"frame_interval_fs": np.inf}])
def test_numbers_that_no_run_has_are_refused(tmp_path, wrong):
    images = [Atoms("Li", positions=[[0.1 * k, 0, 0]], cell=np.eye(3) * 5.0, pbc=True) for k in range(3)]
    ase.io.write(tmp_path / "run.extxyz", images)
    with pytest.raises(StageError, match=r"temperature_K is|must be positive"):
        analyse_files(
            tmp_path / "run.extxyz", **{"mobile": "Li", "temperature_K": 300.0, "frame_interval_fs": 1.0} | wrong
        )


def _dump(path, atom):
    lines = []
    for step in range(2):
        lines += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", "1", "ITEM: BOX BOUNDS pp pp pp"]
        lines += ["0 5", "0 5", "0 5", "ITEM: ATOMS id type x y z", f"{atom} {1 + 0.1 * step} 1 1"]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_labels_in_the_column_of_types_name_the_elements(tmp_path):
    found = read_trajectory(_dump(tmp_path / "dump", "1 Li"), frame_interval_fs=1.0)
    assert found.symbols == ("Li",)
    np.testing.assert_allclose(found.positions[1] - found.positions[0], [[0.1, 0, 0]], atol=1e-6)
    with pytest.raises(StageError, match="c1 is no element"):
        read_trajectory(_dump(tmp_path / "dump", "1 c1"), frame_interval_fs=1.0)
    with pytest.raises(StageError, match=r"dump cannot .*ids of the atoms are no whole numbers"):
        read_trajectory(_dump(tmp_path / "dump", "a Li"), frame_interval_fs=1.0)


@pytest.mark.parametrize(
    ("scale", "counts", "message"),
    [("0.0", "1", "no volume"), ("1.0", "0", "numbers of atoms are 0"), ("1.0", "-1", "numbers of atoms are -1")],
)
def test_headers_of_no_crystal_are_named(tmp_path, scale, counts, message):
    header = f"title\n{scale}\n5 0 0\n0 5 0\n0 0 5\nLi\n{counts}\n"
    (tmp_path / "XDATCAR").write_text(header + "Direct configuration= 1\n0 0 0\nDirect configuration= 2\n0 0 0\n")
    with pytest.raises(StageError, match=rf"XDATCAR cannot be read as xdatcar: lines? \d.*{message}"):
        read_trajectory(tmp_path / "XDATCAR", frame_interval_fs=1.0)


def test_errors_say_what_to_do(tmp_path):
    odd = tmp_path / "what.dat"
    odd.write_text("nothing\n")
    with pytest.raises(StageError, match="format"):
        format_of(odd)
    dump = tmp_path / "dump"
    write_dump(dump, walk("breathing"), "type x y z")
    with pytest.raises(StageError, match=r"which elements the types \[1, 2, 3\]"):
        read_trajectory(dump, frame_interval_fs=1.0)
    torn = tmp_path / "XDATCAR_torn"
    torn.write_text("title\n1.0\n1 0 0\nnonsense\n")
    with pytest.raises(StageError, match="cannot be read as xdatcar"):
        read_trajectory(torn, frame_interval_fs=1.0)


def test_uneven_steps_are_refused(tmp_path):
    whole = walk("breathing")
    a, b = tmp_path / "a", tmp_path / "b"
    write_dump(a, whole[:3], "element x y z")
    write_dump(b, whole[3:6], "element x y z", spacing=70)
    joined = tmp_path / "joined"
    joined.write_text(a.read_text() + b.read_text())
    with pytest.raises(StageError, match="not equally spaced"):
        read_trajectory(joined, frame_interval_fs=1.0)


def test_analyse_files(tmp_path, rng):
    path = brownian(rng, 500, 30)
    files = []
    for index, part in enumerate((path[:, :15], path[:, 15:])):
        images = [Atoms("Li15", positions=frame, cell=np.eye(3) * 20.0, pbc=True) for frame in part]
        for image in images:
            image.wrap()
        files.append(tmp_path / f"{index}.extxyz")
        ase.io.write(files[-1], images, format="extxyz")
    record = analyse_files(files, mobile="Li", charge=1.0, temperature_K=600.0, frame_interval_fs=100.0)
    assert record.verdict == "resolved", record.reason
    assert abs(record.tracer_diffusivity_cm2_s - 1.25e-4) < 3 * record.tracer_diffusivity_error_cm2_s
    assert record.files == tuple(str(f) for f in files)


@pytest.mark.parametrize("name", ["run.extxyz", "run.traj"])
def test_steps_of_more_than_half_an_unwrapped_cell_are_not_folded_back(tmp_path, name):
    """A small cell and frames far apart: 0.6 of a cell vector a step, to the right again and again."""
    cell = np.eye(3) * 6.0
    path = np.array([[[3.6 * k, 1.0, 1.0], [1.0, 1.0, 4.0]] for k in range(10)])
    frames = [Atoms("LiS", positions=frame, cell=cell, pbc=True) for frame in path]
    ase.io.write(tmp_path / name, frames)
    found = read_trajectory(tmp_path / name, frame_interval_fs=10.0)
    np.testing.assert_allclose(found.positions[-1, 0, 0] - found.positions[0, 0, 0], 3.6 * 9, rtol=1e-6, atol=0)
