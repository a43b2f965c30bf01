"""CHGNet (Deng et al. 2023, 10.1038/s42256-023-00716-3); its weights are in its wheel."""

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.registry import weights_checksum

# Model name in the wheel and the functional it was trained on. The second was transferred from the first (Huang et
# al. 2025, "Cross-functional transferability in foundation machine learning interatomic potentials").
MODELS = {"": ("0.3.0", "PBE/PBE+U (MPtrj)"), "r2scan": ("r2scan", "r2SCAN (MP-r2SCAN)")}


def check(argument: str, precision: str | None) -> str:
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if argument not in MODELS:
        raise PotentialError(f"chgnet:{argument} is not known; use chgnet or chgnet:r2scan")
    if precision == "double":
        raise PotentialError("chgnet runs in single precision only")
    return ""


def functional(argument: str) -> str:
    """What the model was trained on."""
    return MODELS[argument][1]


def load(argument: str, device: str, precision: str = "single") -> Potential:
    """Load CHGNet 0.3.0 (`chgnet`) or its r2SCAN version (`chgnet:r2scan`).

    Args:
        argument: "" or "r2scan".
        device: "cpu" or "cuda".
        precision: "single"; the package builds its graphs in it.

    Raises:
        PotentialError: there is no such model, or double precision is asked for.
    """
    check(argument, precision)
    from chgnet.model import CHGNet
    from chgnet.model.dynamics import CHGNetCalculator

    model_name = MODELS[argument][0]

    class ForcesFirst(CHGNetCalculator):
        """Computes stress only when asked for it: MD at fixed volume saves a quarter of each step."""

        def calculate(self, atoms: Any = None, properties: Any = None, system_changes: Any = None) -> None:
            wanted = set(properties or ())
            task = "efs" if "stress" in wanted or not wanted else "ef"
            super().calculate(atoms, properties, system_changes, task=task)

    with redirect_stdout(StringIO()):  # the package prints greetings, which would end up in tables
        model = CHGNet.load(model_name=model_name, use_device=device, verbose=False)
        calculator = ForcesFirst(model, use_device=device, on_isolated_atoms="error")
    name = f"chgnet:{argument}" if argument else "chgnet"
    checksum = weights_checksum(model.state_dict())
    return Potential(calculator, name, str(model.version), functional(argument), checksum, precision, device)
