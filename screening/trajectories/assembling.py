"""From the frames of a file to a trajectory: atoms that stay the same, equal times, restarts joined."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.errors import StageError
from screening.trajectories.clock import Clock
from screening.trajectories.following import Follower, Step
from screening.trajectories.frame import Floats, Frame, Source, unknown_elements
from screening.trajectories.interval import check_asked, frame_interval_fs
from screening.trajectories.trajectory import Trajectory

# A frame counts as the same as another where atoms moved less than this share of a usual step, and as continuing a run
# where they moved less than this many usual steps.
SAME, CONTINUES = 0.1, 3.0
# An atom that moved in each of so many steps does not rest by chance.
_LIVELY_STEPS = 10


@dataclass(frozen=True)
class Piece:
    """What one file holds.

    Attributes:
        trajectory: Its frames.
        numbers: Of the kept frames, steps or times, as the file counts them; None where it does not.
    """

    trajectory: Trajectory
    numbers: Floats | None


class Assembler:
    """Takes the frames of a file one after the other and keeps those that make one run.

    Args:
        source: The file; notes are added to it.
        asked_fs: What the user says of the time between the file's frames, None where nothing.
        stride: Keep every so many frames.
        as_written: See `Follower`.
    """

    def __init__(self, source: Source, asked_fs: float | None, stride: int, as_written: NDArray[np.bool_]) -> None:
        self._source = source
        self._asked_fs = asked_fs
        self._stride = stride
        self._as_written = as_written
        self._follower: Follower | None = None
        self._first: Frame | None = None
        self._symbols: tuple[str, ...] = ()
        self._clocks: list[Clock] = []
        self._kept: list[Floats] = []
        self._cells: list[Floats] = []
        self._count = 0
        self._squares, self._steps = 0.0, 0
        self._lively = np.ones(0, dtype=bool)

    def take(self, frames: Iterator[Frame]) -> NDArray[np.bool_]:
        """Take all frames of the file; returns axes that must be read again as they are written, (3,).

        Raises:
            StageError: see `read_trajectory`.
        """
        for number, frame in enumerate(frames, start=1):
            self._take(frame, number)
        if self._count < 2:
            notes = "".join(f"; {note}" for note in self._source.notes)
            raise StageError(
                f"{self._source.path} has {self._count} frames; a trajectory needs two at the least{notes}"
            )
        assert self._follower is not None
        return self._follower.axes_as_written(str(self._source.path), self._interval_fs())

    def piece(self) -> Piece:
        """The trajectory of what was taken; may be asked for once.

        Memory: the frames as float64, each given up as it is put into the float32 result.
        """
        cells = np.array(self._cells)
        cell: Floats = cells[0] if np.abs(cells - cells[0]).max() < 1e-8 else cells.mean(axis=0)
        positions = np.empty((len(self._kept), len(self._symbols), 3), dtype=np.float32)
        for index in range(len(self._kept)):
            positions[index] = self._kept[index] @ cell
            self._kept[index] = cells[0]
        fs = self._interval_fs() * self._stride
        numbers = np.array(self._clocks[0].values) if self._clocks else None
        return Piece(Trajectory(self._symbols, positions, cell, fs, notes=tuple(self._source.notes)), numbers)

    def _interval_fs(self) -> float:
        assert self._first is not None
        spacing = next((clock.spacing for clock in self._clocks if clock.what == "time"), None)
        return frame_interval_fs(str(self._source.path), self._first, spacing, self._asked_fs)

    def _take(self, frame: Frame, number: int) -> None:
        where = f"{self._source.path}, frame {number}"
        if self._follower is None:
            self._begin(frame, where)
        elif frame.symbols != self._symbols:
            raise StageError(f"{where}: the atoms of frame {number} differ from those of the first in number or order")
        if not np.isfinite(frame.fractional).all():
            atom = int(np.flatnonzero(~np.isfinite(frame.fractional).all(axis=1))[0])
            raise StageError(
                f"{where}: the coordinates of atom {atom + 1} are not finite: the run blew up or the file is damaged; "
                "cut the file before this frame"
            )
        assert self._follower is not None
        before = self._follower.before
        step = self._follower.look(frame, where)
        if self._belongs(frame, step, where):
            if self._follower.before is not before:  # the frames before were dropped
                step = self._follower.look(frame, where)
            self._keep(frame, step, number)

    def _begin(self, frame: Frame, where: str) -> None:
        unknown = unknown_elements(frame.symbols)
        if unknown:
            raise StageError(f"{where}: {', '.join(unknown)} is no element")
        self._symbols = frame.symbols
        self._first = frame
        self._lively = np.ones(len(frame.symbols), dtype=bool)
        check_asked(str(self._source.path), frame, self._asked_fs)
        self._follower = Follower(frame.symbols, self._as_written)
        if frame.step is not None:
            self._clocks.append(Clock("step"))
        if frame.time is not None:
            self._clocks.append(Clock("time"))

    def _belongs(self, frame: Frame, step: Step, where: str) -> bool:
        """Whether the frame is to be kept; what it replaces is dropped."""
        values = [frame.step if clock.what == "step" else frame.time for clock in self._clocks]
        if not self._clocks or any(value is None for value in values):
            self._clocks = []
            return not self._rests(step, where)
        first, value = self._clocks[0], float(values[0] or 0)
        place, index = first.place(value, where)
        if place == "same":
            return self._again_the_same(step, value, where)
        if place == "back" and self._goes_back(frame, index, where):
            return True
        if place in ("back", "again"):
            return self._counts_anew(frame, step, [float(v or 0) for v in values], where)
        for clock, other in zip(self._clocks[1:], values[1:], strict=True):
            if clock.place(float(other or 0), where)[0] != "next":
                clock.count_anew()  # a time that was set back while the steps go on
        if self._rests(step, where):
            for clock, numbered in zip(self._clocks, values, strict=True):
                clock.count_anew(float(numbered or 0))  # a program joined files and numbered their frames through
            return False
        return True

    def _again_the_same(self, step: Step, value: float, where: str) -> bool:
        what = self._clocks[0].what
        if self._is_same(step):
            self._source.note(f"{where} is the one before again (a restart) and is left out")
            return False
        if self._count == 1:
            self._source.note(f"{self._source.path}: all frames have {what} {value:g}, so it does not count them")
            self._clocks = []
            return True
        raise StageError(
            f"{where} has {what} {value:g} as the one before, with other positions: two runs are mixed in this file, "
            "or its frames are not in order; give each run as a file"
        )

    def _goes_back(self, frame: Frame, index: int, where: str) -> bool:
        """Whether the run was continued from before its end: then its frames from `index` on are replaced."""
        assert self._follower is not None
        stored = -(-index // self._stride)
        earlier = self._kept[stored - 1]
        if not self._continues(self._follower.look(frame, where, earlier)):
            return False
        dropped = self._count - index
        self._source.note(f"{where}: the run was continued from before its end; {dropped} frames are made anew")
        del self._kept[stored:], self._cells[stored:]
        self._count = index
        for clock in self._clocks:
            clock.cut(index)
        self._follower.back_to(earlier)
        return True

    def _counts_anew(self, frame: Frame, step: Step, values: list[float], where: str) -> bool:
        assert self._follower is not None
        what = self._clocks[0].what
        if self._clocks[0].is_new:
            raise StageError(f"{where}: {what} falls from frame to frame: frames are not in the order of time")
        if self._is_same(step):
            for clock, value in zip(self._clocks, values, strict=True):
                clock.count_anew(value)
            self._source.note(
                f"{where} is the one before again, with {what} {values[0]:g} (a restart), and is left out"
            )
            return False
        if not self._continues(step):
            same = self._is_same(self._follower.look(frame, where, self._kept[0]))
            raise StageError(
                f"{where}: {what} starts again at {values[0]:g}, "
                + (
                    "with the positions of the first frame: the same run twice, or two runs from one start"
                    if same
                    else f"and atoms are {step.moved_A:.2f} A from where the frame before left them"
                )
                + "; give each run as a file of its own"
            )
        for clock in self._clocks:
            clock.count_anew()
        self._source.note(f"{where}: {what} starts again at {values[0]:g}; the run goes on there")
        return True

    def _rests(self, step: Step, where: str) -> bool:
        """Whether a frame is the one before again, though no number says so: nothing moves, an atom always did."""
        if not self._kept or step.moved_A > 1e-9:
            return False
        if self._steps < _LIVELY_STEPS or not self._lively.any():
            return False
        self._source.note(f"{where} is the one before again (a restart) and is left out")
        return True

    def _usual_A(self) -> float | None:
        return float(np.sqrt(self._squares / self._steps)) if self._steps else None

    def _is_same(self, step: Step) -> bool:
        usual = self._usual_A()
        return step.moved_A <= max(1e-9, SAME * (usual or 0.0))

    def _continues(self, step: Step) -> bool:
        usual = self._usual_A()
        return usual is None or step.moved_A <= CONTINUES * usual

    def _keep(self, frame: Frame, step: Step, number: int) -> None:
        assert self._follower is not None
        if self._count:
            self._squares += step.moved_A**2
            self._steps += 1
            moved = (np.abs(step.nearest) > 1e-12).any(axis=1)
            self._lively &= moved
        gap = self._follower.gap(step) if self._count else None
        if gap is not None:
            raise StageError(
                f"{self._source.path}, frame {number}: {gap}: frames are missing before it, or another run begins; "
                "give each run as a file of its own"
            )
        self._follower.accept(frame, step, number)
        for clock in self._clocks:
            clock.keep(float((frame.step if clock.what == "step" else frame.time) or 0))
        if self._count % self._stride == 0:
            self._kept.append(step.followed)
            self._cells.append(step.cell)
        self._count += 1
