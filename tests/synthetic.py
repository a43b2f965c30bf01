"""A campaign's folder that no simulation made: plausible records of every verdict, for tests and for the benchmark.

The numbers follow textbook shapes (cage plateau, linear growth, Arrhenius lines); they are of no material.
"""

import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from screening.candidates.record import CandidateRecord, CandidateRow, MadeOrdering, RefusedRow
from screening.candidates.roles import Role
from screening.config.transport import ArrheniusConfig
from screening.local.equation_record import CandidateEquation
from screening.local.record import CandidateLocal
from screening.potentials.disagreement import Evaluated, disagreement, worst
from screening.potentials.trust_record import (
    Comparison,
    ComparisonStatus,
    TemperatureDisagreement,
    TrustRecord,
    WorstFrame,
)
from screening.records import content_hash
from screening.records.origin import PotentialFacts, Provenance
from screening.records.rows import write_scalars
from screening.selection.ranking import Competition, rank
from screening.selection.rows import RankingRow, ShortlistRow
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus
from screening.transport.arrhenius import analyse_arrhenius
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport
from tests.blank import blank
from tests.synthetic_records import (
    POTENTIAL,
    equation_record,
    local_record,
    origin,
    run_record,
    temperature_record,
)

TEMPERATURES = (500.0, 650.0, 800.0, 1000.0)
REFUSED = RefusedRow(rule=1, parent="Li6PS5Cl", asked="0.3 Br on Cl", reason="no cell of up to 500 atoms holds 0.3")

#: (composition, done, what happens, Ea in eV, ln D0, dH_mix in meV/atom, dimensionality)
CASES: list[tuple[str, str, str, float, float, float | None, int]] = [
    ("Li6PS5Cl", "as is", "upper_bound", 0.45, -7.0, 0.0, 3),
    ("Li6PS5Cl", "0.5 exchanged between S not bonded to P and Cl", "resolved", 0.26, -6.6, 4.1, 3),
    ("Li5.5PS4.5Cl1.5", "0.5 Cl on S not bonded to P; 2 Li vacancies", "resolved", 0.22, -6.9, 11.8, 3),
    ("Li6PS5Br0.5Cl0.5", "0.5 Br on Cl", "resolved", 0.31, -6.8, 0.9, 3),
    ("Li5.3PS4.3ClBr0.7", "0.7 Br on S not bonded to P; 3 Li vacancies", "resolved", 0.18, -7.3, 16.5, 3),
    ("Li6.25P0.75Si0.25S5Cl", "0.25 Si on P; 1 Li interstitial", "melted", 0.20, -6.0, 21.0, 3),
    ("Li3OCl0.5Br0.5", "0.5 Br on Cl", "layered", 0.34, -6.7, 2.4, 2),
    ("Li6PS5I", "as is", "too_short", 0.5, -7.0, 0.0, 3),
    ("Li6PSe5Cl", "1 Se on S", "failed", 0.5, -7.0, 30.2, 3),
    ("Li7PS6Cl2", "2 Cl added", "not_shortlisted", 0.3, -7.0, 92.4, 3),
    ("Li6PS4OCl", "0.2 O on S", "no_enthalpy", 0.3, -7.0, None, 3),
]
HOSTILE = (
    "Li<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)> & Ω “β” \u2028",
    "resolved",
    0.3,
    -7.0,
    7.7,
    3,
)


