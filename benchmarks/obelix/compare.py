"""A campaign over OBELiX's entries against the measured conductivities: a table, and what it says of the potential."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.obelix.choose import ENTRIES
from benchmarks.obelix.merit import MIN_COMPOUNDS, figures_of_merit
from screening.candidates.roles import Role, roles
from screening.records import read_json, read_table, write_json, write_table
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport

HERE = Path(__file__).parent
POTENTIALS = HERE / "potentials.csv"
OTHERS = (ENTRIES, POTENTIALS)
CALIBRATION = Path(__file__).parents[2] / "screening" / "potentials" / "calibration.json"
RESULTS = Path(__file__).parents[1] / "results.json"
HOTTEST = ("hottest_K", "hottest_verdict", "hottest_D_or_bound_cm2_s")
COLUMNS = ("activation_energy_eV", "activation_energy_error_eV", "verdict", "reason")


def compare(
    results: Path, potential: str, left_out: Mapping[str, str] = MappingProxyType({})
) -> dict[str, float | str]:
    """Write <potential>.csv and potentials.csv beside this file; where enough lines are resolved calibration.json too.

    Args:
        results: Folder of the campaign; candidates that have no line yet are `not_computed`.
        potential: Its name.
        left_out: Why entries are not in the campaign, by id.

    Returns:
        Figures, see `merit`; in benchmarks/results.json are those of the last potential that was calibrated.
    """
    entries = read_table(ENTRIES)
    lines = {row["parent"]: row for row in _lines(results)}
    rows = [_row(entry, lines.get(entry["id"]), results, left_out.get(entry["id"], "")) for entry in entries]
    write_table(HERE / f"{potential.replace(':', '_')}.csv", rows)
    found, calibration = merit(rows)
    if calibration is not None:
        write_json(CALIBRATION, dict(sorted({**read_json(CALIBRATION), potential: calibration}.items())))
    figures: dict[str, float | str] = {"obelix_potential": potential, **found}
    if calibration is not None and RESULTS.exists():
        write_json(RESULTS, dict(sorted({**read_json(RESULTS), **figures}.items())))
    known = {name.replace(":", "_"): name for name in read_json(CALIBRATION)} | {potential.replace(":", "_"): potential}
    tables = {
        known.get(path.stem, path.stem): read_table(path) for path in sorted(HERE.glob("*.csv")) if path not in OTHERS
    }
    write_table(POTENTIALS, [{"potential": name, **merit(table)[0]} for name, table in tables.items()])
    return figures


def merit(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, float], dict[str, Any] | None]:
    """What a potential's table says of it: figures of merit, and its line of calibration.json or None.

    `obelix_spearman` is the rank correlation of the diffusivity at the hottest temperature, or its upper bound, with
    the measured conductivity: it needs no extrapolation, so every compound counts, and it is left out below five.
    `obelix_mae_log10_sigma` is of those whose line is resolved.
    """
    measured = {row["id"]: float(np.log10(row["measured_conductivity_S_cm"])) for row in rows}
    computed = {row["id"]: np.log10(row["conductivity_300K_S_cm"]) for row in rows if row["conductivity_300K_S_cm"]}
    hot = {row["id"]: np.log10(row["hottest_D_or_bound_cm2_s"]) for row in rows if row["hottest_D_or_bound_cm2_s"]}
    enough = len(hot) >= MIN_COMPOUNDS
    ranks = figures_of_merit(np.array(list(hot.values())), np.array([measured[i] for i in hot])) if enough else {}
    figures: dict[str, float] = {
        "obelix_n": float(len(hot)),
        "obelix_resolved": float(len(computed)),
        **{f"obelix_{key}": value for key, value in ranks.items() if key.startswith("spearman")},
    }
    if computed:
        errors = [abs(value - measured[i]) for i, value in computed.items()]
        figures["obelix_mae_log10_sigma"] = float(np.mean(errors))
    if len(computed) < MIN_COMPOUNDS:
        return figures, None
    of_lines = figures_of_merit(np.array(list(computed.values())), np.array([measured[i] for i in computed]))
    figures |= {f"obelix_{end}": of_lines[f"log10_conductivity_{end}"] for end in ("mae_low", "mae_high")}
    return figures, {
        **of_lines,
        "n": len(computed),
        "not_resolved": len(rows) - len(computed),
        "against": "OBELiX, NRC and Mila",
    }


def _lines(results: Path) -> list[dict[str, Any]]:
    """The ranking; of a campaign that has none yet, the candidates that have come to a line, or to none."""
    if (results / "ranking.csv").exists():
        return read_table(results / "ranking.csv")
    candidates = [row for row in read_table(results / "candidates.csv") if Role.CANDIDATE in roles(row["role"])]
    records = {row["id"]: results / "candidates" / row["id"] / "arrhenius.json" for row in candidates}
    lines = {id: CandidateLine.read(path).as_dict() for id, path in records.items() if path.exists()}
    return [{**row, **lines[row["id"]]} for row in candidates if row["id"] in lines]


def _row(entry: dict[str, Any], ranked: dict[str, Any] | None, results: Path, left_out: str) -> dict[str, Any]:
    found = ranked or dict.fromkeys(COLUMNS) | {"verdict": "not_computed", "reason": left_out or "not in the campaign"}
    value = found.get("conductivity_300K_nernst_einstein_mS_cm")
    bound = None
    if ranked is not None and value is None:
        record = results / "candidates" / ranked["id"] / "arrhenius.json"
        bound = (
            CandidateLine.read(record).conductivity_300K_nernst_einstein_upper_bound_mS_cm if record.exists() else None
        )
    return {
        **entry,
        "made": found.get("composition"),
        "conductivity_300K_S_cm": value and value / 1000,
        "upper_bound_S_cm": bound and bound / 1000,
        **{column: found[column] for column in COLUMNS},
        **(_hottest(results / "candidates" / ranked["id"]) if ranked else dict.fromkeys(HOTTEST)),
    }


def _hottest(candidate: Path) -> dict[str, Any]:
    """D* at the hottest temperature that has one, or else the bound there."""
    records = [CandidateTransport.read(path) for path in candidate.glob("*K/transport.json")]
    record = max(records, key=lambda r: r.temperature_K, default=None)
    if record is None:
        return dict.fromkeys(HOTTEST)
    diffusivity = record.tracer_diffusivity_cm2_s or record.tracer_diffusivity_upper_bound_cm2_s
    return dict(zip(HOTTEST, (record.temperature_K, record.verdict, diffusivity), strict=True))
