"""A student that melts and quenches: each step goes on with the student as the step before left it."""

from pathlib import Path

from ase.calculators.calculator import Calculator

from screening.config.dynamics import MDProtocol, MonitorConfig
from screening.dynamics.driver import Driver
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent
from screening.students.record import Teaching


class MeltingStudent:
    """Gives the driver of each step of a melt and quench, in their order."""

    def __init__(
        self,
        student: StudentPotential,
        family_labels: Path,
        teacher: Calculator,
        teacher_checksum: str,
        monitor: MonitorConfig,
        folder: Path,
        thermostat_time_fs: float,
    ) -> None:
        """Arguments as of `WatchedStudent`; `folder` gets one for each step that taught."""
        self._student, self._family_labels = student, family_labels
        self._teacher, self._teacher_checksum = teacher, teacher_checksum
        self._monitor, self._folder, self._thermostat_time_fs = monitor, folder, thermostat_time_fs
        self._steps: list[tuple[float, WatchedStudent]] = []

    def of(self, step: int, temperature_K: float, protocol: MDProtocol) -> Driver:
        """What drives a step; those before it are at their end."""
        self.close()
        before = self._steps[-1][1] if self._steps else None
        driver = WatchedStudent(
            before.student if before else self._student,
            self._family_labels,
            self._load_teacher,
            self._teacher_checksum,
            self._monitor,
            self._folder / f"step_{step:02d}",
            thermostat_time_fs=self._thermostat_time_fs,
            frame_interval_fs=protocol.sample_interval_fs,
            frames_per_chunk=protocol.frames_per_chunk,
            earlier=before.taught_with if before else (),
        )
        self._steps.append((temperature_K, driver))
        return driver

    @property
    def teachings(self) -> list[Teaching]:
        """Each time a step was stopped to teach its student."""
        return [Teaching.of(event, temperature_K=t) for t, driver in self._steps for event in driver.events]

    def close(self) -> None:
        """End the LAMMPS processes of the last step."""
        if self._steps:
            self._steps[-1][1].close()

    def _load_teacher(self) -> Calculator:
        return self._teacher
