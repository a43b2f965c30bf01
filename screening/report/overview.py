"""The campaign at a glance: one row per candidate, ready for the table and the overview figures."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from screening.potentials.calibration import typical_error
from screening.report import measured
from screening.report.collect import Candidate, Collection
from screening.report.corrected import Corrected, corrected_of
from screening.report.measured import Key, Measured
from screening.report.reach import Coldest, Expected, Reach, coldest_of, doubts_of, expected, reach_of, seen_at
from screening.report.text import compact, positive, prose
from screening.report.verdicts import kind_of
from screening.selection.knowledge import Source
from screening.selection.rows import RankingRow, RankingVerdict
from screening.transport.line_record import LineFit, LineRecord
from screening.transport.record import TransportVerdict

_SOURCES = {
    Source.COLLECTIVE: "collective, from all ions together",
    Source.NERNST_EINSTEIN: "from the tracer diffusivity, over Haven ratios of 0.2 to 1",
    None: "from the tracer diffusivity (Nernst–Einstein)",
}


@dataclass(frozen=True)
class Row:
    """One candidate in the table.

    Attributes:
        rank: From 1, in the ranking's order.
        id: Of the candidate.
        formula: Composition of one formula unit.
        label: Name that no other candidate of the campaign has, for legends.
        done: What was done to the parent.
        parent: Id of the parent.
        ion: Element that conducts in it; empty in tables that do not name it.
        kind: Verdict, a key of `screening.report.verdicts.KINDS`.
        seen: Temperatures of the line, in words.
        coldest: Diffusivity at the coldest temperature that shows one; None where none does.
        reach: How far the temperature of the conductivity lies from the runs; None without a conductivity.
        expected: The conductivity as text; None unless resolved.
        cell: Volume of the runs' cells beside the measured one in percent, where that is doubtful; else None.
        conductivity: Value, low and high end of the interval in mS/cm, None unless resolved.
        corrected: The value without the potential's bias in compounds like this one; None where no bias is known.
        measured: What laboratories measured at room temperature for its composition; None where nothing is known.
        alone: The value from its own runs, not pulled towards the others'.
        source: Which conductivity it is, in words.
        tier: From 1; None where nothing is known.
        best: Probability to conduct best of all.
        among: Probability to be among the three best.
        lower: Lower bound of the conductivity in mS/cm, None where there is none.
        bound: Upper bound of the conductivity in mS/cm, None where there is none.
        energy: Activation energy and its standard error in eV (the error may be None), None unless resolved.
        enthalpy: Mixing enthalpy in meV/atom.
        enthalpy_error: Its standard error, None where a single start says nothing of it, and for end members.
        hull: Energy above the hull of all references in meV/atom.
        against: What it is measured against.
        spread: Highest less lowest ordering in meV/atom.
        dimensionality: Axes along which the ions move.
        disagreement: Of a second potential's forces in meV/Angstrom, None where none was asked.
        reason: Why, in words, without what the row says elsewhere.
        points: Resolved (T in K, D in cm2/s, standard error of D) of every temperature.
        bounds: (T in K, upper bound of D in cm2/s).
        brackets: (T in K, lower and upper bound of D in cm2/s).
        per_diffusivity: Nernst and Einstein's σT over D*, in K mS/cm over cm2/s; None where no temperature has it.
        target: D* in cm2/s at the temperature asked for with its interval, if that is extrapolated; None elsewhere.
        wide_target: The interval with the potential's typical error.
        line: (ln of the prefactor in cm2/s, activation energy in eV), None without a fit.
    """

    rank: int
    id: str
    formula: str
    label: str
    done: str
    parent: str
    ion: str
    kind: str
    seen: str
    coldest: Coldest | None
    reach: Reach | None
    expected: Expected | None
    cell: float | None
    conductivity: tuple[float, float | None, float | None] | None
    corrected: Corrected | None
    measured: Measured | None
    alone: float | None
    source: str | None
    tier: int | None
    best: float | None
    among: float | None
    lower: float | None
    bound: float | None
    energy: tuple[float, float | None] | None
    enthalpy: float | None
    enthalpy_error: float | None
    hull: float | None
    against: str
    spread: float | None
    dimensionality: int | None
    disagreement: float | None
    reason: str
    points: tuple[tuple[float, float, float | None], ...]
    bounds: tuple[tuple[float, float], ...]
    brackets: tuple[tuple[float, float, float], ...]
    per_diffusivity: float | None
    target: tuple[float, float, float] | None
    wide_target: tuple[float, float] | None
    line: tuple[float, float] | None

    def data(self) -> dict[str, Any]:
        """What the overview figures need, in few bytes."""
        return {
            "id": self.id,
            "label": self.label,
            "formula": self.formula,
            "parent": self.parent,
            "ion": self.ion,
            "kind": self.kind,
            "seen": self.seen,
            "cold": self.coldest and self.coldest.data(),
            "reach": self.reach and {"kind": self.reach.kind, "short": self.reach.short, "words": self.reach.words},
            "said": self.expected and self.expected.data(),
            "tier": self.tier,
            "alone": compact(self.alone),
            "corrected": self.corrected and self.corrected.data(),
            "measured": self.measured and [compact(self.measured.low), compact(self.measured.high)],
            "measuredBy": self.measured and list(dict.fromkeys(filter(None, self.measured.sources))),
            "source": self.source,
            "best": compact(self.best, 3),
            "among": compact(self.among, 3),
            "sigma": self.conductivity and [compact(x) for x in self.conductivity],
            "lower": compact(self.lower),
            "bound": compact(self.bound),
            "energy": self.energy and [compact(x, 6) for x in self.energy],
            "dH": compact(self.enthalpy, 6),
            "dHe": compact(self.enthalpy_error),
            "hull": compact(self.hull, 6),
            "spread": compact(self.spread),
            "points": [[compact(x) for x in point] for point in self.points],
            "bounds": [[compact(x) for x in point] for point in self.bounds],
            "brackets": [[compact(x) for x in point] for point in self.brackets],
            "k": compact(self.per_diffusivity),
            "at0": self.target and [compact(x) for x in (*self.target, *(self.wide_target or ()))],
            "line": self.line and [compact(x, 6) for x in self.line],
        }


def make_rows(collection: Collection, table: Mapping[Key, Measured] | None = None) -> list[Row]:
    """One row per candidate, in the ranking's order.

    Args:
        collection: The campaign's records.
        table: Measured conductivities; the embedded ones if not given.
    """
    temperature_K, level = extrapolation(collection)
    table = measured.known(temperature_K=temperature_K) if table is None else table
    labels = _labels(collection.candidates)
    return [
        _row(i, c, label, collection.config, level, table)
        for i, (c, label) in enumerate(zip(collection.candidates, labels, strict=True), 1)
    ]


def extrapolation(collection: Collection) -> tuple[float, float]:
    """Temperature in K that conductivities belong to, and the level of their intervals."""
    for candidate in collection.candidates:
        if candidate.arrhenius is not None:
            return candidate.arrhenius.extrapolation_temperature_K, candidate.arrhenius.confidence_level
    return 300.0, 0.68


def decades(rows: list[Row]) -> tuple[float, float] | None:
    """Range of log10 of all conductivities and bounds in mS/cm, None where there is none.

    At most twelve decades below the highest value: one candidate that hardly conducts must not flatten the rest.
    """
    wide = [end for row in rows if row.expected is not None for end in row.expected.wide or ()]
    beside = [end for row in rows if row.measured is not None for end in (row.measured.low, row.measured.high)]
    values = [x for row in rows for x in (*(row.conductivity or ()), row.bound) if x is not None and x > 0]
    values += wide + (beside if values else [])
    if not values:
        return None
    high = math.ceil(math.log10(max(values)) + 0.05)
    low = max(math.floor(math.log10(min(values)) - 0.05), high - 12)
    return low, max(high, low + 1)


def _row(
    rank: int, candidate: Candidate, label: str, config: dict[str, Any], level: float, table: Mapping[Key, Measured]
) -> Row:
    row, line, stability = candidate.row, candidate.arrhenius, candidate.stability
    assert row is not None
    bound = positive(row.conductivity_300K_upper_bound_mS_cm)
    if bound is None and line is not None:
        bound = positive(line.conductivity_300K_nernst_einstein_upper_bound_mS_cm)
    dropped = () if line is None else line.dropped
    kind = kind_of(row.verdict, bound, [one.verdict for one in dropped])
    # A number in a table that does not call it resolved is not shown as one.
    resolved = kind == RankingVerdict.RESOLVED
    conductivity = _conductivity(row) if resolved else None
    barrier = row.activation_energy_eV if resolved else None
    target = _target(line) if resolved else None
    coldest_K = row.coldest_resolved_temperature_K
    return Row(
        rank=rank,
        id=candidate.id,
        formula=row.composition,
        label=label,
        done=row.done,
        parent=row.parent,
        ion=row.mobile_ion,
        kind=kind,
        seen=seen_at(line, coldest_K) if resolved else "",
        coldest=coldest_of(candidate),
        reach=None if conductivity is None else reach_of(line, config, coldest_K),
        expected=None if conductivity is None else expected(conductivity, _typical(candidate), level),
        cell=row.cell_error_percent if row.cell_doubt else None,
        conductivity=conductivity,
        corrected=corrected_of(row) if resolved else None,
        measured=measured.of(row.composition, table),
        alone=positive(row.conductivity_300K_alone_mS_cm) if resolved else None,
        source=None if conductivity is None else _SOURCES[row.conductivity_300K_source],
        tier=row.tier,
        best=row.probability_best,
        among=row.probability_among_best_3,
        lower=None if resolved or bound is None else positive(row.conductivity_300K_lower_bound_mS_cm),
        bound=None if resolved else bound,
        energy=None if barrier is None else (barrier, row.activation_energy_error_eV),
        enthalpy=row.mixing_enthalpy_meV_atom,
        enthalpy_error=None if stability is None else positive(stability.mixing_enthalpy_error_meV_atom),
        hull=None if stability is None else stability.hull_distance_meV_atom,
        against=row.mixing_against or "",
        spread=None if stability is None else stability.ordering_spread_meV_atom,
        dimensionality=row.dimensionality,
        disagreement=row.force_disagreement_meV_A,
        reason=prose(doubts_of(row.reason, line, row.cell_doubt) if resolved else row.reason),
        points=tuple(_points(candidate)),
        bounds=tuple(_bounds(candidate)),
        brackets=tuple(_brackets(candidate)),
        per_diffusivity=_per_diffusivity(candidate),
        target=target,
        wide_target=None if target is None else expected(target, _typical(candidate), level).wide,
        line=_line(line),
    )


def _typical(candidate: Candidate) -> float | None:
    """Mean absolute error of log10 of conductivities that its potential gives; None where it was not calibrated."""
    used = None if candidate.relaxed is None else candidate.relaxed.provenance.potential
    at_K = 300.0 if candidate.arrhenius is None else candidate.arrhenius.extrapolation_temperature_K
    known = None if used is None else typical_error(used.name, at_K)
    return None if known is None else float(known["log10_conductivity_mae"])


def _conductivity(row: RankingRow) -> tuple[float, float | None, float | None] | None:
    """What to expect; of tables of 0.1.0, which have no such column, Nernst and Einstein's."""
    ends = row.conductivity_300K_estimate_low_mS_cm, row.conductivity_300K_estimate_high_mS_cm
    value = positive(row.conductivity_300K_estimate_mS_cm)
    if value is None:
        value = positive(row.conductivity_300K_nernst_einstein_mS_cm)
        ends = row.conductivity_300K_nernst_einstein_low_mS_cm, row.conductivity_300K_nernst_einstein_high_mS_cm
    return None if value is None else (value, positive(ends[0]), positive(ends[1]))


