"""student.json and what lies beside it: how a student was trained, how it did when examined, what it was taught."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.students.correction_record import Correction
from screening.trajectories.run_record import Retraining

_BEFORE_3 = "in files of 0.2.0"
_NO_GRADES = "where grades of atoms are not known, and in files of 0.2.0"
_FIXED_STEP = "where `student.timestep_fs` is a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors(Part):
    """Mean absolute errors on frames that were not fitted."""

    n_frames: Annotated[int, Key("that were judged")]
    n_unlabelled: Annotated[
        int | None, Key("beside them, to which the teacher has no answer or in which atoms collide", absent=_BEFORE_3)
    ] = None
    force_meV_A: Annotated[float, Key("of a force component")]
    force_by_element_meV_A: Annotated[dict[str, float], Key("the same for each element")]
    force_slope_by_element: Annotated[
        dict[str, float] | None,
        Key("of its forces on the teacher's, for each element; below 1 it is soft", absent=_BEFORE_3, unit=""),
    ] = None
    force_slope_error_by_element: Annotated[
        dict[str, float] | None, Key("their standard errors", absent=_BEFORE_3, unit="")
    ] = None
    force_rms_meV_A: Annotated[
        float, Key("root mean square of the teacher's force components on these frames, for scale")
    ]
    force_rms_by_element_meV_A: Annotated[
        dict[str, float] | None, Key("the same for each element", absent="in files of 0.2.0 and before")
    ] = None
    energy_meV_atom: Annotated[float, Key("of the energy")]
    relative_energy_meV_atom: Annotated[
        float, Key("of energies after removing each ordering's mean error: what dynamics feel")
    ]
    relative_energy_meV_cell: Annotated[float | None, Key("the same of a whole cell", absent=_BEFORE_3)] = None
    energy_scatter_meV_cell: Annotated[
        float | None,
        Key("how far the teacher's own energies are from each ordering's mean, for scale", absent=_BEFORE_3),
    ] = None
    stress_GPa: Annotated[float, Key("of a stress component")]
    largest_grade: Annotated[float, Key("largest extrapolation grade of an atom in them")]
    share_extrapolating: Annotated[float, Key("of the frames, in which it is beyond 2")]
    force_error_per_grade_meV_A: Annotated[
        float | None,
        Key("of an atom over its extrapolation grade, root mean square: what a grade stands for", absent=_NO_GRADES),
    ] = None
    force_error_per_grade_95_meV_A: Annotated[
        float | None, Key("what 95 % of the atoms stay below", absent=_NO_GRADES)
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedRun(Part):
    """A run of the student in its examination."""

    ordering: Annotated[int, Key("which, counted from 0")]
    temperature_K: Annotated[float, Key("of the run")]
    wanted_ps: Annotated[float, Key("length asked for")]
    reached_ps: Annotated[float, Key("length reached")]
    failure: Annotated[str, Key("why it ended early, empty where it did not")]


@dataclass(frozen=True, slots=True)
class Difference(Part):
    """One comparison of the student's run with the teacher's."""

    value: Annotated[float, Key("how far apart the two are")]
    scatter: Annotated[
        float,
        Key("how far apart segments of the student's run as long as the teacher's are, one standard deviation"),
    ]
    limit: Annotated[float, Key("largest value that is accepted")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide(Part):
    """Student beside teacher."""

    temperature_K: Annotated[float, Key("of both runs")]
    length_ps: Annotated[float, Key("of the teacher's run; the student's is 8 times as long")]
    lag_ps: Annotated[float, Key("at which displacements are compared, half of it")]
    neighbours: Annotated[
        dict[str, Difference],
        Key(
            "by pair of elements: difference of the two radial distributions within 5 Å, the neighbours that would "
            "have to change their shell as a share of all"
        ),
    ]
    displacement: Annotated[
        dict[str, Difference], Key("by element: absolute logarithm of the ratio of mean squared displacements")
    ]
    displacement_ratio: Annotated[dict[str, float], Key("that ratio itself, student over teacher")]

    def reasons(self) -> list[str]:
        """Why the student must not be used; empty if it may."""
        return [
            f"{what} of {name} differs by {difference.value:.2f} from the teacher's "
            f"(at most {difference.limit:.2f}; scatter {difference.scatter:.2f})"
            for what, found in (
                ("radial distribution", self.neighbours),
                ("log mean squared displacement", self.displacement),
            )
            for name, difference in found.items()
            if not difference.value <= difference.limit
        ]


_FEW_HOPS = "where too few hops were examined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers(Part):
    """Hops of mobile ions into empty places beside them, by student and teacher on the same frames."""

    n_hops: Annotated[int, Key("that were examined")]
    n_left_out: Annotated[int, Key("beside them: not made, not labelled, or too high for both")]
    reason: Annotated[str, Key("why nothing is said of them, empty where something is")] = ""
    teacher_eV: Annotated[tuple[float, ...], Key("barriers, top less the lower end")] = ()
    student_eV: Annotated[tuple[float, ...], Key("the student's, in the same order")] = ()
    mae_meV: Annotated[float | None, Key("mean absolute error", none=_FEW_HOPS)] = None
    mae_error_meV: Annotated[float | None, Key("its standard error", none=_FEW_HOPS)] = None
    mean_error_meV: Annotated[
        float | None, Key("mean error, above zero where the student's are too high", none=_FEW_HOPS)
    ] = None
    slope: Annotated[float | None, Key("of the student's on the teacher's", none=_FEW_HOPS, unit="")] = None
    slope_error: Annotated[float | None, Key("its standard error", none=_FEW_HOPS, unit="")] = None
    activation_energy_error_eV: Annotated[
        float | None,
        Key("the mean error with its own standard error: what activation energies may err", none=_FEW_HOPS),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTemperature(Part):
    """A student on a few frames of a colder run, which began where a hot one left the ions."""

    temperature_K: Annotated[float, Key("of the run")]
    failure: Annotated[str, Key("why it ended early, empty where it did not")]
    errors: Annotated[Errors | None, Key("on its frames", none="where no frame could be judged")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination(Part):
    """Whether a student may be used."""

    accepted: Annotated[bool, Key("whether it may")]
    reason: Annotated[str, Key("why not, empty where it may")]
    errors: Annotated[Errors | None, Key("on its own runs", none="where no frame could be judged")]
    runs: Annotated[tuple[ExaminedRun, ...], Key("of every ordering")]
    colder: Annotated[
        tuple[AtTemperature, ...] | None,
        Key("the same at colder temperatures", absent="where the rest was refused, and in files of 0.2.0"),
    ] = None
    side_by_side: Annotated[
        SideBySide | None, Key("its dynamics beside the teacher's", none="where they were not compared")
    ] = None
    barriers: Annotated[
        Barriers | None, Key("of hops", absent="where none were asked for, the rest was refused, or in files of 0.2.0")
    ] = None

    def compared(self, side_by_side: SideBySide) -> Self:
        """The same with what a run beside the teacher's found."""
        examination, reasons = replace(self, side_by_side=side_by_side), side_by_side.reasons()
        return examination.refused(*reasons) if reasons else examination

    def cooled(self, colder: Sequence[AtTemperature], reasons: Sequence[str]) -> Self:
        """The same with what colder temperatures showed, and why it must not be used for that."""
        examination = replace(self, colder=tuple(colder))
        return examination.refused(*reasons) if reasons else examination

    def hopped(self, barriers: Barriers, reasons: Sequence[str]) -> Self:
        """The same with what hops showed, and why it must not be used for that."""
        examination = replace(self, barriers=barriers)
        return examination.refused(*reasons) if reasons else examination

    def refused(self, *reasons: str) -> Self:
        """The same with further reasons against."""
        return replace(self, accepted=False, reason="; ".join(filter(None, [self.reason, *reasons])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Part):
    """One round of training."""

    run_ps: Annotated[float, Key("length its runs were to reach")]
    failures: Annotated[tuple[str, ...], Key("ordering, length reached and reason of those that failed")]
    n_runs: Annotated[int, Key("how many there were")]
    n_labels: Annotated[int, Key("labels so far, after it")]
    errors: Annotated[
        Errors | None, Key("of the student of this round on its own runs", none="where no frame could be judged")
    ]
    seconds: Annotated[float, Key("wall time so far, after it", unit="s")]

    def __str__(self) -> str:
        """In a line, with the first two failures."""
        held = self.n_runs - len(self.failures)
        line = f"{held} of {self.n_runs} runs of {self.run_ps:g} ps held, {self.n_labels} labels"
        force = f", force error {self.errors.force_meV_A:.0f} meV/A" if self.errors else ""
        return f"{line}{force}, {self.seconds:.0f} s" + "".join(f"; {failure}" for failure in self.failures[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Part):
    """A further student of a committee: of the same labels, each weighed at random."""

    number: Annotated[int, Key("counted from 1; the first student is 0")]
    checksum: Annotated[str, Key("SHA-256 of it")]
    verdict: Annotated[Examination, Key("of its last examination")]


def member_folder(number: int) -> str:
    """Where a student of a committee is, beside the labels; the first is number 0."""
    return f"student{number or ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation(Part):
    """How a student was made."""

    verdict: Annotated[Examination, Key("of its last examination")]
    rounds: Annotated[tuple[Round, ...], Key("of its training")]
    n_labels: Annotated[int, Key("frames that the teacher labelled, those of shared labels with them")]
    seconds: Annotated[float, Key("wall time; labels found from an earlier try cost none", unit="s")]
    teacher_s: Annotated[float, Key("of it, labels and the teacher's own run beside the student's", unit="s")]
    fit_s: Annotated[float, Key("of it, descriptors of what was labelled and the solution", unit="s")]
    checksum: Annotated[str, Key("SHA-256 of the student")]
    n_labels_shared: Annotated[
        int | None,
        Key(
            "of the labels, those that were there and cost nothing",
            absent="where `student.labels` is not `shared` and no correction was kept",
        ),
    ] = None
    timestep_fs: Annotated[float | None, Key("of its training runs", absent=_FIXED_STEP)] = None
    fastest_period_fs: Annotated[
        float | None,
        Key("period of the fastest vibration of the family, which the step follows from", absent=_FIXED_STEP),
    ] = None
    members: Annotated[
        tuple[Member, ...] | None, Key("further students of its committee", absent="where there are none")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationRecord(Distillation, Record):
    """report.json beside a student."""

    FILE: ClassVar[str] = "report.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentOutcome(Part):
    """Whether there is a student to use."""

    accepted: Annotated[bool, Key("whether there is")]
    reason: Annotated[str, Key("why not, empty where there is")]
    distillation: Annotated[Distillation | None, Key("how it was made", none="where none was tried", inline=True)] = (
        None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRecord(StudentOutcome, Record):
    """student.json of a family of candidates."""

    FILE: ClassVar[str] = "student.json"

    family: Annotated[str, Key("its elements, joined by -")]
    folder: Annotated[str, Key("beside the file, with labels, report and student")]
    correction: Annotated[
        Correction | None,
        Key("by first principles", absent="without `potential.reference.correct`, and in files of before 0.3.0"),
    ] = None
    provenance: Annotated[Provenance, Key("what it was made from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRecord(Record):
    """journal.json of a run: each time its student was taught, on disk before it counts."""

    FILE: ClassVar[str] = "journal.json"

    events: Annotated[tuple[Retraining, ...], Key("in their order")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching(Retraining):
    """One time a step of a melt and quench was stopped to teach its student."""

    temperature_K: Annotated[float, Key("of the step")]
