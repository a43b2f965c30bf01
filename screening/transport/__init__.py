"""Transport from trajectories: diffusivities, conductivities, activation energies, each with error and verdict."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from screening.transport.analysis import analyse_temperature
    from screening.transport.arrhenius import analyse_arrhenius

__all__ = ["analyse_arrhenius", "analyse_temperature"]

# Imported when first asked for: small jobs need one of them each, and not what the others import.
_MODULES = {"analyse_arrhenius": "arrhenius", "analyse_temperature": "analysis"}
# Scripts written for 0.1 find these names here.
_MOVED = ("analyse_files", "equation_one", "local_picture")


def __getattr__(name: str) -> Any:
    if name in _MOVED:
        return getattr(import_module("screening.local"), name)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