def _points(candidate: Candidate) -> list[tuple[float, float, float | None]]:
    found = []
    for point in candidate.transport:
        value = positive(point.tracer_diffusivity_cm2_s)
        if point.verdict is TransportVerdict.RESOLVED and value is not None:
            found.append((point.temperature_K, value, positive(point.tracer_diffusivity_error_cm2_s)))
    return found


def _bounds(candidate: Candidate) -> list[tuple[float, float]]:
    found = []
    for point in candidate.transport:
        bound = positive(point.tracer_diffusivity_upper_bound_cm2_s)
        if point.verdict is TransportVerdict.UPPER_BOUND and bound is not None:
            found.append((point.temperature_K, bound))
    return found


def _brackets(candidate: Candidate) -> list[tuple[float, float, float]]:
    found = []
    for point in candidate.transport:
        low = positive(point.tracer_diffusivity_lower_bound_cm2_s)
        high = positive(point.tracer_diffusivity_upper_bound_cm2_s)
        if point.verdict is TransportVerdict.BRACKETED and low is not None and high is not None:
            found.append((point.temperature_K, low, high))
    return found


def _per_diffusivity(candidate: Candidate) -> float | None:
    """Of the first temperature that has both: the number density hardly changes with temperature."""
    for point in candidate.transport:
        for conductivity, diffusivity in (
            (point.conductivity_nernst_einstein_mS_cm, point.tracer_diffusivity_cm2_s),
            (point.conductivity_nernst_einstein_upper_bound_mS_cm, point.tracer_diffusivity_upper_bound_cm2_s),
        ):
            if conductivity and diffusivity:
                return conductivity * point.temperature_K / diffusivity
    return None