def write_campaign(
    folder: Path,
    cases: list[tuple[Any, ...]] | None = None,
    *,
    seed: int = 1,
    campaign: str = "argyrodites",
    second: str = "",
) -> Path:
    """Write a finished campaign's folder.

    Args:
        folder: results/<campaign>; made if it is not there.
        cases: As `CASES`.
        seed: Of the noise.
        campaign: Its name.
        second: Name of a second potential, "" for none.

    Returns:
        The folder.
    """
    random.seed(seed)
    listed, stability, shortlisted, fits, trust = [], {}, {}, {}, {}
    points: list[CandidateTransport] = []
    for case in CASES if cases is None else cases:
        name = _identity(case)
        row = _listed(name, case)
        listed.append(row)
        stability[name] = _stability(name, case)
        left_out = case[2] in ("not_shortlisted", "no_enthalpy")
        why = {"not_shortlisted": "mixing enthalpy 92.4 meV/atom is above the limit of 50"}.get(
            case[2], "no reference contains O; add phases to stability.references"
        )
        shortlisted[name] = ShortlistRow(id=name, shortlisted=not left_out, reason=why if left_out else "")
        _write_structures(folder / "candidates" / name, row)
        if not left_out:
            fits[name] = _write_transport(folder / "candidates" / name, name, case, points)
        if second and not left_out:
            trust[name] = _trust(name, second)
            trust[name].write(folder / "candidates" / name / "trust.json")
    CandidateRow.write(folder / "candidates.csv", listed)
    RefusedRow.write(folder / "refused.csv", [REFUSED])
    StabilityRow.write(folder / "stability.csv", list(stability.values()))
    ShortlistRow.write(folder / "shortlist.csv", list(shortlisted.values()))
    write_scalars(folder / "transport.csv", CandidateTransport, points)
    write_scalars(folder / "arrhenius.csv", CandidateLine, list(fits.values()))
    RankingRow.write(
        folder / "ranking.csv",
        rank(
            Competition(
                candidates=listed,
                stability=stability,
                shortlisted=shortlisted,
                lines=fits,
                trust=trust,
                max_force_disagreement_meV_A=150.0,
            )
        ),
    )
    config = _config(campaign)
    if second:
        config["potential"]["second"] = {"name": second, "device": "cpu", "frames": 4}
    (folder / "config.resolved.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def many(n: int, seed: int = 3) -> list[tuple[Any, ...]]:
    """Cases for a large campaign: most resolved, some bounded, some left out."""
    draw = random.Random(seed)
    cases = []
    for i in range(n):
        x, y = draw.random(), draw.random()
        kind = draw.choices(["resolved", "upper_bound", "layered", "melted", "not_shortlisted"], [60, 20, 8, 4, 8])[0]
        cases.append(
            (
                f"Li{6 - x:.2f}PS{5 - x:.2f}Cl{1 + x - y * x:.2f}Br{y * x:.2f}",
                f"{x:.3f} Cl and {y:.3f} Br on S not bonded to P ({i})",
                kind,
                draw.uniform(0.16, 0.42),
                draw.gauss(-6.9, 0.3),
                abs(draw.gauss(12, 12)),
                2 if kind == "layered" else 3,
            )
        )
    return cases


def _write_transport(folder: Path, name: str, case: tuple[Any, ...], points: list[CandidateTransport]) -> CandidateLine:
    records = [temperature_record(T, case) for T in TEMPERATURES]
    for record in records:
        at = folder / f"{record.temperature_K:g}K"
        run_record(case).write(at / "o0_r0" / "md.json")
        whole = CandidateTransport.of(record, id=name, provenance=Provenance.from_dict(origin("transport")))
        points.append(whole)
        whole.write(at / "transport.json")
        if record.verdict == "resolved":
            whole = CandidateLocal.of(
                local_record(record.temperature_K), id=name, provenance=Provenance.from_dict(origin("local"))
            )
            whole.write(at / "local.json")
    line = analyse_arrhenius(records, settings=ArrheniusConfig())
    fit = CandidateLine.of(line, id=name, provenance=Provenance.from_dict(origin("arrhenius")))
    fit.write(folder / "arrhenius.json")
    if case[2] == "resolved":
        equation = CandidateEquation.of(equation_record(), id=name, provenance=Provenance.from_dict(origin("equation")))
        equation.write(folder / "equation_one.json")
    return fit


def _identity(case: tuple[Any, ...]) -> str:
    plain = "".join(c for c in case[0] if c.isalnum() or c == ".")
    return f"{plain}-{content_hash(list(case), 8)}"


def _listed(name: str, case: tuple[Any, ...]) -> CandidateRow:
    return blank(
        CandidateRow,
        id=name,
        role=frozenset({Role.CANDIDATE}),
        parent="Li6PS5Cl",
        composition=case[0],
        done=case[1],
        family="Cl-Li-P-S",
        n_atoms=52,
        formula_units=4.0,
        n_orderings=2,
        arrangements=36,
        distinct_arrangements=2,
        selection="lowest Ewald energy of all 2 symmetry-distinct of 36 arrangements",
    )


def _stability(name: str, case: tuple[Any, ...]) -> StabilityRow:
    enthalpy, failed = case[5], case[2] == "failed"
    return blank(
        StabilityRow,
        id=name,
        role=frozenset({Role.CANDIDATE}),
        composition=case[0],
        relaxation=RelaxationStatus.NOT_CONVERGED if failed else RelaxationStatus.CONVERGED,
        relax_steps=85,
        max_force_eV_A=0.031,
        volume_A3_atom=18.6,
        volume_change=0.021,
        energy_eV_atom=-4.33,
        ordering_spread_meV_atom=random.uniform(0.2, 4.0),
        mixing_enthalpy_meV_atom=enthalpy,
        mixing_enthalpy_error_meV_atom=None if enthalpy is None else 1.25,
        mixing_enthalpy_meV_formula_unit=None if enthalpy is None else 13 * enthalpy,
        mixing_against="none" if enthalpy is None else "competing phases" if "vacanc" in case[1] else "end members",
        mixing_reaction="" if enthalpy is None else "0.5 Li6PS5Cl + 0.5 Li6PS5Br",
        hull_distance_meV_atom=None if enthalpy is None else enthalpy + 9.0,
        reason="forces above 0.05 eV/Angstrom after 500 steps" if failed else "",
    )


@cache
def _cell() -> dict[str, Any]:
    from pymatgen.core import Structure

    from screening.parents import library

    structure: Structure = library.load("Li6PS5Cl").structure.copy()
    structure.remove_oxidation_states()
    return structure.as_dict()


def _write_structures(folder: Path, row: CandidateRow) -> None:
    known = {
        "id": row.id,
        "composition": row.composition,
        "oxidation_states": {"Li": 1.0, "P": 5.0, "S": -2.0, "Cl": -1.0},
    }
    made = blank(MadeOrdering, degeneracy=1, ewald_energy_eV=-800.0, structure=_cell())
    origins = origin("enumerate", seed=1), origin("relax", seed=1, potential=POTENTIAL)
    blank(CandidateRecord, **known, orderings=(made,) * 2, provenance=Provenance.from_dict(origins[0])).write(
        folder / "candidate.json"
    )
    relaxed = tuple(
        blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, energy_eV=energy, steps=85, structure=_cell())
        for energy in (-225.1, -225.3)
    )
    blank(RelaxedRecord, **known, orderings=relaxed, provenance=Provenance.from_dict(origins[1])).write(
        folder / "relaxed.json"
    )


