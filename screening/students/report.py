"""What came out of a distillation, round by round."""

from dataclasses import asdict, dataclass
from typing import Any

from screening.students.acceptance import Errors, Verdict
from screening.students.pod import StudentPotential


@dataclass(frozen=True)
class Round:
    """One round of training.

    Attributes:
        run_ps: Length its runs were to reach.
        failures: Ordering, length reached and reason of those that failed.
        n_runs: How many there were.
        n_labels: Labels so far, after it.
        errors: Of the student of this round on its own runs.
        seconds: Wall time so far, after it.
    """

    run_ps: float
    failures: tuple[str, ...]
    n_runs: int
    n_labels: int
    errors: Errors | None
    seconds: float

    def __str__(self) -> str:
        """In a line, with the first two failures."""
        held = self.n_runs - len(self.failures)
        line = f"{held} of {self.n_runs} runs of {self.run_ps:g} ps held, {self.n_labels} labels"
        force = f", force error {self.errors.force_meV_A:.0f} meV/A" if self.errors else ""
        return f"{line}{force}, {self.seconds:.0f} s" + "".join(f"; {failure}" for failure in self.failures[:2])


@dataclass(frozen=True)
class DistillationReport:
    """What came out.

    Attributes:
        student: The last student, also when it was refused (then `student.accepted` is false).
        verdict: Of its examination.
        rounds: Training rounds.
        n_labels: Frames the teacher labelled.
        seconds: Wall time of this call (labels found from an earlier try cost none).
        teacher_s: Of it, labels and the teacher's own run beside the student's.
        fit_s: Of it, descriptors of what was labelled and the solution.
    """

    student: StudentPotential
    verdict: Verdict
    rounds: tuple[Round, ...]
    n_labels: int
    seconds: float
    teacher_s: float
    fit_s: float

    @property
    def accepted(self) -> bool:
        """Whether the student may be used."""
        return self.verdict.accepted

    def record(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "verdict": self.verdict.record(),
            "rounds": [asdict(r) for r in self.rounds],
            "n_labels": self.n_labels,
            "seconds": self.seconds,
            "teacher_s": self.teacher_s,
            "fit_s": self.fit_s,
            "checksum": self.student.checksum,
        }
