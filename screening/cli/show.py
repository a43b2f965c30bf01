"""One candidate, or two side by side, as text: every number with its error, every missing one with its reason."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from screening.report import measured
from screening.report.collect import read_config
from screening.report.corrected import corrected_of
from screening.report.first_principles import words_of_correction, words_of_judgement
from screening.report.reach import reach_of
from screening.report.runs import how_it_ran
from screening.report.text import joined, number, share

if TYPE_CHECKING:
    from screening.campaign.api import CandidateResults
    from screening.report.collect import Candidate
    from screening.selection.rows import RankingRow
    from screening.stability.rows import StabilityRow
    from screening.transport.line_record import LineRecord
    from screening.transport.record import TransportRecord

Row = tuple[str, str]

# Heading and key in transport.json; the first conductivity is Nernst-Einstein's estimate, the second collective.
_TRANSPORT = (
    ("D*\ncm²/s", "tracer_diffusivity_cm2_s"),
    ("σ from D*\nmS/cm", "conductivity_nernst_einstein_mS_cm"),
    ("σ\nmS/cm", "conductivity_collective_mS_cm"),
    ("Haven\nratio", "haven_ratio"),
)


def facts(candidate: "CandidateResults") -> list[Row]:
    """What a candidate is, its energies and its extrapolation, as (name, text)."""
    records = candidate.records
    rows = (*_identity(records), *_energies(records), *how_it_ran(records), *_line(records), *_said(candidate))
    rows += (*words_of_correction(records.student), *words_of_judgement(records.reference))
    return [row for row in rows if row[1]]


def temperatures(points: "Sequence[TransportRecord]") -> tuple[list[str], list[list[str]]]:
    """Heading and rows of the table over temperatures, coldest first; no rows before molecular dynamics."""
    heading = ["T\nK", *(title for title, _ in _TRANSPORT), "hops", "d", "verdict"]
    rows = [
        [
            f"{record.temperature_K:g}",
            *(with_error(record, key) for _, key in _TRANSPORT),
            number(record.effective_hops, 3),
            number(record.dimensionality, 1),
            record.verdict.replace("_", " "),
        ]
        for record in points
    ]
    return heading, rows


def why(points: "Sequence[TransportRecord]", line: "LineRecord | None") -> list[str]:
    """Why each verdict, temperature by temperature, and that of the line."""
    lines = [f"{r.temperature_K:g} K {r.verdict}: {r.reason}" for r in points if r.reason]
    return lines + ([] if line is None else [f"Arrhenius line {line.verdict}: {line.reason}"])


def reasons(candidate: "CandidateResults") -> list[str]:
    """The same of a candidate, or why it was not run."""
    records = candidate.records
    lines = why(records.transport, records.arrhenius)
    if records.arrhenius is None and records.row is not None and records.row.reason:
        lines.append(records.row.reason)
    return lines


def comparison(one: "CandidateResults", other: "CandidateResults") -> list[tuple[str, str, str, str]]:
    """Rows (name, first, second, second against first); the last says whether a difference exceeds its error."""
    left, right = dict(facts(one)), dict(facts(other))
    rows = [(name, left.get(name, "–"), right.get(name, "–"), "") for name in {**left, **right}]
    compared = {row[0]: row[3] for row in _differences(one.records, other.records)}
    rows = [(name, a, b, compared.get(name, "")) for name, a, b, _ in rows]
    return rows + [row for row in _differences(one.records, other.records) if row[0] not in {r[0] for r in rows}]


def _differences(one: "Candidate", other: "Candidate") -> Iterator[tuple[str, str, str, str]]:
    first, second = one.arrhenius, other.arrhenius
    if first is not None and second is not None:
        yield ("activation energy", "", "", _energy_difference(first, second))
        yield (_sigma_name(first), "", "", _ratio_of_logs(first, second))
    if one.stability is not None and other.stability is not None:
        yield ("mixing enthalpy", "", "", _enthalpy_difference(one.stability, other.stability))
    at = {record.temperature_K: record for record in other.transport}
    for record in one.transport:
        if (twin := at.get(record.temperature_K)) is not None:
            key = "tracer_diffusivity_cm2_s"
            yield (
                f"D* at {record.temperature_K:g} K (cm²/s)",
                with_error(record, key),
                with_error(twin, key),
                _ratio(record, twin, key),
            )


def _identity(records: "Candidate") -> Iterator[Row]:
    listed, row = records.listed, records.row or records.listed
    if row is not None:
        yield "composition", row.composition
        yield "made from", f"{row.parent}: {row.done}"
    if listed is not None:
        yield "cell", f"{listed.n_atoms} atoms, {listed.supercell} of the parent"
        yield "orderings", f"{listed.n_orderings} ({listed.selection})"
    potential = None if records.relaxed is None else records.relaxed.provenance.potential
    if potential is not None:
        yield "potential", f"{potential.name} {potential.version}, {potential.functional}"


def _energies(records: "Candidate") -> Iterator[Row]:
    row = records.stability
    if row is None:
        return
    against = f" against {row.mixing_against}" if row.mixing_against else ""
    yield "energy", f"{row.energy_eV_atom:.4f} eV/atom" if row.energy_eV_atom is not None else ""
    yield "mixing enthalpy", _milli(row.mixing_enthalpy_meV_atom, row.mixing_enthalpy_error_meV_atom) + against
    yield "above the hull", _milli(row.hull_distance_meV_atom)
    yield "competing phases", row.decomposition or ""
    change = row.volume_change
    volume = f", volume {100 * change:+.1f} % against the parent's" if change is not None else ""
    yield "relaxation", f"{row.relaxation}{volume}"


def _line(records: "Candidate") -> Iterator[Row]:
    line = records.arrhenius
    if line is None:
        if records.shortlisted is False:
            why = "" if records.row is None else records.row.reason
            yield "molecular dynamics", f"none: {why or 'not shortlisted'}"
        return
    yield from line_facts(line)
    yield "place", _place(records.row)
    yield "dimensionality", str(line.dimensionality or "")
    yield "verdict", line.verdict.replace("_", " ")


def line_facts(line: "LineRecord") -> Iterator[Row]:
    """Barriers and conductivities of a line, as (name, text); texts of what it does not give are empty."""
    value, error = line.activation_energy_eV, line.activation_energy_error_eV
    yield "activation energy", "" if value is None else f"{value:.3f} ± {error or 0.0:.3f} eV"
    cold, spread = line.activation_energy_coldest_eV, line.activation_energy_coldest_error_eV
    yield "barrier at the coldest run", "" if cold is None else f"{cold:.3f} ± {spread or 0.0:.3f} eV"
    yield from _conductivities(line)


def _said(candidate: "CandidateResults") -> Iterator[Row]:
    """How far the temperature asked for lies from the runs, and what was measured of the composition."""
    records = candidate.records
    if records.row is None or records.arrhenius is None:
        return
    if records.arrhenius.verdict == "resolved":
        config = read_config(candidate.campaign.folder / "config.resolved.yaml", [])
        reach = reach_of(records.arrhenius, config, records.row.coldest_resolved_temperature_K)
        at_K = records.arrhenius.extrapolation_temperature_K
        yield f"of {at_K:g} K", "" if reach is None else reach.words
        found = corrected_of(records.row)
        yield f"σ at {at_K:g} K, corrected", "" if found is None else found.words
    table = measured.known(temperature_K=records.arrhenius.extrapolation_temperature_K)
    known = measured.of(records.row.composition, table)
    yield "measured", "" if known is None else f"{known.words} mS/cm at room temperature ({', '.join(known.sources)})"


def _sigma_name(line: "LineRecord") -> str:
    return f"σ at {line.extrapolation_temperature_K:g} K, Nernst-Einstein"


def _conductivities(line: "LineRecord") -> Iterator[Row]:
    """From D*, and from D_sigma where it has a line."""
    value = _extrapolated(
        line,
        line.conductivity_300K_nernst_einstein_mS_cm,
        line.conductivity_300K_nernst_einstein_low_mS_cm,
        line.conductivity_300K_nernst_einstein_high_mS_cm,
    )
    yield _sigma_name(line), value or _below(line.conductivity_300K_nernst_einstein_upper_bound_mS_cm)
    value, fit = "", line.collective
    if fit is not None:
        value = _extrapolated(
            line,
            fit.conductivity_300K_collective_mS_cm,
            fit.conductivity_300K_collective_low_mS_cm,
            fit.conductivity_300K_collective_high_mS_cm,
        )
    name = f"σ at {line.extrapolation_temperature_K:g} K, collective"
    yield name, value or _below(line.conductivity_300K_collective_upper_bound_mS_cm)


def _extrapolated(line: "LineRecord", value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return ""
    level = f"{100 * line.confidence_level:.0f} % interval, without the error of the potential"
    return f"{number(value)} mS/cm ({number(low)} to {number(high)}, {level})"


def _below(bound: float | None) -> str:
    return "" if bound is None else f"< {number(bound)} mS/cm"


def _place(row: "RankingRow | None") -> str:
    """Tier in the ranking, and what is expected of the candidate among the others."""
    if row is None or row.tier is None:
        return ""
    among = row.probability_among_best_3
    chance = "" if among is None else f", among the three best with a probability of {share(among)}"
    value = row.conductivity_300K_estimate_mS_cm
    expected = "" if value is None else f"; expected σ {number(value)} mS/cm"
    return f"tier {row.tier}{chance}{expected}"


def with_error(record: "TransportRecord", key: str) -> str:
    """`value ± error`, `< bound` where only that is known, else a dash; the unit is the end of the key's name."""
    error_key = _error_key(key)
    value, error = getattr(record, key), getattr(record, error_key)
    if value is None:
        low, high = (
            getattr(record, error_key.replace("_error", f"_{side}_bound"), None) for side in ("lower", "upper")
        )
        if low is not None and high is not None:
            return f"{number(low)} to {number(high)}"
        return f"< {number(high)}" if high is not None else "–"
    return number(value) if error is None else joined(value, error)


