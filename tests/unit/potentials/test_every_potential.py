"""Potentials that can be had without a download, as `PotentialTests` wants them; real weights take seconds each."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ase import Atoms
from ase.units import Bohr, Hartree

from screening.config.potential import TeacherConfig
from screening.potentials import dispersion, lennard_jones
from screening.potentials.base import Potential
from screening.potentials.registry import load
from tests.conformance.potential import PotentialTests, pairs_by_hand

MPTRJ = "PBE/PBE+U (MPtrj)"


class Named(PotentialTests):
    """A potential whose weights come with its package."""

    called: ClassVar[str]
    others: ClassVar[str]

    @pytest.fixture(scope="class")
    def name(self) -> str:
        return self.called

    @pytest.fixture(scope="class")
    def other(self) -> str:
        return self.others


class TestLennardJones(Named):
    called = "lj"
    functional = "none: a test potential"
    precision = "double"
    refused_precision = ("single", "lj runs in double precision only")
    wrong: ClassVar = {"lj:x": "use lj"}
    in_batches = True

    @pytest.fixture
    def other(self, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setitem(lennard_jones.PARAMETERS, "epsilon", 0.06)
        return "lj"

    def computed_otherwise(self, potential: Potential, atoms: Atoms) -> Any:  # noqa: ARG002
        return pairs_by_hand(atoms, 2.2, 0.05, 6.0)


class TestLennardJonesWithDispersion(TestLennardJones):
    """The sum of two is a potential like any other."""

    functional = "none: a test potential + D3(BJ)"
    kind: ClassVar = "d3bj"

    @pytest.fixture(scope="class")
    def config(self, name: str) -> TeacherConfig:
        return TeacherConfig(name=name, dispersion=self.kind)

    @pytest.fixture
    def other(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """Other cutoffs are another potential too."""
        monkeypatch.setitem(dispersion.CUTOFFS["d3bj"], "disp2", 24.0)
        return "lj"

    def test_other_weights_have_another_checksum(self, other: str, potential: Potential) -> None:
        assert load(TeacherConfig(name=other, dispersion=self.kind)).checksum != potential.checksum
        super().test_other_weights_have_another_checksum(other, potential)

    def computed_otherwise(self, potential: Potential, atoms: Atoms) -> Any:  # noqa: ARG002
        """By the package's own interface, in atomic units."""
        from dftd3.interface import DispersionModel, RationalDampingParam

        model = DispersionModel(atoms.numbers, atoms.positions / Bohr, atoms.cell.array / Bohr, atoms.pbc)
        model.set_realspace_cutoff(**{name: value / Bohr for name, value in dispersion.CUTOFFS["d3bj"].items()})
        found = model.get_dispersion(RationalDampingParam(method="pbe"), grad=True)
        energy, forces = pairs_by_hand(atoms, 2.2, 0.05, 6.0)
        return energy + found["energy"] * Hartree, forces - found["gradient"] * Hartree / Bohr


@pytest.mark.slow
class TestOwnModule(PotentialTests):
    """`module:factory`; another release of the module stands for other weights."""

    functional = "unknown"
    precision = "unknown"
    refused_precision = ("double", "is the factory's own")
    wrong: ClassVar = {"no_such_module:make": "there is no module 'no_such_module'", ":make": "is not known"}
    source: ClassVar = (
        "from ase.calculators.lj import LennardJones\n"
        "def make():\n    return LennardJones(sigma=2.2, epsilon=0.05, rc=6.0, smooth=True)\n"
    )

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        """On the path, also of what is started."""
        with pytest.MonkeyPatch.context() as patch:
            folder = tmp_path_factory.mktemp("own")
            patch.syspath_prepend(folder)
            patch.setenv("PYTHONPATH", str(folder), prepend=":")
            patch.setattr(sys, "dont_write_bytecode", True)
            yield folder
            for module in ("own_calculator", "own_next"):
                sys.modules.pop(module, None)

    @pytest.fixture(scope="class")
    def name(self, folder: Path) -> str:
        (folder / "own_calculator.py").write_text(self.source)
        return "own_calculator:make"

    @pytest.fixture(scope="class")
    def other(self, folder: Path) -> str:
        (folder / "own_next.py").write_text("__version__ = 2\n" + self.source)
        return "own_next:make"

    def computed_otherwise(self, potential: Potential, atoms: Atoms) -> Any:  # noqa: ARG002
        return pairs_by_hand(atoms, 2.2, 0.05, 6.0)


