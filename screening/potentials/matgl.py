"""Models of the matgl package (TensorNet, M3GNet, CHGNet, QET) from a folder or by their hub name."""

from pathlib import Path

from screening.errors import PotentialError
from screening.potentials.registry import Potential, weights_checksum


def load(argument: str, device: str) -> Potential:
    """Load `matgl:FOLDER` or `matgl:HUB_NAME`; a hub name is downloaded once by matgl, which needs a network."""
    import matgl
    from matgl.ext.ase import PESCalculator

    if not argument:
        raise PotentialError("matgl needs a model: matgl:FOLDER or matgl:HUB_NAME")
    path = Path(argument).expanduser()
    looks_like_path = "/" in argument or path.exists()
    if looks_like_path and not (path / "model.json").is_file():
        raise PotentialError(f"matgl:{argument}: {path} is not the folder of a matgl model (no model.json in it)")
    try:
        model = matgl.load_model(str(path) if looks_like_path else argument)
    except Exception as error:  # matgl raises whatever its unpickler, downloader or torch raised
        raise PotentialError(f"matgl:{argument} cannot be loaded: {error}") from error
    functional = next((f for f in ("r2SCAN", "PBE") if f.lower() in argument.lower()), "unknown")
    calculator = PESCalculator(model.to(device), stress_unit="eV/A3")
    return Potential(
        calculator, f"matgl:{path.name}", matgl.__version__, functional, weights_checksum(model.state_dict())
    )