def _error_key(key: str) -> str:
    for unit in ("_cm2_s", "_mS_cm"):
        if key.endswith(unit):
            return f"{key.removesuffix(unit)}_error{unit}"
    return f"{key}_error"


def _milli(value: float | None, error: float | None = None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} meV/atom" if error is None else f"{value:.1f} ± {error:.1f} meV/atom"


def _energy_difference(one: "LineRecord", other: "LineRecord") -> str:
    a, da = one.activation_energy_eV, one.activation_energy_error_eV
    b, db = other.activation_energy_eV, other.activation_energy_error_eV
    if a is None or da is None or b is None or db is None:
        return ""
    error = math.hypot(da, db)
    return f"{b - a:+.3f} ± {error:.3f} eV{_significance(b - a, error)}, sampling only"


def _enthalpy_difference(one: "StabilityRow", other: "StabilityRow") -> str:
    a, b = one.mixing_enthalpy_meV_atom, other.mixing_enthalpy_meV_atom
    if a is None or b is None:
        return ""
    errors = one.mixing_enthalpy_error_meV_atom, other.mixing_enthalpy_error_meV_atom
    if errors[0] is None or errors[1] is None:
        return f"{b - a:+.1f} meV/atom, error unknown (relax.max_starts is 1)"
    error = math.hypot(errors[0], errors[1])
    return f"{b - a:+.1f} ± {error:.1f} meV/atom{_significance(b - a, error)}"


