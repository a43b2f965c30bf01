"""What files say of themselves is used, or they are refused with file, frame or line and what to do."""

import gzip

import numpy as np
import pytest
from ase import Atoms
from ase.io.trajectory import Trajectory as AseTrajectory

from screening.errors import StageError
from screening.trajectories.readers import read_trajectory
from tests.conformance.trajectory_format import INTERVAL_FS, SYMBOLS, same, walk
from tests.trajectory_files import (
    write_dump,
    write_extxyz,
    write_through_mdanalysis,
    write_traj,
    write_vasprun,
    write_xdatcar,
)

TYPES = {1: "Li", 2: "P", 3: "S"}


def read(path, **more):
    return read_trajectory(path, **{"frame_interval_fs": INTERVAL_FS} | more)


def refused(path, *words, **more):
    """Every message names the file."""
    with pytest.raises(StageError) as caught:
        read(path, **more)
    for word in (path.name, *words):
        assert word in str(caught.value), f"{word!r} is not in: {caught.value}"


# LAMMPS: length in Angstrom and time in fs of each unit system, from the manual's page of the command `units`.
@pytest.mark.parametrize(
    ("units", "length_A", "time_fs"),
    [
        ("real", 1.0, 1.0),
        ("metal", 1.0, 1e3),
        ("electron", 0.529177210903, 1.0),
        ("nano", 10.0, 1e6),
        ("micro", 1e4, 1e9),
        ("cgs", 1e8, 1e15),
        ("si", 1e10, 1e15),
    ],
)
def test_units_of_a_dump_are_converted(tmp_path, units, length_A, time_fs):
    true, path = walk("breathing"), tmp_path / "dump"
    times = INTERVAL_FS / time_fs * np.arange(len(true.fractional))
    write_dump(path, true, "element x y z", units=units, times=times, length_A=length_A)
    found = read_trajectory(path)
    same(found, true.positions(), 1e-4)
    assert found.frame_interval_fs == pytest.approx(INTERVAL_FS)
    refused(path, "20 fs apart, not 50 fs", frame_interval_fs=50.0)


def test_units_without_a_length_are_refused(tmp_path):
    write_dump(tmp_path / "dump", walk("fixed"), "element x y z", units="lj")
    refused(tmp_path / "dump", "line", "(frame 1)", "'lj'")


def test_header_items_stand_in_any_order(tmp_path):
    true, path = walk("fixed"), tmp_path / "dump"
    write_dump(path, true, "element x y z", units="metal", times=0.02 * np.arange(40))
    frames = path.read_text().split("ITEM: TIME\n")
    turned = []
    for frame in frames[1:]:
        time, step, atoms, box, rows = frame.split("ITEM: ")
        turned.append(
            f"ITEM: {box}ITEM: SOMETHING NEW\n1 2\n3\nITEM: {atoms}ITEM: {step}ITEM: TIME\n{time}ITEM: {rows}"
        )
    path.write_text(frames[0] + "".join(turned))
    same(read_trajectory(path), true.positions(), 1e-4)


def test_elements_told_win_over_a_column_that_lammps_fills_with_carbon(tmp_path):
    true, path = walk("fixed"), tmp_path / "dump"
    write_dump(path, true, "type element x y z", elements=["C"] * 6)
    found = read(path, elements=TYPES)
    same(found, true.positions(), 1e-4)
    assert "says C of every atom" in found.notes[0]
    write_dump(path, true, "element x y z", elements=["C"] * 6)
    refused(path, "contradicts --elements", "dump type too", elements=TYPES)


def test_elements_told_that_contradict_the_column_are_refused(tmp_path):
    path = tmp_path / "dump"
    write_dump(path, walk("fixed"), "type element x y z")
    refused(path, "type 1 is Li, type 2 is P, type 3 is S", elements={1: "Li", 2: "S", 3: "P"})
    refused(path, "types [3]", elements={1: "Li", 2: "P"})
    with pytest.raises(StageError, match="--elements: Xx is no element"):
        read(path, elements={1: "Li", 2: "P", 3: "Xx"})
    write_dump(path, walk("fixed"), "element x y z", elements=["Li1"] * 6)
    refused(path, "Li1 is no element", "--elements")


