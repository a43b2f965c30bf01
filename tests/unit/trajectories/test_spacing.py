"""Frames are equally spaced in time, or the file is refused; restarts are joined."""

import ase.io
import numpy as np
import pytest
from ase import Atoms

from screening.errors import StageError
from screening.trajectories.clock import Clock
from screening.trajectories.readers import read_trajectory
from tests.conformance.trajectory_format import INTERVAL_FS, Walk, same, walk
from tests.trajectory_files import write_dump, write_extxyz, write_vasprun, write_xdatcar

N = 40
TIMES_FS = INTERVAL_FS * np.arange(N)


def some(true, order):
    """Frames of a walk, some of them twice or not at all."""
    return Walk(true.fractional[order], true.cells[order], true.symbols)


def write(folder, name, wandering, numbers):
    """One of the formats with these numbers of steps."""
    path = folder / name
    if name == "XDATCAR":
        write_xdatcar(path, wandering.wrapped, numbers=numbers)
    elif name == "run.extxyz":
        write_extxyz(path, wandering, step=numbers)
    else:
        write_dump(path, wandering, "element x y z", steps=numbers)
    return path


def read(path, **more):
    return read_trajectory(path, **{"frame_interval_fs": INTERVAL_FS} | more)


every_format = pytest.mark.parametrize("name", ["XDATCAR", "run.extxyz", "dump"])


@every_format
@pytest.mark.parametrize(
    ("numbers", "frame"),
    [
        ([*range(1, 21), *range(22, 61, 2)], 21),  # written every other step from then on
        ([*range(1, 21), *range(221, 241)], 21),  # two hundred missing
        ([*range(10, 210, 10), *range(205, 305, 5)], 21),
    ],
)
def test_uneven_steps_are_refused(tmp_path, name, numbers, frame):
    with pytest.raises(StageError, match=f"frame {frame}: frames are not equally spaced in time: step"):
        read(write(tmp_path, name, walk("fixed"), numbers))


@every_format
def test_a_restart_that_counts_anew_goes_on(tmp_path, name):
    true = walk("fixed")
    found = read(write(tmp_path, name, true, [*range(1, 21), *range(1, 21)]))
    same(found, true.positions(), 1e-4)
    assert "frame 21: step starts again at 1; the run goes on there" in found.notes[0]


@every_format
@pytest.mark.parametrize("again", [20, 0])
def test_a_frame_that_a_restart_doubles_counts_once(tmp_path, name, again):
    """With its number, or with the first of a new count."""
    true = walk("fixed")
    numbers = [*range(21), *range(again, again + 20)]
    found = read(write(tmp_path, name, some(true, [*range(21), *range(20, 40)]), numbers))
    same(found, true.positions(), 1e-4)
    assert "frame 22 is the one before again" in found.notes[0]


@every_format
@pytest.mark.parametrize("stride", [1, 3])
def test_a_run_continued_from_before_its_end_goes_on_from_there(tmp_path, name, stride):
    """Frames after the restart are those of the continued run, which went another way."""
    true = walk("fixed")
    lost = true.fractional[:27].copy()
    lost[20:] += 0.03
    whole = Walk(np.concatenate([lost, true.fractional[20:]]), np.concatenate([true.cells[:27], true.cells[20:]]))
    found = read(write(tmp_path, name, whole, [*range(27), *range(20, 40)]), stride=stride)
    same(found, true.positions(slice(None, None, stride)), 1e-4)
    assert "7 frames are made anew" in found.notes[0]


@every_format
def test_two_runs_in_one_file_are_refused(tmp_path, name):
    true, rng = walk("fixed"), np.random.default_rng(0)
    other = Walk(true.fractional + rng.uniform(size=(1, 6, 3)), true.cells)
    both = Walk(np.concatenate([true.fractional, other.fractional]), np.concatenate([true.cells] * 2))
    with pytest.raises(StageError, match=r"frame 41: step starts again at 0, and atoms are .* A from where"):
        read(write(tmp_path, name, both, [*range(N), *range(N)]))
    with pytest.raises(StageError, match="frame 41: step starts again at 0, with the positions of the first frame"):
        read(write(tmp_path, name, some(true, [*range(N)] * 2), [*range(N), *range(N)]))


