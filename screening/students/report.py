"""What came out of a distillation: the student and how it was made."""

from dataclasses import dataclass

from screening.dynamics.timestep import MeasuredStep
from screening.students.pod import StudentPotential
from screening.students.record import Distillation, Examination, Member, Round, StudentOutcome


@dataclass(frozen=True)
class DistillationReport:
    """What came out.

    Attributes:
        student: The last student, also when it was refused (then `student.accepted` is false).
        verdict: Of its last examination.
        members: Further students of the committee.
        rounds: Training rounds.
        n_labels: Frames the teacher labelled.
        seconds: Wall time of this call (labels found from an earlier try cost none).
        teacher_s: Of it, labels and the teacher's own run beside the student's.
        fit_s: Of it, descriptors of what was labelled and the solution.
        n_shared: Labels that came from those that campaigns share; None where they do not.
        step: Time step of its runs where that was measured, None where it was given.
    """

    student: StudentPotential
    verdict: Examination
    members: tuple[Member, ...]
    rounds: tuple[Round, ...]
    n_labels: int
    seconds: float
    teacher_s: float
    fit_s: float
    step: MeasuredStep | None = None
    n_shared: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the student may be used."""
        return self.verdict.accepted

    def record(self) -> Distillation:
        """How it was made."""
        return Distillation(
            verdict=self.verdict,
            rounds=self.rounds,
            n_labels=self.n_labels,
            n_labels_shared=self.n_shared,
            seconds=self.seconds,
            teacher_s=self.teacher_s,
            fit_s=self.fit_s,
            checksum=self.student.checksum,
            members=self.members or None,
            timestep_fs=None if self.step is None else self.step.step_fs,
            fastest_period_fs=None if self.step is None else self.step.period_fs,
        )

    def outcome(self) -> StudentOutcome:
        """Whether there is a student to use."""
        return StudentOutcome(accepted=self.accepted, reason=self.verdict.reason, distillation=self.record())
