"""The local picture and the hopping equation of one candidate, condensed for the page."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from screening.local.equation_record import EquationRecord
from screening.local.record import GroupRotation, LocalPicture, LocalRecord, Measured, PairCurve, VanHove
from screening.report.text import compact, prose
from screening.report.thinning import evenly, rounded, thin
from screening.transport.density import DrawnDensity

_PAIR_POINTS = 56
_HOVE_POINTS = 40
_TURNING_POINTS = 30
# Sites of a large cell are hundreds; the page draws the ones that are occupied most.
_MOST_SITES = 160
_MOST_JUMPS = 8
# Pairs of sites of the hop network, busiest first.
_MOST_PAIRS = 150
# Voxels of the ion density, densest first, and how finely their densities are told apart.
_MOST_VOXELS, _LEVELS = 1500, 9

#: Variables of the hopping equation: key, symbol, name, unit.
VARIABLES = (
    ("activation_enthalpy_eV", "ΔH", "activation enthalpy", "eV"),
    ("activation_entropy_k", "ΔS", "activation entropy", "k"),
    ("attempt_frequency_THz", "ν₀", "attempt frequency", "THz"),
    ("hop_distance_A", "a", "hop distance", "Å"),
    ("correlation_factor", "f", "correlation factor", ""),
    ("haven_ratio", "H_R", "Haven ratio", ""),
    ("jump_rate_energy_eV", "E_Γ", "activation energy of the jump rate", "eV"),
    ("jump_rate_entropy_k", "S_Γ", "activation entropy of the jump rate", "k"),
    ("t1_minimum_K", "T₁", "temperature of the NMR T₁ minimum", "K"),
)
_SCALARS = (
    ("hop_rate_per_ion_per_ps", "Hop rate", "1/ps per ion"),
    ("hop_distance_A", "Hop distance", "Å"),
    ("random_walk_diffusivity_cm2_s", "Random-walk diffusivity", "cm²/s"),
    ("correlation_factor", "Correlation factor", ""),
    ("attempt_frequency_THz", "Attempt frequency", "THz"),
    ("n_jumps_within_cages", "Jumps within cages", ""),
    ("n_jumps_between_cages", "Jumps between cages", ""),
    ("share_of_ions_that_jump", "Share of ions that jump", ""),
    ("site_energy_width_eV", "Width of the site energies", "eV"),
)


def condense_local(record: LocalRecord, *, places: bool = True) -> dict[str, Any]:
    """The local picture at one temperature.

    Args:
        record: The record.
        places: Keep where the sites are; the page draws those of one temperature only.

    Returns:
        T, scalars as [label, value, error, unit], pairs, anions, sites, jumps, van Hove functions, ion density, hop
        network, turning of anion groups, percolation barriers; empty where there is no picture.
    """
    picture = record.picture
    sites = [] if picture is None else _sites(picture)
    drawn = picture if places else None
    return {
        "T": compact(record.temperature_K),
        "scalars": [] if picture is None else _scalars(picture),
        "pairs": _pairs({} if picture is None else picture.pair_distributions),
        "anions": [
            [
                name,
                compact(anion.time_share, 3),
                compact(anion.relative_hold, 3),
                *measured(anion.residence_ps),
            ]
            for name, anion in ({} if picture is None else picture.anions).items()
        ],
        "sites": [row[1 : None if places else 5] for row in sites],
        "density": None if drawn is None else _density(drawn.ion_density),
        "network": [] if drawn is None else _network(drawn, [row[0] for row in sites]),
        "hove": _van_hove(() if picture is None else picture.van_hove),
        "turning": None if picture is None else _turning(picture.group_rotation),
        "jumps": [] if picture is None else _jumps(picture),
        "barriers": [] if picture is None else _barriers(picture),
    }


def condense_equation(record: EquationRecord) -> dict[str, Any]:
    """The variables of the hopping equation."""
    return {
        "variables": [[symbol, name, *measured(getattr(record, key)), unit] for key, symbol, name, unit in VARIABLES],
        "density": compact(record.number_density_per_cm3, 3),
        "charge": compact(record.charge, 3),
        "missing": [prose(name.replace("_", " ")) for name in record.missing],
        "check": [
            [
                compact(row.temperature_K),
                *measured(row.equation),
                compact(row.measured, 3),
                compact(row.measured_error, 2),
            ]
            for row in record.conductivity_mS_cm
        ],
    }


def _scalars(picture: LocalPicture) -> list[list[Any]]:
    values = [(label, getattr(picture, key), unit) for key, label, unit in _SCALARS]
    return [[label, *measured(value), unit] for label, value, unit in values if value is not None]


def _jumps(picture: LocalPicture) -> list[list[Any]]:
    return [
        [
            jump.start,
            jump.end,
            compact(jump.distance_A, 3),
            jump.count,
            compact(jump.rate_per_ion_per_ps, 3),
            compact(jump.rate_error_per_ion_per_ps, 2),
            jump.within_cage if picture.n_jumps_within_cages is not None else None,
        ]
        for jump in picture.jumps[:_MOST_JUMPS]
    ]


def measured(value: Measured | float | None) -> list[float | None]:
    """Value and error, of a plain number without one."""
    if isinstance(value, Measured):
        return [compact(value.value, 4), compact(value.error, 2)]
    return [compact(value, 4), None]


def _barriers(picture: LocalPicture) -> list[list[float | None]]:
    """Percolation barriers along one, two and three directions, each with its error."""
    pairs = zip(picture.percolation_barriers_eV, picture.percolation_barrier_errors_eV, strict=True)
    return [[compact(value, 3), compact(error, 2)] for value, error in pairs]


def _pairs(pairs: dict[str, PairCurve]) -> dict[str, Any]:
    """Pair distributions; their common distances are kept once."""
    r = next((pair.r_A for pair in pairs.values()), ())
    keep = evenly(len(r), _PAIR_POINTS)
    return {
        "r": thin(r, keep, 3),
        "of": {
            name: {
                "g": thin(pair.g, keep, 3),
                "shell": compact(pair.first_shell_A, 3),
                "n": measured(pair.first_shell_coordination),
            }
            for name, pair in pairs.items()
            if pair.r_A == r
        },
    }


def _sites(picture: LocalPicture) -> list[list[Any]]:
    """[index, kind, share of the time, energy and error in eV, three fractional coordinates], fullest first."""
    places = np.asarray(picture.site_fractional, dtype=np.float64).reshape(-1, 3).T.tolist()
    columns = (
        rounded(picture.site_occupancy, 3),
        rounded(picture.site_energy_eV, 3),
        rounded(picture.site_energy_error_eV, 2),
        *(rounded(along, 3) for along in places),
    )
    found = [[i, kind, *rest] for i, (kind, *rest) in enumerate(zip(picture.site_kinds, *columns, strict=True))]
    return sorted(found, key=lambda site: -float(site[2] or 0.0))[:_MOST_SITES]


def _network(picture: LocalPicture, shown: list[int]) -> list[list[Any]]:
    """[first site, second site, three numbers of the second's cell, jumps], sites counted as the page holds them."""
    position = {site: i for i, site in enumerate(shown)}
    pairs = [pair for pair in picture.hop_network if all(site in position for site in pair.sites)]
    return [[*(position[site] for site in pair.sites), *pair.image, pair.count] for pair in pairs[:_MOST_PAIRS]]


def _density(density: DrawnDensity) -> dict[str, Any] | None:
    """Grid, voxels and their levels from 1 to 9, as the square root of the density over the highest."""
    if not density.voxels:
        return None
    values = np.array(density.density_per_A3[:_MOST_VOXELS])
    levels = np.ceil(_LEVELS * np.sqrt(values / values[0])).clip(1, _LEVELS).astype(int)
    share = density.share if len(density.voxels) <= _MOST_VOXELS else None
    return {
        "shape": density.shape,
        "voxels": density.voxels[:_MOST_VOXELS],
        "levels": "".join(map(str, levels)),
        "share": compact(share, 3),
        "highest": compact(values[0], 3),
    }


def _van_hove(records: Sequence[VanHove]) -> dict[str, Any]:
    """Self and distinct functions at each lag; their common distances are kept once."""
    if not records:
        return {"r": [], "of": []}
    r = records[0].r_A
    keep = evenly(len(r), _HOVE_POINTS)

    def drawn(values: Sequence[float] | None) -> list[float | None] | None:
        return None if values is None else thin(values, keep, 3)

    return {
        "r": drawn(r),
        "of": [[compact(one.lag_ps, 3), drawn(one.self_per_A), drawn(one.distinct)] for one in records],
    }


def _turning(record: GroupRotation | None) -> dict[str, Any] | None:
    """Correlation of the bond directions of anion groups against lag; None where there are no such groups."""
    if record is None:
        return None
    keep = evenly(len(record.lag_ps), _TURNING_POINTS)
    named = (("t", record.lag_ps), ("p1", record.p1), ("p2", record.p2))
    curves = {short: thin(curve, keep, 3) for short, curve in named}
    tau = [compact(record.relaxation_ps, 4), compact(record.relaxation_error_ps, 2)]
    return {**curves, "n": record.n_bonds, "tau": tau}