@every_format
def test_numbers_that_do_not_count_are_no_numbers(tmp_path, name):
    true = walk("fixed")
    found = read(write(tmp_path, name, true, [0] * N))
    same(found, true.positions(), 1e-4)
    assert "does not count them" in found.notes[0]


@every_format
def test_frames_in_the_wrong_order_are_refused(tmp_path, name):
    with pytest.raises(StageError, match="frame 2: step falls from frame to frame"):
        read(write(tmp_path, name, walk("fixed"), range(N, 0, -1)))


def many(n_frames=N):
    """A walk of twenty ions in a cell that is large beside their steps."""
    rng = np.random.default_rng(5)
    path = rng.uniform(size=(1, 20, 3)) + np.cumsum(rng.normal(scale=0.005, size=(n_frames, 20, 3)), axis=0)
    return Walk(path, np.repeat(np.eye(3)[None] * 40.0, n_frames, axis=0), ("Li",) * 20)


def test_missing_frames_show_without_numbers_where_all_ions_move_further_than_ever(tmp_path):
    true = many(160)
    write_extxyz(tmp_path / "run.extxyz", some(true, [*range(40), *range(100, 160)]))
    with pytest.raises(StageError, match=r"frame 41: half of the Li atoms move .* frames are missing before it"):
        read(tmp_path / "run.extxyz")
    # All atoms shifted alike, as by a program that puts the centre of mass back, is no gap.
    shifted = true.fractional.copy()
    shifted[40:] += 0.2
    write_extxyz(tmp_path / "run.extxyz", Walk(shifted, true.cells, true.symbols))
    assert read(tmp_path / "run.extxyz").n_frames == 160
    # Nor are a few ions that hop far.
    hopped = true.fractional.copy()
    hopped[40:, :8] += 0.2
    write_extxyz(tmp_path / "run.extxyz", Walk(hopped, true.cells, true.symbols))
    assert read(tmp_path / "run.extxyz").n_frames == 160


def test_a_time_that_is_set_back_while_steps_go_on_is_no_gap(tmp_path):
    true = walk("fixed")
    write_dump(tmp_path / "dump", true, "element x y z", units="real", times=[*TIMES_FS[:25], *TIMES_FS[:15]])
    found = read_trajectory(tmp_path / "dump")
    same(found, true.positions(), 1e-4)
    assert found.frame_interval_fs == pytest.approx(INTERVAL_FS)


def test_a_doubled_frame_without_number_counts_once_where_atoms_always_move(tmp_path):
    true = walk("fixed")
    write_extxyz(tmp_path / "run.extxyz", some(true, [*range(21), *range(20, 40)]))
    found = read(tmp_path / "run.extxyz")
    same(found, true.positions(), 1e-4)
    assert "frame 22 is the one before again" in found.notes[0]
    # A program that joined the files numbered their frames through.
    write_xdatcar(tmp_path / "XDATCAR", some(true.wrapped, [*range(21), *range(20, 40)]))
    found = read(tmp_path / "XDATCAR")
    same(found, true.positions(), 1e-4)
    assert "frame 22 is the one before again" in found.notes[0]
    # Of ions that hop now and then, all may rest for a frame.
    hops = np.cumsum(np.random.default_rng(1).random((N, 6, 3)) < 0.01, axis=0) * 0.3
    write_extxyz(tmp_path / "hops.extxyz", Walk(hops, true.cells))
    assert read(tmp_path / "hops.extxyz").n_frames == N


@pytest.mark.parametrize(
    ("key", "unit_fs"),
    [("time_fs", 1), ("time_ps", 1e3), ("Time_ps", 1e3), ("t_ps", 1e3), ("sim_time_ns", 1e6), ("md_time_fs", 1)],
)
def test_times_with_a_unit_are_the_interval(tmp_path, key, unit_fs):
    write_extxyz(tmp_path / "run.extxyz", walk("fixed"), **{key: TIMES_FS / unit_fs})
    assert read_trajectory(tmp_path / "run.extxyz").frame_interval_fs == pytest.approx(20.0)
    with pytest.raises(StageError, match="20 fs apart, not 200 fs"):
        read(tmp_path / "run.extxyz", frame_interval_fs=200.0)


