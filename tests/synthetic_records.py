"""Records as stages write them, of textbook shapes: cage plateau, linear growth, Arrhenius lines; of no material."""

import math
import random
from dataclasses import replace
from typing import Any

from screening.local.equation_record import ComparedConductivity, EquationRecord
from screening.local.record import (
    AnionShare,
    GroupRotation,
    JumpKind,
    LocalPicture,
    LocalRecord,
    Measured,
    PairCurve,
    SitePair,
    VanHove,
)
from screening.trajectories.run_record import DrivenBy, RunProvenance, RunRecord, RunStatus, Watch
from screening.transport.density import DrawnDensity
from screening.transport.record import MsdCurves, TransportRecord, TransportVerdict
from tests.blank import blank

K_EV = 8.617333262e-5
POTENTIAL = {
    "name": "chgnet",
    "version": "0.3.0",
    "functional": "PBE/PBE+U (MPtrj)",
    "checksum": "818dbd97" * 8,
    "precision": "single",
    "device": "cpu",
}


def origin(stage: str, **facts: Any) -> dict[str, Any]:
    """A provenance record as stages write it."""
    return {
        "stage": stage,
        "screening": "0.1.0",
        "code_sha256": "cd" * 32,
        "python": "3.11.7",
        "packages": {"numpy": "2.4.6"},
        "host": "secret-host",
        "inputs": {f"results/argyrodites/{stage}/in.json": "ab" * 32},
        "started_utc": "2026-11-20T10:00:00+00:00",
        "ended_utc": "2026-11-20T12:30:00+00:00",
        **facts,
    }


def temperature_record(T: float, case: tuple[Any, ...]) -> TransportRecord:
    """What the analysis of one temperature gives."""
    kind, energy, ln0, dimensionality = case[2], case[3], case[4], case[6]
    if kind == "failed":
        why = "temperature above 5000 K after 3.2 ps"
        return TransportRecord(verdict=TransportVerdict.FAILED, reason=why, temperature_K=T)
    verdict = _verdict(kind, T)
    record = blank(
        TransportRecord,
        verdict=TransportVerdict(verdict),
        reason="9 frames after equilibration, fewer than 100",
        temperature_K=T,
        mobile="Li",
        charge=1.0,
        n_trajectories=1,
        n_orderings=1,
        n_frames=(2000,),
        frame_interval_fs=50.0,
        n_mobile=24,
        number_density_per_cm3=2.4e22,
        mean_temperature_K=T + random.gauss(0, 6),
    )
    if verdict == "too_short":
        return record
    value = math.exp(ln0 - energy / (K_EV * T)) * math.exp(random.gauss(0, 0.08))
    return replace(record, **_curves(verdict, value, T) | _results(verdict, value, T, dimensionality))


def run_record(case: tuple[Any, ...]) -> RunRecord:
    """What the report reads of md.json: a student ran, but for the candidate that has none."""
    refused = "it lost atoms at 1000 K" if case[2] == "melted" else ""
    return blank(
        RunRecord,
        status=RunStatus.COMPLETE,
        engine="ase" if refused else "lammps",
        driver=DrivenBy(**POTENTIAL, student_checksum=None if refused else "ac" * 32, student_refused=refused),
        monitor=None if refused else blank(Watch, largest_grade=0.61, max_grade=2.0),
        provenance=RunProvenance.from_dict(origin("md")),
    )


