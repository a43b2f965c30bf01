"""SevenNet (Park et al. 2024, 10.1021/acs.jctc.4c00190); the weights of four models are in its wheel."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ase import Atoms

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.batch import Evaluate, Results, apart
from screening.potentials.registry import require_content, weights_checksum

if TYPE_CHECKING:
    from screening.potentials.convolution import Convolution

MPTRJ = "PBE/PBE+U (MPtrj)"
# Models in the wheel -> functional of each head; one without heads has the empty head.
EMBEDDED: dict[str, dict[str, str]] = {
    "7net-0": {"": MPTRJ},
    "7net-0_22may2024": {"": MPTRJ},
    "7net-l3i5": {"": MPTRJ},
    "7net-mf-0": {"PBE": MPTRJ, "R2SCAN": "r2SCAN (MP-r2SCAN)"},
}
OMNI = {
    "mpa": "PBE/PBE+U (MPtrj, sAlex)",
    "omat24": "PBE/PBE+U (OMat24)",
    "matpes_pbe": "PBE (MatPES)",
    "matpes_r2scan": "r2SCAN (MatPES)",
    "mp_r2scan": "r2SCAN (MP-r2SCAN)",
}
# Downloaded by the package on first use; the heads decide the functional.
DOWNLOADED: dict[str, dict[str, str]] = {
    "7net-mf-ompa": {"mpa": "PBE/PBE+U (MPtrj, sAlex)", "omat24": "PBE/PBE+U (OMat24)"},
    "7net-omat": {"": "PBE/PBE+U (OMat24)"},
    "7net-omni": OMNI,
    "7net-omni-i8": OMNI,
    "7net-omni-i12": OMNI,
}
# Further names that the package has for them.
ALIASES = {"7net-0_11july2024": "7net-0", "7net-0_11jul2024": "7net-0"}
# Where the package puts what it downloads if it may not write into its own folder.
CACHE = Path("~/.cache/sevennet")


def check(argument: str, precision: str | None) -> str:
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if precision == "double":
        raise PotentialError("sevenn runs in single precision only")
    name, _, head = _parts(argument)
    _functional(name, head)
    lacking = name in DOWNLOADED and not _places(name)[0].is_file() and not _places(name)[1].is_file()
    return "its weights are downloaded when it is first used" if lacking else ""


def functional(argument: str) -> str:
    """What the model or its head was trained on; "unknown" of a file."""
    name, _, head = _parts(argument)
    return _functional(name, head)


def _parts(argument: str) -> tuple[str, str, str]:
    name, at, head = (argument or "7net-0").partition("@")
    known = name.lower()
    known = f"7net{known.removeprefix('sevennet')}" if known.startswith("sevennet-") else known
    known = ALIASES.get(known, known)
    return (known if known in {**EMBEDDED, **DOWNLOADED} else name), at, head


def _places(name: str) -> tuple[Path, Path]:
    """Where the weights of a model that is downloaded may lie: in the package, or in the user's cache."""
    short = name.removeprefix("7net-").replace("-", "_")
    folder = f"SevenNet_{short.replace('mf_', 'MF_')}"
    spec = find_spec("sevenn")
    found = None if spec is None else spec.submodule_search_locations
    package = Path(found[0] if found else "sevenn")
    file = f"{folder}/checkpoint_sevennet_{short}.pth"
    return package / "pretrained_potentials" / file, CACHE.expanduser() / file


def _heads(name: str) -> dict[str, str] | None:
    """Functional of each head of a model of the package, None for what is none."""
    return {**EMBEDDED, **DOWNLOADED}.get(name)


def load(argument: str, device: str, precision: str = "single") -> Potential:
    """Load SevenNet-0 (`sevenn`), another model (`sevenn:7net-l3i5`), or one head of one (`sevenn:7net-mf-0@PBE`).

    Args:
        argument: "", NAME or NAME@HEAD of the package's models, or the path of a checkpoint; a checkpoint is a pickle
            whose loading could run code, so one that holds more than numbers is refused.
        device: "cpu" or "cuda".
        precision: "single"; the package computes in it.

    Raises:
        PotentialError: there is no such model or head, or its file is not safe to load.
    """
    check(argument, precision)
    name, _, head = _parts(argument)
    if _heads(name) is None:
        _refuse_code(Path(name).expanduser())
    calculator = _calculator(name, head, device)
    return Potential(
        calculator,
        _shown(name, head) if argument else "sevenn",
        version("sevenn"),
        functional(argument),
        _checksum(calculator, head),
        precision,
        device,
    )


def batched(calculator: Any) -> Evaluate:
    """Evaluates several structures as one graph, with the calculator's model."""
    from sevenn import _keys as key
    from sevenn.atom_graph_data import AtomGraphData
    from sevenn.train.dataload import unlabeled_atoms_to_graph
    from torch_geometric.data import Batch

    def graph(atoms: Atoms) -> Any:
        data = AtomGraphData.from_numpy_dict(unlabeled_atoms_to_graph(atoms, calculator.cutoff, with_shift=False))
        if calculator.modal:
            data[key.DATA_MODALITY] = calculator.modal
        return data

    def evaluate(structures: Sequence[Atoms]) -> list[Results]:
        batch = Batch.from_data_list([graph(atoms) for atoms in structures]).to(calculator.device)
        calculator.model.set_is_batch_data(True)
        try:
            output = calculator.model(batch)
        finally:  # the calculator's own evaluations are of one structure
            calculator.model.set_is_batch_data(False)
        energies, forces, stresses = (
            output[name].detach().cpu().numpy() for name in (key.PRED_TOTAL_ENERGY, key.PRED_FORCE, key.PRED_STRESS)
        )
        # As in the package's calculator: pressure is negative stress, and xx, yy, zz, yz, xz, xy the order.
        return apart(structures, energies, forces, -stresses[:, [0, 1, 2, 4, 5, 3]])

    return evaluate