@pytest.mark.parametrize("unit_fs", [1.0, 1e3, 10.180506])
def test_times_without_unit_must_be_what_is_told_in_some_unit(tmp_path, unit_fs):
    write_extxyz(tmp_path / "run.extxyz", walk("fixed"), Time=TIMES_FS / unit_fs)
    assert read(tmp_path / "run.extxyz").frame_interval_fs == 20.0
    with pytest.raises(StageError, match="which is 50 fs in no unit of time"):
        read(tmp_path / "run.extxyz", frame_interval_fs=50.0)
    with pytest.raises(StageError, match="not in which unit"):
        read_trajectory(tmp_path / "run.extxyz")


@pytest.mark.parametrize("key", ["real_time", "wall_time_ps", "temperature", "timer"])
def test_other_times_and_keys_are_no_times_of_the_run(tmp_path, key):
    write_extxyz(tmp_path / "run.extxyz", walk("fixed"), **{key: np.random.default_rng(0).random(N)})
    assert read(tmp_path / "run.extxyz").frame_interval_fs == 20.0


@pytest.mark.parametrize("told", [{"time": "{:g} ps"}, {"time_unit": "ps"}, {"unit_of_time": "PS"}])
def test_a_unit_beside_the_time_is_the_unit(tmp_path, told):
    images = []
    for k in range(4):
        time = {"time": k * 0.1} | {key: text.format(k * 0.1) for key, text in told.items()}
        images.append(Atoms("Li", positions=[[0.1 * k, 0, 0]], cell=np.eye(3) * 5.0, pbc=True, info=time))
    ase.io.write(tmp_path / "run.extxyz", images)
    assert read_trajectory(tmp_path / "run.extxyz").frame_interval_fs == pytest.approx(100.0)
    with pytest.raises(StageError, match="100 fs apart, not 10 fs"):
        read_trajectory(tmp_path / "run.extxyz", frame_interval_fs=10.0)


def test_uneven_times_are_refused(tmp_path):
    times = TIMES_FS.copy()
    times[25:] += 20.0
    write_extxyz(tmp_path / "run.extxyz", walk("fixed"), time_fs=times)
    with pytest.raises(
        StageError, match="frame 26: frames are not equally spaced in time: time 480 is followed by 520"
    ):
        read_trajectory(tmp_path / "run.extxyz")
    # Steps that are even do not help where the time step changed.
    write_dump(tmp_path / "dump", walk("fixed"), "element x y z", times=times)
    with pytest.raises(StageError, match=r"frame 26: .* time 480 is followed by 520"):
        read(tmp_path / "dump")


@pytest.mark.parametrize(("spacing", "digits"), [(0.0333, 2), (0.00125, 4), (0.01, 2), (0.1, 1)])
def test_times_of_few_digits_are_equally_spaced_all_the_same(spacing, digits):
    clock = Clock("time")
    for value in np.round(spacing * np.arange(500), digits):
        assert clock.place(float(value), "")[0] == "next"
        clock.keep(float(value))
    assert clock.spacing == pytest.approx(spacing, rel=2e-3)


@pytest.mark.slow
def test_times_of_six_digits_in_all_are_equally_spaced_all_the_same():
    """As the C format %g writes them: 999.98, 1000, 1000.02, ..., 10000, 10000, 10000, 10000.1."""
    clock = Clock("time")
    for k in range(0, 600_000, 1):
        value = float(f"{0.02 * k:g}")
        assert clock.place(value, "")[0] == "next", value
        clock.keep(value)


def test_potim_is_the_interval_and_contradictions_are_refused(tmp_path):
    path = tmp_path / "vasprun.xml"
    write_vasprun(path, walk("fixed").wrapped, potim_fs=2.0)
    assert read_trajectory(path).frame_interval_fs == pytest.approx(2.0)
    with pytest.raises(StageError, match="2 fs apart, not 20 fs"):
        read(path)
    # Written every so many steps, and the file does not say which.
    write_vasprun(path, walk("fixed").wrapped, potim_fs=2.0, incar='<i type="int" name="ML_OUTBLOCK">10</i>')
    assert read(path).frame_interval_fs == 20.0
    with pytest.raises(StageError, match="21 fs between frames is no whole number of the run's time steps, 2 fs each"):
        read(path, frame_interval_fs=21.0)