def local_record(T: float) -> LocalRecord:
    """What the local picture of one temperature holds."""
    r = tuple(0.1 * i for i in range(81))
    kinds = ("24g",) * 12 + ("48h",) * 24
    energies = tuple(abs(random.gauss(0.0 if kind == "24g" else 0.06, 0.02)) for kind in kinds)
    lags = tuple(0.1 * i for i in range(60))
    voxels = tuple(random.sample(range(1728), 300))
    picture = blank(
        LocalPicture,
        n_sites=len(kinds),
        site_fractional=tuple(tuple(random.random() for _ in range(3)) for _ in kinds),
        site_kinds=kinds,
        site_occupancy=tuple(math.exp(-e / (K_EV * T)) for e in energies),
        site_energy_eV=energies,
        site_energy_error_eV=(0.005,) * len(kinds),
        site_energy_width_eV=0.04,
        n_jumps=412,
        n_jumps_within_cages=412,
        n_jumps_between_cages=0,
        jumps=(
            JumpKind(
                start="48h",
                end="48h",
                within_cage=True,
                distance_A=1.9,
                count=412,
                rate_per_ion_per_ps=0.31,
                rate_error_per_ion_per_ps=0.015,
            ),
        ),
        group_rotation=GroupRotation(
            n_bonds=16,
            relaxation_ps=3.0,
            relaxation_error_ps=0.4,
            lag_ps=lags,
            p1=tuple(0.95 + 0.05 * math.exp(-3 * t) for t in lags),
            p1_error=None,
            p2=tuple(0.9 + 0.1 * math.exp(-3 * t) for t in lags),
            p2_error=None,
        ),
        ion_density=DrawnDensity(
            shape=(12, 12, 12),
            voxels=voxels,
            density_per_A3=tuple(0.2 * math.exp(-0.01 * i) for i in range(len(voxels))),
            share=0.95,
        ),
        hop_network=tuple(
            SitePair(sites=(i, 35 - i), image=(0, i % 2, 0), distance_A=2.4, count=60 - i) for i in range(18)
        ),
        van_hove=tuple(
            blank(
                VanHove,
                lag_ps=lag,
                r_A=r,
                self_per_A=tuple(math.exp(-((x / lag**0.5 - 0.8) ** 2)) for x in r),
                distinct=tuple(1 - math.exp(-((x / 2) ** 2)) for x in r),
            )
            for lag in (1.0, 10.0)
        ),
        hop_rate_per_ion_per_ps=Measured(0.52, 0.03),
        hop_distance_A=Measured(2.4, 0.1),
        random_walk_diffusivity_cm2_s=Measured(5.1e-5, 0.4e-5),
        correlation_factor=Measured(0.42, 0.08),
        attempt_frequency_THz=Measured(5.6, 0.7),
        share_of_ions_that_jump=0.97,
        percolation_barriers_eV=(0.12, 0.13, None),
        percolation_barrier_errors_eV=(0.01, None, None),
        pair_distributions={
            label: PairCurve(
                r_A=r,
                g=tuple(math.exp(-((x - at) ** 2) / 0.08) * 4 + (1 if x > at + 0.8 else 0) for x in r),
                g_error=(0.01,) * len(r),
                coordination=r,
                first_shell_A=3.4,
                first_shell_coordination=Measured(3.1, 0.2),
            )
            for label, at in (("S(P)", 2.5), ("S", 2.4), ("Cl", 2.7))
        },
        anions={
            label: AnionShare(4, share, hold, Measured(4 * hold, 0.4))
            for label, share, hold in (("S(P)", 0.5, 0.9), ("S", 0.3, 1.4), ("Cl", 0.2, 0.7))
        },
    )
    return LocalRecord(temperature_K=T, picture=picture)


def equation_record() -> EquationRecord:
    """The variables of the hopping equation."""
    return EquationRecord(
        correlation_factor=Measured(0.42, 0.08),
        haven_ratio=Measured(0.48, 0.07),
        hop_distance_A=Measured(2.4, 0.1),
        attempt_frequency_THz=Measured(5.6, 0.7),
        activation_entropy_k=Measured(1.2, 0.4),
        activation_enthalpy_eV=Measured(0.22, 0.013),
        jump_rate_energy_eV=Measured(0.19, 0.02),
        jump_rate_entropy_k=Measured(0.9, 0.3),
        t1_minimum_K=None,
        larmor_MHz=116.6,
        t1_reason="no minimum",
        number_density_per_cm3=2.4e22,
        charge=1.0,
        missing=("t1_minimum_K",),
        conductivity_mS_cm=(
            ComparedConductivity(
                temperature_K=500.0, equation=Measured(1800.0, 700.0), measured=1950.0, measured_error=560.0
            ),
        ),
    )


def _verdict(kind: str, T: float) -> str:
    if kind == "melted":
        return "melted" if T > 600 else "too_short"
    if kind == "upper_bound":
        return "upper_bound" if T < 900 else "resolved"
    if kind == "bracketed":
        return "bracketed" if T < 600 else "resolved"
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
        "fit_window_ps": (4.0, 50.0) if verdict != "upper_bound" else None,
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
    if verdict == "bracketed":
        return shared | {
            "reason": "24 ions left their neighbourhood 9 times, fewer than 20",
            "escapes": 9,
            "loglog_slope": 0.86,
            "tracer_diffusivity_lower_bound_cm2_s": 0.4 * value,
            "tracer_diffusivity_upper_bound_cm2_s": 2.0 * value,
            "conductivity_nernst_einstein_lower_bound_mS_cm": 0.4 * value * per_mS,
            "conductivity_nernst_einstein_upper_bound_mS_cm": 2.0 * value * per_mS,
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
        "diffusion_tensor_cm2_s": tuple(
            tuple(eigen[i] if i == j else 0.05 * value for j in range(3)) for i in range(3)
        ),
        "eigenvalues_cm2_s": tuple(eigen),
        "eigenvalue_errors_cm2_s": tuple(0.2 * e for e in eigen),
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
        "msd": MsdCurves(
            lag_ps=tuple(lags),
            tracer_A2=tuple(ions),
            tracer_error_A2=tuple(0.03 * m + 0.02 * m * math.sqrt(t) / 2 for m, t in zip(ions, lags, strict=True)),
            collective_A2=tuple(
                1.6 * m * (1 + 0.25 * math.sin(math.log(t + 1) * 2)) for m, t in zip(ions, lags, strict=True)
            ),
            framework_A2=tuple(framework),
        )
    }