class OfCHGNet(Named):
    refused_precision = ("double", "chgnet runs in single precision only")
    wrong: ClassVar = {f"chgnet:{model}": "use chgnet or chgnet:r2scan" for model in ("0.2.0", "large")}


@pytest.mark.slow
class TestCHGNet(OfCHGNet):
    called, others = "chgnet", "chgnet:r2scan"
    functional = MPTRJ


@pytest.mark.long
class TestCHGNetR2SCAN(OfCHGNet):
    called, others = "chgnet:r2scan", "chgnet"
    functional = "r2SCAN (MP-r2SCAN)"


class OfSevenNet(Named):
    functional = MPTRJ
    refused_precision = ("double", "sevenn runs in single precision only")
    wrong: ClassVar = {
        "sevenn:nope": "neither a model of the package",
        "sevenn:7net-mf-0": "use sevenn:7net-mf-0@PBE or sevenn:7net-mf-0@R2SCAN",
        "sevenn:7net-0@PBE": "use sevenn:7net-0",
    }
    in_batches = True


@pytest.mark.slow
class TestSevenNet0(OfSevenNet):
    called, others = "sevenn", "sevenn:7net-0_22may2024"


@pytest.mark.slow
class TestTheDefault(OfSevenNet):
    called, others = TeacherConfig().name, "sevenn"


@pytest.mark.slow
class TestSevenNetWithDispersion(OfSevenNet):
    called, others = "sevenn", "sevenn:7net-0_22may2024"
    functional = f"{MPTRJ} + D3(BJ)"

    @pytest.fixture(scope="class")
    def config(self, name: str) -> TeacherConfig:
        return TeacherConfig(name=name, dispersion="d3bj")


@pytest.mark.long
class TestSevenNetWithD4(TestSevenNetWithDispersion):
    functional = f"{MPTRJ} + D4"

    @pytest.fixture(scope="class")
    def config(self, name: str) -> TeacherConfig:
        return TeacherConfig(name=name, dispersion="d4")


@pytest.mark.long
class TestSevenNetOfTwoFunctionals(OfSevenNet):
    """Its heads share weights, and are two potentials all the same."""

    called, others = "sevenn:7net-mf-0@PBE", "sevenn:7net-mf-0@R2SCAN"


@pytest.mark.long
class TestSevenNetR2SCAN(OfSevenNet):
    called, others = "sevenn:7net-mf-0@R2SCAN", "sevenn:7net-mf-0@PBE"
    functional = "r2SCAN (MP-r2SCAN)"


@pytest.mark.long
@pytest.mark.skipif(find_spec("diep") is None, reason="diep is not installed")
class TestDiep(Named):
    called = "diep"
    functional = "r2SCAN (MatPES)"
    refused_precision = ("double", "diep runs in single precision only")
    wrong: ClassVar = {"diep:fold2": "use diep, the model in its wheel"}

    @pytest.fixture
    def other(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """There is one set of weights; a bias of one of them is changed after it was loaded."""
        import diep.pretrained

        made = diep.pretrained.make_calculator

        def changed(**arguments: Any) -> Any:
            calculator = made(**arguments)
            state = calculator.potential.state_dict()
            next(value for value in state.values() if value.is_floating_point()).add_(1e-3)
            return calculator

        monkeypatch.setattr(diep.pretrained, "make_calculator", changed)
        return "diep"
