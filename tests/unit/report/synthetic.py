"""A campaign's folder that no simulation made: plausible records of every verdict, for tests and for the benchmark.

The numbers follow textbook shapes (cage plateau, linear growth, Arrhenius lines); they are of no material.
"""

import math
import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from screening.config.transport import ArrheniusConfig
from screening.potentials.disagreement import Evaluated, disagreement, worst
from screening.ranking import rank
from screening.records import content_hash, write_json, write_table
from screening.transport.arrhenius import analyse_arrhenius

TEMPERATURES = (500.0, 650.0, 800.0, 1000.0)
K_EV = 8.617333262e-5
REFUSED = {"rule": 1, "parent": "Li6PS5Cl", "asked": "0.3 Br on Cl", "reason": "no cell of up to 500 atoms holds 0.3"}
POTENTIAL = {"name": "chgnet", "version": "0.3.0", "functional": "PBE/PBE+U (MPtrj)", "checksum": "818dbd97" * 8}

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
    points: list[dict[str, Any]] = []
    for case in CASES if cases is None else cases:
        name = _identity(case)
        row = _listed(name, case)
        listed.append(row)
        stability[name] = _stability(name, case)
        left_out = case[2] in ("not_shortlisted", "no_enthalpy")
        why = {"not_shortlisted": "mixing enthalpy 92.4 meV/atom is above the limit of 50"}.get(
            case[2], "no reference contains O; add phases to stability.references"
        )
        shortlisted[name] = {"id": name, "shortlisted": not left_out, "reason": why if left_out else ""}
        _write_structures(folder / "candidates" / name, row, case)
        if not left_out:
            fits[name] = _write_transport(folder / "candidates" / name, name, case, points)
        if second and not left_out:
            trust[name] = _trust(name, second)
            write_json(folder / "candidates" / name / "trust.json", trust[name])
    write_table(folder / "candidates.csv", listed)
    write_table(folder / "refused.csv", [REFUSED])
    write_table(folder / "stability.csv", list(stability.values()))
    write_table(folder / "shortlist.csv", list(shortlisted.values()))
    _write_scalars(folder / "transport.csv", points)
    _write_scalars(folder / "arrhenius.csv", list(fits.values()))
    write_table(folder / "ranking.csv", rank(listed, stability, shortlisted, fits, trust, 150.0))
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


def origin(stage: str, **facts: Any) -> dict[str, Any]:
    """A provenance record as stages write it."""
    return {
        "stage": stage,
        "screening": "0.1.0",
        "python": "3.11.7",
        "packages": {"numpy": "2.4.6"},
        "host": "secret-host",
        "inputs": {f"results/argyrodites/{stage}/in.json": "ab" * 32},
        "started_utc": "2026-11-20T10:00:00+00:00",
        "ended_utc": "2026-11-20T12:30:00+00:00",
        **facts,
    }


def temperature_record(T: float, case: tuple[Any, ...]) -> dict[str, Any]:
    """transport.json of one temperature, without id and provenance."""
    kind, energy, ln0, dimensionality = case[2], case[3], case[4], case[6]
    if kind == "failed":
        return {"verdict": "failed", "reason": "temperature above 5000 K after 3.2 ps", "temperature_K": T}
    verdict = _verdict(kind, T)
    record: dict[str, Any] = {
        "verdict": verdict,
        "reason": "9 frames after equilibration, fewer than 100",
        "temperature_K": T,
        "mobile": "Li",
        "charge": 1.0,
        "n_mobile": 24,
        "number_density_per_cm3": 2.4e22,
        "mean_temperature_K": T + random.gauss(0, 6),
        "tracer_diffusivity_cm2_s": None,
        "tracer_diffusivity_upper_bound_cm2_s": None,
        "msd": None,
    }
    if verdict == "too_short":
        return record
    value = math.exp(ln0 - energy / (K_EV * T)) * math.exp(random.gauss(0, 0.08))
    return record | _curves(verdict, value, T) | _results(verdict, value, T, dimensionality)


def run_record(case: tuple[Any, ...]) -> dict[str, Any]:
    """What the report reads of md.json: a student ran, but for the candidate that has none."""
    refused = "it lost atoms at 1000 K" if case[2] == "melted" else ""
    watched = {"largest_grade": 0.61, "max_grade": 2.0, "events": []}
    return {
        "status": "complete",
        "engine": "ase" if refused else "lammps",
        "driver": {**POTENTIAL, "student_checksum": None if refused else "ac" * 32, "student_refused": refused},
        "monitor": None if refused else watched,
    }


