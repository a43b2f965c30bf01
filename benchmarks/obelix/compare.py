"""What the campaigns gave beside what was measured: a table, figures of merit, and the potential's typical error."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.obelix.campaigns import DISPERSION, campaign_name
from benchmarks.obelix.entries import Entry
from benchmarks.obelix.figure import draw
from benchmarks.obelix.merit import Pair, bias_of_family, figures_of
from screening.config.potential import shown
from screening.potentials.bias import MIN_COMPOUNDS, anion_family
from screening.records import read_json, read_table, write_json, write_table
from screening.records.tables import read_text_table
from screening.selection.rows import RankingRow
from screening.stability.record import RelaxedRecord
from screening.trajectories.run_record import RunRecord

HERE = Path(__file__).parent
CALIBRATION = HERE.parents[1] / "screening" / "potentials" / "calibration.json"
FIGURE = HERE.parents[1] / "docs" / "figures" / "obelix.svg"
RESULTS = HERE.parent / "results.json"
NOT_RUN, REFUSED = "not_run", "refused"


@dataclass(frozen=True)
class Compared:
    """One line of the table; conductivities at 300 K in S/cm."""

    id: str
    composition: str
    family: str
    doi: str
    measured_S_cm: float
    measured_is_upper_bound: bool
    measured_activation_energy_eV: float | None
    made: str | None
    verdict: str
    reason: str
    conductivity_S_cm: float | None = None
    low_S_cm: float | None = None
    high_S_cm: float | None = None
    lower_bound_S_cm: float | None = None
    upper_bound_S_cm: float | None = None
    coldest_K: float | None = None
    activation_energy_eV: float | None = None
    activation_energy_error_eV: float | None = None
    core_hours: float | None = None
    potential_checksum: str | None = None

    @property
    def pair(self) -> Pair | None:
        """For the figures of merit; None where nothing is known of the computed one."""
        if self.conductivity_S_cm is None and self.upper_bound_S_cm is None:
            return None
        return Pair(
            value=self.conductivity_S_cm,
            interval=None if self.low_S_cm is None or self.high_S_cm is None else (self.low_S_cm, self.high_S_cm),
            bounds=(self.lower_bound_S_cm or 0.0, self.upper_bound_S_cm or float("inf")),
            measured=self.measured_S_cm,
            measured_is_upper_bound=self.measured_is_upper_bound,
        )


def compare(
    entries: Sequence[Entry], results: Path, potential: str, refused: Mapping[str, str], *, calibrate: bool
) -> dict[str, float]:
    """Write <potential>.csv beside this file with a figure, and if asked for what the package learns from it.

    Args:
        entries: Compounds; one whose campaign is not in `results` keeps its line of the table if it ran before.
        results: Folder of campaigns.
        potential: Its name.
        refused: Why compounds have no campaign, by id.
        calibrate: Whether the package learns from this table, and benchmarks/results.json: not from one that is kept
            to test what was learnt.

    Returns:
        Figures of merit, see `merit`.
    """
    name = shown(potential, DISPERSION)
    table = table_of(potential) if calibrate else results.parent / table_of(potential).name
    before = _before(table) if table.exists() else {}
    lines = [_line(entry, results / campaign_name(entry, potential), refused.get(entry.id)) for entry in entries]
    lines = [before[x.id] if x.verdict in (NOT_RUN, REFUSED) and x.id in before else x for x in lines]
    write_table(table, [{k: _short(v) for k, v in asdict(line).items()} for line in lines])
    pairs = [pair for line in lines if (pair := line.pair) is not None]
    figures = figures_of(pairs)
    figures |= _barriers(lines)
    print(table)
    if pairs:
        draw(pairs, figures.get("mae_log10_sigma", 0.0), FIGURE if calibrate else table.with_suffix(".svg"))
    if calibrate and figures["resolved"] >= MIN_COMPOUNDS and "spearman_resolved" in figures:
        named = {f"obelix_{key}": value for key, value in figures.items()} | {"obelix_potential": name}
        write_json(RESULTS, dict(sorted({**read_json(RESULTS), **named}.items())))
        write_json(CALIBRATION, dict(sorted({**read_json(CALIBRATION), name: _calibration(figures, lines)}.items())))
    return figures


def _before(table: Path) -> dict[str, Compared]:
    """Lines of what ran; an id such as 1e5 is text and no number."""
    ids = [row["id"] for row in read_text_table(table)]
    lines = [Compared(**row | {"id": id}) for id, row in zip(ids, read_table(table), strict=True)]
    return {line.id: line for line in lines if line.verdict not in (NOT_RUN, REFUSED)}


def table_of(potential: str) -> Path:
    """Where the potential's table is."""
    return HERE / f"{'_'.join(shown(potential, DISPERSION).replace(':', '_').split())}.csv"


