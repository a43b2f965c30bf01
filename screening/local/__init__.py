"""The local picture: sites, hops and surroundings of the mobile ions, and the hopping equation they explain."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from screening.local.equation import equation_one
    from screening.local.files import analyse_files
    from screening.local.picture import local_picture

__all__ = ["analyse_files", "equation_one", "local_picture"]

# Imported when first asked for: small jobs need one of them each, and not what the others import.
_MODULES = {"analyse_files": "files", "equation_one": "equation", "local_picture": "picture"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