def local_record(T: float) -> dict[str, Any]:
    """local.json of one temperature, with the keys of `screening.transport.local`."""
    r = [0.1 * i for i in range(81)]
    kinds = ["24g"] * 12 + ["48h"] * 24
    energies = [abs(random.gauss(0.0 if kind == "24g" else 0.06, 0.02)) for kind in kinds]
    pair = {
        "r_A": r,
        "coordination": r,
        "first_shell_A": 3.4,
        "first_shell_coordination": {"value": 3.1, "error": 0.2},
    }
    return {
        "temperature_K": T,
        "site_fractional": [[random.random() for _ in range(3)] for _ in kinds],
        "site_kinds": kinds,
        "site_occupancy": [math.exp(-e / (K_EV * T)) for e in energies],
        "site_energy_eV": energies,
        "site_energy_error_eV": [0.005] * len(kinds),
        "site_energy_width_eV": 0.04,
        "jumps": [
            dict.fromkeys(("from", "to"), "48h")
            | {"distance_A": 1.9, "count": 412, "rate_per_ion_per_ps": 0.31, "rate_error_per_ion_per_ps": 0.015}
            | {"within_cage": True}
        ],
        "n_jumps_within_cages": 412,
        "n_jumps_between_cages": 0,
        "group_rotation": {
            "n_bonds": 16,
            "relaxation_ps": 3.0,
            "relaxation_error_ps": 0.4,
            "lag_ps": [0.1 * i for i in range(60)],
            "p1": [0.95 + 0.05 * math.exp(-0.3 * i) for i in range(60)],
            "p2": [0.9 + 0.1 * math.exp(-0.3 * i) for i in range(60)],
        },
        "ion_density": {
            "shape": [12, 12, 12],
            "voxels": (voxels := random.sample(range(1728), 300)),
            "density_per_A3": [0.2 * math.exp(-0.01 * i) for i in range(len(voxels))],
            "share": 0.95,
        },
        "hop_network": [
            {"sites": [i, 35 - i], "image": [0, i % 2, 0], "distance_A": 2.4, "count": 60 - i} for i in range(18)
        ],
        "van_hove": [
            {
                "lag_ps": lag,
                "r_A": r,
                "self_per_A": [math.exp(-((x / lag**0.5 - 0.8) ** 2)) for x in r],
                "distinct": [1 - math.exp(-((x / 2) ** 2)) for x in r],
            }
            for lag in (1.0, 10.0)
        ],
        "hop_rate_per_ion_per_ps": {"value": 0.52, "error": 0.03},
        "hop_distance_A": {"value": 2.4, "error": 0.1},
        "random_walk_diffusivity_cm2_s": {"value": 5.1e-5, "error": 0.4e-5},
        "correlation_factor": {"value": 0.42, "error": 0.08},
        "attempt_frequency_THz": {"value": 5.6, "error": 0.7},
        "share_of_ions_that_jump": 0.97,
        "percolation_barriers_eV": [0.12, 0.13, None],
        "percolation_barrier_errors_eV": [0.01, None, None],
        "pair_distributions": {
            label: {**pair, "g": [math.exp(-((x - at) ** 2) / 0.08) * 4 + (1 if x > at + 0.8 else 0) for x in r]}
            for label, at in (("S(P)", 2.5), ("S", 2.4), ("Cl", 2.7))
        },
        "anions": {
            label: {
                "n_anions": 4,
                "time_share": share,
                "relative_hold": hold,
                "residence_ps": {"value": 4 * hold, "error": 0.4},
            }
            for label, share, hold in (("S(P)", 0.5, 0.9), ("S", 0.3, 1.4), ("Cl", 0.2, 0.7))
        },
    }


def equation_record() -> dict[str, Any]:
    """equation_one.json, with the keys of `screening.transport.equation`."""
    return {
        "correlation_factor": {"value": 0.42, "error": 0.08},
        "haven_ratio": {"value": 0.48, "error": 0.07},
        "hop_distance_A": {"value": 2.4, "error": 0.1},
        "attempt_frequency_THz": {"value": 5.6, "error": 0.7},
        "activation_entropy_k": {"value": 1.2, "error": 0.4},
        "activation_enthalpy_eV": {"value": 0.22, "error": 0.013},
        "jump_rate_energy_eV": {"value": 0.19, "error": 0.02},
        "jump_rate_entropy_k": {"value": 0.9, "error": 0.3},
        "t1_minimum_K": None,
        "number_density_per_cm3": 2.4e22,
        "charge": 1.0,
        "missing": ["t1_minimum_K"],
        "conductivity_mS_cm": [
            {
                "temperature_K": 500.0,
                "equation": {"value": 1800.0, "error": 700.0},
                "measured": 1950.0,
                "measured_error": 560.0,
            }
        ],
    }


def _verdict(kind: str, T: float) -> str:
    if kind == "melted":
        return "melted" if T > 600 else "too_short"
    if kind == "upper_bound":
        return "upper_bound" if T < 900 else "resolved"
    return {"layered": "resolved"}.get(kind, kind)


