"""A student of a soft teacher is corrected by a harder crystal, and by nothing that would harm it."""

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import all_changes
from ase.calculators.lj import LennardJones

from screening.config.dynamics import MDProtocol
from screening.constants import GPA
from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.records.origin import Provenance
from screening.students.basis import Basis, elements_of
from screening.students.corrected import FOLDER, Family, corrected, on_policy
from screening.students.corrected_teacher import CorrectedTeacher, with_correction
from screening.students.distill import distill
from screening.students.family import FamilyStudent, taught_by, watched_student
from screening.students.labels import ask_teacher
from screening.students.pod import StudentPotential
from screening.students.record import StudentRecord
from screening.students.report import DistillationReport
from tests.students import SMALL
from tests.synthetic_records import POTENTIAL, origin
from tests.unit.students.conftest import two_crystals

pytestmark = pytest.mark.slow
HOTTEST_K, HARDER = 80.0, 1.3
CRYSTAL = {"sigma": 2.2, "epsilon": 0.05, "rc": 5.0, "smooth": True}


class Reference(LennardJones):
    """Harder by a factor, with what else is wrong with it."""

    def __init__(
        self,
        factor: float = HARDER,
        noise_eV_A: float = 0.0,
        lost: int = 0,
        finer: float | None = None,
        of_stress: float = 1.0,
    ) -> None:
        super().__init__(**CRYSTAL | {"epsilon": factor * CRYSTAL["epsilon"]})
        self.noise, self.lost, self.asked, self.better, self.of_stress = noise_eV_A, lost, 0, finer, of_stress

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        self.asked += 1
        if self.asked <= self.lost:
            raise PotentialError("the density did not converge")
        super().calculate(atoms, properties, system_changes)
        seed = int(1e6 * abs(self.atoms.positions).sum()) % 2**31
        noise = np.random.default_rng(seed).normal(0, self.noise, self.results["forces"].shape)
        self.results["forces"] = self.results["forces"] + noise
        self.results["stress"] = self.of_stress * self.results["stress"]

    def finer(self) -> dict[str, LennardJones]:
        return {} if self.better is None else {"finer grid": Reference(self.better)}


def named(calculator: Any, name: str = "cp2k") -> Potential:
    return Potential(calculator, name, "1", "PBE", f"checksum of {name}")


@pytest.fixture(scope="module")
def soft(tmp_path_factory: pytest.TempPathFactory) -> tuple[Family, DistillationReport]:
    """A student of the soft teacher; whoever corrects it copies nothing."""
    folder = tmp_path_factory.mktemp("soft") / "key"
    settings = SMALL.model_copy(update={"teacher_run_ps": 0, "hops": 0})
    teacher = named(LennardJones(**CRYSTAL), "lj")
    family = Family(two_crystals(), teacher, settings, HOTTEST_K, folder, 1, (), lambda _: None)
    report = distill(family.structures, teacher.calculator, settings, HOTTEST_K, folder, 1)
    assert report.accepted, report.verdict.reason
    return family, report


def test_the_corrected_student_is_as_hard_as_first_principles(soft: tuple[Family, DistillationReport]) -> None:
    family, report = soft
    reference = Reference(lost=2)
    anew, found = corrected(family, report, named(reference), 12, True)
    assert found.kept, found.reason
    assert (found.n_labels, found.lost) == (10, ("the density did not converge",) * 2)
    assert found.gain > 0.9
    for element, slope in found.before.force_slope_by_element.items():
        assert slope == pytest.approx(1 / HARDER, abs=0.05)
        assert found.after.force_slope_by_element[element] == pytest.approx(1, abs=0.05)
    assert anew.accepted
    assert anew.n_shared > 20
    student = StudentPotential.load(family.workdir / FOLDER / "student")
    frame = two_crystals()[0]
    frame.rattle(0.05, seed=4)
    (own,) = student.engine().evaluate([frame])
    true, was = ask_teacher(Reference(), frame).forces, ask_teacher(family.potential.calculator, frame).forces
    assert np.abs(own.forces - true).mean() < 0.3 * np.abs(was - true).mean()
    teacher = with_correction(family.potential.calculator, student, family.workdir / FOLDER, found.checksum)
    np.testing.assert_allclose(ask_teacher(teacher, frame).forces, own.forces, atol=0.05)
    with pytest.raises(PotentialError, match=r"not the correction that student\.json names"):
        with_correction(family.potential.calculator, student, family.workdir / FOLDER, "another")
    again = Reference(lost=0)
    repeated, same = corrected(family, report, named(again), 12, True)
    assert again.asked == 2, "only what has no label is asked for again"
    assert same.kept
    assert repeated.accepted


@pytest.mark.parametrize("apart_A", [None, 1.2], ids=["warm", "in contact"])
def test_forces_and_stress_of_a_corrected_teacher_are_slopes_of_its_energy(apart_A: float | None) -> None:
    atoms = two_crystals()[1]
    atoms.rattle(0.05, seed=2)
    if apart_A is not None:
        atoms.positions[1] = atoms.positions[0] + np.array([apart_A, 0, 0])
    basis = Basis(elements_of([atoms]), SMALL.basis)
    coefficients = 0.02 * np.random.default_rng(3).normal(size=basis.n_coefficients)

    way, strain = np.array([[0.3, 0.5, -0.2], [0.7, -0.1, 0.4]]), np.array([[5, 2, 0], [2, -3, 4], [0, 4, 10]]) / 10

    def moved(by: float) -> Atoms:
        copy = atoms.copy()
        copy.positions[:2] += by * way
        return copy

    def strained(by: float) -> Atoms:
        copy = atoms.copy()
        copy.set_cell(atoms.cell.array @ (np.eye(3) + by * strain), scale_atoms=True)
        return copy

    with closing(CorrectedTeacher(LennardJones(**CRYSTAL), basis, coefficients)) as teacher:
        label = ask_teacher(teacher, atoms)
        along, work = (
            (ask_teacher(teacher, made(h)).energy - ask_teacher(teacher, made(-h)).energy) / (2 * h)
            for made, h in ((moved, 1e-5), (strained, 1e-6))
        )
    assert along == pytest.approx(-(label.forces[:2] * way).sum(), rel=1e-5)
    assert work == pytest.approx(atoms.get_volume() * (label.stress * strain).sum(), rel=1e-5)


