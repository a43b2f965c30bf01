"""student.json of a family of candidates: which student it has, or why none."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ase.calculators.calculator import Calculator

from screening.config.dynamics import MDProtocol
from screening.errors import DamagedRecord, PotentialError
from screening.potentials.base import Potential
from screening.records.origin import PotentialFacts
from screening.students.corrected_teacher import with_correction
from screening.students.correction_record import Correction
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent
from screening.students.record import StudentRecord, member_folder
from screening.trajectories.run_record import DrivenBy


@dataclass(frozen=True)
class FamilyStudent:
    """What came of a family's distillation.

    Attributes:
        path: Of student.json.
        record: What is in that.
    """

    path: Path
    record: StudentRecord

    @classmethod
    def read(cls, path: Path) -> "FamilyStudent":
        """Read the record.

        Raises:
            StageError: it is missing or damaged.
        """
        return cls(path, StudentRecord.read(path))

    @property
    def accepted(self) -> bool:
        """Whether the student may be used."""
        return self.record.accepted

    @property
    def refused(self) -> str:
        """Why it may not be used, "" if it may."""
        return "" if self.accepted else self.record.reason

    @property
    def folder(self) -> Path:
        """Where its labels and versions are."""
        return self.path.parent / self.record.folder

    @property
    def labels(self) -> Path:
        """Folder of the labels it was fitted to."""
        return self.folder / "labels"

    @property
    def teacher(self) -> PotentialFacts:
        """The potential that taught it.

        Raises:
            StageError: the record does not say.
        """
        if self.record.provenance.potential is None:
            raise DamagedRecord(self.path, "no 'provenance.potential' in it", StudentRecord.REMEDY)
        return self.record.provenance.potential

    @property
    def correction(self) -> Correction | None:
        """By first principles, where the student has one."""
        found = self.record.correction
        return found if found is not None and found.kept else None

    def corrected(self, teacher: Calculator, student: StudentPotential) -> Calculator:
        """What the family's student is a student of: its teacher, with the correction where there is one.

        Raises:
            PotentialError: the correction is gone or another one.
        """
        if self.correction is None:
            return teacher
        return with_correction(teacher, student, self.folder, self.correction.checksum)

    def barrier_error_eV(self, run: int = 0) -> float | None:
        """What the examination of the student of a run says that activation energies may err; None where it does not.

        Args:
            run: As of `load`.
        """
        found = self.record.distillation
        if found is None:
            return None
        number = self._member(run)
        verdicts = {0: found.verdict} | {member.number: member.verdict for member in found.members or ()}
        barriers = verdicts[number].barriers
        return None if barriers is None else barriers.activation_energy_error_eV

    @property
    def members(self) -> list[int]:
        """Numbers of the students that may be used; the first is 0."""
        if not self.accepted:
            return []
        further = self.record.distillation and self.record.distillation.members
        return [0, *(member.number for member in further or () if member.verdict.accepted)]

    def load(self, run: int = 0) -> StudentPotential:
        """The student itself; runs take the members of a committee in turn.

        Args:
            run: Number of the run among those at one temperature.

        Raises:
            PotentialError: it was refused, changed or damaged.
        """
        return StudentPotential.load(self.folder / member_folder(self._member(run)))

    def _member(self, run: int) -> int:
        members = self.members or [0]
        return members[run % len(members)]

    def used(self, student: StudentPotential | None) -> dict[str, Any]:
        """What records of runs and relaxations say of it."""
        return {"student_checksum": None if student is None else student.checksum, "student_refused": self.refused}


def taught_by(teacher: str, correction: Correction | None) -> str:
    """Checksum of what labels are of: the correction's stands first, since folders of labels begin with that."""
    return teacher if correction is None else f"{correction.checksum[:16]}{teacher}"


def watched_student(
    family: FamilyStudent,
    load_potential: Callable[[], Potential],
    md: MDProtocol,
    folder: Path,
    ranks: int,
    run: int = 0,
    mobile: Collection[str] = (),
) -> tuple[WatchedStudent, DrivenBy]:
    """The driver of a run with a family's student, and what its record says drives it.

    Args:
        family: With an accepted student.
        load_potential: The potential of the campaign, which must be what taught the student; loaded where it is asked.
        md: Intervals, thermostat, monitor.
        folder: Of the run.
        ranks: Processes that share the atoms.
        run: Number of the run, which takes one of the committee's students.
        mobile: Elements whose forces count in spot checks.

    Raises:
        PotentialError: the student was changed or damaged.
    """
    teacher = family.teacher

    @cache  # a run may be taught many times, and is checked at its end
    def load_teacher() -> Calculator:
        potential = load_potential()
        if potential.checksum != teacher.checksum:
            raise PotentialError(
                f"the student must be retrained, but the weights of {potential.name} differ from its "
                f"teacher's (SHA-256 {potential.checksum[:12]}, {teacher.checksum[:12]}); delete {family.folder} "
                "and student.json beside it to distil it again"
            )
        return family.corrected(potential.calculator, student)

    student = family.load(run)
    driver = WatchedStudent(
        student,
        family.labels,
        load_teacher,
        taught_by(teacher.checksum, family.correction),
        md.monitor,
        folder / "retraining",
        thermostat_time_fs=md.thermostat_time_fs,
        frame_interval_fs=md.sample_interval_fs,
        frames_per_chunk=md.frames_per_chunk,
        ranks=ranks,
        barrier_error_eV=family.barrier_error_eV(run),
        mobile=mobile,
    )
    corrected_by = None if family.correction is None else family.correction.reference.name
    return driver, DrivenBy.of(teacher, **family.used(student), student_corrected_by=corrected_by)
