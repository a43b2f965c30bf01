"""Everything the page shows of one candidate, condensed: a thousand of them must fit one file."""

import re
from typing import Any

import numpy as np

from screening.candidates.record import CandidateRow
from screening.local.record import LocalPicture
from screening.potentials.trust_record import ForceDifference, TrustRecord
from screening.records.fields import UNITS
from screening.records.origin import Provenance
from screening.report.boundary import condense_boundary, mobility
from screening.report.collect import Candidate
from screening.report.first_principles import condense_correction, condense_judgement
from screening.report.local import condense_equation, condense_local
from screening.report.named_sites import SiteNames, jumps_between
from screening.report.reach import other_flags
from screening.report.runs import how_it_ran
from screening.report.structure import picture
from screening.report.text import compact, prose
from screening.report.thinning import chosen_lags, thin
from screening.stability.phases import best, usable
from screening.stability.rows import StabilityRow
from screening.transport.line_record import CollectiveFit, LineCurve, LineRecord, LineVerdict
from screening.transport.record import MsdCurves, TransportRecord

# Enough for a smooth curve on a log axis and on a linear one.
_MSD_POINTS = 48
_CURVE_POINTS = 24

# Key in transport.json -> short name in the page's data.
_NUMBERS = {
    "tracer_diffusivity_cm2_s": "D",
    "tracer_diffusivity_error_cm2_s": "De",
    "tracer_diffusivity_upper_bound_cm2_s": "Dmax",
    "tracer_diffusivity_lower_bound_cm2_s": "Dmin",
    "collective_diffusivity_cm2_s": "Ds",
    "collective_diffusivity_error_cm2_s": "Dse",
    "haven_ratio": "H",
    "haven_ratio_error": "He",
    "conductivity_nernst_einstein_mS_cm": "s",
    "conductivity_nernst_einstein_error_mS_cm": "se",
    "conductivity_nernst_einstein_upper_bound_mS_cm": "smax",
    "conductivity_nernst_einstein_lower_bound_mS_cm": "smin",
    "conductivity_collective_mS_cm": "sc",
    "conductivity_collective_error_mS_cm": "sce",
    "effective_hops": "hops",
    "escapes": "esc",
    "escaped_share": "share",
    "loglog_slope": "slope",
    "loglog_slope_error": "slopee",
    "framework_msd_A2": "fw",
    "dimensionality": "dim",
    "n_mobile": "n",
    "number_density_per_cm3": "c",
    "mean_temperature_K": "Tmean",
}
_FORCES = ("force_mae_meV_A", "force_rms_meV_A", "force_size_meV_A", "force_correlation", "force_slope")
_NOT_STABILITY = ("id", "role", "composition", "reason")
# Of candidates.csv, what the page shows.
_LISTED = ("n_atoms", "formula_units", "n_orderings", "arrangements", "distinct_arrangements", "selection")


def condense(candidate: Candidate, mobile: str, names: SiteNames | None = None) -> dict[str, Any]:
    """The candidate's data for the page.

    Args:
        candidate: Its records.
        mobile: Element of the mobile ions.
        names: Of the parents' sites.
    """
    missing = [
        name
        for name, record in (
            ("candidate.json", candidate.candidate),
            ("relaxed.json", candidate.relaxed),
            ("arrhenius.json", candidate.arrhenius),
        )
        if record is None
    ]
    if not candidate.transport:
        missing.append("transport.json")
    return {
        "id": candidate.id,
        "parent": "" if candidate.row is None else candidate.row.parent,
        "done": "" if candidate.row is None else candidate.row.done,
        "cell": "" if candidate.row is None else prose(candidate.row.cell_doubt),
        "missing": missing,
        "shortlisted": candidate.shortlisted,
        "listed": {} if candidate.listed is None else _listed(candidate.listed),
        "stability": [] if candidate.stability is None else _stability(candidate.stability),
        "fit": None if candidate.arrhenius is None else _fit(candidate.arrhenius),
        "temperatures": [{**_temperature(point), **_lengths(point)} for point in candidate.transport],
        "runs": [[name, prose(text)] for name, text in how_it_ran(candidate)],
        "structure": _structure(candidate, mobile),
        "local": [
            {**condense_local(record, places=i == 0), "named": _named_jumps(candidate, record.picture, mobile, names)}
            for i, record in enumerate(candidate.local)
        ],
        "equation": None if candidate.equation is None else condense_equation(candidate.equation),
        "trust": None if candidate.trust is None else _trust(candidate.trust),
        "judged": None if candidate.reference is None else condense_judgement(candidate.reference),
        "correction": _correction(candidate),
        "boundary": None if candidate.boundary is None else condense_boundary(candidate.boundary),
        "provenance": _provenance(candidate),
    }


