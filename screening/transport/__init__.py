"""Transport from trajectories: diffusivities, conductivities, activation energies, each with error and verdict."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from screening.transport.analysis import analyse_temperature
    from screening.transport.arrhenius import analyse_arrhenius
    from screening.transport.equation import equation_one
    from screening.transport.local import local_picture
    from screening.transport.readers import analyse_files

__all__ = ["analyse_arrhenius", "analyse_files", "analyse_temperature", "equation_one", "local_picture"]

# Imported when first asked for: small jobs need one of them each, and not what the others import.
_MODULES = {
    "analyse_arrhenius": "arrhenius",
    "analyse_files": "readers",
    "analyse_temperature": "analysis",
    "equation_one": "equation",
    "local_picture": "local",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