def _target(line: LineRecord | None) -> tuple[float, float, float] | None:
    """The end of the line's curve, where that is the temperature asked for."""
    curve = None if line is None else line.curve
    if line is None or curve is None or not curve.inverse_temperature_1000_K:
        return None
    if not math.isclose(curve.inverse_temperature_1000_K[-1], 1000.0 / line.extrapolation_temperature_K, rel_tol=1e-6):
        return None
    return curve.diffusivity_cm2_s[-1], curve.low_cm2_s[-1], curve.high_cm2_s[-1]


def _line(line: LineFit | None) -> tuple[float, float] | None:
    if line is None or line.ln_prefactor_cm2_s is None or line.activation_energy_eV is None:
        return None
    return line.ln_prefactor_cm2_s, line.activation_energy_eV


def _labels(candidates: tuple[Candidate, ...]) -> list[str]:
    """Compositions, with what was done where two candidates share one, with the id where they share that too."""
    labels = [c.id if c.row is None else c.row.composition for c in candidates]
    for more in (
        ["" if c.row is None else c.row.done for c in candidates],
        [c.id.rsplit("-", 1)[-1] for c in candidates],
    ):
        counts = Counter(labels)
        labels = [
            f"{label}, {extra}" if counts[label] > 1 and extra else label
            for label, extra in zip(labels, more, strict=True)
        ]
    return labels
