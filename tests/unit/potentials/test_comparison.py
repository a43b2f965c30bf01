"""Potentials beside a reference: one that is soft on purpose has its slope, and the nearest is named."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.io import write
from pymatgen.core import Lattice, Structure
from typer.testing import CliRunner

from screening.cli.potentials import app
from screening.config.potential import TeacherConfig
from screening.dynamics.heating import heated
from screening.errors import PotentialError, StageError
from screening.potentials.base import Potential
from screening.potentials.comparison import compared, frames_in, labelled, least_wrong
from screening.potentials.registry import load
from screening.stages.reference import require_another


class Changed(Calculator):
    """Lennard-Jones' forces times a factor, with noise."""

    implemented_properties = ("energy", "forces")

    def __init__(self, factor: float, noise_eV_A: float = 0.0, fails_after: int = 10**9) -> None:
        super().__init__()
        self.base = load(TeacherConfig(name="lj")).calculator
        self.factor, self.noise, self.left = factor, noise_eV_A, fails_after

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        if self.left == 0:
            raise PotentialError("the density did not converge")
        self.left -= 1
        forces = self.factor * self.base.get_forces(self.atoms)
        noise = np.random.default_rng(0).normal(0, self.noise, forces.shape)
        self.results = {"energy": self.factor * self.base.get_potential_energy(self.atoms), "forces": forces + noise}


def changed(name: str, *arguments: Any) -> Potential:
    return replace(load(TeacherConfig(name="lj")), name=name, calculator=Changed(*arguments))


@pytest.fixture(scope="module")
def frames() -> list[Atoms]:
    made = []
    for seed in range(4):
        atoms = bulk("LiCl", "rocksalt", a=5.2, cubic=True)
        atoms.rattle(0.15, seed=seed)
        made.append(atoms)
    return made


def test_a_soft_potential_has_its_slope(frames: list[Atoms]) -> None:
    labels = labelled(frames, load(TeacherConfig(name="lj")))
    found = compared(labels, changed("soft", 0.8)).found
    assert found is not None
    assert found.force_slope == pytest.approx(0.8, rel=1e-6)
    assert found.by_element["Li"].force_slope == pytest.approx(0.8, rel=1e-6)
    assert found.force_mae_meV_A == pytest.approx(0.2 * found.force_size_meV_A, rel=1e-6)


def test_the_least_wrong_is_named_and_a_tie_is_told(frames: list[Atoms]) -> None:
    labels = labelled(frames, load(TeacherConfig(name="lj")))
    rows = [
        compared(labels, changed(name, factor)) for name, factor in (("soft", 0.5), ("near", 0.98), ("as near", 1.02))
    ]
    assert set(least_wrong(rows)) == {"near", "as near"}
    assert least_wrong(rows[:2]) == ("near",)


def test_a_potential_that_gives_no_numbers_is_none(frames: list[Atoms]) -> None:
    row = compared(labelled(frames, load(TeacherConfig(name="lj"))), changed("broken", float("nan")))
    assert row.found is None
    assert "no numbers" in row.failure
    assert least_wrong([row]) == ()


def test_frames_that_the_reference_cannot_label_are_left_out(frames: list[Atoms]) -> None:
    labels = labelled(frames, changed("reference", 1.0, 0.0, 3))
    assert (len(labels.frames), len(labels.lost)) == (3, 1)
    with pytest.raises(StageError, match="labels none of 4 frames: the density did not converge"):
        labelled(frames, changed("reference", 1.0, 0.0, 0))


def test_a_program_that_fails_in_its_own_way_or_only_notes_that_it_did_not_converge_gives_no_label(
    frames: list[Atoms],
) -> None:
    class Odd(Changed):
        asked, converged = 0, True

        def calculate(self, *arguments: Any, **named: Any) -> None:
            super().calculate(*arguments, **named)
            self.asked += 1
            self.converged = self.asked != 2
            if self.asked == 3:
                raise RuntimeError("mpirun: not found")

    labels = labelled(frames, replace(changed("vasp", 1.0), calculator=Odd(1.0)))
    assert labels.which == (0, 3)
    assert labels.lost == ("vasp: the density did not converge", "vasp failed (RuntimeError: mpirun: not found)")


