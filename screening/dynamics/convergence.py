"""When a run may end: its answer is known, its crystal has melted, or its temperature has run away.

A run is looked at a few times, at lengths that grow by a constant factor, with the analysis that its result will
have. What is decided at a length depends on the frames up to there and on nothing else, so a run that was killed,
continued or given a larger budget ends where it would have ended.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from screening.config.dynamics import MDProtocol
from screening.config.transport import TransportConfig
from screening.trajectories.run_record import Look, RunEnding
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_temperature
from screening.transport.record import TransportRecord, TransportVerdict

Floats = NDArray[np.float64]

# Looks are made at lengths that grow by this factor: the work of all looks is then four times that of the last, and
# the fewer looks, the less a lucky moment counts.
GROWTH = 1.3
# Shares of a run tried as its equilibration, and how many standard errors the means of what follows may differ by.
CUTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
SAME_MEAN_SIGMAS = 3.0
# Of the target. A thermostat holds the mean of a run within a per cent; a potential that makes energy, however slowly,
# lifts it. What blows up within a chunk the engines end (`engines.base.BLOWN_UP_FACTOR`).
HEATED_FACTOR = 1.25
HEATED_SIGMAS = 5.0


@dataclass(frozen=True)
class StoppingRule:
    """When one run of one candidate at one temperature may end.

    Attributes:
        mobile: Element of the mobile ions.
        temperature_K: Target.
        md: `target_relative_error` (None: only its budget or a verdict ends a run) and `min_duration_ps`.
        transport: Of the analysis.
        also_mobile: Further elements that move and are no part of the framework.
    """

    mobile: str
    temperature_K: float
    md: MDProtocol
    transport: TransportConfig
    also_mobile: tuple[str, ...] = ()

    @property
    def moving(self) -> frozenset[str]:
        """Elements that are no part of the framework."""
        return frozenset({self.mobile, *self.also_mobile})

    def due(self, before: int, after: int) -> bool:
        """Whether a look lies in (before, after], both in frames."""
        first = self.md.min_duration_ps * 1000 / self.md.sample_interval_fs
        if after < first:
            return False
        return before < first or _looks_until(after / first) > _looks_until(before / first)

    def look(self, trajectory: Trajectory) -> Look:
        """Analyse a run up to here.

        Args:
            trajectory: Its frames from the first on, with energies and temperatures.

        Raises:
            StageError: positions are not finite.
        """
        assert trajectory.energies_eV is not None
        assert trajectory.temperatures_K is not None
        record = analyse_temperature(
            [trajectory.beside(self.mobile, self.also_mobile)],
            mobile=self.mobile,
            charge=1.0,
            temperature_K=self.temperature_K,
            settings=self.transport,
        )
        value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
        relative = None if value is None or error is None else error / value
        cut = equilibration_cut(trajectory.energies_eV)
        ending, reason = self._decide(record, relative, cut, trajectory.temperatures_K)
        picosecond = trajectory.frame_interval_fs / 1000
        return Look(
            time_ps=trajectory.n_frames * picosecond,
            ending=ending,
            reason=reason,
            verdict=record.verdict,
            diffusivity_cm2_s=value,
            relative_error=relative,
            equilibration_ps=None if cut is None else cut * picosecond,
            mean_temperature_K=float(second_half(trajectory.temperatures_K).mean()),
        )

    def _decide(
        self, record: TransportRecord, relative_error: float | None, cut: int | None, temperatures_K: Floats
    ) -> tuple[RunEnding | None, str]:
        hot = runaway_reason(temperatures_K, self.temperature_K)
        if hot:
            return RunEnding.RUNAWAY, hot
        if record.verdict in (TransportVerdict.MELTED, TransportVerdict.ANOTHER_SPECIES_MOVES):
            return RunEnding.MELTED, record.reason
        target = self.md.target_relative_error
        missing = []
        if energy_drifts(cut, len(temperatures_K), self.transport.equilibration_fraction):
            missing.append("the potential energy still drifts in the analysed part of the run")
        if relative_error is None:
            missing.append(f"diffusion is not resolved: {record.reason}")
        elif target is not None and not relative_error < target:
            missing.append(f"the relative error of D* is {relative_error:.2f}, above the target of {target:g}")
        if target is None:
            missing.append("no target error is set")
        if missing:
            return None, "; ".join(missing)
        return RunEnding.ANSWERED, f"the relative error of D* is {relative_error:.2f}, below the target of {target:g}"


def equilibration_cut(energies: Floats) -> int | None:
    """Frames to leave out so that the mean of the rest does not drift; None where none of `CUTS` is enough.

    Geweke's comparison (Bayesian Statistics 4, 169 (1992)): the mean over the first fifth of what remains against
    that over its last half. Both errors come from the last half's variance and correlation time, since the first
    part may be the transient itself.

    Args:
        energies: Of each frame, (n_frames,).
    """
    for share in CUTS:
        rest = energies[round(share * len(energies)) :]
        early, late = rest[: max(1, len(rest) // 5)], second_half(rest)
        variance = float(late.var()) * statistical_inefficiency(late)
        error = np.sqrt(variance * (1 / len(early) + 1 / len(late)))
        if abs(early.mean() - late.mean()) <= SAME_MEAN_SIGMAS * error:
            return len(energies) - len(rest)
    return None


def second_half(values: Floats) -> Floats:
    """Of a series."""
    return values[len(values) // 2 :]


def energy_drifts(settled_from: float | None, length: float, equilibration_fraction: float) -> bool:
    """Whether the potential energy still drifts in the part of a run that is analysed.

    Args:
        settled_from: From where on it does not, as `equilibration_cut` finds it; None where it drifts to the end.
        length: Of the whole run, in the same unit.
        equilibration_fraction: Share of the run that the analysis leaves out.
    """
    # Half a per cent for the rounding to whole frames.
    return settled_from is None or settled_from > (equilibration_fraction + 0.005) * length


def runaway_reason(temperatures_K: Floats, target_K: float) -> str:
    """Why the temperature counts as run away, "" where it holds; judged on the second half."""
    late = second_half(temperatures_K)
    mean = float(late.mean())
    error = float(np.sqrt(late.var() * statistical_inefficiency(late) / len(late)))
    if mean > HEATED_FACTOR * target_K and mean - target_K > HEATED_SIGMAS * error:
        return f"the mean temperature is {mean:.0f} K at a target of {target_K:g} K: the energy is not conserved"
    return ""


def statistical_inefficiency(values: Floats) -> float:
    """Frames that make one independent sample, 1 + 2 sum of the autocorrelation.

    The sum ends where pairs of neighbouring terms stop being positive (initial positive sequence, Geyer, Stat. Sci. 7,
    473 (1992)). 1 for fewer than four values or constant ones.
    """
    n = len(values)
    centred = values - values.mean()
    if n < 4 or not centred.any():
        return 1.0
    size = next_fast_len(2 * n, real=True)
    spectrum = rfft(centred, size)
    correlation = irfft((spectrum * spectrum.conj()).real, size)[:n]
    correlation = correlation / correlation[0]
    pairs = correlation[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0)
    end = int(negative[0]) if len(negative) else len(pairs)
    return max(1.0, float(2.0 * pairs[:end].sum() - 1.0))


def _looks_until(ratio: float) -> int:
    """Looks after the first one up to a length of `ratio` times the first one's."""
    return int(np.floor(np.log(ratio) / np.log(GROWTH) + 1e-9))
