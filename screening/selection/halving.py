"""Successive halving: after a short run of every candidate, which can still be among the best?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from screening.selection.rows import RungRow
from screening.transport.line_record import LineRecord


def halve(
    fits: Mapping[str, LineRecord],
    before: Mapping[str, RungRow],
    *,
    length_ps: float,
    keep: int,
    confidence: float,
) -> list[RungRow]:
    """One row per candidate: it goes on, or its runs stay as long as they are, and why.

    What has to be reached is the `keep`-th largest lower limit of the conductivity at the extrapolation temperature. A
    candidate whose upper limit is below it is not among the best `keep` at that confidence and stops. One whose
    conductivity has no upper limit goes on: nothing is known against it. (Successive halving, Jamieson and Talwalkar,
    AISTATS 2016, with intervals in place of a fixed share, since ties in error bars must not be cut by luck.)

    Args:
        fits: Arrhenius records by id, from runs of this length.
        before: Rows of the rung before by id; who had stopped there stays stopped. Empty for the first rung.
        length_ps: Length of the runs.
        keep: How many of the best matter.
        confidence: Two-sided, of the limits.
    """
    limits = {id: _limits(fit, confidence) for id, fit in fits.items()}
    lows = sorted((low for low, _ in limits.values()), reverse=True)
    to_reach = lows[keep - 1] if len(lows) >= keep else 0.0
    rows = []
    for id, (low, high) in limits.items():
        if id in before and not before[id].goes_on:
            rows.append(before[id])
            continue
        row = RungRow(
            id=id,
            goes_on=high >= to_reach,
            stopped_ps=None,
            conductivity_300K_low_mS_cm=low,
            conductivity_300K_high_mS_cm=None if np.isinf(high) else high,
            to_reach_mS_cm=to_reach,
            reason="",
        )
        if not row.goes_on:
            why = (
                f"stopped after {length_ps:g} ps: at most {high:.2g} mS/cm, and the best {keep} have at least "
                f"{to_reach:.2g} ({confidence:.0%} limits)"
            )
            row = replace(row, stopped_ps=length_ps, reason=why)
        rows.append(row)
    return rows


def _limits(fit: LineRecord, confidence: float) -> tuple[float, float]:
    """Lower and upper limit of the conductivity in mS/cm; 0 and infinity where there is none."""
    value, error = fit.conductivity_300K_nernst_einstein_mS_cm, fit.ln_conductivity_300K_nernst_einstein_error
    if value is None or error is None:
        bound = fit.conductivity_300K_nernst_einstein_upper_bound_mS_cm
        return 0.0, float("inf") if bound is None else float(bound)
    widened = float(np.exp(ndtri(0.5 + 0.5 * confidence) * error))
    return value / widened, value * widened
