"""Distillation of a Lennard-Jones teacher: whole, killed and repeated, refused."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from ase.calculators.lj import LennardJones
from scipy.stats import kstest

import screening.students.distill as distillation
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.timestep import fastest_period_fs
from screening.errors import PotentialError, StageError
from screening.students.acceptance import judge
from screening.students.barriers import wrong_barriers
from screening.students.design import Designer
from screening.students.distill import distill
from screening.students.exploration import Run, closest_approach, collided, spread_frames
from screening.students.labels import LabelStore, ask_teacher, read_batch
from screening.students.lessons import Lessons
from screening.students.pod import StudentPotential
from screening.students.refit import refitted
from screening.students.report import DistillationReport
from screening.students.resample import frame_weight
from screening.students.uncertainty import monitor
from tests.students import SMALL
from tests.unit.students.conftest import two_crystals

HOTTEST_K = 80.0


class Counting(LennardJones):
    """Counts its calls; stops like a killed process when it has answered `limit` times."""

    answered = 0
    limit = 10**9

    def calculate(self, *arguments, **keywords):
        if self.answered >= self.limit:
            raise KeyboardInterrupt
        self.answered += 1
        super().calculate(*arguments, **keywords)


def counting(limit: int = 10**9) -> Counting:
    teacher = Counting(sigma=2.2, epsilon=0.05, rc=5.0, smooth=True)
    teacher.limit = limit
    return teacher


@dataclass(frozen=True)
class Whole:
    """An undisturbed distillation: where it is, who taught, what came of it and what was said."""

    folder: Path
    teacher: Counting
    report: DistillationReport
    lines: list[str]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Whole:
    """Nobody may change it."""
    folder, teacher, lines = tmp_path_factory.mktemp("whole"), counting(), []
    return Whole(folder, teacher, distill(two_crystals(), teacher, SMALL, HOTTEST_K, folder, 1, lines.append), lines)


@pytest.mark.slow
def test_student_of_lennard_jones_is_accepted_kept_and_usable(whole, crystals):
    report = whole.report
    assert report.accepted, report.verdict.reason
    assert report.verdict.errors.force_meV_A < 20
    assert 20 < report.n_labels < whole.teacher.answered
    assert report.teacher_s > 0
    assert report.fit_s > 0
    assert report.teacher_s + report.fit_s < report.seconds
    assert any("accepted" in line for line in whole.lines)
    student = StudentPotential.load(whole.folder / "student")
    assert student.checksum == report.student.checksum
    assert student.facts["hottest_K"] == HOTTEST_K
    (answer,) = student.engine().evaluate(crystals[1:])
    truth = ask_teacher(counting(), crystals[1])
    assert answer.energy == pytest.approx(truth.energy, abs=0.003 * 32)
    np.testing.assert_allclose(answer.stress, truth.stress, atol=3e-3)
    seen = monitor(student, crystals)
    assert seen.share_extrapolating == 0
    torn = crystals[0].copy()
    torn.positions[0] += 0.6 * (torn.positions[1] - torn.positions[0])
    assert monitor(student, [torn]).share_extrapolating == 1


@pytest.mark.slow
def test_a_step_left_to_the_crystals_is_measured_once_and_kept_with_the_student(whole, tmp_path, crystals, small):
    assert whole.report.record().timestep_fs is None
    lines = []
    report = distill(
        crystals, counting(), small.model_copy(update={"timestep_fs": "auto"}), HOTTEST_K, tmp_path, 1, lines.append
    )
    assert report.accepted, report.verdict.reason
    record = report.record()
    # Rare gases vibrate slowly: the longest step that there is.
    assert record.timestep_fs == StudentPotential.load(tmp_path / "student").settings.timestep_fs == 5
    forces = AseEngine(counting(), 100.0).forces
    assert record.fastest_period_fs == pytest.approx(min(fastest_period_fs(c, forces) for c in crystals), rel=0.1)
    assert any("time step 5 fs" in line for line in lines)


@pytest.mark.slow
def test_a_killed_distillation_repeated_gives_the_same_student_and_asks_nothing_twice(whole, tmp_path, crystals, small):
    killed = counting(limit=whole.teacher.answered - 2)
    with pytest.raises(KeyboardInterrupt):
        distill(crystals, killed, small, HOTTEST_K, tmp_path / "killed", 1)
    assert not (tmp_path / "killed" / "student").exists()
    again = counting()
    repeated = distill(crystals, again, small, HOTTEST_K, tmp_path / "killed", 1)
    assert repeated.student.checksum == whole.report.student.checksum
    assert again.answered < whole.teacher.answered / 2
    other = distill(crystals, counting(), small, HOTTEST_K, tmp_path / "other", 2)
    assert other.student.checksum != whole.report.student.checksum


@pytest.mark.slow
def test_a_student_that_is_not_good_enough_is_refused_with_its_reason(tmp_path, crystals, small):
    hopeless = small.model_copy(update={"max_force_mae_meV_A": 1e-3, "rounds": 4})
    report = distill(crystals, counting(), hopeless, HOTTEST_K, tmp_path, 1)
    assert not report.accepted
    assert "force error" in report.verdict.reason
    with pytest.raises(PotentialError, match=r"refused student.*force error"):
        StudentPotential.load(tmp_path / "student")
    assert not StudentPotential.load(tmp_path / "student", allow_refused=True).accepted


@pytest.mark.slow
def test_a_student_that_fails_beside_its_teacher_learns_from_it_and_is_examined_again(
    tmp_path, crystals, small, monkeypatch
):
    beside, failed = distillation.run_beside, []

    def fails_once(student, teacher, atoms, temperature_K, length_ps, folder, seed):
        if failed:
            return beside(student, teacher, atoms, temperature_K, length_ps, folder, seed)
        positions = np.stack([atoms.positions + 0.01 * k for k in range(20)])
        failed.append(student.checksum)
        return Run(tuple(atoms.symbols), atoms.cell.array, positions, temperature_K, 1, 0.4, "lost")

    monkeypatch.setattr(distillation, "run_beside", fails_once)
    lines = []
    compared = small.model_copy(update={"teacher_run_ps": 0.4, "rounds": 12})
    report = distill(crystals, counting(), compared, HOTTEST_K, tmp_path, 1, progress=lines.append)
    assert any("failed after 0.40 ps: lost" in line for line in lines)
    assert list((tmp_path / "labels").glob("failure_*.npz"))
    assert report.accepted, report.verdict.reason
    assert report.verdict.side_by_side is not None
    assert report.student.checksum != failed[0]


@pytest.mark.slow
def test_a_student_on_disk_that_was_changed_is_not_used(whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path, dirs_exist_ok=True)
    manifest = tmp_path / "student" / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"zbl_outer_A": 1.4', '"zbl_outer_A": 1.3'))
    with pytest.raises(PotentialError, match="checksum"):
        StudentPotential.load(tmp_path / "student")
    manifest.write_text(text)
    (tmp_path / "student" / "extrapolation.npz").write_bytes(b"cut")
    with pytest.raises(PotentialError, match="damaged"):
        StudentPotential.load(tmp_path / "student")
    with pytest.raises(StageError, match="missing"):
        StudentPotential.load(tmp_path / "elsewhere")


def test_labels_are_read_back_and_only_for_the_same_frames_and_teacher(tmp_path, crystals, teacher):
    first = LabelStore(tmp_path, teacher, "a").label("batch", crystals)
    count = counting()
    again = LabelStore(tmp_path, count, "a").label("batch", crystals)
    assert count.answered == 0
    assert again[0].energy == first[0].energy
    np.testing.assert_array_equal(again[1].forces, first[1].forces)
    LabelStore(tmp_path, count, "b").label("batch", crystals)
    assert count.answered == 2
    moved = [atoms.copy() for atoms in crystals]
    moved[0].positions[0, 0] += 1e-9
    LabelStore(tmp_path, count, "b").label("batch", moved)
    assert count.answered == 4
    path = tmp_path / "batch.npz"
    path.write_bytes(path.read_bytes()[:100])
    LabelStore(tmp_path, count, "b").label("batch", moved)
    assert count.answered == 6
    stored = read_batch(path)
    assert len(stored) == 2
    np.testing.assert_array_equal(stored[0][0].positions, moved[0].positions)
    assert stored[1][1].energy == first[1].energy
    path.write_bytes(b"")
    with pytest.raises(PotentialError, match="damaged"):
        read_batch(path)


def test_batches_of_another_teacher_do_not_stay_behind(tmp_path, crystals, teacher):
    """Its training took eight rounds, this one two; who is taught in production learns all that the folder holds."""
    for name in ("round_00", "round_07"):
        LabelStore(tmp_path, teacher, "without dispersion").label(name, crystals)
    LabelStore(tmp_path, teacher, "without dispersion").adopt("earlier", list)
    store = LabelStore(tmp_path, teacher, "with dispersion")
    store.label("round_00", crystals)
    store.adopt("earlier_contact", list)
    (tmp_path / "damaged.npz").write_bytes(b"")
    store.forget_others()
    assert sorted(path.stem for path in tmp_path.glob("*.npz")) == ["damaged", "earlier_contact", "round_00"]


def test_training_begins_without_labels_of_another_teacher(tmp_path, small, crystals, teacher):
    LabelStore(tmp_path, teacher, "softer").label("round_07", crystals)
    with closing(Lessons(crystals, teacher, small, tmp_path)):
        assert list(tmp_path.iterdir()) == []


def test_frames_without_a_useful_answer_are_left_out(tmp_path, crystals, teacher):
    torn = crystals[0].copy()
    torn.positions[0] = torn.positions[1] + [0.6, 0, 0]
    labels = LabelStore(tmp_path, teacher, "a").label("batch", [crystals[0], torn])
    assert labels[0] is not None
    assert labels[1] is None

    class Mute(LennardJones):
        def calculate(self, *_arguments, **_keywords):
            raise RuntimeError("isolated atom")

    with pytest.raises(PotentialError, match="isolated atom"):
        LabelStore(tmp_path, Mute(), "c").label("mute", crystals)


def test_verdict_names_every_reason(small, crystals):
    atoms = crystals[0]
    frames = np.array([atoms.positions] * 4)
    run = Run(tuple(atoms.get_chemical_symbols()), atoms.cell.array, frames, 500.0, 10.0, 0.08, "atoms were lost")
    verdict = judge([run], [3], None, small)
    assert not verdict.accepted
    assert "ordering 3 failed at 500 K after 0.08 ps: atoms were lost" in verdict.reason
    assert "label none" in verdict.reason
    assert len(spread_frames(run, 2)) == 2


def test_nothing_to_learn_from_is_an_error(tmp_path, small):
    with pytest.raises(PotentialError, match="at least one"):
        distill([], counting(), small, HOTTEST_K, tmp_path, 1)


def test_closest_approach_sees_across_the_boundary(crystals):
    atoms = crystals[0].copy()
    before = closest_approach(atoms)
    atoms.positions[0] = atoms.positions[1] + atoms.cell.array.sum(axis=0) + [0.4, 0, 0]
    assert before > 0.8
    assert collided(atoms)


@pytest.mark.slow
def test_a_committee_shares_labels_and_each_member_is_examined(whole, tmp_path, crystals):
    """The first student is what it is alone; another differs a little, and asks for its own examination alone."""
    teacher = counting()
    report = distill(crystals, teacher, SMALL, HOTTEST_K, tmp_path, 1, committee=2)
    assert report.student.checksum == whole.report.student.checksum
    (member,) = report.members
    assert member.verdict.accepted, member.verdict.reason
    other = StudentPotential.load(tmp_path / "student1")
    assert (other.member, other.checksum) == (1, member.checksum)
    assert other.checksum != report.student.checksum
    assert teacher.answered - whole.teacher.answered <= SMALL.acceptance_frames
    forces = [student.engine().evaluate(crystals[1:])[0].forces for student in (report.student, other)]
    assert 0 < np.abs(forces[0] - forces[1]).max() < 0.1 * np.abs(forces[0]).max() + 0.05
    again = counting(limit=1)
    repeated = distill(crystals, again, SMALL, HOTTEST_K, tmp_path, 1, committee=2)
    assert repeated.members[0].checksum == member.checksum


@pytest.mark.slow
def test_hops_into_vacancies_are_taught_examined_and_shared_by_a_committee(tmp_path, crystals):
    """A coarse basis has the barriers of argon and neon wrong by 60 meV, though its forces are right."""
    for atoms in crystals:
        del atoms[[k for k, symbol in enumerate(atoms.symbols) if symbol == "Ne"][:3]]
    wide = {"max_barrier_mae_meV": 200.0, "max_barrier_slope_error": 0.6}
    settings = SMALL.model_copy(update={"hops": 8, "rounds": 8, **wide})
    teacher = counting()
    report = distill(crystals, teacher, settings, HOTTEST_K, tmp_path, 1, committee=2, mobile=("Ne",))
    assert report.accepted, report.verdict.reason
    barriers = report.verdict.barriers
    assert 4 <= barriers.n_hops <= 6
    assert barriers.mae_meV > 30
    assert [reason for reason in wrong_barriers(barriers, SMALL) if "hops are wrong by" in reason]
    frames = read_batch(tmp_path / "labels" / "hops.npz")
    # Two hops of three images, and where they begin.
    assert len(frames) in (7, 8)
    shared = report.members[0].verdict.barriers
    assert shared.teacher_eV == barriers.teacher_eV
    assert shared.student_eV != barriers.student_eV
    again = counting(limit=1)
    repeated = distill(crystals, again, settings, HOTTEST_K, tmp_path, 1, committee=2, mobile=("Ne",))
    assert repeated.student.checksum == report.student.checksum


@pytest.mark.slow
def test_a_member_that_is_taught_again_weighs_old_frames_as_before(tmp_path, crystals):
    report = distill(crystals, counting(), SMALL, HOTTEST_K, tmp_path, 1, committee=2)
    other = StudentPotential.load(tmp_path / "student1")
    designer = Designer(other.basis, other.settings)
    batches = sorted((tmp_path / "labels").glob("*.npz"))
    known = read_batch(batches[-1])
    first, taught = (refitted(student, designer, tmp_path / "labels", [], known) for student in (report.student, other))
    assert taught.member == 1
    # What is taught moves both alike: they differ as before, by their weights. Lengths of coefficients say nothing,
    # as some directions are free.
    before, after = (
        member.solution.coefficients - zeroth.solution.coefficients
        for member, zeroth in ((other, report.student), (taught, first))
    )
    assert before @ after > 0.5 * np.linalg.norm(before) * np.linalg.norm(after) > 0.0


def test_weights_of_a_committee_are_those_of_the_bayesian_bootstrap():
    frames = [crystal for k in range(400) for crystal in [two_crystals()[0]] if not crystal.rattle(0.1, seed=k)]
    weights = np.array([frame_weight(1, frame) for frame in frames])
    assert kstest(weights, "expon").pvalue > 0.01
    assert [frame_weight(1, frame) for frame in frames] == weights.tolist()
    assert abs(np.corrcoef(weights, [frame_weight(2, frame) for frame in frames])[0, 1]) < 0.15
    assert {frame_weight(0, frame) for frame in frames} == {1.0}
