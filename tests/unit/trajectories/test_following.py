"""One rule for wrapping: whatever whole cell vectors a file adds to its coordinates, the atoms are followed."""

from dataclasses import replace

import numpy as np
import pytest

from screening.errors import StageError
from screening.trajectories.readers import read_trajectory
from tests.conformance.trajectory_format import INTERVAL_FS, N_FRAMES, Walk, same, walk
from tests.trajectory_files import write_dump, write_extxyz, write_traj, write_xdatcar

NAMES = ("XDATCAR", "run.extxyz", "run.traj", "run.lammpstrj")


def write(path, wandering, name):
    """As one of the formats, coordinates as they are."""
    if name == "run.lammpstrj":
        write_dump(path / name, wandering, "element xu yu zu")
    else:
        {"XDATCAR": write_xdatcar, "run.extxyz": write_extxyz, "run.traj": write_traj}[name](path / name, wandering)
    return path / name


def read(path, **more):
    return read_trajectory(path, frame_interval_fs=INTERVAL_FS, **more)


def restart_from_the_home_cell(path, _):
    """Unwrapped up to a frame, from which on every atom counts from the home cell."""
    path[20:] -= np.floor(path[20])


def framework_kept_whole(path, _):
    path[:, :3] %= 1.0


def along_two_axes(path, _):
    path[..., :2] %= 1.0


def now_and_then(path, _):
    path[::7] %= 1.0


def at_random(path, rng):
    path += rng.integers(-2, 3, size=path.shape)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change", [restart_from_the_home_cell, framework_kept_whole, along_two_axes, now_and_then, at_random]
)
@pytest.mark.parametrize("cell", ["fixed", "breathing"])
def test_whole_cell_vectors_are_no_motion(tmp_path, rng, name, change, cell):
    true = walk(cell)
    path = true.fractional.copy()
    change(path, rng)
    same(read(write(tmp_path, replace(true, fractional=path), name)), true.positions(), 1e-4)


@pytest.mark.parametrize("columns", ["x y z", "xs ys zs", "xu yu zu", "xsu ysu zsu", "x y z ix iy iz"])
def test_flips_of_a_tilted_box_are_no_motion(tmp_path, columns):
    """LAMMPS replaces b by b - a where the tilt passes half of a, and back: coordinates are those in the other cell."""
    true = walk("breathing")
    flip = np.array([[1.0, 0, 0], [-1.0, 1.0, 0], [0, 0, 1.0]])
    flipped = np.arange(N_FRAMES) // 9 % 2 == 1
    bases = np.where(flipped[:, None, None], flip, np.eye(3))
    path = true.fractional @ np.linalg.inv(bases)
    write_dump(tmp_path / "dump", Walk(path, bases @ true.cells), f"element {columns}")
    found = read(tmp_path / "dump")
    same(found, true.positions(), 1e-4)
    np.testing.assert_allclose(found.cells, true.cells.mean(axis=0), atol=1e-5)


def test_another_cell_is_no_flip(tmp_path):
    true = walk("fixed")
    cells = true.cells.copy()
    cells[15:] *= 1.4
    with pytest.raises(StageError, match=r"XDATCAR, frame 16: the cell is not that of the frame before.* 8\.000 x"):
        read(write(tmp_path, replace(true, cells=cells), "XDATCAR"))


def far(share_of_cell):
    """The walk with steps so long, along a."""
    true = walk("fixed", 400)
    steps = np.random.default_rng(4).normal(scale=share_of_cell, size=(400, 6))
    path = true.fractional.copy()
    path[..., 0] = path[:1, :, 0] + np.cumsum(steps, axis=0)
    return replace(true, fractional=path)


@pytest.mark.parametrize("name", NAMES)
def test_motion_too_far_to_tell_is_refused_with_the_interval_needed(tmp_path, name):
    """Steps of a fifth of the cell: one in five is beyond a quarter, one in eighty beyond a half."""
    with pytest.raises(StageError, match=r"write frames more often, every 3\.[23] fs \(these are 20 fs apart\)"):
        read(write(tmp_path, far(0.2).wrapped, name))


@pytest.mark.parametrize("name", ["run.extxyz", "run.traj", "run.lammpstrj"])
def test_far_motion_in_a_file_that_is_plainly_unwrapped_is_as_written(tmp_path, name):
    true = far(0.13)
    assert (np.abs(np.diff(true.fractional[..., 0], axis=0)) > 0.45).sum() > 0
    same(read(write(tmp_path, true, name)), true.positions(), 5e-4)
    # A restart from the home cell in such a file cannot be told from motion.
    path = true.fractional.copy()
    path[200:] -= np.floor(path[200])
    with pytest.raises(StageError, match="or unwrapped coordinates throughout"):
        read(write(tmp_path, replace(true, fractional=path), name))


def test_one_step_that_could_lead_either_way_is_named(tmp_path):
    true = walk("fixed")
    path = true.fractional % 1.0
    path[20:, 1, 2] += 0.5 - (path[20, 1, 2] - path[19, 1, 2])
    with pytest.raises(StageError, match=r"atom 2 \(Li\) moves 0.50 of cell vector c to frame 21"):
        read(write(tmp_path, replace(true, fractional=path), "XDATCAR"))


def test_hops_of_a_third_of_the_cell_are_followed(tmp_path):
    """As in small cells: rare and long, so that nothing is near the middle of the cell."""
    rng = np.random.default_rng(2)
    hops = rng.choice([-1, 0, 1], p=[0.01, 0.98, 0.01], size=(300, 6, 3)) / 3.0
    true = Walk(
        np.cumsum(hops, axis=0) + rng.normal(scale=0.01, size=hops.shape), np.repeat(walk("fixed").cells[:1], 300, 0)
    )
    same(read(write(tmp_path, true.wrapped, "run.extxyz")), true.positions(), 1e-4)


def test_coordinates_that_are_no_numbers_are_named(tmp_path):
    true = walk("fixed")
    true.fractional[7, 4] = np.nan
    with pytest.raises(StageError, match=r"run.extxyz, frame 8: the coordinates of atom 5 are not finite"):
        read(write(tmp_path, true, "run.extxyz"))
