"""Nequix (Koker, Kotak, Smidt 2025, arXiv:2508.16067), by its own model in torch.

Its package begins by importing JAX and asks for gigabytes that are for training; inference needs neither, so it is
installed without what it asks for, and its calculator, which is JAX's too, is replaced by one of a few lines.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.data import chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.batch import Evaluate, Results, apart
from screening.potentials.registry import require_content, weights_checksum

if TYPE_CHECKING:
    from screening.potentials.convolution import Convolution

MPTRJ = "PBE/PBE+U (MPtrj)"
# Models of the package -> functional.
MODELS = {
    "nequix-mp-1": MPTRJ,
    "nequix-mp-1-pft": MPTRJ,
    "nequix-mp-1-pft-no-cotrain": MPTRJ,
    "nequix-oam-1": "PBE/PBE+U (OMat24, sAlex, MPtrj)",
    "nequix-oam-1-pft": "PBE/PBE+U (OMat24, sAlex, MPtrj)",
    "nequix-omat-1": "PBE/PBE+U (OMat24)",
}
# Where the package keeps what it downloaded, and what it made of that for torch.
FOLDER = Path("~/.cache/nequix/models")


def check(argument: str, precision: str | None) -> str:
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if precision == "double":
        raise PotentialError("nequix runs in single precision only")
    path = _path(argument)
    if path.suffix == ".nqx" or not path.is_file():
        raise PotentialError(_how_to_get(argument, path))
    require_content(f"nequix:{argument}", path)
    return ""


def functional(argument: str) -> str:
    """What the model was trained on: its name, or its file's, tells; "unknown" of other files."""
    return MODELS.get(argument if argument in MODELS else Path(argument).stem, "unknown")


def load(argument: str, device: str, precision: str = "single") -> Potential:
    """Load `nequix:NAME`, which the package has downloaded and converted, or `nequix:FILE.pt`.

    Args:
        argument: A name of `MODELS` or the path of a model for torch; its weights are read as numbers only.
        device: "cpu" or "cuda".
        precision: "single".

    Raises:
        PotentialError: there is no such model, it is JAX's, or the file cannot be read.
        ModuleNotFoundError: the package is missing.
    """
    check(argument, precision)
    path = _path(argument)
    try:
        calculator = NequixCalculator(path, device)
    except ImportError:
        raise
    except Exception as error:  # whatever json, the unpickler or torch raised
        raise PotentialError(f"nequix:{argument} cannot be loaded ({type(error).__name__}: {error})") from error
    checksum = weights_checksum(calculator.model.state_dict())
    return Potential(
        calculator, f"nequix:{path.stem}", version("nequix"), functional(argument), checksum, precision, device
    )


def batched(calculator: "NequixCalculator") -> Evaluate:
    """Evaluates several structures as one graph."""
    return calculator.evaluate


