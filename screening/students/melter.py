"""What melts the samples of a glass: the potential itself, or a student distilled for that."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ase import Atoms
from ase.calculators.calculator import Calculator

from screening.config.candidates import GlassConfig
from screening.config.dynamics import MDProtocol
from screening.config.stages import GlassSettings
from screening.config.student import ERROR_LIMITS, StudentConfig
from screening.config.timestep import MELT_STEP_FS
from screening.dynamics.driver import Driver, Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.log import tell
from screening.potentials.base import Potential
from screening.students.distill import distill
from screening.students.melting import MeltingStudent
from screening.students.record import StudentOutcome, Teaching


class StepDrivers(Protocol):
    """What runs the steps of a melt and quench."""

    @property
    def teachings(self) -> Sequence[Teaching]:
        """Each time a student was taught on the way."""
        ...

    def of(self, step: int, temperature_K: float, protocol: MDProtocol) -> Driver:
        """The driver of a step."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


# The folder of a sample -> what runs its steps.
Melter = Callable[[Path], StepDrivers]


class PotentialItself:
    """The potential runs every step."""

    teachings: tuple[Teaching, ...] = ()

    def __init__(self, calculator: Calculator, thermostat_time_fs: float) -> None:
        self._driver = Unwatched(AseEngine(calculator, thermostat_time_fs))

    def of(self, step: int, temperature_K: float, protocol: MDProtocol) -> Driver:  # noqa: ARG002
        """The same for each."""
        return self._driver

    def close(self) -> None:
        """Nothing was started."""


def melter(
    settings: GlassSettings, glass: GlassConfig, starts: Sequence[Atoms], potential: Potential, folder: Path, seed: int
) -> tuple[Melter | None, StudentOutcome]:
    """What melts a sample, and what the record says of its student.

    Args:
        settings: Whether a student is asked for or required, and how it is trained.
        glass: Temperature of the melt; how much more a student that melts may err.
        starts: Cells the student is trained on.
        potential: Teacher, or what melts itself.
        folder: Of the student.
        seed: Of its training.

    Returns:
        None in place of a melter where a student is required and there is none; then `reason` of the outcome says why.
    """
    teacher, thermostat = potential.calculator, settings.integration.thermostat_time_fs

    def itself(_: Path) -> StepDrivers:
        return PotentialItself(teacher, thermostat)

    if settings.student_use == "none":
        return itself, StudentOutcome(accepted=False, reason="none asked for")
    if not starts:
        return None, StudentOutcome(accepted=False, reason="there is no start to train it on")
    tolerance = glass.student_tolerance
    training = for_melts(settings.student, tolerance)
    report = distill(starts, teacher, training, glass.melt_K, folder, seed, progress=tell)
    if not report.accepted:
        return (None if settings.student_use == "required" else itself), report.outcome()
    # What errs more leaves its training further.
    allowed = settings.monitor.max_atom_error_meV_A
    wider = {
        "max_grade": settings.monitor.max_grade * tolerance,
        "max_atom_error_meV_A": None if allowed is None else allowed * tolerance,
    }
    monitor = settings.monitor.model_copy(update=wider)

    def taught(sample: Path) -> StepDrivers:
        labels, retraining = folder / "labels", sample / "retraining"
        return MeltingStudent(report.student, labels, teacher, potential.checksum, monitor, retraining, thermostat)

    return taught, report.outcome()


def for_melts(student: StudentConfig, tolerance: float) -> StudentConfig:
    """Settings of a student examined with wider limits, and trained no hotter than the melt, which is the hottest."""
    wider = {name: getattr(student, name) * tolerance for name in ERROR_LIMITS}
    step = {"timestep_fs": MELT_STEP_FS} if student.timestep_fs == "auto" else {}
    return student.model_copy(update={"temperature_factor": 1.0, **step, **wider})
