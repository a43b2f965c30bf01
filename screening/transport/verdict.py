"""May the slope of an MSD be called a diffusivity? A verdict with its reason in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from screening.config.transport import TransportConfig
from screening.transport.combination import Estimate
from screening.transport.record import Growth, TransportVerdict

Floats = NDArray[np.float64]


def growth(lag_ps: Floats, msd_A2: Floats) -> Growth:
    """How large an element's MSD is at the last lag, and how it grows from a quarter of it on."""
    late = lag_ps >= 0.25 * lag_ps[-1]
    if late.sum() < 2 or not np.all(msd_A2[late] > 0.0):
        return Growth(float(msd_A2[-1]), 0.0)
    slope = np.polyfit(np.log(lag_ps[late]), np.log(msd_A2[late]), 1)[0]
    return Growth(float(msd_A2[-1]), float(slope))


def framework_moves(
    elements: Mapping[str, Growth], mobile: str, settings: TransportConfig
) -> tuple[TransportVerdict, str] | None:
    """Whether the framework is molten, or another species than the mobile one moves in it; None where it is stable.

    Turning groups move their outer atoms by up to twice the bond length squared, about 8.5 A^2 for PS4, without
    melting: so either every framework element must grow past `framework_msd_limit_A2`, or one past
    `rotation_msd_limit_A2`. Where one does and another stays below the first limit, there still is a framework.
    """
    growing = {name: g for name, g in elements.items() if g.slope >= settings.framework_growth_slope}
    text = ", ".join(f"{name} {g.msd_A2:.2f} A^2 growing as t^{g.slope:.2f}" for name, g in sorted(growing.items()))
    limit = settings.framework_msd_limit_A2
    if elements and len(growing) == len(elements) and all(g.msd_A2 > limit for g in growing.values()):
        return TransportVerdict.MELTED, f"the framework diffuses: every element's MSD is above {limit} A^2 ({text})"
    far = sorted(name for name, g in growing.items() if g.msd_A2 > settings.rotation_msd_limit_A2)
    if not far:
        return None
    stable = sorted(name for name, g in elements.items() if g.msd_A2 <= limit)
    if not stable:
        return TransportVerdict.MELTED, (
            f"{' and '.join(far)} of the framework diffuse: MSD above {settings.rotation_msd_limit_A2} A^2, "
            f"more than rotating groups can give ({text})"
        )
    moved = ", ".join(f"{name} with an MSD of {elements[name].msd_A2:.1f} A^2" for name in far)
    return TransportVerdict.ANOTHER_SPECIES_MOVES, (
        f"another species than {mobile} moves: {moved}, while the framework of {' and '.join(stable)} is stable; name "
        f"{' and '.join(far)} as mobile too (--mobile, or also_mobile of a campaign), or this sublattice melts"
    )


@dataclass(frozen=True)
class Evidence:
    """What the verdict is made from.

    Attributes:
        diffusivity: D* in A^2/ps, or None where the MSD never opened a fit window.
        loglog_slope: Slope of ln MSD over ln t over the last two octaves of the lags.
        loglog_slope_error: Its standard error.
        escapes: Times an ion left its neighbourhood, all trajectories.
        n_ions: Mobile ions, all trajectories.
        framework: There are atoms that are not mobile.
        last_lag_ps: End of the window.
        msd_A2: Tracer MSD there.
    """

    diffusivity: Estimate | None
    loglog_slope: float
    loglog_slope_error: float
    escapes: int
    n_ions: int
    framework: bool
    last_lag_ps: float
    msd_A2: float