class NequixCalculator(Calculator):
    """Energy (eV), forces (eV/A) and stress (eV/A^3) of periodic structures.

    Attributes:
        model: The package's model in torch.
        element_types: Symbols of the elements that it knows.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(self, path: Path, device: str) -> None:
        super().__init__()
        model, config = torch_model().load_model(str(path), use_kernel=False)
        self.model = model.to(device).eval()
        if device == "cpu":
            _convolve_by_edges(self.model)
        self._device = device
        self._cutoff = float(config["cutoff"])
        numbers = sorted(int(number) for number in config["atomic_numbers"])
        self._species = {number: k for k, number in enumerate(numbers)}
        self.element_types = tuple(chemical_symbols[number] for number in numbers)

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """As ASE asks for it."""
        super().calculate(atoms, properties, system_changes)
        (self.results,) = self.evaluate([self.atoms])

    def evaluate(self, structures: Sequence[Atoms]) -> list[Results]:
        """All in one graph.

        Raises:
            PotentialError: an element that the model does not know.
        """
        import torch

        graphs = [self._graph(atoms) for atoms in structures]
        first = np.cumsum([0, *(len(atoms) for atoms in structures)])[:-1]
        sizes = [len(atoms) for atoms in structures]

        def tensor(values: Any) -> Any:
            return torch.as_tensor(values, device=self._device)

        per_atom, forces, stress = self.model(
            tensor(np.concatenate([species for species, _, _, _ in graphs])),
            tensor(np.concatenate([atoms.positions for atoms in structures]).astype(np.float32)),
            tensor(np.concatenate([shifts for _, _, _, shifts in graphs]).astype(np.float32)),
            tensor(
                np.concatenate([np.stack([j, i]) + start for (_, i, j, _), start in zip(graphs, first, strict=True)], 1)
            ),
            tensor(np.stack([atoms.cell.array for atoms in structures]).astype(np.float32)),
            tensor(np.array(sizes)),
            tensor(np.array([len(i) for _, i, _, _ in graphs])),
            tensor(np.repeat(np.arange(len(structures)), sizes)),
        )
        atomic = np.split(per_atom.detach().cpu().numpy().astype(float), first[1:])
        voigt = [full_3x3_to_voigt_6_stress(one) for one in stress.detach().cpu().numpy().astype(float)]
        energies = np.array([one.sum() for one in atomic])
        return apart(structures, energies, forces.detach().cpu().numpy(), np.array(voigt))

    def _graph(self, atoms: Atoms) -> tuple[Any, Any, Any, Any]:
        """Species, pairs i and j within the cutoff, and the cells between them."""
        from matscipy.neighbours import neighbour_list

        unknown = sorted(set(atoms.symbols) - set(self.element_types))
        if unknown:
            raise PotentialError(f"nequix does not know {', '.join(unknown)}")
        i, j, shifts = neighbour_list("ijS", atoms, self._cutoff)
        return np.array([self._species[number] for number in atoms.numbers]), i, j, shifts


def _convolve_by_edges(model: Any) -> None:
    """Give layers our convolution as the kernel that the package asks another package for, on GPUs."""
    from screening.potentials.convolution import Convolution

    for layer in model.layers:
        with suppress(ValueError):
            layer.tp_conv = partial(_convolve, Convolution(layer.tp))
            layer.kernel = True


def _convolve(convolution: "Convolution", *given: Any) -> Any:
    nodes, harmonics, weights, target, source = given
    return convolution(nodes, harmonics, weights, source, target)


def _path(argument: str) -> Path:
    """The model's file: the package's own for its names, for torch where there is one."""
    if argument not in MODELS:
        return Path(argument).expanduser()
    folder = FOLDER.expanduser()
    converted = folder / f"{argument}.pt"
    return converted if converted.exists() else folder / f"{argument}.nqx"


def _how_to_get(argument: str, path: Path) -> str:
    """Why there is no model for torch, and what to do."""
    names = ", ".join(MODELS)
    if argument not in MODELS and not path.is_file():
        return f"nequix:{argument} is neither a file nor one of {names}"
    asked = f"model_name={argument!r}" if argument in MODELS else f"{path.stem!r}, model_path={str(path)!r}"
    return (
        f"nequix:{argument} is not there for torch; convert it once, in an environment with nequix, sevenn and JAX:\n"
        "  pip install jax equinox jraph e3nn-jax tqdm\n"
        '  python -c "from nequix.calculator import from_pretrained; '
        f"from_pretrained({asked}, backend='torch', use_kernel=False)\""
    )


def torch_model() -> Any:
    """`nequix.torch_impl.model`, without what stands in `nequix/__init__.py`: the import of JAX."""
    name = "nequix.torch_impl.model"
    if name in sys.modules or "nequix" in sys.modules:
        return import_module(name)
    spec = find_spec("nequix")
    if spec is None:
        raise ModuleNotFoundError("No module named 'nequix'", name="nequix")
    sys.modules["nequix"] = module_from_spec(spec)
    try:
        return import_module(name)
    finally:
        # Whoever imports the package itself is to have it whole.
        del sys.modules["nequix"]