def _results(verdict: str, value: float, T: float, dimensionality: int) -> dict[str, Any]:
    per_mS = 2.4e22 * 1.602e-19**2 / (1.381e-23 * T) * 1e3
    shared = {
        "effective_hops": 310.0 if verdict == "resolved" else 12.0,
        "escapes": 85 if verdict == "resolved" else 2,
        "escaped_share": 0.8 if verdict == "resolved" else 0.04,
        "loglog_slope": 0.97 if verdict == "resolved" else 0.31,
        "loglog_slope_error": 0.04,
        "framework_msd_A2": 14.0 if verdict == "melted" else 0.35,
        "fit_window_ps": [4.0, 50.0] if verdict != "upper_bound" else None,
    }
    if verdict == "melted":
        return shared | {"reason": "the framework diffuses: every element's MSD is above 2.0 A^2 (P 9.1, S 14.0)"}
    if verdict == "upper_bound":
        bound = 3 * value
        return shared | {
            "reason": "the MSD grows as t^0.31, below t^0.8; 24 ions left their neighbourhood 2 times, fewer than 20",
            "tracer_diffusivity_upper_bound_cm2_s": bound,
            "conductivity_nernst_einstein_upper_bound_mS_cm": bound * per_mS,
        }
    error = value * random.uniform(0.08, 0.22)
    spread = [1.0, 1.0, 1.0] if dimensionality == 3 else [0.03, 1.4, 1.57]
    eigen = sorted(value * s * math.exp(random.gauss(0, 0.08)) for s in spread)
    return shared | {
        "reason": "the MSD grows as t^0.97, 85 escapes, 310 effective hops, framework holds",
        "tracer_diffusivity_cm2_s": value,
        "tracer_diffusivity_error_cm2_s": error,
        "collective_diffusivity_cm2_s": 2.1 * value,
        "collective_diffusivity_error_cm2_s": 0.6 * value,
        "haven_ratio": 0.48,
        "haven_ratio_error": 0.15,
        "conductivity_nernst_einstein_mS_cm": value * per_mS,
        "conductivity_nernst_einstein_error_mS_cm": error * per_mS,
        "conductivity_collective_mS_cm": 2.1 * value * per_mS,
        "conductivity_collective_error_mS_cm": 0.6 * value * per_mS,
        "collective_reason": "resolved",
        "diffusion_tensor_cm2_s": [[eigen[i] if i == j else 0.05 * value for j in range(3)] for i in range(3)],
        "eigenvalues_cm2_s": eigen,
        "eigenvalue_errors_cm2_s": [0.2 * e for e in eigen],
        "dimensionality": dimensionality,
        "dimensionality_confidence": 0.99,
    }


def _curves(verdict: str, value: float, T: float) -> dict[str, Any]:
    # 1 cm2/s is 1e4 A^2/ps.
    lags = sorted({round(0.05 * 1000 ** (i / 80), 3) for i in range(81)} | {0.625 * i for i in range(1, 81)})
    slope = 6e4 * value if verdict != "upper_bound" else 0.15 * value * 6e4
    plateau = 0.9 * math.sqrt(T / 500)
    ions = [slope * t + plateau * (1 - math.exp(-t / 0.4)) for t in lags]
    framework = [
        0.28 * math.sqrt(T / 500) * (1 - math.exp(-t / 0.2)) + (0.25 * t if verdict == "melted" else 0) for t in lags
    ]
    return {
        "msd": {
            "lag_ps": lags,
            "tracer_A2": ions,
            "tracer_error_A2": [0.03 * m + 0.02 * m * math.sqrt(t) / 2 for m, t in zip(ions, lags, strict=True)],
            "collective_A2": [
                1.6 * m * (1 + 0.25 * math.sin(math.log(t + 1) * 2)) for m, t in zip(ions, lags, strict=True)
            ],
            "framework_A2": framework,
        }
    }


def _write_transport(folder: Path, name: str, case: tuple[Any, ...], points: list[dict[str, Any]]) -> dict[str, Any]:
    records = [temperature_record(T, case) for T in TEMPERATURES]
    for record in records:
        write_json(folder / f"{record['temperature_K']:g}K" / "o0_r0" / "md.json", run_record(case))
        whole = {"id": name, **record, "provenance": origin("transport")}
        points.append(whole)
        write_json(folder / f"{record['temperature_K']:g}K" / "transport.json", whole)
        if record["verdict"] == "resolved":
            write_json(folder / f"{record['temperature_K']:g}K" / "local.json", local_record(record["temperature_K"]))
    fit = {"id": name, **analyse_arrhenius(records, settings=ArrheniusConfig()), "provenance": origin("arrhenius")}
    write_json(folder / "arrhenius.json", fit)
    if case[2] == "resolved":
        write_json(folder / "equation_one.json", equation_record())
    return fit


