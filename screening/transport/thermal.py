"""Do the frames lie as far apart as is said? Their first displacements against the thermal velocity.

In equilibrium <dx^2>(t) <= (kT/m) t^2, because a velocity is never more correlated than with itself: atoms that go
further in a frame are too fast for the interval or the temperature. Where motion is smooth from frame to frame, <dx^2>
over one and over two frames tells the velocity itself, and one that is too slow shows as well.
"""

from collections.abc import Sequence

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray
from scipy.constants import Boltzmann, atomic_mass

from screening.errors import StageError
from screening.trajectories.frames import framework_drift, in_mean_cell
from screening.trajectories.trajectory import Trajectory

#: From how many times too fast or too slow on it is remarked on.
_DOUBTFUL = 2.0
#: From where on it is refused: where the velocity is known, and where it is only known to be higher.
_WRONG, _IMPOSSIBLE = 5.0, 15.0
#: Share by which the mean temperature of a run may differ from what is said; thermostats hold it to 1 %.
_SAME_TEMPERATURE = 0.1
# Smooth is where <dx^2> grows at least so many times from one frame to two: 4 for a free atom, 2 for a random walk.
_SMOOTH = 2.8
# Vibrations of a framework are over after this time: from then on <dx^2> of atoms that stay grows by less than this.
_OVER_FS, _OVER_RATIO, _STAYS = 500.0, 1.4, 10.0
_FRAMES, _MIN_SAMPLES = 400, 300


def check_interval(trajectory: Trajectory, mobile: Sequence[str], temperature_K: float, name: str) -> str | None:
    """What is doubtful about a trajectory's frame interval at its temperature, None where nothing is.

    Args:
        trajectory: Unwrapped.
        mobile: Elements of the mobile ions.
        temperature_K: Said of the run.
        name: Of the file, for the message.

    Raises:
        StageError: atoms are so fast or slow that interval or temperature must be wrong.
    """
    if trajectory.n_frames < 3:
        return None
    moved = _moved(trajectory, mobile)
    worst: tuple[float, str, bool] = (1.0, "", False)
    for element in sorted(set(trajectory.symbols)):
        ratio, known = _speed(
            moved[:, :, trajectory.indices(element)], trajectory.frame_interval_fs, element, temperature_K
        )
        if abs(np.log(ratio)) > abs(np.log(worst[0])):
            worst = ratio, element, known
    ratio, element, known = worst
    if 1.0 / _DOUBTFUL < ratio < _DOUBTFUL:
        return _still_vibrates(trajectory, mobile, moved, name)
    fs = trajectory.frame_interval_fs
    least, more = ("", "") if known else ("at least ", "or more ")
    text = (
        f"{name}: if frames are {fs:g} fs apart, {element} moves {least}{ratio:.2g} times as fast as at "
        f"{temperature_K:g} K; frames {fs * ratio:.2g} fs {more}apart would fit; check the frame interval and the "
        "temperature"
    )
    limit = _WRONG if known else _IMPOSSIBLE
    if not 1.0 / limit < ratio < limit:
        raise StageError(text)
    return text


def require_temperature(trajectory: Trajectory, temperature_K: float, name: str) -> None:
    """Refuse another temperature than that which a run tells of itself; conductivities go with one over it.

    Raises:
        StageError: the mean over the second half of the run is another one.
    """
    if trajectory.temperatures_K is None:
        return
    own = float(trajectory.temperatures_K[trajectory.n_frames // 2 :].mean())
    if abs(own / temperature_K - 1.0) > _SAME_TEMPERATURE:
        raise StageError(f"{name} was at {own:.0f} K, and {temperature_K:g} K is said of it (--temperature)")


def _still_vibrates(trajectory: Trajectory, mobile: Sequence[str], moved: NDArray[np.float64], name: str) -> str | None:
    """What is doubtful where frames are said to be far apart and framework atoms still vibrate from one to the next."""
    fs = trajectory.frame_interval_fs
    if fs < _OVER_FS:
        return None
    whole = trajectory.positions[-1].astype(np.float64) - trajectory.positions[0]
    for element in sorted(set.intersection(*(set(trajectory.framework_of(name)) for name in mobile))):
        atoms = trajectory.indices(element)
        one, two = (float((part[:, atoms] ** 2).mean()) for part in moved)
        few = moved[0][:, atoms].size < _MIN_SAMPLES
        if few or one == 0.0 or float(whole[atoms].var(axis=0).mean()) > _STAYS * one:
            continue
        if two / one > _OVER_RATIO:
            return (
                f"{name}: if frames are {fs:g} fs apart, {element} still vibrates from frame to frame, where the "
                "vibrations of a framework are over; check the frame interval, which may be some ten times shorter"
            )
    return None


def _moved(trajectory: Trajectory, mobile: Sequence[str]) -> NDArray[np.float64]:
    """Displacements over one and two frames in the framework's frame of reference, A, (2, n_starts, n_atoms, 3)."""
    starts = np.unique(np.linspace(0, trajectory.n_frames - 3, _FRAMES).astype(np.intp))
    positions = in_mean_cell(trajectory)
    first = positions[starts].astype(np.float64)
    moved = np.stack([positions[starts + lag].astype(np.float64) - first for lag in (1, 2)])
    moving = np.unique(np.concatenate([trajectory.moving(element) for element in mobile]))
    drift = framework_drift(positions, trajectory.symbols, moving)
    if drift is not None:
        moved -= np.stack([drift[starts + lag] - drift[starts] for lag in (1, 2)])[:, :, None, :]
    return moved


def _speed(moved: NDArray[np.float64], fs: float, element: str, temperature_K: float) -> tuple[float, bool]:
    """Velocity over the thermal one, and whether it is known; else it is at least that, and 1 where that says nothing.

    A harmonic atom has <dx^2> = 2 A^2 (1 - cos wt): two of them give w and with it the velocity Aw.
    """
    if moved[0].size < _MIN_SAMPLES:
        return 1.0, False
    one, two = (float((part**2).mean()) for part in moved)
    if one == 0.0:
        return 1.0, False
    thermal = Boltzmann * temperature_K / (atomic_masses[atomic_numbers[element]] * atomic_mass) * 1e-10  # A^2/fs^2
    lowest = one / (fs**2 * thermal)
    if two / one < _SMOOTH:
        return max(1.0, float(np.sqrt(lowest))), False
    phase = float(np.arccos(np.clip(two / one / 2.0 - 1.0, -1.0, 1.0)))
    factor = phase**2 / (2.0 * (1.0 - np.cos(phase))) if phase > 1e-6 else 1.0
    return float(np.sqrt(lowest * factor)), True