def _calibration(figures: Mapping[str, float], lines: Sequence[Compared]) -> dict[str, Any]:
    ends = ("", "_low", "_high")
    found = {f"log10_conductivity_mae{end}": figures[f"mae_log10_sigma{end}"] for end in ends}
    found |= {f"spearman{end}": figures[f"spearman_resolved{end}"] for end in ends}
    counts = {"n": int(figures["resolved"]), "not_resolved": int(figures["n"] - figures["resolved"])}
    return {**found, **counts, "against": "OBELiX, NRC and Mila", **_biases(lines)}


def _biases(lines: Sequence[Compared]) -> dict[str, Any]:
    """What the potential is off by in each family of anions, with its checksum: weights of another are not these."""
    checksums = {line.potential_checksum for line in lines if line.conductivity_S_cm is not None}
    if len(checksums) != 1 or None in checksums:
        print(f"no bias by family: conductivities are of {len(checksums)} potentials, or do not say of which")
        return {}
    families: dict[str, list[Pair]] = {}
    for line in lines:
        if (pair := line.pair) is not None and (family := anion_family(line.made or line.composition)):
            families.setdefault(family, []).append(pair)
    biases = {family: found for family, pairs in sorted(families.items()) if (found := bias_of_family(pairs))}
    return {"checksum": checksums.pop(), "families": biases}


def _barriers(lines: Sequence[Compared]) -> dict[str, float]:
    known = [
        abs(line.activation_energy_eV - line.measured_activation_energy_eV)
        for line in lines
        if line.activation_energy_eV is not None and line.measured_activation_energy_eV is not None
    ]
    return {"mae_Ea_eV": sum(known) / len(known), "n_Ea": float(len(known))} if known else {}


def _line(entry: Entry, campaign: Path, refused: str | None) -> Compared:
    start = Compared(
        id=entry.id,
        composition=entry.composition,
        family=entry.family,
        doi=entry.doi,
        measured_S_cm=entry.conductivity_S_cm,
        measured_is_upper_bound=entry.bounded,
        measured_activation_energy_eV=entry.energy_eV,
        made=None,
        verdict=NOT_RUN if refused is None else REFUSED,
        reason=refused or "",
    )
    rows = RankingRow.read(campaign / "ranking.csv") if (campaign / "ranking.csv").exists() else []
    if len(rows) != 1:
        return start
    (row,) = rows
    runs = [RunRecord.read(path) for path in sorted((campaign / "candidates" / row.id).glob("*K/o*_r*/md.json"))]
    return Compared(
        **{key: value for key, value in asdict(start).items() if value is not None or key == "made"}
        | {"measured_activation_energy_eV": entry.energy_eV, "made": row.id.rsplit("-", 1)[0]}
        | {"verdict": str(row.verdict), "reason": row.reason},
        conductivity_S_cm=_S_cm(row.conductivity_300K_estimate_mS_cm),
        low_S_cm=_S_cm(row.conductivity_300K_estimate_low_mS_cm),
        high_S_cm=_S_cm(row.conductivity_300K_estimate_high_mS_cm),
        lower_bound_S_cm=_S_cm(row.conductivity_300K_lower_bound_mS_cm),
        upper_bound_S_cm=_S_cm(row.conductivity_300K_upper_bound_mS_cm),
        coldest_K=row.coldest_resolved_temperature_K,
        activation_energy_eV=row.activation_energy_eV,
        activation_energy_error_eV=row.activation_energy_error_eV,
        potential_checksum=_checksum(campaign / "candidates" / row.id / RelaxedRecord.FILE),
        core_hours=sum(run.provenance.processor_s or 0.0 for run in runs) / 3600.0,
    )


def _checksum(relaxed: Path) -> str | None:
    """Of the potential that a candidate was relaxed with; None where that is not there."""
    used = RelaxedRecord.read(relaxed).provenance.potential if relaxed.exists() else None
    return None if used is None else used.checksum


def _S_cm(value_mS_cm: float | None) -> float | None:
    return None if value_mS_cm is None else value_mS_cm / 1000.0


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value