def test_labels_of_types_name_the_elements(tmp_path):
    true, path = walk("fixed"), tmp_path / "dump"
    write_dump(path, true, "element x y z")
    path.write_text(path.read_text().replace("id element", "id typelabel"))
    same(read(path), true.positions(), 1e-4)


def test_atoms_that_come_and_go_are_refused(tmp_path):
    path = tmp_path / "dump"
    write_dump(path, walk("fixed"), "element x y z")
    head, tail = path.read_text().split("ITEM: TIMESTEP\n700\n")
    path.write_text(head + "ITEM: TIMESTEP\n700\n" + tail.replace("\n6 S ", "\n9 S ", 1))
    refused(path, "(frame 8)", "ids of the atoms")


@pytest.mark.parametrize("title", ["", "   ", "Größe", "direct hop of Li", "Direct configuration= 7", "1", "Li P S"])
@pytest.mark.parametrize("cell", ["fixed", "breathing"])
def test_an_xdatcar_has_any_title(tmp_path, title, cell):
    true = walk(cell)
    write_xdatcar(tmp_path / "XDATCAR", true.wrapped, title=title)
    same(read(tmp_path / "XDATCAR", format="xdatcar"), true.positions(), 1e-4)


def xdatcar(folder, change):
    path = folder / "XDATCAR"
    write_xdatcar(path, walk("fixed").wrapped)
    lines = path.read_text().splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_numbers_run_together_where_a_minus_tells_them_apart(tmp_path):
    true = walk("fixed")
    write_xdatcar(tmp_path / "XDATCAR", true)
    path = tmp_path / "XDATCAR"
    path.write_text(path.read_text().replace(" -", "-"))
    same(read(path), true.positions(), 1e-4)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("0.123456780.234567890.34567890", "numbers run together"),
        ("0.1 *********** 0.3", "stars stand where a number was too wide"),
        ("0.1 0.2", "three numbers are expected"),
        ("Direct configuration= 2", "the run was stopped and continued in this file"),
    ],
)
def test_rows_that_cannot_be_read_are_named(tmp_path, row, why):
    def change(lines):
        lines[9] = row

    refused(xdatcar(tmp_path, change), "cannot be read as xdatcar", "line 10 of frame 1", why)


def test_a_header_without_names_asks_for_them(tmp_path):
    def change(lines):
        del lines[5]

    path = xdatcar(tmp_path, change)
    refused(path, "line 6", "names no elements (VASP 4)", "--elements Li,P,S")
    same(read(path, elements=TYPES), walk("fixed").positions(), 1e-4)


def test_names_of_potentials_are_elements(tmp_path):
    def change(lines):
        lines[5] = "Li_sv P/1a2b S_h/77"

    assert read(xdatcar(tmp_path, change)).symbols == SYMBOLS


def test_other_text_between_frames_is_named(tmp_path):
    def change(lines):
        lines.insert(14, "killed")

    refused(xdatcar(tmp_path, change), "line 15", "'killed'", "after 1 frames")


def test_what_is_no_molecular_dynamics_is_refused(tmp_path):
    path = tmp_path / "vasprun.xml"
    write_vasprun(path, walk("fixed").wrapped)
    path.write_text(path.read_text().replace('name="IBRION">     0', 'name="IBRION">     2'))
    refused(path, "IBRION is 2")
    path = tmp_path / "run.traj"
    with AseTrajectory(str(path), "w") as writer:
        writer.set_description({"type": "optimization", "optimizer": "BFGS"})
        writer.write(Atoms("Li", cell=[4, 4, 4], pbc=True))
    refused(path, "relaxation (BFGS)")


@pytest.mark.parametrize("name", ["XDATCAR", "run.extxyz", "dump"])
def test_a_compressed_file_that_ends_early_is_a_run_that_was_stopped(tmp_path, name):
    writers = {
        "XDATCAR": write_xdatcar,
        "run.extxyz": write_extxyz,
        "dump": lambda path, true: write_dump(path, true, "element x y z"),
    }
    writers[name](tmp_path / name, walk("fixed").wrapped)
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress((tmp_path / name).read_bytes())[:-900])
    found = read(packed)
    assert 10 < found.n_frames < 40
    same(found, walk("fixed").positions(slice(found.n_frames)), 1e-4)
    assert f"frame {found.n_frames + 1} at the end of the file is not whole" in found.notes[0]


