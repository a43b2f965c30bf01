"""Are frames equally spaced in time? Numbers of steps and times, whatever a file states, at restarts too."""

from math import floor, log10
from typing import Literal

import numpy as np

from screening.errors import StageError

Place = Literal["next", "same", "back", "again"]

# What times may be off that were added up or written in single precision, as shares of the spacing and of the time.
_RTOL = 1e-3
_SINGLE = 2.4e-7
# Times with few digits show their rounding within so many frames; even ones after that are taken as exact.
_SHOWN_WITHIN = 10


class Clock:
    """Where each frame belongs, told from the number or the time that it states.

    Attributes:
        what: The values are, "step" or "time".
        values: Of the frames kept so far; after a restart that counts anew they start again.
    """

    def __init__(self, what: str) -> None:
        """`what` the values are, "step" or "time"."""
        self.values: list[float] = []
        self.what = what
        self._start = 0
        self._exact = True
        self._decimals, self._significant = 0, 1
        self._elapsed, self._steps = 0.0, 0

    @property
    def spacing(self) -> float | None:
        """Mean spacing of what was kept, None with less than two frames."""
        return self._elapsed / self._steps if self._steps else None

    @property
    def is_new(self) -> bool:
        """Whether this count has one frame so far."""
        return len(self.values) - self._start == 1

    def place(self, value: float, where: str) -> tuple[Place, int]:
        """Where a frame belongs: after the last one, at a frame kept before (its index), or where a new count starts.

        Raises:
            StageError: it is neither one spacing after the last frame nor any of these.
        """
        self._learn_digits(value)
        end = len(self.values)
        if end == self._start:
            return "next", end
        step, spacing = value - self.values[-1], self.spacing
        tolerance = max(_RTOL * (spacing or 0.0), _SINGLE * abs(value))
        if spacing is not None and (abs(step - spacing) <= tolerance or self._rounded(value, spacing)):
            return "next", end
        if abs(step) <= tolerance:
            return "same", end - 1
        if step < 0.0:
            return self._before(value, tolerance)
        if spacing is None:
            return "next", end
        raise StageError(
            f"{where}: frames are not equally spaced in time: {self.what} {self.values[-1]:g} is followed by "
            f"{value:g}, the frames before are {spacing:g} apart; give a file of equal spacing"
        )

    def _before(self, value: float, tolerance: float) -> tuple[Place, int]:
        index = int(np.searchsorted(self.values[self._start :], value - tolerance)) + self._start
        if self._start < index < len(self.values) and abs(self.values[index] - value) <= tolerance:
            return "back", index
        return "again", len(self.values)

    def _learn_digits(self, value: float) -> None:
        """How many digits values are written with, after the point and in all."""
        if value:
            text = np.format_float_positional(abs(value), trim="-")
            self._decimals = max(self._decimals, len(text.partition(".")[2]))
            self._significant = max(self._significant, len(text.replace(".", "").strip("0")))

    def _rounded(self, value: float, spacing: float) -> bool:
        """Whether an uneven step is the rounding of times with few digits: the frame is no further from its place."""
        leading = floor(log10(abs(value))) + 1 if value else 0
        after_the_point, in_all = 10.0**-self._decimals, 10.0 ** (leading - self._significant)
        count = len(self.values) - self._start
        if self.what == "step" or (self._exact and count > _SHOWN_WITHIN and in_all <= after_the_point):
            return False
        place = self.values[self._start] + count * spacing
        if abs(value - place) > 1.1 * max(after_the_point, in_all) * (1.0 + 1.0 / count):
            return False
        self._exact = False
        return True

    def keep(self, value: float) -> None:
        """A frame is kept as the next one."""
        if len(self.values) > self._start:
            self._elapsed += value - self.values[-1]
            self._steps += 1
        self.values.append(value)

    def cut(self, n: int) -> None:
        """Frames from index n on are dropped."""
        del self.values[n:]

    def count_anew(self, last: float | None = None) -> None:
        """A new count starts: with the next frame, or with the last one kept if its value in the new count is given."""
        if last is not None:
            self.values[-1] = last
        self._start = len(self.values) - (0 if last is None else 1)
