"""Boundaries in a synthetic campaign: a grain boundary that blocks, and an interface that conducts."""

import math
from dataclasses import replace
from pathlib import Path

from screening.candidates.record import Boundary, CandidateRecord, MadeBoundary
from screening.meso.analysis import NO_SPACE_CHARGE, excess
from screening.meso.barriers import barriers
from screening.meso.pellet import pellet_points
from screening.meso.record import Conduction, Layer, Layers, Neighbours
from screening.records.origin import Provenance
from screening.stability.boundary_record import BoundaryRecord, JoinedEnergy
from tests.blank import blank
from tests.synthetic_records import K_EV, POTENTIAL, origin

TEMPERATURES = (500.0, 600.0, 700.0)


def diffusivity(energy: float, kelvin: float) -> float:
    """In cm2/s."""
    return 1e-3 * math.exp(-energy / (K_EV * kelvin))


def write_boundary(folder: Path, id: str, beside: list[str]) -> BoundaryRecord:
    """Make a candidate of a campaign a boundary beside one other, or two."""
    path = folder / "candidates" / id / "candidate.json"
    made = CandidateRecord.read(path)
    path.unlink()
    two = len(beside) > 1
    facts = replace(
        blank(Boundary, bulk=beside[0], grain_A=5.0, alike=not two, law="180 degree twin by (2 1 0)"),
        kind="interface" if two else "grain boundary",
    )
    if two:
        law = "interface (1 1 0) with LiCl (1 1 0), strain 3.9 %"
        facts = replace(facts, other_bulk=beside[1], other="LiCl", law=law)
    how = blank(MadeBoundary, gap_A=0.4)
    joined = tuple(replace(one, boundary=how) for one in made.orderings)
    replace(made, boundary=facts, orderings=joined).write(path)
    found = tuple(_layers(kelvin, two) for kelvin in TEMPERATURES)
    record = BoundaryRecord(
        id=id,
        law=facts.law,
        crystals=tuple(beside),
        mobile="Li",
        joined=(
            JoinedEnergy(
                energy_J_m2=0.38, error_J_m2=0.06, reason="", separation_J_m2=0.71, separation_error_J_m2=0.05
            ),
            JoinedEnergy(energy_J_m2=None, error_J_m2=None, reason="the bond P-S is broken"),
        ),
        temperatures=found,
        barriers=barriers(found),
        pellets=tuple(point for one in found for point in pellet_points(one)),
        missing=(),
        notes=(NO_SPACE_CHARGE,),
        provenance=Provenance.from_dict(origin("boundary", potential=POTENTIAL)),
    )
    record.write(path.with_name(BoundaryRecord.FILE))
    return record


def _layers(kelvin: float, two: bool) -> Layers:
    crystals = (
        [_conduction(kelvin, 0.25, 40.0), _conduction(kelvin, 0.5, 30.0)] if two else [_conduction(kelvin, 0.25, 60.0)]
    )
    near = (0.18, 0.3) if two else (0.4, 0.4)
    places = [(c, b, k) for c in range(len(crystals)) for b in ((0, 1) if two else (0,)) for k in range(4)]
    layers = tuple(
        Layer(
            from_A=3.0 * k,
            to_A=3.0 * k + 3,
            boundary=b,
            crystal=c,
            density_per_A3=0.022 - 0.004 * (k == 0),
            tracer_cm2_s=diffusivity(energy := near[c] if k == 0 else (0.25, 0.5)[c], kelvin) * (1 + 0.2 * b),
            tracer_error_cm2_s=0.12 * diffusivity(energy, kelvin),
            anions={
                "S(P)": Neighbours(number=2.9 - 0.6 * (k == 0), error=0.05),
                "Cl": Neighbours(number=1.1 + 0.5 * (k == 0), error=0.04),
            },
        )
        for c, b, k in places
    )
    cell = _conduction(kelvin, 0.24 if two else 0.27, 36.0 if two else 60.0)
    return Layers(
        mobile="Li", charge=1.0, temperature_K=kelvin, lags_ps=(2.0, 20.0), cell=cell, layers=layers,
        crystal=crystals[0], other_crystal=crystals[1] if two else None, excess=excess(cell, *crystals),
        notes=(NO_SPACE_CHARGE,),
    )  # fmt: skip


def _conduction(kelvin: float, energy: float, period: float) -> Conduction:
    d = diffusivity(energy, kelvin)
    sigma = 3e5 * d * 600 / kelvin
    return blank(
        Conduction, period_A=period, area_A2=110.0, n_ions=60, in_plane_cm2_s=d, in_plane_error_cm2_s=0.04 * d,
        across_cm2_s=0.9 * d, across_error_cm2_s=0.05 * d, in_plane_mS_cm=sigma, in_plane_error_mS_cm=0.04 * sigma,
        across_mS_cm=0.9 * sigma, across_error_mS_cm=0.05 * sigma,
    )  # fmt: skip
