"""Successive halving: after a short run of every candidate, which can still be among the best?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from screening.selection.knowledge import Knowledge, knowledge_of
from screening.selection.posterior import possible
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

    The probability to be among the best `keep` is that of the ranking. The least probable stop, as long as these
    probabilities add up to (1 - confidence) / 2 or less: so many of the `keep` best are lost on average. One of which
    nothing is known goes on. (Successive halving, Jamieson and Talwalkar, AISTATS 2016, with probabilities in place of
    a fixed share, since ties in error bars must not be cut by luck.)

    Args:
        fits: Arrhenius records by id, from runs of this length.
        before: Rows of the rung before by id; who had stopped there stays stopped. Empty for the first rung.
        length_ps: Length of the runs.
        keep: How many of the best matter.
        confidence: Two-sided, of the limits and of what stops.
    """
    known = {id: knowledge_of(fit) for id, fit in fits.items()}
    limits = {id: one.limits(confidence) for id, one in known.items()}
    lows = sorted((low for low, _ in limits.values()), reverse=True)
    to_reach = lows[keep - 1] if len(lows) >= keep else 0.0
    among = _among_best(known, keep)
    stopping = _least_probable(among, 0.5 * (1.0 - confidence))
    rows = []
    for id, (low, high) in limits.items():
        if id in before and not before[id].goes_on:
            rows.append(before[id])
            continue
        row = RungRow(
            id=id,
            goes_on=id not in stopping,
            stopped_ps=None,
            conductivity_300K_estimate_low_mS_cm=low,
            conductivity_300K_estimate_high_mS_cm=None if np.isinf(high) else high,
            to_reach_mS_cm=to_reach,
            probability_among_best=among.get(id),
            reason="",
        )
        if not row.goes_on:
            why = (
                f"stopped after {length_ps:g} ps: at most {high:.2g} mS/cm, and the best {keep} have at least "
                f"{to_reach:.2g} ({confidence:.0%} limits); among them with a probability of {among[id]:.1%}"
            )
            row = replace(row, stopped_ps=length_ps, reason=why)
        rows.append(row)
    return rows


def _among_best(known: Mapping[str, Knowledge], keep: int) -> dict[str, float]:
    """By candidate of which anything is known."""
    drawn = possible(known)
    return dict(zip(drawn.ids, drawn.among_best(keep).tolist(), strict=True))


def _least_probable(among: Mapping[str, float], most: float) -> set[str]:
    """Candidates, the least probable first, whose probabilities add up to `most` or less."""
    ordered = sorted(among, key=lambda id: (among[id], id))
    sums = np.cumsum([among[id] for id in ordered])
    return set(ordered[: int(np.searchsorted(sums, most, side="right"))])
