"""Models of the matgl package (TensorNet, M3GNet, CHGNet, QET) from a folder or by their hub name.

matgl unpickles weights with `weights_only`, so a model folder cannot run code. What it does not notice is a model
trained under another convention than it now computes with: that is what the self-check is for.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ase import Atoms

from screening.config.potential import near_models
from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.batch import Evaluate, Results, apart
from screening.potentials.registry import require_content, weights_checksum

# What a model's name says of its training set -> functional; the first that occurs counts.
FUNCTIONALS = (
    ("matpes-r2scan", "r2SCAN (MatPES)"),
    ("matpes-pbe", "PBE (MatPES)"),
    ("matq", "PBE (MatQ)"),
    ("mptrj", "PBE/PBE+U (MPtrj)"),
    ("mp-2021", "PBE/PBE+U (Materials Project 2021)"),
    ("ani-1x", "wB97X (ANI-1x, molecules)"),
    ("r2scan", "r2SCAN"),
    ("pbe", "PBE"),
)

# Of a model's folder.
FILES = ("model.json", "model.pt", "state.pt")


def check(argument: str, precision: str | None) -> str:  # noqa: ARG001 - as every loader
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if not argument:
        raise PotentialError("matgl needs a model: matgl:FOLDER or matgl:HUB_NAME")
    if not _is_folder(argument):
        return "its weights are downloaded from the hub when it is first used"
    folder = Path(argument).expanduser()
    if not folder.is_dir():
        above = folder.parent
        whole = f"{above.name}/{folder.name}"
        near = near_models(folder.name, above) if above.is_dir() else near_models(whole, above.parent)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise PotentialError(f"matgl:{argument}: there is no folder {folder}{hint}")
    if not (folder / "model.json").is_file():
        raise PotentialError(f"matgl:{argument}: {folder} is not the folder of a matgl model (no model.json in it)")
    for name in FILES:
        require_content(f"matgl:{argument}", folder / name)
    return ""


def functional(argument: str) -> str:
    """What the name of the model, or else its metadata, says; "unknown" where neither does."""
    return _functional(argument, _metadata(Path(argument).expanduser()) if _is_folder(argument) else {})


def _is_folder(argument: str) -> bool:
    """Whether a folder is meant, not a name of the hub."""
    return argument[0] in "/.~" or argument.count("/") > 1 or Path(argument).exists()


def load(argument: str, device: str, precision: str = "single") -> Potential:
    """Load `matgl:FOLDER` or `matgl:HUB_NAME`; a hub name is downloaded once by matgl, which needs a network.

    Args:
        argument: Folder with model.json, model.pt and state.pt; or NAME or OWNER/NAME on the Hugging Face hub.
        device: "cpu" or "cuda".
        precision: "single", as the published weights were trained, or "double".

    Raises:
        PotentialError: there is no such model, or it cannot be loaded; says what was looked for.
    """
    check(argument, precision)
    model = _model(argument)
    return _potential(model.to(device).eval(), Path(argument).name, functional(argument), precision, device)


def batched(calculator: Any) -> Evaluate:
    """Evaluates several structures as one graph, with the calculator's model."""
    import numpy as np
    import torch
    from torch_geometric.data import Batch

    if calculator.compute_charge:
        raise PotentialError("matgl: models with charges do not support batches; remove md.batched")

    def evaluate(structures: Sequence[Atoms]) -> list[Results]:
        graphs, lattices, states = zip(*(calculator._atoms2graph.get_graph(atoms) for atoms in structures), strict=True)
        cells = torch.cat([cell.reshape(1, 3, 3) for cell in lattices])
        state = torch.as_tensor(np.array(states), dtype=cells.dtype)
        energies, forces, stresses = (
            value.detach().cpu().numpy()
            for value in calculator.potential(Batch.from_data_list(list(graphs)), cells, state)[:3]
        )
        stresses = stresses.reshape(-1, 3, 3) * calculator.conversion_factor
        return apart(structures, energies.reshape(-1), forces, stresses)

    return evaluate


def _model(argument: str) -> Any:
    """The model of a folder or of the hub."""
    import matgl

    folder = Path(argument).expanduser()
    is_folder = _is_folder(argument)
    try:
        with _graphs_in_single():
            model = matgl.load_model(str(folder) if is_folder else argument)
    except Exception as error:  # matgl raises whatever its unpickler, downloader or torch raised
        where = "" if is_folder else " from the hub, which needs a network the first time; a folder needs none"
        raise PotentialError(f"matgl:{argument} cannot be loaded{where}: {_root_cause(error)}") from error
    if not hasattr(model, "calc_forces"):
        raise PotentialError(f"matgl:{argument} predicts a property ({type(model).__name__}), it is not a potential")
    return model


@contextmanager
def _graphs_in_single() -> Iterator[None]:
    """Buffers take the type of graphs: loaded after a model in double precision, weights had another checksum."""
    import matgl
    import numpy as np
    import torch

    before = matgl.float_th, matgl.float_np
    matgl.float_th, matgl.float_np = torch.float32, np.float32
    try:
        yield
    finally:
        matgl.float_th, matgl.float_np = before


def _root_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


def _metadata(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "model.json").read_text(encoding="utf-8")).get("metadata")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _functional(argument: str, metadata: dict[str, Any]) -> str:
    """The name counts before the metadata: published cards have named the wrong data set there."""
    for text in (Path(argument).name, str(metadata.get("dataset", ""))):
        for mark, functional in FUNCTIONALS:
            if mark in text.lower():
                return functional
    return "unknown"


def _potential(model: Any, name: str, functional: str, precision: str, device: str) -> Potential:
    import matgl
    from matgl.ext.ase import PESCalculator

    checksum = weights_checksum(model.state_dict())
    calculator = PESCalculator(_in_double(model) if precision == "double" else model, stress_unit="eV/A3")
    return Potential(calculator, f"matgl:{name}", matgl.__version__, functional, checksum, precision, device)


def _in_double(model: Any) -> Any:
    """The model in double precision; matgl's converters build their graphs in this type from now on."""
    import matgl
    import numpy as np
    import torch

    # Not matgl.set_default_dtype: it would change torch's default for every other model of the process. Models in
    # single precision convert the graphs they are given.
    matgl.float_th, matgl.float_np = torch.float64, np.float64
    return model.double()
