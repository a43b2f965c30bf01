"""What the cases gave: a table of effects on log10 sigma(300 K) and Ea with their errors, and a figure."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from benchmarks.ablation.cases import BASE, CAMPAIGN, CASES, MATERIALS, SIZE, Case, folder_of
from screening.records import read_json, read_table, write_json, write_table
from screening.selection.rows import RankingRow
from screening.trajectories.run_record import RunRecord
from screening.transport.finite_size import CandidateFiniteSize
from screening.transport.line_record import CandidateLine

TABLE = Path(__file__).parents[2] / "docs" / "figures" / "ablation.csv"
RESULTS = Path(__file__).parents[1] / "results.json"
NOT_RUN = "not_run"
#: Okabe and Ito's palette.
_COLOURS = ("#0072B2", "#D55E00")
_LN_10 = math.log(10.0)


@dataclass(frozen=True)
class Effect:
    """A row of the table; conductivities are Nernst and Einstein's at 300 K, effects those of the case less the base's.

    Attributes:
        at_K: Of large cells, which are compared at one temperature alone; None where lines are compared.
        delta_at_least, delta_at_most: Of log10 sigma, where one of both is known between bounds only.
    """

    material: str
    case: str
    shown: str
    verdict: str = NOT_RUN
    log10_sigma_mS_cm: float | None = None
    log10_sigma_error: float | None = None
    lower_bound_mS_cm: float | None = None
    upper_bound_mS_cm: float | None = None
    activation_energy_eV: float | None = None
    activation_energy_error_eV: float | None = None
    coldest_K: float | None = None
    core_hours: float | None = None
    at_K: float | None = None
    delta_log10_sigma: float | None = None
    delta_log10_sigma_error: float | None = None
    delta_at_least: float | None = None
    delta_at_most: float | None = None
    delta_energy_eV: float | None = None
    delta_energy_error_eV: float | None = None


@dataclass(frozen=True)
class _Ran:
    """Records of a case."""

    row: RankingRow
    line: CandidateLine | None
    size: CandidateFiniteSize | None
    core_hours: float


def compare(work: Path, table: Path = TABLE, named: Path = RESULTS) -> list[Effect]:
    """Write the table and, beside it, the figure; a case that did not run in `work` keeps its row. None ran: nothing.

    `finite_size_ratio_52_416` among the named figures is D* of half-exchanged Li6PS5Cl in 416 atoms over that in 52.
    """
    before = {(row["material"], row["case"]): row for row in read_table(table)} if table.exists() else {}
    found = [effect for material in MATERIALS for effect in effects_of(material, work)]
    rows = [
        Effect(**before[one.material, one.case])
        if one.verdict == NOT_RUN and (one.material, one.case) in before
        else one
        for one in found
    ]
    if all(row.verdict == NOT_RUN for row in rows):
        print(f"none of the cases was run so far in {work}")
        return rows
    write_table(table, [{key: _short(value) for key, value in asdict(row).items()} for row in rows])
    draw(rows, table.with_suffix(".svg"))
    sizes = {row.material: row.delta_log10_sigma for row in rows if row.case == SIZE}
    if (size := sizes.get("argyrodite")) is not None:
        write_json(named, dict(sorted({**read_json(named), "finite_size_ratio_52_416": 10.0**size}.items())))
    print(table)
    return rows


def effects_of(material: str, work: Path) -> list[Effect]:
    """A row for each case of a compound, the base first and the size after it."""
    base = _read(folder_of(work, material, BASE))
    rows = []
    for case in CASES:
        if material in case.without:
            continue
        ran = base if case.name == BASE else _read(folder_of(work, material, case.name))
        rows.append(_effect(material, case, ran, base))
        if case.name == BASE:
            rows.append(_size(material, base))
    return rows


def _effect(material: str, case: Case, ran: _Ran | None, base: _Ran | None) -> Effect:
    start = Effect(material, case.name, case.shown)
    if ran is None:
        return start
    known = asdict(start) | {"verdict": str(ran.row.verdict), "core_hours": round(ran.core_hours, 3)}
    if case.of_size:
        return Effect(**known | _of_large(ran.size, None if base is None else base.size))
    known |= _of_line(ran)
    if base is not None and case.name != BASE:
        known |= _between(known, _of_line(base))
    return Effect(**known)


def _size(material: str, base: _Ran | None) -> Effect:
    """Of the base's large cell, beside its own."""
    start = asdict(Effect(material, SIZE, "eight times as many atoms"))
    size = None if base is None else base.size
    if size is None:
        return Effect(**start)
    known = start | {"verdict": "not compared" if size.ratio is None else "compared", "at_K": size.temperature_K}
    if size.ratio is None or size.ratio_error is None:
        return Effect(**known)
    effect = {
        "delta_log10_sigma": math.log10(size.ratio),
        "delta_log10_sigma_error": size.ratio_error / size.ratio / _LN_10,
    }
    return Effect(**known | effect)