def test_files_packed_by_other_programs_ask_to_be_unpacked(tmp_path):
    path = tmp_path / "XDATCAR.zip"
    path.write_bytes(b"PK\x03\x04 and so on")
    refused(path, "packed by zip")


def test_a_frame_that_was_cut_in_the_middle_of_the_file_is_named(tmp_path):
    path = tmp_path / "run.extxyz"
    write_extxyz(path, walk("fixed"))
    lines = path.read_text().splitlines()
    del lines[20:22]
    path.write_text("\n".join(lines) + "\n")
    refused(path, "frame 3 (line 17)")
    write_dump(tmp_path / "dump", walk("fixed"), "element x y z")
    lines = (tmp_path / "dump").read_text().splitlines()
    del lines[40:43]
    (tmp_path / "dump").write_text("\n".join(lines) + "\n")
    refused(tmp_path / "dump", "(frame 3)", "the run was stopped and continued in this file")


def test_frames_without_a_cell_say_what_to_give(tmp_path):
    path = tmp_path / "run.xyz"
    path.write_text("1\nplain\nLi 0 0 0\n" * 3)
    refused(path, "frame 1 (line 1)", 'Lattice="..."')
    path.write_text('1\nLattice="4 0 0 0 4 0 0 0 4"\nVac 0 0 0\n' * 3)
    refused(path, "frame 1 (line 1)", "Vac")


def test_what_names_no_atoms_asks_for_a_topology_of_the_same(tmp_path):
    path = tmp_path / "run.dcd"
    write_through_mdanalysis(path, walk("fixed"))
    refused(path, "--topology")
    with pytest.raises(StageError, match=r"POSCAR \(--topology\) is missing"):
        read(path, topology=tmp_path / "POSCAR")
    write_extxyz(tmp_path / "other.extxyz", walk("fixed"))
    text = (tmp_path / "other.extxyz").read_text().splitlines()
    (tmp_path / "other.extxyz").write_text("\n".join(["5", *text[1:7]]) + "\n")
    refused(path, "has 5 atoms", topology=tmp_path / "other.extxyz")


def test_a_lammps_data_file_names_the_atoms_of_its_dcd(tmp_path):
    true = walk("fixed")
    write_through_mdanalysis(tmp_path / "run.dcd", true)
    rows = "\n".join(f"{k + 1} {[1, 1, 1, 2, 3, 3][k]} 0 0 0" for k in range(6))
    (tmp_path / "run.data").write_text(
        "made\n\n6 atoms\n3 atom types\n0 8 xlo xhi\n0 7.5 ylo yhi\n0 9 zlo zhi\n2 -1.5 1 xy xz yz\n\n"
        f"Masses\n\n1 6.94\n2 30.974\n3 32.06\n\nAtoms # atomic\n\n{rows}\n"
    )
    same(read(tmp_path / "run.dcd", topology=tmp_path / "run.data"), true.positions(), 2e-4)
    same(read(tmp_path / "run.dcd", topology=tmp_path / "run.data", elements=TYPES), true.positions(), 2e-4)


def test_what_a_file_holds_counts_and_not_its_name(tmp_path):
    true = walk("fixed")
    for name, writer in (("a.xyz", write_xdatcar), ("XDATCAR.traj", write_extxyz), ("dump.xyz", write_traj)):
        writer(tmp_path / name, true.wrapped)
        same(read(tmp_path / name), true.positions(), 1e-4)


def test_files_of_other_formats_say_what_to_give(tmp_path):
    for name, remedy in (("OUTCAR", "vasprun.xml"), ("run.nc", "NetCDF"), ("what.dat", "--format")):
        (tmp_path / name).write_text("nothing\n")
        refused(tmp_path / name, remedy)


def test_the_time_step_that_ase_writes_divides_the_interval(tmp_path):
    """In ASE's own unit of time, 10.18 fs."""
    path = tmp_path / "run.traj"
    with AseTrajectory(str(path), "w") as writer:
        writer.set_description({"type": "molecular-dynamics", "md-type": "Langevin", "timestep": 2.0 / 10.180506})
        for frame, cell in zip(walk("fixed").fractional, walk("fixed").cells, strict=True):
            writer.write(Atoms(SYMBOLS, positions=frame @ cell, cell=cell, pbc=True))
    assert read(path).frame_interval_fs == 20.0
    refused(path, "25 fs between frames is no whole number", frame_interval_fs=25.0)
