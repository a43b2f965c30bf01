"""Colder temperatures than the hottest: a student is shown some frames of them, and examined on others.

Their frames differ little from one another, and from displaced copies of the orderings, so a few tell as much as many.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ase import Atoms

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine
from screening.records import derive_seed
from screening.students.acceptance import measure, unlabelled, wrong_forces_of_few
from screening.students.design import Label
from screening.students.exploration import Run, collided, run_student
from screening.students.lessons import Lessons
from screening.students.pod import StudentPotential
from screening.students.record import AtTemperature

# Length of a run: half of it to come to the temperature, the rest is looked at.
RUN_PS = 2.0
# Frames of each temperature that are taught, and that are examined; their labels are all that it costs.
TAUGHT, EXAMINED = 2, 3
# Nearer to the hottest than this share of it nothing is new.
SAME = 0.9


def ladder_K(hottest_K: float, coldest_K: float) -> tuple[float, ...]:
    """Temperatures below the hottest: the coldest, and that halfway between in 1/T."""
    if coldest_K > SAME * hottest_K:
        return ()
    halfway = 2 / (1 / coldest_K + 1 / hottest_K)
    return (coldest_K,) if coldest_K > SAME * halfway else (coldest_K, halfway)


@dataclass(frozen=True)
class _Frames:
    """Frames of some runs with their labels."""

    runs: tuple[Run, ...]
    frames: tuple[tuple[Atoms, ...], ...]
    labels: tuple[tuple[Label | None, ...], ...]


class ColderLessons:
    """Runs of a student at colder temperatures, each of one ordering, and what its teacher says of them."""

    def __init__(
        self,
        structures: Sequence[Atoms],
        temperatures_K: Sequence[float],
        settings: StudentConfig,
        lessons: Lessons,
        seed: int,
        mobile: Collection[str] = (),
    ) -> None:
        """Nothing is run yet.

        Args:
            structures: Relaxed orderings.
            temperatures_K: Colder ones; none asks for nothing.
            settings: Limits.
            lessons: Labels and what was learnt.
            seed: Of velocities and thermostats.
            mobile: Elements whose forces count.
        """
        self._mobile = mobile
        self.temperatures_K = tuple(temperatures_K)
        self._structures, self._settings, self._lessons, self._seed = structures, settings, lessons, seed
        self._examined: _Frames | None = None
        self._was_taught = False

    def teach(self, student: StudentPotential, engine: LammpsEngine) -> bool:
        """Have a few frames learnt, once; whether that changes the student."""
        if self._was_taught or not self.temperatures_K:
            return False
        self._was_taught = True
        made = self._made(student, engine, self._structures, "colder", TAUGHT)
        held = [k for k, run in enumerate(made.runs) if not run.failure]
        for k in held:
            self._lessons.learn(made.frames[k], made.labels[k])
        return bool(held)

    def examine(
        self, student: StudentPotential, engine: LammpsEngine, hot: Sequence[Run], number: int
    ) -> tuple[AtTemperature, ...]:
        """Errors at each temperature.

        Args:
            student: Who is examined.
            engine: Runs it.
            hot: Hot runs of the orderings: a cold one begins where they left the ions, since by itself it would stay in
                the relaxed place.
            number: Of the examination.
        """
        starts = [run.frame(-1) for run in hot]
        made = self._made(
            student, engine, starts, f"colder_{number:02d}", EXAMINED, first=number, hot_K=hot[0].temperature_K
        )
        self._examined = made
        return tuple(
            AtTemperature(
                temperature_K=run.temperature_K,
                failure=run.failure,
                errors=measure(student, engine, self._lessons.designer, frames, labels, [0] * len(frames)),
            )
            for run, frames, labels in zip(made.runs, made.frames, made.labels, strict=True)
        )

    def shortcomings(self, found: Sequence[AtTemperature]) -> list[str]:
        """Why a student with these errors must not be used; of a few frames forces alone are judged."""
        reasons = []
        for one in found:
            wrong = [f"its run failed: {one.failure}"] if one.failure else []
            if one.errors is None:
                wrong.append("the teacher could label none of its frames")
            else:
                wrong += unlabelled(one.errors, self._settings)
                wrong += wrong_forces_of_few(one.errors, self._settings, self._mobile)
            reasons += [f"at {one.temperature_K:.0f} K: {reason}" for reason in wrong]
        return reasons

    def lesson(self) -> tuple[list[Atoms], list[Label | None]]:
        """Frames and labels of what was examined last, to be learnt where it was refused; none of a run that failed."""
        made, self._examined = self._examined, None
        if made is None:
            return [], []
        held = [k for k, run in enumerate(made.runs) if not run.failure]
        return [f for k in held for f in made.frames[k]], [label for k in held for label in made.labels[k]]

    def _made(
        self,
        student: StudentPotential,
        engine: LammpsEngine,
        starts: Sequence[Atoms],
        name: str,
        n_frames: int,
        first: int = 0,
        hot_K: float | None = None,
    ) -> _Frames:
        runs = [
            run_student(
                student,
                engine,
                starts[(first + k) % len(starts)],
                temperature,
                RUN_PS,
                derive_seed(self._seed, name, k),
                hot_K=hot_K,
            )
            for k, temperature in enumerate(self.temperatures_K)
        ]
        frames = [_late(run, n_frames) for run in runs]
        sound = [[frame for frame in some if not collided(frame)] for some in frames]
        answers = iter(self._lessons.label(name, [frame for some in sound for frame in some]))
        # Those in which atoms have collided have no label, and count as frames without one.
        labels = [tuple(None if collided(frame) else next(answers) for frame in some) for some in frames]
        return _Frames(tuple(runs), tuple(map(tuple, frames)), tuple(labels))


def _late(run: Run, n: int) -> list[Atoms]:
    """Up to `n` frames evenly over the second half of a run, the last one among them."""
    last = len(run.positions) - 1
    if last < 0:
        return []
    return [run.frame(index) for index in sorted({last - round(k * last / 2 / n) for k in range(n)})]