def _correction(candidate: Candidate) -> dict[str, Any] | None:
    found = None if candidate.student is None else candidate.student.correction
    return None if found is None else condense_correction(found)


def _named_jumps(
    candidate: Candidate, picture: LocalPicture | None, mobile: str, names: SiteNames | None
) -> list[list[Any]]:
    """Jumps between the parent's sites, as far as these lend the places names."""
    if names is None or picture is None or candidate.listed is None:
        return []
    found = names.of(candidate.listed.parent, candidate.listed.supercell, mobile, picture)
    rows = jumps_between(picture, found) if found else []
    return [[a, b, compact(length, 3), n, compact(rate, 3), compact(error, 2)] for a, b, length, n, rate, error in rows]


def _listed(row: CandidateRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _LISTED}
    return {name: value for name, value in values.items() if value is not None}


def _stability(row: StabilityRow) -> list[list[Any]]:
    return [
        [name, *_named(name), _shown(name, value)]
        for name, value in row.cells().items()
        if name not in _NOT_STABILITY and value not in (None, "")
    ]


def _fit(line: LineRecord) -> dict[str, Any]:
    collective = line.collective or CollectiveFit(reason="")
    return {
        "verdict": line.verdict,
        "T0": compact(line.extrapolation_temperature_K),
        "level": compact(line.confidence_level),
        "lnD0": compact(line.ln_prefactor_cm2_s),
        "lnD0e": compact(line.ln_prefactor_error),
        "chi2": compact(line.chi2, 3),
        "dof": line.degrees_of_freedom,
        "D0K": compact(line.diffusivity_300K_cm2_s),
        "used": [compact(t) for t in line.temperatures_K],
        "cold": [compact(line.activation_energy_coldest_eV), compact(line.activation_energy_coldest_error_eV)],
        "straight": None if line.shape_probabilities is None else compact(line.shape_probabilities.one_barrier, 2),
        "flags": _flags(line, collective),
        "Ec": compact(collective.activation_energy_eV),
        "Ece": compact(collective.activation_energy_error_eV),
        "sc": [
            compact(collective.conductivity_300K_collective_mS_cm),
            compact(collective.conductivity_300K_collective_low_mS_cm),
            compact(collective.conductivity_300K_collective_high_mS_cm),
        ],
        "curve": None if line.curve is None else _curve(line.curve),
    }


def _flags(line: LineRecord, collective: CollectiveFit) -> list[str]:
    # Of a resolved line the ranking's reason holds them.
    flags = [] if line.verdict is LineVerdict.RESOLVED else [prose(flag) for flag in other_flags(line)]
    why = prose(collective.reason)
    return [*flags, f"The collective diffusivity gives no conductivity: {why}"] if why else flags


def _curve(curve: LineCurve) -> dict[str, Any]:
    x = curve.inverse_temperature_1000_K
    keep = [int(i) for i in np.unique(np.linspace(0, len(x) - 1, min(_CURVE_POINTS, len(x))).round())]
    return {
        "x": thin(x, keep),
        "y": thin(curve.diffusivity_cm2_s, keep),
        "lo": thin(curve.low_cm2_s, keep),
        "hi": thin(curve.high_cm2_s, keep),
    }


def _temperature(point: TransportRecord) -> dict[str, Any]:
    tensor, eigenvalues, errors = (
        point.diffusion_tensor_cm2_s,
        point.eigenvalues_cm2_s,
        point.eigenvalue_errors_cm2_s,
    )
    numbers = {short: getattr(point, name) for name, short in _NUMBERS.items()}
    return {
        "T": compact(point.temperature_K),
        "verdict": point.verdict,
        "reason": prose(point.reason),
        **{short: compact(value) for short, value in numbers.items() if value is not None},
        "window": None if point.fit_window_ps is None else [compact(x) for x in point.fit_window_ps],
        "why": point.collective_reason or "",
        "tensor": tensor and [[compact(x, 3) for x in row] for row in tensor],
        "eigen": eigenvalues and [compact(x, 3) for x in eigenvalues],
        "eigene": errors and [compact(x, 2) for x in errors],
        "msd": None if point.msd is None else _msd(point.msd),
    }


