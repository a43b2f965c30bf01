"""finite_size.json: D* in a cell eight times as large, beside that in the candidate's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Record
from screening.transport.record import TransportRecord, TransportVerdict

#: The large cell is so many small ones along each edge.
REPEAT = 2

_NOT_COMPARED = "where one of both is not resolved"
_NOT_RUN = "where nothing was run"
_REPEATED = "where the first ordering is repeated, or nothing was run"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiniteSize(Record):
    """Both diffusivities and their ratio: what `compare_sizes` gives."""

    FILE: ClassVar[str] = "finite_size.json"

    reason: Annotated[str, Key("why they are not compared, empty where they are")]
    temperature_K: Annotated[float, Key("of both: the hottest at which D* is resolved")]
    n_large: Annotated[int | None, Key("large cells that were drawn and run", absent=_REPEATED)] = None
    large_cells: Annotated[str | None, Key("what the first of them holds, and how it was made", absent=_REPEATED)] = (
        None
    )
    n_mobile_small: Annotated[float | None, Key("mobile ions of the candidate's cell", none=_NOT_RUN)] = None
    n_mobile_large: Annotated[float | None, Key("mobile ions of the large cell", none=_NOT_RUN)] = None
    small_diffusivity_cm2_s: Annotated[float | None, Key("D* in the candidate's cell", none=_NOT_COMPARED)] = None
    small_diffusivity_error_cm2_s: Annotated[float | None, Key("its standard error", none=_NOT_COMPARED)] = None
    large_diffusivity_cm2_s: Annotated[float | None, Key("D* in the large cell", none=_NOT_COMPARED)] = None
    large_diffusivity_error_cm2_s: Annotated[float | None, Key("its standard error", none=_NOT_COMPARED)] = None
    ratio: Annotated[float | None, Key("large over small", none=_NOT_COMPARED, unit="")] = None
    ratio_error: Annotated[float | None, Key("its standard error", none=_NOT_COMPARED, unit="")] = None
    ln_conductivity_error: Annotated[
        float | None,
        Key(
            "part of the error of ln σ: root of the squares of ln of the ratio and of its error",
            none=_NOT_COMPARED,
            unit="",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFiniteSize(FiniteSize):
    """finite_size.json of a campaign."""

    id: Annotated[str, Key("of the candidate")]
    provenance: Annotated[Provenance, Key("what the file was made from")]


def hottest_resolved_K(records: Sequence[TransportRecord]) -> float | None:
    """The hottest temperature at which D* is resolved, None where it is at none: there a comparison is cheapest."""
    found = [record.temperature_K for record in records if record.verdict is TransportVerdict.RESOLVED]
    return max(found, default=None)


def compare_sizes(small: TransportRecord, large: TransportRecord) -> FiniteSize:
    """The ratio of both diffusivities with its error, or why there is none.

    Args:
        small: Of runs in the candidate's cell.
        large: Of runs in large ones, at the same temperature.
    """
    facts = FiniteSize(
        reason="",
        temperature_K=small.temperature_K,
        n_mobile_small=small.n_mobile,
        n_mobile_large=large.n_mobile,
    )
    one, one_error = small.tracer_diffusivity_cm2_s, small.tracer_diffusivity_error_cm2_s
    other, other_error = large.tracer_diffusivity_cm2_s, large.tracer_diffusivity_error_cm2_s
    if one is None or one_error is None:
        return replace(facts, reason=f"in the candidate's cell D* is not resolved: {small.reason}")
    if other is None or other_error is None:
        return replace(facts, reason=f"in the large cell D* is not resolved: {large.reason}")
    relative = math.hypot(one_error / one, other_error / other)
    return replace(
        facts,
        small_diffusivity_cm2_s=one,
        small_diffusivity_error_cm2_s=one_error,
        large_diffusivity_cm2_s=other,
        large_diffusivity_error_cm2_s=other_error,
        ratio=other / one,
        ratio_error=relative * other / one,
        ln_conductivity_error=math.hypot(math.log(other / one), relative),
    )