def judge(evidence: Evidence, settings: TransportConfig) -> tuple[TransportVerdict, str]:
    """The verdict on trajectories whose framework holds, and its reason.

    Every rule must pass: ions have left their neighbourhoods, the MSD grows on, and the relative error, which holds
    what a slowdown that is not over would change, is not too large. No rule asks for a size of D itself: runs in
    which D came out high by chance would pass it, and those in which it came out low would not.
    """
    slope, error = evidence.loglog_slope, evidence.loglog_slope_error
    if slope - 2.0 * error > settings.max_loglog_slope:
        return TransportVerdict.TOO_SHORT, (
            f"the MSD still grows as t^{slope:.2f} up to {evidence.last_lag_ps:g} ps (at most "
            f"t^{settings.max_loglog_slope} counts as diffusion): the motion is still ballistic, or the ions drift"
        )
    failures = []
    if evidence.diffusivity is None:
        needed = settings.fit_start_hop_fraction * settings.hop_distance_A**2
        failures.append(
            f"the MSD is {evidence.msd_A2:.2f} A^2 at {evidence.last_lag_ps:g} ps, too little for a fit window, which "
            f"opens at {needed:.2f} A^2"
        )
    if slope + 2.0 * error < settings.min_loglog_slope:
        failures.append(f"the MSD grows as t^{slope:.2f} +- {error:.2f}, below t^{settings.min_loglog_slope}")
    if evidence.escapes < settings.min_escapes:
        failures.append(
            f"{evidence.n_ions} ions left their neighbourhood {evidence.escapes} times, "
            f"fewer than {settings.min_escapes}"
        )
    if evidence.diffusivity is not None:
        value, spread = evidence.diffusivity.value, evidence.diffusivity.error_of_many
        if not spread < settings.max_relative_error * value:
            failures.append(
                f"D* = {value:.3g} +- {spread:.3g} A^2/ps has a relative error above {settings.max_relative_error:g}"
            )
    if failures:
        outcome = TransportVerdict.BRACKETED if _between(evidence, settings) else TransportVerdict.UPPER_BOUND
        return outcome, "; ".join(failures)
    return TransportVerdict.RESOLVED, (
        f"the MSD grows as t^{slope:.2f}, ions left their neighbourhood {evidence.escapes} times, "
        + ("the framework is stable" if evidence.framework else "there is no framework")
    )


def _between(evidence: Evidence, settings: TransportConfig) -> bool:
    """Whether diffusion is seen, if not well enough for a number: escapes were counted, and the MSD grows on.

    Neither asks for a size of D.
    """
    return evidence.escapes >= settings.min_bracket_escapes and evidence.loglog_slope >= settings.min_bracket_slope


def proportional_error_bound(value: float, error: float, confidence: float) -> float:
    """One-sided upper bound of a D whose error is a share of its value, as of few walkers; 0 for no positive value.

    A mean square of nu normal numbers spreads as chi2(nu) / nu with nu = 2 (value / error)^2: a low one comes with a
    low error, and value + 1.64 error bounds D in four cases of five only where 19 of 20 are meant.
    """
    if not value > 0.0 or not error > 0.0:
        return 0.0
    degrees = 2.0 * (value / error) ** 2
    return value * degrees / float(chdtri(degrees, confidence))


def event_bound(events: int, ion_ps: float, hop_distance_A: float, dimensions: int, confidence: float) -> float:
    """D in A^2/ps of hops of which `events` or fewer are seen in `ion_ps` ion-ps with probability 1 - confidence.

    Poisson events: their largest compatible number is chi2(confidence; 2 n + 2) / 2, 3.0 for none at 95 %.
    """
    most = float(chdtri(2 * events + 2, 1 - confidence)) / 2.0
    return most * hop_distance_A**2 / (2.0 * dimensions * ion_ps)


def effective_hops(msd_at_end_A2: Sequence[float], n_ions: Sequence[int], hop_distance_A: float) -> float:
    """N_eff: the MSD at the last lag summed over ions and trajectories, over a hop distance squared.

    He, Zhu, Mo, npj Comput. Mater. 4, 18 (2018).
    """
    total = sum(msd * n for msd, n in zip(msd_at_end_A2, n_ions, strict=True))
    return total / hop_distance_A**2
