"""MACE (Batatia et al. 2022, arXiv:2206.07697); its foundation models are downloaded by the mace-torch package."""

from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.registry import require_content, weights_checksum

MPTRJ = "PBE/PBE+U (MPtrj)"
# Names that `mace_mp` of the package knows -> functional.
MODELS = {
    "small": MPTRJ,
    "medium": MPTRJ,
    "large": MPTRJ,
    "medium-0b3": MPTRJ,
    "medium-mpa-0": "PBE/PBE+U (MPtrj, sAlex)",
    "medium-omat-0": "PBE/PBE+U (OMat24)",
    "mace-matpes-pbe-0": "PBE (MatPES)",
    "mace-matpes-r2scan-0": "r2SCAN (MatPES)",
}


def check(argument: str, precision: str | None) -> str:  # noqa: ARG001 - as every loader
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if argument in MODELS:
        return "its weights are downloaded when it is first used"
    if not (argument and Path(argument).expanduser().is_file()):
        raise PotentialError(f"mace:{argument} is neither a file nor one of {', '.join(MODELS)}")
    require_content(f"mace:{argument}", Path(argument).expanduser())
    return ""


def functional(argument: str) -> str:
    """What the model was trained on; "unknown" of a file."""
    return MODELS.get(argument, "unknown")


def load(argument: str, device: str, precision: str = "double") -> Potential:
    """Load `mace:NAME`, downloaded once, or `mace:FILE`.

    A MACE file is a whole pickled model: loading one runs whatever it says. Load only files you trust.

    Args:
        argument: A name of `MODELS` or the path of a model file.
        device: "cpu" or "cuda".
        precision: "single" or "double".

    Raises:
        PotentialError: there is no such model, or the file cannot be loaded.
        ModuleNotFoundError: the package is missing.
    """
    check(argument, precision)
    path = Path(argument).expanduser()
    mace = import_module("mace.calculators")
    dtype = {"single": "float32", "double": "float64"}[precision]
    try:
        calculator: Any
        if argument in MODELS:
            calculator = mace.mace_mp(model=argument, device=device, default_dtype=dtype)
        else:
            calculator = mace.MACECalculator(model_paths=str(path), device=device, default_dtype=dtype)
    except Exception as error:  # the package raises whatever its downloader, unpickler or torch raised
        raise PotentialError(f"mace:{argument} cannot be loaded ({type(error).__name__}: {error})") from error
    checksum = weights_checksum(calculator.models[0].state_dict())
    return Potential(
        calculator, f"mace:{path.name}", version("mace-torch"), functional(argument), checksum, precision, device
    )