def _of_large(one: CandidateFiniteSize | None, base: CandidateFiniteSize | None) -> dict[str, float | None]:
    """D* of large cells over that of the base's large cell, at one temperature."""
    if one is None:
        return {}
    found: dict[str, float | None] = {"at_K": one.temperature_K}
    if base is None or one.temperature_K != base.temperature_K:
        return found
    value, error = one.large_diffusivity_cm2_s, one.large_diffusivity_error_cm2_s
    other, other_error = base.large_diffusivity_cm2_s, base.large_diffusivity_error_cm2_s
    if value is None or error is None or other is None or other_error is None:
        return found
    relative = math.hypot(error / value, other_error / other)
    return found | {"delta_log10_sigma": math.log10(value / other), "delta_log10_sigma_error": relative / _LN_10}


def _of_line(ran: _Ran) -> dict[str, float | None]:
    line = ran.line
    if line is None:
        return {"coldest_K": ran.row.coldest_resolved_temperature_K}
    value, error = line.conductivity_300K_nernst_einstein_mS_cm, line.ln_conductivity_300K_nernst_einstein_error
    return {
        "log10_sigma_mS_cm": None if value is None else math.log10(value),
        "log10_sigma_error": None if error is None else error / _LN_10,
        "lower_bound_mS_cm": line.conductivity_300K_nernst_einstein_lower_bound_mS_cm,
        "upper_bound_mS_cm": line.conductivity_300K_nernst_einstein_upper_bound_mS_cm,
        "activation_energy_eV": line.activation_energy_eV,
        "activation_energy_error_eV": line.activation_energy_error_eV,
        "coldest_K": ran.row.coldest_resolved_temperature_K,
    }


def _between(one: dict[str, float | None], base: dict[str, float | None]) -> dict[str, float | None]:
    """The effect with the errors of both, which are taken as independent, or what bounds leave of it."""
    found: dict[str, float | None] = {}
    for key, error, to in (
        ("log10_sigma_mS_cm", "log10_sigma_error", "delta_log10_sigma"),
        ("activation_energy_eV", "activation_energy_error_eV", "delta_energy"),
    ):
        a, b, da, db = one.get(key), base.get(key), one.get(error), base.get(error)
        if a is None or b is None:
            continue
        unit = "_eV" if key.endswith("eV") else ""
        found[to + unit] = a - b
        found[f"{to}_error{unit}"] = None if da is None or db is None else math.hypot(da, db)
    if "delta_log10_sigma" not in found:
        (low, high), (base_low, base_high) = _ends(one), _ends(base)
        found["delta_at_least"] = None if low is None or base_high is None else low - base_high
        found["delta_at_most"] = None if high is None or base_low is None else high - base_low
    return found


def _ends(known: dict[str, float | None]) -> tuple[float | None, float | None]:
    """Between which log10 sigma lies: twice the value, or bounds."""
    if (value := known.get("log10_sigma_mS_cm")) is not None:
        return value, value
    low, high = known.get("lower_bound_mS_cm"), known.get("upper_bound_mS_cm")
    return (math.log10(low) if low else None), (math.log10(high) if high else None)


def _read(folder: Path) -> _Ran | None:
    """None before the case has a ranking."""
    results = folder / "results" / CAMPAIGN
    rows = RankingRow.read(results / RankingRow.FILE) if (results / RankingRow.FILE).exists() else []
    if not rows:
        return None
    (row,) = rows
    candidate = results / "candidates" / row.id
    runs = [RunRecord.read(path) for path in candidate.glob("*K/o*_r*/md.json")]
    line, size = candidate / CandidateLine.FILE, candidate / CandidateFiniteSize.FILE
    return _Ran(
        row,
        CandidateLine.read(line) if line.exists() else None,
        CandidateFiniteSize.read(size) if size.exists() else None,
        sum(run.provenance.processor_s or 0.0 for run in runs) / 3600.0,
    )


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


def draw(rows: list[Effect], path: Path) -> None:
    """Effects on log10 sigma and on Ea, case by case, with standard errors; arrows where bounds alone are known."""
    names = {row.case: row.shown for row in rows if row.case != BASE}
    places = {name: len(names) - 1 - i for i, name in enumerate(names)}
    plt.rcParams.update({"svg.hashsalt": "screening", "font.size": 9})
    figure, (left, right) = plt.subplots(
        ncols=2, sharey=True, figsize=(7.0, 1.2 + 0.36 * len(names)), layout="constrained"
    )
    for number, (material, made) in enumerate(MATERIALS.items()):
        colour, up = _COLOURS[number], 0.12 * (1 - 2 * number)
        left.plot([], [], "o", color=colour, label=made["shown"])
        for row in rows:
            if row.material != material or row.case == BASE:
                continue
            y = places[row.case] + up
            if row.delta_log10_sigma is not None:
                left.errorbar(row.delta_log10_sigma, y, xerr=row.delta_log10_sigma_error, fmt="o", ms=4, color=colour)
            for end, marker in ((row.delta_at_least, ">"), (row.delta_at_most, "<")):
                if end is not None:
                    left.plot(end, y, marker, mfc="none", color=colour)
            if row.delta_energy_eV is not None:
                right.errorbar(row.delta_energy_eV, y, xerr=row.delta_energy_error_eV, fmt="o", ms=4, color=colour)
    left.set_yticks(list(places.values()), [names[name] for name in places])
    left.set(xlabel="change of log10 σ(300 K)", ylim=(-0.6, len(names) - 0.4))
    right.set(xlabel="change of Ea (eV)")
    for axes in (left, right):
        axes.axvline(0.0, color="0.6", lw=0.8)
        axes.grid(axis="x", lw=0.3)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
