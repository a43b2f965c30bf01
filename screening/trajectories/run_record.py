"""md.json and cell.json: one run of a candidate at one temperature, and the cell it was made in."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import PotentialFacts, Provenance
from screening.records.typed import Part, Record

_REMEDY = "delete it and run again; the run will continue from its chunks"
_UNRESOLVED = "where D* is not resolved"
_FIXED_STEP = "where `md.timestep_fs` is a number, and where nothing was run"
_UNWATCHED = "where no student was watched"


class RunStatus(StrEnum):
    """What a run is worth.

    complete: its frames are analysed.
    melted: the crystal did not last; its frames say so.
    failed: it blew up, or could not go on.
    left_out: it was not made at all.
    """

    COMPLETE = "complete"
    MELTED = "melted"
    FAILED = "failed"
    LEFT_OUT = "left_out"


class RunEnding(StrEnum):
    """What ended a run.

    answered: D* is known well enough.
    budget: its length is spent.
    melted: the crystal melted, or another species moves.
    runaway: its temperature ran away.
    failed: its engine failed, or its student could not be taught any more.
    left_out: nothing; it was not made.
    """

    ANSWERED = "answered"
    BUDGET = "budget"
    MELTED = "melted"
    RUNAWAY = "runaway"
    FAILED = "failed"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Part):
    """What was known of a run at some length."""

    time_ps: Annotated[float, Key("the length")]
    ending: Annotated[RunEnding | None, Key("how the run ends here", none="where it goes on")]
    reason: Annotated[str, Key("why it ends, or what is missing")]
    verdict: Annotated[
        str, Key("of the transport analysis of this run alone, as in [transport.json](transport-record.md)")
    ]
    diffusivity_cm2_s: Annotated[float | None, Key("D*", none=_UNRESOLVED)]
    relative_error: Annotated[float | None, Key("standard error of D* over D*", none=_UNRESOLVED)]
    equilibration_ps: Annotated[
        float | None, Key("from there on the potential energy does not drift", none="where it drifts to the end")
    ]
    mean_temperature_K: Annotated[float, Key("over the second half")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending(Part):
    """How a run ended."""

    by: Annotated[RunEnding, Key("what ended it")]
    reason: Annotated[str, Key("why, in numbers")]
    time_ps: Annotated[float, Key("when")]
    looks: Annotated[tuple[Look, ...], Key("what was known at each look, the last one at the end")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenBy(PotentialFacts):
    """What moved the atoms: a potential, or the student that it taught."""

    student_checksum: Annotated[
        str | None, Key("SHA-256 of the student that the run began with", none="where the potential itself ran")
    ]
    student_refused: Annotated[str, Key("why no student ran, empty where one did or none was asked for")]
    student_corrected_by: Annotated[
        str | None, Key("first principles that corrected the student", absent="where none did")
    ] = None
    # Chunks from before the centre of mass was held were hotter than their record says; this tells them apart.
    centre_of_mass: Annotated[str | None, Key("`held` at rest by the engine", absent="where a student ran")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining(Part):
    """One time a run was stopped to teach its student."""

    chunk: Annotated[
        int,
        Key("that was thrown away and made again, counted from 0; −1 for the cell of the run, −2 for all of it"),
    ]
    time_ps: Annotated[float, Key("from the start of the run to the frame that was too far outside")]
    grade: Annotated[
        float | None,
        Key("largest extrapolation grade there", none="where the student failed before one was seen"),
    ]
    element: Annotated[str, Key("of the atom that had it, empty where there is no grade")]
    reason: Annotated[str, Key("what happened, in words")]
    labels: Annotated[int, Key("frames that the teacher labelled and the student learnt")]
    force_error_before_meV_A: Annotated[float, Key("mean absolute force error on them before")]
    force_error_after_meV_A: Annotated[float, Key("and after")]
    checksum_before: Annotated[str, Key("SHA-256 of the student")]
    checksum_after: Annotated[str, Key("of the student that made the chunk again")]
    previous: Annotated[str, Key("SHA-256 of the chunk file that the chunk continues, empty for the first")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Part):
    """How a student was watched while it ran, and the times it was taught."""

    largest_grade: Annotated[
        float | None, Key("of the chunks that count", none="where no chunk was made or none was looked at")
    ]
    interval_ps: Annotated[float, Key("between frames whose grade is looked at")]
    max_grade: Annotated[float, Key("above it the student is taught")]
    error_at_max_grade_meV_A: Annotated[
        float | None,
        Key(
            "force error of an atom of that grade, by the frames of the student's examination, which it had not learnt",
            absent="where that did not say, as in files of 0.2.0",
        ),
    ] = None
    frames: Annotated[int, Key("that the teacher labels each time")]
    max_retrainings: Annotated[int, Key("a run in which the student leaves its training more often fails")]
    max_pressure_error_GPa: Annotated[float, Key("of the student in the cell; beyond it the student is taught")]
    events: Annotated[tuple[Retraining, ...], Key("each time it was taught")]
    barrier_error_eV: Annotated[
        float | None,
        Key("what its examination on hops says that activation energies may err", absent="where none was made"),
    ] = None
    made_again: Annotated[
        tuple[Retraining, ...] | None,
        Key(
            "each time the whole run was made again with a student that had learnt from its spot check; the force "
            "errors are on neighbours of those frames, after it had learnt the others. Other events are of the last "
            "time",
            absent="where it was not",
        ),
    ] = None


_NONE_LABELLED = "where none was labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotCheck(Part):
    """A few frames of a finished run, labelled by the potential that its student stands for."""

    n_frames: Annotated[int, Key("that have a label")]
    n_unlabelled: Annotated[int, Key("beside them, to which the potential has no answer")] = 0
    force_meV_A: Annotated[float | None, Key("mean absolute error of a force component", none=_NONE_LABELLED)] = None
    force_rms_meV_A: Annotated[
        float | None, Key("root mean square of the potential's force components, for scale", none=_NONE_LABELLED)
    ] = None
    force_by_element_meV_A: Annotated[dict[str, float], Key("the error for each element")] = field(default_factory=dict)
    force_slope_by_element: Annotated[
        dict[str, float], Key("of the student's forces on the potential's; below 1 it is soft", unit="")
    ] = field(default_factory=dict)
    pressure_error_GPa: Annotated[
        float | None, Key("mean pressure of the student less that of the potential", none=_NONE_LABELLED)
    ] = None
    doubt: Annotated[str, Key("what is beyond the limits of the student's examination, empty for nothing")] = ""
    reason: Annotated[str, Key("why no frame was labelled, empty where one was")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanCell(Part):
    """A cell found at constant pressure."""

    matrix_A: Annotated[tuple[tuple[float, ...], ...], Key("mean lattice vectors, as rows", shape="3 × 3")]
    standard_error_A: Annotated[tuple[tuple[float, ...], ...], Key("their standard errors", shape="3 × 3")]
    pressure_error_GPa: Annotated[
        float | None, Key("mean pressure of the student less that of its teacher", absent=_UNWATCHED)
    ] = None
    pressure_error_uncertainty_GPa: Annotated[
        float | None, Key("its standard error", absent=f"{_UNWATCHED}, or one frame alone has a label")
    ] = None
    protocol: Annotated[str, Key("hash of all that the run depends on besides its length")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCell(Part):
    """The cell a run was made in."""

    cell: Annotated[str, Key("how it came about, in words; `none` where nothing was run")]
    volume_ratio: Annotated[
        float | None, Key("its volume over that relaxed at 0 K", absent="where nothing was run")
    ] = None
    temperature_K: Annotated[
        float | None,
        Key("at which it was found at constant pressure", absent="where it was not; in files of 0.1.0: the run's own"),
    ] = None
    measured_in: Annotated[
        str | None,
        Key("id of the parent whose lattice, as given, it is scaled to", absent="without `md.cell: measured`"),
    ] = None
    mean: Annotated[
        MeanCell | None,
        Key("where it was found at constant pressure", none="where the relaxed one was kept", inline=True),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord(MeanCell, Record):
    """cell.json: the mean cell of a run, kept for a restart."""

    FILE: ClassVar[str] = "cell.json"
    REMEDY: ClassVar[str] = "delete it and run again; the cell will be sought again"

    cell: Annotated[str, Key("how it came about, in words")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProvenance(Provenance):
    """What a run was made by, from what, and when."""

    potential: Annotated[DrivenBy | None, Key("what moved the atoms", absent="where nothing did")] = None
    ran_ps: Annotated[
        float | None,
        Key(
            "length that was run between the two times; the rest was there, from a run that was stopped",
            absent="in files of 0.2.0 and before",
        ),
    ] = None
    processor_s: Annotated[
        float | None,
        Key(
            "processor time between the two times, of all cores and of the processes that were started",
            unit="s",
            absent="in files of 0.2.0 and before, and with `md.batched`",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRun(Part):
    """What came of one run: md.json but for its provenance."""

    id: Annotated[str, Key("of the candidate")]
    temperature_K: Annotated[float, Key("asked for")]
    ordering: Annotated[int, Key("which, counted from 0")]
    replica: Annotated[int, Key("among those of the same ordering and temperature, counted from 0")]
    status: Annotated[RunStatus, Key("what it is worth")]
    reason: Annotated[str, Key("why it is not complete, empty where it is")]
    ending: Annotated[Ending, Key("how it ended")]
    engine: Annotated[str, Key("`ase` or `lammps`")]
    driver: Annotated[DrivenBy, Key("what moved the atoms")]
    monitor: Annotated[Watch | None, Key("how its student was watched", none=_UNWATCHED)]
    spot_check: Annotated[
        SpotCheck | None,
        Key("frames labelled at its end", absent="without a student or a complete run, or where not asked for"),
    ] = None
    run_cell: Annotated[RunCell, Key("the cell it was made in")]
    began: Annotated[
        str | None, Key("where its ions began", absent="as in the relaxed ordering, without `md.replica_starts: hot`")
    ] = None
    timestep_fs: Annotated[float | None, Key("of the run", absent=_FIXED_STEP)] = None
    fastest_period_fs: Annotated[
        float | None, Key("period of the crystal's fastest vibration, which the step follows from", absent=_FIXED_STEP)
    ] = None
    protocol: Annotated[str, Key("hash of all that its frames depend on besides its length")]
    n_frames: Annotated[int, Key("in its chunks, at equal intervals")]
    chunks: Annotated[dict[str, str], Key("SHA-256 of the files of its frames, by name, in their order")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(MadeRun, Record):
    """md.json of a campaign."""

    FILE: ClassVar[str] = "md.json"
    REMEDY: ClassVar[str] = _REMEDY

    provenance: Annotated[RunProvenance, Key("what it was made from")]

    @property
    def times_made_again(self) -> int:
        """How often the whole run was made again after its spot check."""
        return 0 if self.monitor is None else len(self.monitor.made_again or ())

    def chunk_folder(self, run: Path) -> Path:
        """Where its chunks are, of the folder of the run."""
        return chunk_folder_of(run, self.times_made_again)


def round_folder(run: Path, number: int) -> Path:
    """Folder of all that a run makes: its own, or one in it where it is made again for the `number`-th time."""
    return run / f"again_{number}" if number else run


def chunk_folder_of(run: Path, number: int) -> Path:
    """Folder of the chunks of a run that is made for the `number`-th time, from 0."""
    return round_folder(run, number) / "chunks"


def newest_chunk_folder(run: Path) -> Path:
    """Where a run that has no md.json yet writes its chunks: where the last one was written."""
    chunks = [*run.glob("chunks/chunk_*.h5"), *run.glob("again_*/chunks/chunk_*.h5")]
    return max(chunks, key=lambda path: path.stat().st_mtime).parent if chunks else chunk_folder_of(run, 0)