def _identity(case: tuple[Any, ...]) -> str:
    plain = "".join(c for c in case[0] if c.isalnum() or c == ".")
    return f"{plain}-{content_hash(list(case), 8)}"


def _listed(name: str, case: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": name,
        "role": "candidate",
        "end_member": False,
        "parent": "Li6PS5Cl",
        "composition": case[0],
        "done": case[1],
        "n_atoms": 52,
        "formula_units": 4.0,
        "n_orderings": 2,
        "arrangements": 36,
        "distinct_arrangements": 2,
        "selection": "lowest Ewald energy of all 2 symmetry-distinct of 36 arrangements",
    }


def _stability(name: str, case: tuple[Any, ...]) -> dict[str, Any]:
    enthalpy = case[5]
    return {
        "id": name,
        "role": "candidate",
        "composition": case[0],
        "relaxation": "not_converged" if case[2] == "failed" else "converged",
        "relax_steps": 85,
        "max_force_eV_A": 0.031,
        "volume_A3_atom": 18.6,
        "volume_change": 0.021,
        "energy_eV_atom": -4.33,
        "ordering_spread_meV_atom": random.uniform(0.2, 4.0),
        "mixing_enthalpy_meV_atom": enthalpy,
        "mixing_enthalpy_error_meV_atom": None if enthalpy is None else 1.25,
        "mixing_enthalpy_meV_formula_unit": None if enthalpy is None else 13 * enthalpy,
        "mixing_against": "none" if enthalpy is None else "competing phases" if "vacanc" in case[1] else "end members",
        "mixing_reaction": "" if enthalpy is None else "0.5 Li6PS5Cl + 0.5 Li6PS5Br",
        "hull_distance_meV_atom": None if enthalpy is None else enthalpy + 9.0,
        "reason": "forces above 0.05 eV/Angstrom after 500 steps" if case[2] == "failed" else "",
    }


@cache
def _cell() -> dict[str, Any]:
    from pymatgen.core import Structure

    from screening.parents import library

    structure: Structure = library.load("Li6PS5Cl").structure.copy()
    structure.remove_oxidation_states()
    return structure.as_dict()


def _write_structures(folder: Path, row: dict[str, Any], case: tuple[Any, ...]) -> None:
    states = {"Li": 1.0, "P": 5.0, "S": -2.0, "Cl": -1.0}
    orderings = [{"degeneracy": 1, "ewald_energy_eV": -800.0, "structure": _cell()}] * 2
    write_json(
        folder / "candidate.json",
        {**row, "oxidation_states": states, "orderings": orderings, "provenance": origin("enumerate", seed=1)},
    )
    relaxed = [
        {"status": "converged", "reason": "", "energy_eV": energy, "steps": 85, "structure": _cell()}
        for energy in (-225.1, -225.3)
    ]
    write_json(
        folder / "relaxed.json",
        {
            "id": row["id"],
            "composition": case[0],
            "oxidation_states": states,
            "orderings": relaxed,
            "provenance": origin("relax", seed=1, potential=POTENTIAL),
        },
    )


def _trust(name: str, second: str) -> dict[str, Any]:
    """As the stage writes it, on random forces; the second potential is the softer one by a tenth."""
    draw = np.random.default_rng(int(content_hash(name), 16) % 1000)
    size = draw.uniform(0.1, 0.5)
    first = [Evaluated(-200.0 + draw.normal(0, 0.3), draw.normal(0, 0.5, (4, 3))) for _ in range(4)]
    other = [Evaluated(0.9 * f.energy_eV, 0.9 * f.forces_eV_A + draw.normal(0, size, (4, 3))) for f in first]
    symbols = [["Li", "Li", "P", "S"]] * 4
    furthest = worst(symbols, first, other)
    found = disagreement(symbols, first, other)
    return {
        "id": name,
        "second_potential": POTENTIAL | {"name": second},
        "status": "complete",
        "reason": "",
        **found,
        "by_temperature": [{"temperature_K": t, **found} for t in TEMPERATURES],
        "worst_frame": {"temperature_K": 500.0, "ordering": 0, "replica": 1, "frame": 7, "time_ps": 0.08, **furthest},
        "provenance": origin("trust", potential=POTENTIAL, second_potential=POTENTIAL | {"name": second}),
    }


def _write_scalars(path: Path, records: list[dict[str, Any]]) -> None:
    rows = [{k: v for k, v in r.items() if not isinstance(v, dict | list)} for r in records]
    write_table(path, rows, list(dict.fromkeys(key for row in rows for key in row)) or ["id"])


def _config(campaign: str) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "mobile_ion": "Li",
        "seed": 1,
        "potential": {"name": "chgnet", "device": "cpu"},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 50.0, "max_candidates": 20},
        "md": {"temperatures_K": list(TEMPERATURES), "duration_ps": 100.0, "replicas": 3},
    }