def _ratio_of_logs(one: "LineRecord", other: "LineRecord") -> str:
    values = [
        known
        for line in (one, other)
        for known in (line.conductivity_300K_nernst_einstein_mS_cm, line.ln_conductivity_300K_nernst_einstein_error)
    ]
    return _times(values, logarithmic=True)


def _ratio(one: "TransportRecord", other: "TransportRecord", key: str) -> str:
    names = (key, _error_key(key))
    return _times([getattr(record, name) for record in (one, other) for name in names], logarithmic=False)


def _times(values: list[float | None], *, logarithmic: bool) -> str:
    """How many times higher or lower the second is than the first, with the range of one error; "" if unknown."""
    if any(value is None for value in values):
        return ""
    a, da, b, db = (float(v) for v in values if v is not None)
    if a <= 0 or b <= 0:
        return ""
    error = math.hypot(da, db) if logarithmic else math.hypot(da / a, db / b)
    ratio = math.log(b / a)
    size, direction = abs(ratio), "higher" if ratio >= 0 else "lower"
    low, high = (number(math.exp(size + sign * error)) for sign in (-1, 1))
    return f"{number(math.exp(size))} times {direction} ({low} to {high}){_significance(ratio, error)}, sampling only"


def _significance(difference: float, error: float) -> str:
    """The difference in units of its standard error."""
    return f"; {abs(difference) / error:.1f} sigma" if error > 0 else ""
