"""Attempt frequency: how often an ion runs against the walls of its site."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.local.record import Measured
from screening.trajectories.frames import framework_frame
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

#: Power beyond this share of the Nyquist frequency...
_HIGH = 0.8
#: ... above this share of the whole means that vibrations are faster than the frames.
_MAX_HIGH_POWER = 0.1
_MIN_SEGMENT_FRAMES = 32


@dataclass(frozen=True)
class VibrationSpectrum:
    """Spectrum of the mobile ions' velocities, the Fourier transform of their velocity autocorrelation.

    Attributes:
        frequency_THz: (n,).
        power: Vibrational density of states, integrates to one over frequency_THz, (n,).
        attempt_frequency_THz: Its mean frequency with the standard error over ions; None where not known.
        reason: Why it is not known, or "resolved".
    """

    frequency_THz: Floats
    power: Floats
    attempt_frequency_THz: Measured | None
    reason: str


def vibration_spectrum(
    trajectories: Sequence[Trajectory], mobile: str, *, segment_ps: float = 2.0
) -> VibrationSpectrum:
    """Power spectrum of the velocities and its mean frequency.

    Velocities are differences of positions; what differencing damps, (sin(pi nu dt) / (pi nu dt))^2, is put back.
    Welch's method over segments: the resolution is one over the segment's length. The mean of the spectrum as the
    attempt frequency follows de Klerk, van der Maas, Wagemaker, ACS Appl. Energy Mater. 1, 3230 (2018). For a
    harmonic ion it is the frequency itself.

    Args:
        trajectories: Unwrapped; frames at least four times as often as the ion vibrates, 10 to 20 fs for Li.
        mobile: Element of the mobile ions.
        segment_ps: Length of a segment in ps.
    """
    # Takes as long to import as the rest of the analysis together.
    from scipy.signal import welch

    interval_ps = trajectories[0].frame_interval_fs / 1000.0
    shortest = min(t.n_frames for t in trajectories) - 1
    length = min(round(segment_ps / interval_ps), shortest)
    if length < _MIN_SEGMENT_FRAMES:
        empty = np.empty(0)
        reason = f"{length} frames of {interval_ps * 1000:g} fs in a segment of {segment_ps:g} ps show no spectrum"
        return VibrationSpectrum(empty, empty, None, reason)
    spectra = []
    for trajectory in trajectories:
        positions, _ = framework_frame(trajectory, mobile)
        for ion in trajectory.indices(mobile):
            velocity = np.diff(positions[:, ion].astype(np.float64), axis=0) / interval_ps
            frequency, density = welch(velocity, fs=1.0 / interval_ps, nperseg=length, axis=0)
            spectra.append(density.sum(axis=1))
    raw = np.array(spectra)
    total = raw.mean(axis=0)
    if not total.sum() > 0.0:
        return VibrationSpectrum(frequency, total, None, "the ions do not move")
    power = raw / np.sinc(frequency * interval_ps) ** 2
    mean = power.mean(axis=0)
    normalised = mean / (mean.sum() * (frequency[1] - frequency[0]))
    high = float(total[frequency > _HIGH * frequency[-1]].sum() / total.sum())
    if high > _MAX_HIGH_POWER:
        return VibrationSpectrum(
            frequency,
            normalised,
            None,
            f"{100 * high:.0f} % of the power is near the highest frequency that frames every "
            f"{interval_ps * 1000:g} fs can show: write frames more often",
        )
    own = (power * frequency).sum(axis=1) / power.sum(axis=1)
    value = float((mean * frequency).sum() / mean.sum())
    error = float(own.std(ddof=1) / np.sqrt(len(own))) if len(own) > 1 else float(frequency[1])
    return VibrationSpectrum(frequency, normalised, Measured(value, error), "resolved")