def test_forces_of_another_number_of_atoms_are_no_label_and_no_judgement(frames: list[Atoms]) -> None:
    class Longer(Changed):
        def calculate(self, *arguments: Any, **named: Any) -> None:
            super().calculate(*arguments, **named)
            self.results["forces"] = np.vstack([self.results["forces"], np.zeros((1, 3))])

    class Raises(Changed):
        def calculate(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("no such model")

    longer = replace(changed("mine", 1.0), calculator=Longer(1.0))
    with pytest.raises(StageError, match=r"mine gives forces of shape \(9, 3\) for 8 atoms"):
        labelled(frames, longer)
    labels = labelled(frames, load(TeacherConfig(name="lj")))
    assert compared(labels, longer).failure == "forces of another number of atoms"
    assert compared(labels, replace(longer, calculator=Raises(1.0))).failure == "RuntimeError: no such model"


def test_frames_at_rest_say_nothing_of_a_slope(frames: list[Atoms], tmp_path: Path) -> None:
    """A crystal named twice as two frames: its forces vanish, and every potential was as near as any."""
    atoms = bulk("LiCl", "rocksalt", a=5.2, cubic=True)
    write(tmp_path / "rest.extxyz", [atoms, atoms])
    words = ["compare", str(tmp_path / "rest.extxyz"), "--with", "lj", "--against", "lj"]
    with pytest.raises(StageError, match=r"lj has forces of 0\.0 meV/A on these frames: crystals at rest"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    write(tmp_path / "moves.extxyz", frames)
    told = CliRunner().invoke(app, [*words[:1], str(tmp_path / "moves.extxyz"), *words[2:]])
    assert "lj is the reference itself" in told.output


def test_a_potential_under_another_name_is_no_judge_of_itself() -> None:
    potential = load(TeacherConfig(name="lj"))
    with pytest.raises(PotentialError, match=r"other has the same weights as lj, and finds no error in itself"):
        require_another(potential, replace(potential, name="other"))
    require_another(potential, replace(potential, checksum="another"))


def test_a_potential_that_cannot_heat_is_told() -> None:
    atoms = bulk("LiCl", "rocksalt", a=5.2, cubic=True)
    with pytest.raises(StageError, match=r"cannot be heated with broken: .*; name another potential first"):
        heated(atoms, changed("broken", float("nan")), 300.0, 2)


def test_labels_that_were_kept_are_not_asked_for_again(frames: list[Atoms], tmp_path: Path) -> None:
    first = labelled(frames, changed("reference", 1.0), tmp_path)
    again = labelled(frames, changed("reference", 1.0, 0.0, 0), tmp_path)
    assert again.lost == ()
    assert again.seconds == 0.0
    for one, other in zip(first.values, again.values, strict=True):
        assert one.energy_eV == other.energy_eV
        np.testing.assert_array_equal(one.forces_eV_A, other.forces_eV_A)


def test_frames_of_a_file_are_spread(frames: list[Atoms], tmp_path: Path) -> None:
    write(tmp_path / "run.extxyz", frames)
    assert [frame.positions.tolist() for frame in frames_in(tmp_path / "run.extxyz", 2)] == [
        pytest.approx(frames[k].positions, abs=1e-7) for k in (0, 3)
    ]
    write(tmp_path / "molecule.xyz", Atoms("Li2", [[0, 0, 0], [0, 0, 3]]), format="xyz")
    with pytest.raises(StageError, match="must be periodic"):
        frames_in(tmp_path / "molecule.xyz", 2)
    with pytest.raises(StageError, match="no frames that ASE can read"):
        frames_in(tmp_path / "missing.xyz", 2)


@pytest.mark.parametrize("occupancy", [1.0, 0.5])
def test_an_ordered_structure_may_name_its_occupancies(occupancy: float, tmp_path: Path) -> None:
    structure = Structure(Lattice.cubic(2.6), [{"Li": occupancy}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    structure.to(filename=str(tmp_path / "s.cif"))
    assert "_atom_site_occupancy" in (tmp_path / "s.cif").read_text()
    if occupancy == 1.0:
        assert len(frames_in(tmp_path / "s.cif", 3)[0]) == 2
    else:
        with pytest.raises(StageError, match="partially occupied"):
            frames_in(tmp_path / "s.cif", 3)


def test_a_single_atom_is_not_heated() -> None:
    with pytest.raises(StageError, match="Ar: no force acts on the only atom of a cell; give a larger cell"):
        heated(bulk("Ar"), load(TeacherConfig(name="lj")), 300.0, 2)


@pytest.mark.parametrize("named", ["", " , "])
def test_no_potential_to_compare_is_a_mistake(named: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["compare", str(tmp_path), "--with", named, "--against", "lj"])
    assert told.exit_code == 2
    assert "names no potential" in told.output


def test_a_potential_named_twice_is_compared_once(frames: list[Atoms], tmp_path: Path) -> None:
    write(tmp_path / "run.extxyz", frames)
    told = CliRunner().invoke(app, ["compare", str(tmp_path / "run.extxyz"), "--with", "lj, lj", "--against", "lj"])
    assert told.output.count("least wrong: lj\n") == 1, told.output


def test_a_structure_is_heated() -> None:
    atoms = bulk("LiCl", "rocksalt", a=5.2, cubic=True)
    made = heated(atoms, load(TeacherConfig(name="lj")), 300.0, 3)
    assert len(made) == 3
    moved = [np.abs(frame.get_distances(0, [1], mic=True) - atoms.get_distance(0, 1, mic=True))[0] for frame in made]
    assert min(moved) > 1e-4


def test_the_command_prints_a_table_and_json(
    frames: list[Atoms], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write("run.extxyz", frames)
    words = ["compare", "run.extxyz", "--with", "lj", "--against", "lj"]
    shown = CliRunner().invoke(app, words, env={"COLUMNS": "120"})
    assert shown.exit_code == 0, shown.output
    assert "1.000 / 0" in shown.output
    assert "least wrong: lj" in shown.output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (told["n_frames"], told["least_wrong"]) == (4, ["lj"])
    assert told["potentials"]["lj"]["by_element"]["Cl"]["force_slope"] == pytest.approx(1.0)


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, told in (("nofile.cif", "nofile.cif: there is no such file"), ("x1.5", "no results of such a campaign")):
        with pytest.raises(StageError, match=told):
            CliRunner().invoke(app, ["compare", name, "--with", "lj", "--against", "lj"], catch_exceptions=False)