def test_more_labels_that_are_asked_for_are_added_to_those_that_are_there(
    soft: tuple[Family, DistillationReport], tmp_path: Path
) -> None:
    """What a user does whose correction was not kept: gain within two errors, or a student that fails."""
    family, report = soft
    (tmp_path / "labels").symlink_to(family.workdir / "labels")
    own = replace(family, workdir=tmp_path)
    few = on_policy(own, report.student, 8)
    asked = []
    reference = Reference(1.0, noise_eV_A=0.02)
    for n in (8, 13, 13, 8):
        _, found = corrected(own, report, named(reference), n, False)
        asked.append((found.n_labels, reference.asked))
    assert asked == [(8, 8), (13, 13), (13, 13), (13, 13)]
    more = on_policy(own, report.student, 13)
    assert [atoms.positions.tolist() for atoms, _ in more[:8]] == [atoms.positions.tolist() for atoms, _ in few]
    assert len({atoms.positions.tobytes() for atoms, _ in more}) == 13


@pytest.mark.parametrize(
    ("reference", "n", "told"),
    [
        (Reference(1.0, noise_eV_A=0.3), 10, "look for wrong units|on held-out frames it takes away"),
        (Reference(1.0, noise_eV_A=0.02), 10, "on held-out frames it takes away"),
        (Reference(27.2), 10, "look for wrong units, elements or spins"),
        (Reference(of_stress=-1), 10, "stresses of lj have a slope of -0.[67].* look for wrong signs or units"),
        (Reference(of_stress=1 / GPA), 10, "stresses of lj have a slope of 0.0.* look for wrong signs or units"),
        (Reference(of_stress=0), 10, "stresses of the reference, or of the potential, are the same in all frames"),
        (Reference(lost=4), 10, "6 frames have a label, at least 8 are needed"),
        (Reference(lost=99), 10, "labels none of 10 frames: the density did not converge"),
        (Reference(1.3, finer=1.0), 10, "the labels themselves err by"),
    ],
    ids=[
        "noise",
        "small noise",
        "other units",
        "pressure for tension",
        "GPa",
        "no stress",
        "few labels",
        "no label",
        "not converged",
    ],
)
def test_what_would_harm_is_not_kept(
    soft: tuple[Family, DistillationReport], tmp_path: Path, reference: Reference, n: int, told: str
) -> None:
    family, report = soft
    # The labels of the family, and frames and labels of one's own.
    (tmp_path / "labels").symlink_to(family.workdir / "labels")
    lines: list[str] = []
    own = replace(family, workdir=tmp_path, tell=lines.append)
    same, found = corrected(own, report, named(reference), n, True)
    assert same is report
    assert not found.kept
    assert re.search(told, found.reason), found.reason
    assert lines[-1] == f"correction by cp2k is not kept: {found.reason}"
    assert not (tmp_path / FOLDER / "student").exists()


def test_runs_are_driven_and_taught_by_what_corrected_their_student(
    soft: tuple[Family, DistillationReport], tmp_path: Path
) -> None:
    family, report = soft
    anew, found = corrected(family, report, named(Reference()), 12, False)
    assert found.kept, found.reason
    path = family.workdir.parent / "student.json"
    facts = {**POTENTIAL, "name": "lj", "checksum": family.potential.checksum}
    origin_of = Provenance.from_dict(origin("student", potential=facts))
    StudentRecord.of(
        anew.outcome(), family="Ne-Ar", folder=f"key/{FOLDER}", correction=found, provenance=origin_of
    ).write(path)
    read = FamilyStudent.read(path)
    assert read.record.correction == found
    loaded: list[Potential] = []

    def load_potential() -> Potential:
        loaded.append(family.potential)
        return family.potential

    driver, driven_by = watched_student(read, load_potential, MDProtocol(), tmp_path, 1)
    assert (driven_by.name, driven_by.student_corrected_by) == ("lj", "cp2k")
    assert driver.checksum == StudentPotential.load(family.workdir / FOLDER / "student").checksum
    frame = two_crystals()[0]
    frame.rattle(0.05, seed=4)
    asked = driver._load_teacher()
    assert loaded
    true = ask_teacher(Reference(), frame).forces
    was = ask_teacher(family.potential.calculator, frame).forces
    assert np.abs(ask_teacher(asked, frame).forces - true).mean() < 0.3 * np.abs(was - true).mean()
    driver.close()
    without = replace(found, kept=False, checksum="", reason="of no use")
    assert taught_by("teacher", without if without.kept else None) == "teacher"
    assert taught_by("teacher", found) == f"{found.checksum[:16]}teacher"
    (family.workdir / FOLDER / "correction.npz").write_bytes(b"half")
    with pytest.raises(PotentialError, match="missing or damaged"):
        read.corrected(family.potential.calculator, read.load())
