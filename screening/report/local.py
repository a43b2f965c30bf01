"""The local picture and the hopping equation of one candidate, condensed for the page."""

from typing import Any

import numpy as np

from screening.report.text import compact, finite, prose

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


def condense_local(record: dict[str, Any], *, places: bool = True) -> dict[str, Any]:
    """The local picture at one temperature, as `screening.local.picture` writes it.

    Args:
        record: The record.
        places: Keep where the sites are; the page draws those of one temperature only.

    Returns:
        T, scalars as [label, value, error, unit], pairs, anions, sites, jumps, van Hove functions, ion density, hop
        network, turning of anion groups, percolation barriers.
    """
    sites = _sites(record)
    return {
        "T": compact(record.get("temperature_K")),
        "scalars": [
            [label, *measured(record.get(key)), unit] for key, label, unit in _SCALARS if record.get(key) is not None
        ],
        "pairs": _pairs(record.get("pair_distributions") or {}),
        "anions": [
            [
                str(name),
                compact(anion.get("time_share"), 3),
                compact(anion.get("relative_hold"), 3),
                *measured(anion.get("residence_ps")),
            ]
            for name, anion in (record.get("anions") or {}).items()
        ],
        "sites": [row[1 : None if places else 5] for row in sites],
        "density": _density(record.get("ion_density")) if places else None,
        "network": _network(record, [row[0] for row in sites]) if places else [],
        "hove": _van_hove(record.get("van_hove") or []),
        "turning": _turning(record.get("group_rotation")),
        "jumps": [
            [
                str(jump.get("from")),
                str(jump.get("to")),
                compact(jump.get("distance_A"), 3),
                jump.get("count"),
                compact(jump.get("rate_per_ion_per_ps"), 3),
                compact(jump.get("rate_error_per_ion_per_ps"), 2),
                jump.get("within_cage") if record.get("n_jumps_within_cages") is not None else None,
            ]
            for jump in (record.get("jumps") or [])[:_MOST_JUMPS]
        ],
        "barriers": _barriers(record),
    }


def condense_equation(record: dict[str, Any]) -> dict[str, Any]:
    """The variables of the hopping equation, as `screening.local.equation` writes them."""
    return {
        "variables": [[symbol, name, *measured(record.get(key)), unit] for key, symbol, name, unit in VARIABLES],
        "density": compact(record.get("number_density_per_cm3"), 3),
        "charge": compact(record.get("charge"), 3),
        "missing": [prose(name.replace("_", " ")) for name in record.get("missing") or ()],
        "check": [
            [
                compact(row.get("temperature_K")),
                *measured(row.get("equation")),
                compact(row.get("measured"), 3),
                compact(row.get("measured_error"), 2),
            ]
            for row in record.get("conductivity_mS_cm") or ()
        ],
    }


def measured(value: Any) -> list[float | None]:
    """Value and error of a {"value", "error"} record or of a plain number."""
    if isinstance(value, dict):
        return [compact(value.get("value"), 4), compact(value.get("error"), 2)]
    return [compact(value, 4), None]


def _barriers(record: dict[str, Any]) -> list[list[float | None]]:
    """Percolation barriers along one, two and three directions, each with its error."""
    barriers = record.get("percolation_barriers_eV") or []
    errors = record.get("percolation_barrier_errors_eV") or [None] * len(barriers)
    return [[compact(value, 3), compact(error, 2)] for value, error in zip(barriers, errors, strict=True)]


def _pairs(pairs: dict[str, Any]) -> dict[str, Any]:
    """Pair distributions; their common distances are kept once."""
    names = [str(name) for name, pair in pairs.items() if pair.get("r_A")]
    r = pairs[names[0]]["r_A"] if names else []
    keep = [int(i) for i in np.unique(np.linspace(0, max(0, len(r) - 1), min(_PAIR_POINTS, len(r))).round())]
    return {
        "r": [compact(r[i], 3) for i in keep],
        "of": {
            name: {
                "g": [compact(pairs[name]["g"][i], 3) for i in keep],
                "shell": compact(pairs[name].get("first_shell_A"), 3),
                "n": measured(pairs[name].get("first_shell_coordination")),
            }
            for name in names
            if pairs[name]["r_A"] == r
        },
    }


def _sites(record: dict[str, Any]) -> list[list[Any]]:
    """[index, kind, share of the time, energy and error in eV, three fractional coordinates], fullest first."""
    names = ("site_kinds", "site_occupancy", "site_energy_eV", "site_energy_error_eV", "site_fractional")
    lists = [record.get(name) or [] for name in names]
    if len({len(one) for one in lists}) != 1:
        return []
    found = [
        [i, str(kind), compact(share, 3), compact(energy, 3), compact(error, 2), *(compact(x, 3) for x in place)]
        for i, (kind, share, energy, error, place) in enumerate(zip(*lists, strict=True))
    ]
    return sorted(found, key=lambda site: -(finite(site[2]) or 0.0))[:_MOST_SITES]


def _network(record: dict[str, Any], shown: list[int]) -> list[list[Any]]:
    """[first site, second site, three numbers of the second's cell, jumps], sites counted as the page holds them."""
    position = {site: i for i, site in enumerate(shown)}
    pairs = [pair for pair in record.get("hop_network") or () if all(site in position for site in pair["sites"])]
    return [
        [*(position[site] for site in pair["sites"]), *pair["image"], pair["count"]] for pair in pairs[:_MOST_PAIRS]
    ]


def _density(record: dict[str, Any] | None) -> dict[str, Any] | None:
    """Grid, voxels and their levels from 1 to 9, as the square root of the density over the highest."""
    if not record or not record["voxels"]:
        return None
    values = np.array(record["density_per_A3"][:_MOST_VOXELS])
    levels = np.ceil(_LEVELS * np.sqrt(values / values[0])).clip(1, _LEVELS).astype(int)
    share = record["share"] if len(record["voxels"]) <= _MOST_VOXELS else None
    return {
        "shape": record["shape"],
        "voxels": record["voxels"][:_MOST_VOXELS],
        "levels": "".join(map(str, levels)),
        "share": compact(share, 3),
        "highest": compact(values[0], 3),
    }


def _van_hove(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Self and distinct functions at each lag; their common distances are kept once."""
    if not records:
        return {"r": [], "of": []}
    r = records[0]["r_A"]
    keep = [int(i) for i in np.unique(np.linspace(0, len(r) - 1, min(_HOVE_POINTS, len(r))).round())]

    def thinned(values: list[float] | None) -> list[float | None] | None:
        return None if values is None else [compact(values[i], 3) for i in keep]

    return {
        "r": [compact(r[i], 3) for i in keep],
        "of": [[compact(one["lag_ps"], 3), thinned(one["self_per_A"]), thinned(one["distinct"])] for one in records],
    }


def _turning(record: dict[str, Any] | None) -> dict[str, Any] | None:
    """Correlation of the bond directions of anion groups against lag; None where there are no such groups."""
    if not record or not record.get("lag_ps"):
        return None
    lags = record["lag_ps"]
    keep = [int(i) for i in np.unique(np.linspace(0, len(lags) - 1, min(_TURNING_POINTS, len(lags))).round())]
    curves = {
        short: [compact(record[name][i], 3) for i in keep]
        for short, name in (("t", "lag_ps"), ("p1", "p1"), ("p2", "p2"))
    }
    tau = [compact(record.get("relaxation_ps"), 4), compact(record.get("relaxation_error_ps"), 2)]
    return {**curves, "n": record.get("n_bonds"), "tau": tau}