def _lengths(point: TransportRecord) -> dict[str, Any]:
    """Number, shortest and longest of its trajectories in ps, and frames of all together; empty in older records."""
    if not point.n_frames or not point.frame_interval_fs:
        return {}
    lengths = [frames * point.frame_interval_fs / 1000.0 for frames in point.n_frames]
    return {"runs": [len(lengths), compact(min(lengths)), compact(max(lengths)), sum(point.n_frames)]}


def _msd(msd: MsdCurves) -> dict[str, Any]:
    keep = chosen_lags(msd.lag_ps, _MSD_POINTS)
    return {
        "t": thin(msd.lag_ps, keep),
        "m": thin(msd.tracer_A2, keep),
        "e": thin(msd.tracer_error_A2, keep),
        "c": thin(msd.collective_A2, keep),
        "f": None if msd.framework_A2 is None else thin(msd.framework_A2, keep),
    }


def _structure(candidate: Candidate, mobile: str) -> dict[str, Any] | None:
    """The relaxed ordering of lowest energy, or the first one as made where nothing was relaxed."""
    facts = candidate.relaxed or candidate.candidate
    if facts is None:
        return None
    if candidate.relaxed is not None and usable(candidate.relaxed):
        lowest, orderings = best(candidate.relaxed), candidate.relaxed.orderings
        source, which = lowest.structure, f"relaxed, ordering {orderings.index(lowest) + 1} of {len(orderings)}"
    elif candidate.candidate is not None and candidate.candidate.orderings:
        made = candidate.candidate.orderings
        source, which = made[0].structure, f"as made, not relaxed, ordering 1 of {len(made)}"
    else:
        return None
    drawn = {**picture(source, mobile, facts.oxidation_states), "which": which}
    if candidate.boundary is not None and candidate.candidate is not None:
        drawn["mobility"] = mobility(candidate.boundary, candidate.candidate, source)
    return drawn


def _trust(judged: TrustRecord) -> dict[str, Any]:
    """Forces of all atoms and of each element under two potentials, energies, and the worst frame."""
    found = judged.compared
    forces: dict[str, ForceDifference] = {} if found is None else {"all atoms": found, **found.by_element}
    worst = {} if found is None else found.worst_frame.as_dict()
    return {
        "name": judged.second_potential.name,
        "why": prose(judged.reason),
        "n": judged.n_frames,
        "rows": [[name, *(compact(getattr(row, key), 3) for key in _FORCES)] for name, row in forces.items()],
        "temperatures": [
            [compact(x, 3) for x in (at.temperature_K, at.force_mae_meV_A, at.energy_disagreement_meV_atom)]
            for at in (() if found is None else found.by_temperature)
        ],
        "worst": {key: value if isinstance(value, str) else compact(value, 3) for key, value in worst.items()},
    }


def _provenance(candidate: Candidate) -> list[dict[str, Any]]:
    records = (
        ("candidates", candidate.candidate),
        ("relaxation", candidate.relaxed),
        *((f"transport {point.temperature_K:g} K", point) for point in candidate.transport),
        ("Arrhenius line", candidate.arrhenius),
        ("boundary", candidate.boundary),
        ("second potential", candidate.trust),
        ("first principles", candidate.reference),
    )
    return [_origin(name, record.provenance) for name, record in records if record is not None]


def _origin(name: str, origin: Provenance) -> dict[str, Any]:
    """What made a record; the host's name is left out, for a page is passed on."""
    potential = origin.potential
    return {
        "of": name,
        "started": origin.started_utc,
        "ended": origin.ended_utc,
        "seed": origin.seed,
        "screening": origin.screening,
        "potential": "" if potential is None else f"{potential.name} {potential.version}",
        "inputs": [["/".join(path.split("/")[-3:]), checksum] for path, checksum in origin.inputs.items()],
    }


def _named(column: str) -> tuple[str, str]:
    """Label and unit of a column of stability.csv."""
    end = next((end for end in UNITS if column.endswith(end)), "")
    label = column.removesuffix(end).replace("mixing_gibbs", "Gibbs_energy_of_mixing").replace("_", " ")
    label = re.sub(r"\b([\d.]+)K\b", "at \\1 K", label)
    return label[:1].upper() + label[1:], UNITS.get(end, "")


def _shown(column: str, value: Any) -> Any:
    if column == "volume_change":
        return f"{100 * value:+.1f} %".replace("-", "−")
    return compact(value, 4) if isinstance(value, float) else value
