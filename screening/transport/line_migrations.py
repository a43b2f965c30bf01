"""Older formats of arrhenius.json."""

from typing import Any

#: Names that did not say which conductivity they are of.
_CONDUCTIVITIES = (
    "conductivity_300K_mS_cm",
    "conductivity_300K_low_mS_cm",
    "conductivity_300K_high_mS_cm",
    "ln_conductivity_300K_error",
)


def from_1(data: dict[str, Any]) -> None:
    """Format 2 says of each conductivity which it is: Nernst and Einstein's from D*, or the collective one."""
    for name in (*_CONDUCTIVITIES, "conductivity_300K_upper_bound_mS_cm"):
        data[named(name, "nernst_einstein")] = data.pop(name)
    if data["collective"] is not None:
        collective = dict(data["collective"])
        for name in _CONDUCTIVITIES:
            collective[named(name, "collective")] = collective.pop(name)
        data["collective"] = collective


def named(name: str, kind: str) -> str:
    """The name of format 2 for one of format 1."""
    return name.replace("300K_", f"300K_{kind}_", 1)


def from_2(data: dict[str, Any]) -> None:
    """Format 3 has intervals that hold what the points may bend, and brackets; before, one straight line was all."""
    data |= {
        "brackets": [],
        "conductivity_300K_nernst_einstein_lower_bound_mS_cm": None,
        "conductivity_300K_collective_upper_bound_mS_cm": None,
    }
    data |= _of_a_fit("nernst_einstein")
    if data["collective"] is not None:
        data["collective"] = {**data["collective"], **_of_a_fit("collective")}


def _of_a_fit(kind: str) -> dict[str, Any]:
    names = (
        "activation_energy_coldest_eV",
        "activation_energy_coldest_error_eV",
        "shape_probabilities",
        "ln_diffusivity_300K_shape_error",
        "diffusivity_300K_quantiles_cm2_s",
        f"conductivity_300K_{kind}_low95_mS_cm",
        f"conductivity_300K_{kind}_high95_mS_cm",
    )
    return dict.fromkeys(names)
