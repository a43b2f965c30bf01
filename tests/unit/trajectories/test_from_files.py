"""Files and folders as runs: pieces of a run are one, what is given twice is refused."""

import gzip
import shutil
from dataclasses import replace

import numpy as np
import pytest

from screening.errors import StageError
from screening.records import sha256_of
from screening.trajectories.from_files import runs_from_files
from screening.trajectories.run_record import RunRecord
from screening.trajectories.storage import chunk_path, read_chunk, write_chunk
from tests.blank import blank
from tests.conformance.trajectory_format import INTERVAL_FS, Walk, same, walk
from tests.trajectory_files import write_dump, write_extxyz, write_own, write_vasprun, write_xdatcar

N = 120
TRUE = walk("fixed", N)
PIECES = (slice(0, 40), slice(40, 80), slice(80, N))


def runs(*paths, **more):
    return runs_from_files(list(paths), **{"frame_interval_fs": INTERVAL_FS} | more)


def pieces(folder, names, writer=write_xdatcar, parts=PIECES, true=TRUE):
    """A run in pieces."""
    folder.mkdir(exist_ok=True)
    for name, part in zip(names, parts, strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        writer(folder / name, true[part].wrapped)
    return [folder / name for name in names]


def another(seed):
    """A run from the same start."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(scale=0.05, size=(N, 6, 3))
    steps[0] = 0.0
    return Walk(TRUE.fractional[:1] + np.cumsum(steps, axis=0), TRUE.cells)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
@pytest.mark.parametrize("continued", [None, True])
def test_pieces_of_a_run_are_one_in_whatever_order(tmp_path, order, continued):
    """As the shell sorts them: XDATCAR.1 XDATCAR.10 XDATCAR.2."""
    paths = pieces(tmp_path, ["XDATCAR.1", "XDATCAR.2", "XDATCAR.10"])
    (run,) = runs(*(paths[k] for k in order), continued=continued)
    same(run.trajectory, TRUE.positions(), 1e-4)
    assert run.files == tuple(map(str, paths))
    assert run.trajectory.notes[-1].startswith("taken for one run: ")


def test_a_stride_counts_over_pieces(tmp_path):
    paths = pieces(tmp_path, ["a", "b", "c"], write_extxyz)
    (run,) = runs(*paths, stride=7)
    same(run.trajectory, TRUE.positions(slice(None, None, 7)), 1e-4)
    assert run.trajectory.frame_interval_fs == 7 * INTERVAL_FS


@pytest.mark.parametrize(("second", "kept"), [(slice(39, N), 39), (slice(25, N), 25)])
def test_pieces_that_overlap_are_joined_where_the_second_starts(tmp_path, second, kept):
    paths = pieces(tmp_path, ["a.extxyz", "b.extxyz"], write_extxyz, (slice(0, 40), second))
    (run,) = runs(*paths)
    same(run.trajectory, TRUE.positions(), 1e-4)
    assert f"a.extxyz ({kept} frames)" in run.trajectory.notes[-1]


def test_replicas_from_one_start_are_no_pieces(tmp_path):
    paths = []
    for index in range(3):
        paths.append(tmp_path / f"{index}.extxyz")
        write_extxyz(paths[-1], another(index))
    assert [run.files for run in runs(*paths)] == [(str(path),) for path in paths]


def test_two_runs_that_both_continue_one_are_replicas(tmp_path):
    """An equilibration, and production from its end with two seeds."""
    paths = pieces(tmp_path, ["a.extxyz", "b.extxyz"], write_extxyz, (slice(0, 60), slice(60, N)))
    rng = np.random.default_rng(9)
    other = TRUE.fractional[59] + np.cumsum(rng.normal(scale=0.05, size=(60, 6, 3)), axis=0)
    write_extxyz(tmp_path / "c.extxyz", Walk(other, TRUE.cells[60:]))
    assert len(runs(*paths, tmp_path / "c.extxyz")) == 3


def test_the_user_may_say_that_pieces_are_replicas(tmp_path):
    paths = pieces(tmp_path, ["XDATCAR.1", "XDATCAR.2", "XDATCAR.3"])
    assert len(runs(*paths, continued=False)) == 3


def caged(seed):
    """Ions that rattle in place: every frame is near to every other."""
    rng = np.random.default_rng(seed)
    rest = np.random.default_rng(0).uniform(size=(1, 6, 3))
    return Walk(rest + rng.normal(scale=0.02, size=(N, 6, 3)), TRUE.cells)


def test_caged_runs_are_joined_only_where_numbers_or_the_user_say_so(tmp_path):
    paths = [tmp_path / "a", tmp_path / "b"]
    for index, path in enumerate(paths):
        write_xdatcar(path, caged(index).wrapped)
    assert len(runs(*paths)) == 2
    assert len(runs(*paths, continued=True)) == 1
    for index, path in enumerate(paths):
        write_dump(path, caged(index), "element x y z", steps=range(100 * N * index, 100 * N * (index + 1), 100))
    assert len(runs(*paths)) == 1


def test_pieces_that_do_not_fit_are_refused_where_they_are_to_be_one(tmp_path):
    first, second, third = pieces(tmp_path, ["XDATCAR.1", "XDATCAR.2", "XDATCAR.3"])
    with pytest.raises(StageError, match=r"XDATCAR.3 does not continue .*XDATCAR.1 .* from where they ended"):
        runs(first, third, continued=True)
    write_extxyz(first, TRUE[PIECES[0]], time_fs=20.0 * np.arange(40))
    write_extxyz(second, TRUE[PIECES[1]], time_fs=50.0 * np.arange(40))
    with pytest.raises(StageError, match="frames are 50 fs apart, not 20 fs"):
        runs_from_files([first, second], continued=True)


def test_frames_missing_between_pieces_are_counted(tmp_path):
    for index, path in enumerate((tmp_path / "a", tmp_path / "b")):
        write_dump(path, caged(index), "element x y z", steps=range(20_000 * index, 20_000 * index + 100 * N, 100))
    with pytest.raises(StageError, match="about 80 frames between them are missing"):
        runs(tmp_path / "a", tmp_path / "b", continued=True)


@pytest.mark.parametrize("twin", ["same path", "another way", "copy", "packed", "other format", "strided", "a part"])
def test_a_run_that_is_given_twice_is_refused(tmp_path, twin):
    path, other = tmp_path / "run.extxyz", tmp_path / "other"
    write_extxyz(path, TRUE)
    if twin in ("same path", "another way"):
        other = path if twin == "same path" else tmp_path / ".." / tmp_path.name / path.name
    elif twin == "copy":
        shutil.copy(path, other)
    elif twin == "packed":
        other.write_bytes(gzip.compress(path.read_bytes()))
    elif twin == "other format":
        write_xdatcar(other, TRUE.wrapped)
    else:
        write_extxyz(other, TRUE[slice(0, None, 5) if twin == "strided" else slice(20, 90)])
    with pytest.raises(StageError, match=r"given twice|is a copy of|hold the same frames"):
        runs(path, other)
    with pytest.raises(StageError, match=r"given twice|is a copy of|hold the same frames"):
        runs(other, path, orderings=[0, 1])


@pytest.mark.parametrize("twin", ["shifted", "without drift", "other order", "mobile ions alone", "overlap"])
def test_the_same_motion_in_other_coordinates_is_refused(tmp_path, twin):
    """Counted twice, errors would be too small; independent runs pass."""
    rng = np.random.default_rng(4)
    symbols = ("Li",) * 6 + ("S",) * 6
    fractional = rng.random((1, 12, 3)) + np.cumsum(rng.normal(scale=0.03, size=(N, 12, 3)), axis=0)
    kept = Walk(fractional, TRUE.cells, symbols)
    write_extxyz(tmp_path / "run.extxyz", kept)
    order = rng.permutation(12)
    again = {
        "shifted": Walk(fractional + 0.2, TRUE.cells, symbols),
        "without drift": Walk(fractional - fractional[:, 6:].mean(axis=1, keepdims=True), TRUE.cells, symbols),
        "other order": Walk(fractional[:, order], TRUE.cells, tuple(symbols[k] for k in order)),
        "mobile ions alone": Walk(fractional[:, :6], TRUE.cells, symbols[:6]),
        "overlap": kept[30:],
    }[twin]
    write_extxyz(tmp_path / "again.extxyz", again)
    with pytest.raises(StageError, match=r"hold the same (motion of (Li|S)|frames)"):
        runs(tmp_path / "run.extxyz", tmp_path / "again.extxyz", continued=False)
    other = fractional[:1] + np.cumsum(rng.normal(scale=0.03, size=(N, 12, 3)), axis=0)
    write_extxyz(tmp_path / "other.extxyz", Walk(other, TRUE.cells, symbols))
    assert len(runs(tmp_path / "run.extxyz", tmp_path / "other.extxyz", continued=False)) == 2


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_files_with_frames_missing_between_are_neither_one_run_nor_two(tmp_path, missing):
    write_dump(tmp_path / "a", TRUE[:60], "element x y z", steps=range(60))
    write_dump(tmp_path / "b", TRUE[60 + missing :], "element x y z", steps=range(60 + missing, N))
    with pytest.raises(StageError, match=f"about {missing} frames between them are missing"):
        runs(tmp_path / "a", tmp_path / "b")
    assert len(runs(tmp_path / "a", tmp_path / "b", continued=False)) == 2
    write_dump(tmp_path / "c", TRUE[60 : 60 + missing + 1], "element x y z", steps=range(60, 60 + missing + 1))
    (run,) = runs(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    same(run.trajectory, TRUE.positions(), 1e-4)


@pytest.mark.parametrize(
    "names", [["XDATCAR.1", "XDATCAR.2", "XDATCAR"], ["run1/XDATCAR", "run2/XDATCAR", "run10/XDATCAR"]]
)
@pytest.mark.parametrize("continued", [None, True])
def test_a_folder_is_the_run_in_it(tmp_path, names, continued):
    """Also one whose ions rattle, if the user says that it is one run: then names give the order."""
    paths = pieces(tmp_path / "folder", names)
    (tmp_path / "folder" / "POSCAR").write_text("no trajectory\n")
    (run,) = runs(tmp_path / "folder", continued=continued)
    same(run.trajectory, TRUE.positions(), 1e-4)
    assert run.files == tuple(map(str, paths))


def test_folders_of_pieces_are_one_run(tmp_path):
    pieces(tmp_path, ["1/XDATCAR", "2/XDATCAR", "3/XDATCAR"])
    (run,) = runs(*(tmp_path / name for name in "132"))
    same(run.trajectory, TRUE.positions(), 1e-4)


def test_of_two_formats_of_one_run_one_is_read(tmp_path):
    """VASP writes both; vasprun.xml knows its time step."""
    write_xdatcar(tmp_path / "XDATCAR", TRUE.wrapped)
    write_vasprun(tmp_path / "vasprun.xml", TRUE.wrapped)
    (run,) = runs(tmp_path)
    assert run.files == (str(tmp_path / "XDATCAR"),)
    assert "vasprun.xml are left out beside the xdatcar files" in run.trajectory.notes[0]
    (run,) = runs_from_files([tmp_path])
    assert (run.files, run.trajectory.frame_interval_fs) == ((str(tmp_path / "vasprun.xml"),), 20.0)


def test_a_folder_without_trajectories_says_what_was_looked_for(tmp_path):
    with pytest.raises(StageError, match="holds no trajectory: looked for the chunks of a run, XDATCAR"):
        runs(tmp_path)


def own(folder, true=TRUE):
    folder.mkdir(parents=True)
    write_own(folder / "md.json", true)
    # Each names what it continues, as a run's do.
    sums = {}
    for index in range(6):
        path = chunk_path(folder / "chunks", index)
        stored = replace(read_chunk(path), previous=list(sums.values())[-1] if sums else "")
        path.unlink()
        write_chunk(path, stored)
        sums[path.name] = sha256_of(path)
    blank(RunRecord, chunks=sums).write(folder / "md.json")
    return folder


@pytest.mark.parametrize("given", ["", "chunks", "chunks/chunk_00002.h5"])
def test_a_run_of_the_pipeline_that_goes_on_is_read_as_far_as_it_is(tmp_path, given):
    folder = own(tmp_path / "o0_r0")
    (folder / "md.json").unlink()
    chunk_path(folder / "chunks", 4).unlink()
    (run,) = runs_from_files([folder / given])
    same(run.trajectory, TRUE.positions(slice(0, 80)), 1e-3)
    notes = " ".join(run.trajectory.notes)
    assert "the run goes on or was stopped; 4 chunks so far, 1.6 ps; 1 more after a missing one are not used" in notes


def test_chunks_of_two_runs_are_refused(tmp_path):
    folder = own(tmp_path / "o0_r0")
    (folder / "md.json").unlink()
    shutil.copy(
        chunk_path(own(tmp_path / "o0_r1", walk("fixed", 121)[1:]) / "chunks", 3), chunk_path(folder / "chunks", 3)
    )
    with pytest.raises(StageError, match=r"chunk_00003.h5 does not continue the chunk before it"):
        runs_from_files([folder])


def test_a_temperature_of_a_campaign_is_its_runs_with_their_orderings(tmp_path):
    for index, name in enumerate(("o0_r0", "o0_r1", "o1_r0")):
        own(tmp_path / "600K" / name, another(index))
    found = runs_from_files([tmp_path / "600K"])
    assert [run.ordering for run in found] == [0, 0, 1]
    assert found[0].own


@pytest.mark.parametrize("given", [str, lambda path: path])
def test_paths_are_strings_or_paths(tmp_path, given):
    write_extxyz(tmp_path / "a.extxyz", TRUE)
    assert len(runs(given(tmp_path / "a.extxyz"))) == 1
