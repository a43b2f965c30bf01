"""The time between the frames of a file: what the user says against what the file says."""

import numpy as np

from screening.errors import StageError
from screening.trajectories.frame import Frame

#: What programs count time in, in fs: fs, ps, ns, ASE's unit, CHARMM's, atomic units of Hartree and of Rydberg.
_UNITS_FS = (1.0, 1e3, 1e6, 10.180506, 48.88821, 0.02418884, 0.04837769)
# Files write times with a few digits.
_RTOL = 1e-3


def check_asked(path: str, first: Frame, asked_fs: float | None) -> None:
    """Refuse a file of which nobody says the time between frames, before it is read.

    Raises:
        StageError: so.
    """
    if asked_fs is not None:
        return
    if first.time is None:
        raise StageError(f"{path} does not say the time between its frames: give it (--frame-interval-fs)")
    if first.time_unit_fs is None:
        raise StageError(
            f"{path} says the time of its frames, but not in which unit: give the time between frames "
            "(--frame-interval-fs)"
        )


def frame_interval_fs(path: str, first: Frame, spacing: float | None, asked_fs: float | None) -> float:
    """Time between frames in fs.

    Args:
        path: The file, for messages.
        first: Its first frame, which knows the unit of its time and the time step of its run, if the file says them.
        spacing: Mean difference of the times of frames in the file's unit, None where it states none.
        asked_fs: What the user says.

    Raises:
        StageError: nobody says it, or the user contradicts the file.
    """
    if spacing is None or not spacing > 0.0:
        if asked_fs is None:
            raise StageError(f"{path} does not say the time between its frames: give it (--frame-interval-fs)")
        _check_whole_steps(path, first, asked_fs)
        return asked_fs
    if first.time_unit_fs is not None:
        own = spacing * first.time_unit_fs
        compare_intervals(path, own, asked_fs, _RTOL)
        return own
    assert asked_fs is not None  # see `check_asked`
    if not any(np.isclose(asked_fs, spacing * unit, rtol=_RTOL, atol=0) for unit in _UNITS_FS):
        raise StageError(
            f"{path}: its times are {spacing:g} apart, which is {asked_fs:g} fs in no unit of time: {spacing:g} fs, "
            f"{spacing * 1e3:g} fs (if they are in ps) or what else its program counts in?"
        )
    return asked_fs


def compare_intervals(path: str, own_fs: float, asked_fs: float | None, rtol: float) -> None:
    """A file that knows its interval does not take another one.

    Raises:
        StageError: the user says another one.
    """
    if asked_fs is not None and not np.isclose(asked_fs, own_fs, rtol=rtol, atol=0):
        raise StageError(f"{path}: its frames are {own_fs:g} fs apart, not {asked_fs:g} fs")


def _check_whole_steps(path: str, first: Frame, asked_fs: float) -> None:
    step_fs = first.md_step_fs
    if step_fs and abs(asked_fs / step_fs - max(1, round(asked_fs / step_fs))) > _RTOL * asked_fs / step_fs:
        raise StageError(
            f"{path}: {asked_fs:g} fs between frames is no whole number of the run's time steps, {step_fs:g} fs each"
        )