def _shown(name: str, head: str) -> str:
    """The name in records: of a file its last part, since the same weights may lie anywhere."""
    return f"sevenn:{Path(name).name}" + (f"@{head}" if head else "")


def _functional(name: str, head: str) -> str:
    heads = _heads(name)
    if heads is None:
        if not Path(name).expanduser().is_file():
            known = ", ".join([*EMBEDDED, *DOWNLOADED])
            raise PotentialError(f"sevenn:{name} is neither a model of the package ({known}) nor a file")
        require_content(f"sevenn:{name}", Path(name).expanduser())
        return "unknown"
    if head not in heads:
        needed = " or ".join(f"sevenn:{name}@{known}" for known in heads if known) or f"sevenn:{name}"
        raise PotentialError(f"sevenn:{name}{'@' + head if head else ''} does not exist; use {needed}")
    return heads[head]


def _refuse_code(path: Path) -> None:
    """Load the file once as numbers only; the package itself would run whatever the pickle says."""
    import numpy as np
    import torch

    multiarray = import_module("numpy._core.multiarray")
    types: list[Any] = [np.ndarray, np.dtype, type(np.dtype(float)), type(np.dtype(np.float32)), np.float64]
    reconstruct = [(multiarray._reconstruct, f"numpy.{core}.multiarray._reconstruct") for core in _CORES]
    scalar = [(multiarray.scalar, f"numpy.{core}.multiarray.scalar") for core in _CORES]
    try:
        with torch.serialization.safe_globals([*types, *reconstruct, *scalar]):
            torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the unpickler raises, the file is not loaded
        told = next((line.strip() for line in str(error).splitlines() if "Unsupported" in line), type(error).__name__)
        raise PotentialError(
            f"sevenn:{path} is not a checkpoint of numbers only, and loading it could run code: it is refused ({told})"
        ) from error


# numpy 1 and numpy 2 name the module that arrays are unpickled with differently.
_CORES = ("core", "_core")


def _calculator(name: str, head: str, device: str) -> Any:
    try:
        from sevenn.calculator import SevenNetCalculator

        with warnings.catch_warnings():
            # Accelerators are for GPUs and not in the wheel: nothing a user of it should do.
            warnings.filterwarnings("ignore", message="No tensor product accelerator")
            calculator = SevenNetCalculator(str(Path(name).expanduser()), device=device, modal=head or None)
    except (ImportError, PotentialError):
        raise
    except OSError as error:  # what its downloader raises, of no network among it
        raise PotentialError(_not_downloaded(name, head, error)) from error
    except Exception as error:  # whatever its unpickler or torch raised; its import, of a wrong e3nn
        raise PotentialError(f"sevenn:{name} cannot be loaded ({type(error).__name__}: {error})") from error
    if device == "cpu":
        _convolve_by_edges(calculator.model)
    return calculator


def _convolve_by_edges(model: Any) -> None:
    """Replace the package's convolutions, where ours gives the same in a fifth of the time."""
    from sevenn.nn.convolution import IrrepsConvolution

    from screening.potentials.convolution import Convolution

    for layer in model.modules():
        if isinstance(layer, IrrepsConvolution):
            with suppress(ValueError):
                layer.forward = partial(_forward, layer, Convolution(layer.convolution))


def _forward(layer: Any, convolution: "Convolution", data: Any) -> Any:
    """`IrrepsConvolution.forward` on one processor."""
    target, source = data[layer.key_edge_idx]
    weights = layer.weight_nn(data[layer.key_weight_input])
    summed = convolution(data[layer.key_x], data[layer.key_filter], weights, source, target)
    data[layer.key_x] = summed.div(layer.denominator)
    return data


def _not_downloaded(name: str, head: str, error: OSError) -> str:
    """Why there are no weights, and where they come from."""
    if name not in DOWNLOADED:
        return f"sevenn:{name} cannot be loaded ({type(error).__name__}: {error})"
    from sevenn._const import CHECKPOINT_DOWNLOAD_LINKS

    own, cached = _places(name)
    link = next((url for path, url in CHECKPOINT_DOWNLOAD_LINKS.items() if Path(path).name == own.name), "its release")
    return (
        f"sevenn:{name} is not here and cannot be downloaded ({type(error).__name__}); get {link} where there is a "
        f"network and copy it to {cached}, or name the file: sevenn:FILE{'@' + head if head else ''}"
    )


def _checksum(calculator: Any, head: str) -> str:
    """Of the weights and, where there are several heads, of the head: it changes the energies."""
    state = dict(calculator.model.state_dict())
    return weights_checksum({**state, f"head {head}": None} if head else state)
