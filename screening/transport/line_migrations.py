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