def _trust(name: str, second: str) -> TrustRecord:
    """As the stage writes it, on random forces; the second potential is the softer one by a tenth."""
    draw = np.random.default_rng(int(content_hash(name), 16) % 1000)
    size = draw.uniform(0.1, 0.5)
    first = [Evaluated(-200.0 + draw.normal(0, 0.3), draw.normal(0, 0.5, (4, 3))) for _ in range(4)]
    other = [Evaluated(0.9 * f.energy_eV, 0.9 * f.forces_eV_A + draw.normal(0, size, (4, 3))) for f in first]
    symbols = [["Li", "Li", "P", "S"]] * 4
    _, furthest = worst(symbols, first, other)
    found = disagreement(symbols, first, other)
    judge = POTENTIAL | {"name": second}
    return TrustRecord(
        id=name,
        second_potential=PotentialFacts.from_dict(judge),
        status=ComparisonStatus.COMPLETE,
        reason="",
        n_frames=4,
        compared=Comparison.of(
            found,
            by_temperature=tuple(
                TemperatureDisagreement.of(found, temperature_K=float(t), n_frames=4) for t in TEMPERATURES
            ),
            worst_frame=WorstFrame.of(furthest, temperature_K=500.0, ordering=0, replica=1, frame=7, time_ps=0.08),
        ),
        provenance=Provenance.from_dict(origin("trust", potential=POTENTIAL, second_potential=judge)),
    )


def _config(campaign: str) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "mobile_ion": "Li",
        "seed": 1,
        "potential": {"name": "chgnet", "device": "cpu"},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 50.0, "max_candidates": 20},
        "md": {"temperatures_K": list(TEMPERATURES), "duration_ps": 100.0, "replicas": 3},
    }
