"""matgl's and Nequix's models of random weights, as `PotentialTests` wants a potential: theirs come in no wheel."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from ase import Atoms

from screening.config.potential import TeacherConfig
from screening.errors import PotentialError
from screening.potentials import nequix
from screening.potentials.base import Potential
from screening.potentials.registry import batched, check, load
from tests.conformance.potential import PotentialTests


class OfMatgl(PotentialTests):
    """Random weights are no potential, but forces and stress must be derivatives of their energy all the same."""

    architecture: ClassVar[str]
    functional = "unknown"
    elements: ClassVar = {"Li", "Na", "Cl"}
    wrong: ClassVar = {"matgl": "matgl:FOLDER or matgl:HUB_NAME"} | {
        f"matgl:{folder}": "there is no folder" for folder in ("/nowhere/x", "./x", "~/nowhere/x", "a/b/c")
    }
    in_batches = True

    @pytest.fixture(scope="class", autouse=True)
    def precision_of_graphs(self) -> Iterator[None]:
        """One for all models of a process, which those in double precision change."""
        import matgl
        import torch

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(matgl, "float_th", torch.float32)
            patch.setattr(matgl, "float_np", np.float32)
            yield

    @pytest.fixture(scope="class")
    def name(self, precision_of_graphs: None, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG002
        return self.saved(tmp_path_factory.mktemp("model"), 1)

    @pytest.fixture(scope="class")
    def other(self, precision_of_graphs: None, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG002
        return self.saved(tmp_path_factory.mktemp("other"), 2)

    def saved(self, folder: Path, seed: int) -> str:
        """A small model as the package writes it."""
        import matgl.models
        import torch
        from matgl.apps.pes import Potential as Model

        torch.manual_seed(seed)
        sizes = {
            "CHGNet": {"dim_atom_embedding": 16, "dim_bond_embedding": 16},
            "M3GNet": {"dim_node_embedding": 16, "units": 16, "is_intensive": False},
        }.get(self.architecture, {"units": 16, "is_intensive": False})
        model = getattr(matgl.models, self.architecture)(element_types=("Li", "Na", "Cl"), **sizes)
        extra = {"calc_charge": self.architecture == "QET", "calc_magmom": self.architecture == "CHGNet"}
        Model(model, element_refs=[-1.0, -2.0, -3.0], data_std=200.0, **extra).save(folder)
        return f"matgl:{folder}"

    def computed_otherwise(self, potential: Potential, atoms: Atoms) -> Any:
        """By the model itself."""
        energy, forces = potential.calculator.potential(*potential.calculator._atoms2graph.get_graph(atoms))[:2]
        return float(energy), forces.detach().numpy()


@pytest.mark.slow
class TestTensorNet(OfMatgl):
    architecture = "TensorNet"


@pytest.mark.slow
class TestM3GNet(OfMatgl):
    architecture = "M3GNet"


@pytest.mark.slow
class TestCHGNetOfMatgl(OfMatgl):
    architecture = "CHGNet"


@pytest.mark.slow
class TestQET(OfMatgl):
    """Its charges are found for one structure at a time."""

    architecture = "QET"

    def test_a_batch_gives_what_the_calculator_gives(self, config: TeacherConfig, potential: Potential) -> None:
        with pytest.raises(PotentialError, match=r"charges do not support batches; remove md\.batched"):
            batched(config, potential)


class OfMatglInDouble(OfMatgl):
    precision = asked_precision = "double"


@pytest.mark.slow
class TestTensorNetInDouble(OfMatglInDouble):
    architecture = "TensorNet"


@pytest.mark.slow
class TestM3GNetInDouble(OfMatglInDouble):
    architecture = "M3GNet"


@pytest.mark.slow
class TestCHGNetOfMatglInDouble(OfMatglInDouble):
    architecture = "CHGNet"


@pytest.mark.slow
class TestQETInDouble(TestQET):
    precision = asked_precision = "double"


@pytest.mark.slow
@pytest.mark.skipif(find_spec("nequix") is None, reason="nequix is not installed")
class TestNequix(PotentialTests):
    """Random weights, as those of matgl's models."""

    functional = "unknown"
    elements: ClassVar = {"Li", "Na", "Cl"}
    refused_precision = ("double", "nequix runs in single precision only")
    wrong: ClassVar = {
        "nequix": "neither a file nor one of nequix-mp-1",
        "nequix:nowhere.pt": "neither a file nor one of nequix-mp-1",
    }
    in_batches = True

    @pytest.fixture(scope="class")
    def name(self, tmp_path_factory: pytest.TempPathFactory) -> str:
        return self.saved(tmp_path_factory.mktemp("model"), 1)

    @pytest.fixture(scope="class")
    def other(self, tmp_path_factory: pytest.TempPathFactory) -> str:
        return self.saved(tmp_path_factory.mktemp("other"), 2)

    def saved(self, folder: Path, seed: int) -> str:
        """A small model as the package writes it."""
        import torch

        package = nequix.torch_model()
        torch.manual_seed(seed)
        config = {
            "hidden_irreps": "32x0e + 32x1o",
            **{"cutoff": 5.0, "lmax": 1, "n_layers": 2, "radial_basis_size": 6, "radial_mlp_size": 16},
            **{"radial_mlp_layers": 2, "radial_polynomial_p": 6.0, "mlp_init_scale": 4.0, "index_weights": False},
            **{"layer_norm": True, "shift": 0.0, "scale": 20.0, "avg_n_neighbors": 20.0},
        }
        numbers, energies = [3, 11, 17], {"3": -1.0, "11": -2.0, "17": -3.0}
        model = package.NequixTorch(n_species=3, atom_energies=list(energies.values()), kernel=False, **config)
        package.save_model(
            str(folder / "model.pt"), model, {**config, "atomic_numbers": numbers, "atom_energies": energies}
        )
        return f"nequix:{folder / 'model.pt'}"

    def computed_otherwise(self, potential: Potential, atoms: Atoms) -> Any:
        """By the model itself, from ASE's list of neighbours, forces by differences of energies."""
        import torch
        from ase.neighborlist import primitive_neighbor_list

        def energy(positions: Any) -> Any:
            i, j, shifts = primitive_neighbor_list("ijS", [True] * 3, atoms.cell.array, positions, 5.0)
            apart = positions[j] - positions[i] + shifts @ atoms.cell.array
            species = torch.tensor([{3: 0, 11: 1, 17: 2}[number] for number in atoms.numbers])
            pairs = (torch.tensor(apart, dtype=torch.float32), species, torch.tensor(j), torch.tensor(i))
            return float(potential.calculator.model.node_energies(*pairs).detach().double().sum())

        return energy(atoms.positions), potential.calculator.get_forces(atoms)

    def test_its_layers_convolve_by_edges_and_give_the_same(self, name: str) -> None:
        """The first layer's channels are the elements, three of them here, and no block."""
        calculator = load(TeacherConfig(name=name)).calculator
        crystal = self.crystal()
        crystal.calc = calculator
        ours = crystal.get_forces()
        assert [layer.kernel for layer in calculator.model.layers] == [False, True]
        calculator.model.layers[1].kernel = False
        calculator.reset()
        assert ours == pytest.approx(crystal.get_forces(), rel=0.0, abs=1e-5 * float(np.abs(ours).max()))

    def test_it_needs_no_jax(self, name: str) -> None:
        code = (
            "import sys; from screening.config.potential import TeacherConfig;"
            "from screening.potentials.registry import load;"
            f"load(TeacherConfig(name={name!r})); print('jax' in sys.modules, 'nequix' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["False", "False"], done.stderr

    def test_a_model_of_jax_is_refused_with_the_way_to_convert_it(self, tmp_path: Path) -> None:
        (tmp_path / "mine.nqx").write_bytes(b"{}\n")
        with pytest.raises(PotentialError, match=r"convert it once.*\n.*\n.*from_pretrained\('mine', model_path="):
            check(TeacherConfig(name=f"nequix:{tmp_path / 'mine.nqx'}"))

    def test_an_element_it_does_not_know_is_named(self, potential: Potential) -> None:
        with pytest.raises(PotentialError, match="does not know S"):
            potential.calculator.get_potential_energy(Atoms("LiS", [[0, 0, 0], [2, 0, 0]], cell=[5, 5, 5], pbc=True))
