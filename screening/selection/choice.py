"""The next temperatures of all candidates together: what each one's runs say, and who can still be among the best."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from screening.config.stages import TemperaturesSettings
from screening.records import content_hash
from screening.selection.halving import halve
from screening.selection.rows import RungRow, TemperatureRow
from screening.selection.temperatures import N_DECISIONS, Decision, decide
from screening.selection.temperatures_seen import Limits, Seen
from screening.trajectories.run_record import RunRecord
from screening.transport import analyse_arrhenius
from screening.transport.arrhenius import points_of
from screening.transport.record import CandidateTransport, TransportVerdict

_LOST = (TransportVerdict.MELTED, TransportVerdict.ANOTHER_SPECIES_MOVES, TransportVerdict.FAILED)
#: Core hours that a student takes for a ps of 52 atoms: where no run tells, since all were there from before.
_GUESSED_HOURS_PER_PS = 7e-4


def limits_of(settings: TemperaturesSettings) -> Limits:
    """What a campaign allows."""
    least_ps = min(settings.min_duration_ps, settings.duration_ps)
    return Limits(
        hottest_K=settings.hottest_K,
        target_K=settings.arrhenius.extrapolation_temperature_K,
        first_ps=settings.duration_ps,
        least_ps=least_ps,
        # A run of less than a chunk is one; of whole long ones it would cost more than is left.
        chunk_ps=min(settings.chunk_ps, least_ps),
        # Of one run; several together know D better. Planned for half of it, simulated campaigns stayed hotter, and
        # were off by half as much again at 300 K (docs/temperatures.md).
        error=settings.max_relative_error,
        reach=settings.arrhenius.max_extrapolation_factor,
        core_hours=settings.budget_core_hours,
    )


def choose(
    transport: Mapping[str, Sequence[CandidateTransport]],
    runs: Mapping[str, Sequence[RunRecord]],
    before: Mapping[str, TemperatureRow],
    *,
    number: int,
    settings: TemperaturesSettings,
    decided: Sequence[TemperatureRow] = (),
) -> list[TemperatureRow]:
    """The next temperatures of every candidate, or why there are none.

    Whoever can no longer be among the best gets none: core hours go where the ranking is decided. Nobody who has none
    gets one later.

    Args:
        transport: Of each candidate, at all temperatures so far.
        runs: Of each candidate, the same.
        before: Row of the table before this one, of candidates that have no further temperatures; by id.
        number: Of this table, from 1 on.
        settings: Of the stage.
        decided: Rows of this table when it was made before. A decision stays as long as what is known of D and what the
            campaign allows are the same: a run that is made again may take a little longer.
    """
    limits = limits_of(settings)
    lines = {id: analyse_arrhenius(records, settings=settings.arrhenius) for id, records in transport.items()}
    compared = halve(lines, {}, length_ps=0.0, keep=settings.keep, confidence=settings.confidence)
    out = {row.id: _beaten(row, settings) for row in compared if not row.goes_on}
    last = number == N_DECISIONS
    rows = []
    for id, records in transport.items():
        if id in before:
            rows.append(before[id])
            continue
        seen = seen_of(records, runs[id], settings.cores)
        known = _known(seen, limits, last)
        spent = sum(one.core_hours for one in seen)
        if id in out:
            rows += _rows(id, Decision(ends=out[id]), spent, "")
        elif kept := [row for row in decided if (row.id, row.decided_from) == (id, known)]:
            rows += kept
        else:
            rows += _rows(id, decide(seen, limits, last=last), spent, known)
    return rows


def _known(seen: Sequence[Seen], limits: Limits, last: bool) -> str:
    """Hash of all that a decision follows from, but for what the runs cost."""
    said = sorted((one.temperature_K, repr(one.point), one.lost, one.run_ps, one.relative_error) for one in seen)
    return content_hash([said, asdict(limits), last])


def _rows(id: str, decision: Decision, spent: float, known: str) -> list[TemperatureRow]:
    common: dict[str, Any] = {"id": id, "core_hours_spent": spent, "decided_from": known}
    if not decision.runs:
        common |= dict.fromkeys(("temperature_K", "duration_ps", "core_hours"))
        return [TemperatureRow(**common, reason=decision.ends)]
    return [TemperatureRow(**common, **asdict(one)) for one in decision.runs]


def _beaten(row: RungRow, settings: TemperaturesSettings) -> str:
    return (
        f"stopped for better ones: at most {row.conductivity_300K_estimate_high_mS_cm:.2g} mS/cm, and the best "
        f"{settings.keep} have at least {row.to_reach_mS_cm:.2g} ({settings.confidence:.0%} limits); among them with a "
        f"probability of {row.probability_among_best:.1%}"
    )


def seen_of(records: Sequence[CandidateTransport], runs: Sequence[RunRecord], cores: int) -> list[Seen]:
    """What the runs of one candidate say, a temperature each.

    Args:
        records: Its transport, a temperature each.
        runs: Its runs at these temperatures.
        cores: Of each run, for those whose processor time is not recorded.
    """
    rates = {id(run): rate for run in runs if (rate := _hours_per_ps(run, cores)) is not None}
    usual = float(np.mean(list(rates.values()))) if rates else _GUESSED_HOURS_PER_PS * cores
    found = []
    for record in records:
        here = [run for run in runs if run.temperature_K == record.temperature_K]
        lost = record.reason if record.verdict in _LOST else ""
        points = [] if lost else points_of([record])
        found.append(
            Seen(
                temperature_K=record.temperature_K,
                point=points[0] if points else None,
                lost=lost,
                run_ps=float(np.mean([run.ending.time_ps for run in here])) if here else 0.0,
                relative_error=_own_error(here),
                core_hours_per_ps=sum(rates.get(id(run), usual) for run in here) or usual,
            )
        )
    return found


def _hours_per_ps(run: RunRecord, cores: int) -> float | None:
    """Core hours that a ps took; None where the run was there already.

    Processor time is alike whatever else the machine does. Runs of older files have the time on the clock alone.
    """
    origin = run.provenance
    length = run.ending.time_ps if origin.ran_ps is None else origin.ran_ps
    if length <= 0.0:
        return None
    if origin.processor_s is not None:
        seconds = origin.processor_s
    else:
        taken = datetime.fromisoformat(origin.ended_utc) - datetime.fromisoformat(origin.started_utc)
        seconds = taken.total_seconds() * cores
    # Times on the clock are whole seconds.
    return max(seconds, 0.5) / 3600.0 / length


def _own_error(runs: Sequence[RunRecord]) -> float | None:
    """Relative error of D* from one run, the root of the mean square over those that have one."""
    errors = [look.relative_error for run in runs for look in run.ending.looks[-1:] if look.relative_error is not None]
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else None
