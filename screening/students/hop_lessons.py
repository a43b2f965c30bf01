"""Hops of a family's mobile ions: some are taught, others examined."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from screening.config.student import StudentConfig
from screening.dynamics.engines.base import EngineFailure
from screening.records import derive_seed
from screening.students.barriers import compared_barriers
from screening.students.calculator import StudentCalculator
from screening.students.design import Label
from screening.students.hops import Hop, at_rest, find_hops, images_of
from screening.students.lessons import Lessons
from screening.students.pod import StudentPotential
from screening.students.record import Barriers

# Share of the hops that are taught.
TAUGHT = 1 / 4
# Orderings whose hops are looked at; each costs a label for the start of its hops.
ORDERINGS = 4


@dataclass(frozen=True)
class _Made:
    """Hops with their frames and labels.

    Attributes:
        paths: Of each hop, indices of its frames from one end to the other.
        frames: All.
        labels: Of each.
        n_failed: Hops of which there are no frames.
    """

    paths: tuple[tuple[int, ...], ...]
    frames: tuple[Atoms, ...]
    labels: tuple[Label | None, ...]
    n_failed: int


class HopLessons:
    """Makes hops with the student that is to be taught or examined, and has them labelled by its teacher."""

    def __init__(
        self, structures: Sequence[Atoms], mobile: tuple[str, ...], settings: StudentConfig, lessons: Lessons, seed: int
    ) -> None:
        """Find the hops.

        Args:
            structures: Relaxed orderings of the family.
            mobile: Elements of the mobile ions.
            settings: How many hops.
            lessons: Labels and what was learnt.
            seed: Of the choice.
        """
        step = max(1, len(structures) // ORDERINGS)
        self._orderings = list(structures[::step][:ORDERINGS])
        rng = np.random.default_rng(derive_seed(seed, "hops"))
        wanted = settings.hops if mobile else 0
        found = find_hops(self._orderings, mobile, rng) if wanted else []
        n_taught = round(TAUGHT * min(wanted, len(found)))
        self._taught, self._others = found[:n_taught], found[n_taught:]
        self._wanted = wanted - round(TAUGHT * wanted)
        self._lessons = lessons
        self._examined: _Made | None = None
        self._done = 0
        self._was_taught = False

    @property
    def asked(self) -> bool:
        """Whether hops are examined at all."""
        return self._wanted > 0

    def teach(self, student: StudentPotential) -> bool:
        """Have some hops learnt, once; whether that changes the student."""
        if self._was_taught or not self._taught:
            return False
        self._was_taught = True
        made = self._made(student, self._taught, "hops")
        self._lessons.learn(made.frames, made.labels)
        return bool(made.frames)

    def examine(self, student: StudentPotential, number: int) -> Barriers:
        """The barriers of hops that were not taught; members of a committee are asked about the first's frames."""
        if self._examined is None or not student.member:
            first = self._done * self._wanted
            n = min(self._wanted, len(self._others))
            chosen = [self._others[(first + k) % len(self._others)] for k in range(n)]
            self._done += 1
            self._examined = self._made(student, chosen, f"hops_{number:02d}")
        made = self._examined
        with closing(student.engine()) as engine:
            own = [answer.energy for answer in engine.evaluate(made.frames)] if made.frames else []
        labelled = [path for path in made.paths if all(made.labels[k] is not None for k in path)]
        true = [np.nan if label is None else label.energy for label in made.labels]
        return compared_barriers(
            [[own[k] for k in path] for path in labelled],
            [[true[k] for k in path] for path in labelled],
            made.n_failed + len(made.paths) - len(labelled),
        )

    def lesson(self) -> tuple[list[Atoms], list[Label | None]]:
        """Frames and labels of what was examined last, to be taught: others are examined after that."""
        made, self._examined = self._examined, None
        return ([], []) if made is None else (list(made.frames), list(made.labels))

    def _made(self, student: StudentPotential, hops: Sequence[Hop], name: str) -> _Made:
        frames: list[Atoms] = []
        paths: list[tuple[int, ...]] = []
        starts: dict[int, int | None] = {}
        calculator = StudentCalculator(student)
        with closing(calculator):
            for hop in hops:
                if hop.ordering not in starts:
                    starts[hop.ordering] = self._start(hop.ordering, calculator, frames)
                start = starts[hop.ordering]
                images = [] if start is None else images_of(hop, frames[start], calculator)
                if images and start is not None:
                    paths.append((start, *range(len(frames), len(frames) + len(images))))
                    frames += images
        labels = self._lessons.label(name, frames)
        return _Made(tuple(paths), tuple(frames), tuple(labels), len(hops) - len(paths))

    def _start(self, ordering: int, calculator: StudentCalculator, frames: list[Atoms]) -> int | None:
        """Number of the frame in which an ordering is at rest by the student; None where that fails.

        All images are: from the teacher's minimum every hop would begin with what the student gains by moving to its
        own.
        """
        try:
            frames.append(at_rest(self._orderings[ordering], calculator))
        except EngineFailure:
            return None
        return len(frames) - 1
