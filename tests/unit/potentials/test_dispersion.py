"""Dispersion added to a potential: one sum with one checksum, with the right parameters, or refused."""

import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.units import Bohr, Hartree

from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from screening.config.potential import TeacherConfig
from screening.config.settings import settings_of
from screening.errors import ConfigError, PotentialError
from screening.potentials.base import Potential
from screening.potentials.dispersion import CUTOFFS, advised, calculator, method_of, require_possible, with_dispersion
from screening.potentials.listing import known_elements
from screening.potentials.registry import check, load
from screening.students.labels import ask_teacher
from tests.campaigns import TINY

PBE = "PBE/PBE+U (MPtrj)"


def salt() -> Atoms:
    atoms = bulk("LiCl", "rocksalt", a=5.1, cubic=True)
    atoms.rattle(0.1, seed=3)
    return atoms


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.util import find_spec

    monkeypatch.setattr(
        "screening.potentials.dispersion.find_spec", lambda name: None if name == package else find_spec(name)
    )


@pytest.mark.parametrize("kind", ["d3bj", "d4"])
def test_the_sum_is_the_potential_and_the_packages_own_answer(kind: str) -> None:
    """The package's interface in atomic units, not through ASE, which would share a wrong unit."""
    atoms = salt()
    label = ask_teacher(load(TeacherConfig(name="lj", dispersion=kind)).calculator, atoms)
    bare = ask_teacher(load(TeacherConfig(name="lj")).calculator, atoms)
    if kind == "d3bj":
        from dftd3.interface import DispersionModel, RationalDampingParam

        model = DispersionModel(atoms.numbers, atoms.positions / Bohr, atoms.cell.array / Bohr, atoms.pbc)
        parameters = RationalDampingParam(method="pbe")
    else:
        from dftd4.interface import DampingParam
        from dftd4.interface import DispersionModel as Model

        model = Model(atoms.numbers, atoms.positions / Bohr, 0.0, atoms.cell.array / Bohr, atoms.pbc)
        parameters = DampingParam(method="pbe")
    model.set_realspace_cutoff(**{name: value / Bohr for name, value in CUTOFFS[kind].items()})
    found = model.get_dispersion(parameters, grad=True)
    assert label.energy - bare.energy == pytest.approx(found["energy"] * Hartree, rel=1e-9, abs=0)
    np.testing.assert_allclose(label.forces - bare.forces, -found["gradient"] * Hartree / Bohr, rtol=1e-7, atol=1e-10)
    stress = found["virial"] * Hartree / atoms.get_volume()
    np.testing.assert_allclose(label.stress - bare.stress, stress, rtol=1e-7, atol=1e-10)
    # It attracts, and pulls the crystal together.
    assert found["energy"] < 0
    assert np.trace(stress) > 0


@pytest.mark.parametrize("kind", ["d3bj", "d4"])
def test_its_forces_and_stress_are_the_derivatives_of_its_energy(kind: str) -> None:
    dispersion, atoms = calculator(kind, "pbe"), salt()

    def energy(moved: Atoms) -> float:
        return ask_teacher(dispersion, moved).energy

    label, step = ask_teacher(dispersion, atoms), 1e-3
    for atom, axis in ((0, 0), (5, 2)):
        high, low = atoms.copy(), atoms.copy()
        high.positions[atom, axis] += step
        low.positions[atom, axis] -= step
        slope = (energy(high) - energy(low)) / (2 * step)
        assert label.forces[atom, axis] == pytest.approx(-slope, rel=2e-4, abs=2e-7)
    for a, b in ((0, 0), (1, 2)):
        strain = np.zeros((3, 3))
        strain[a, b] = strain[b, a] = 1e-4
        high, low = atoms.copy(), atoms.copy()
        high.set_cell(atoms.cell.array @ (np.eye(3) + strain), scale_atoms=True)
        low.set_cell(atoms.cell.array @ (np.eye(3) - strain), scale_atoms=True)
        slope = (energy(high) - energy(low)) / 2e-4 / atoms.get_volume() / (1 if a == b else 2)
        assert label.stress[a, b] == pytest.approx(slope, rel=1e-3, abs=2e-7)


def test_the_sum_has_a_checksum_name_and_version_of_its_own() -> None:
    bare, d3, d4 = (load(TeacherConfig(name="lj", dispersion=kind)) for kind in ("none", "d3bj", "d4"))
    assert bare.record() == load(TeacherConfig(name="lj")).record()
    assert len({bare.checksum, d3.checksum, d4.checksum}) == 3
    assert (d3.name, d3.functional) == ("lj+d3bj", "none: a test potential + D3(BJ)")
    assert d3.version.startswith("1, dftd3 ")
    other = with_dispersion(Potential(None, "lj", "1", PBE, "other weights"), "d3bj")
    assert other.checksum != d3.checksum


def test_properties_that_the_potential_was_not_asked_for_are_not_made_up() -> None:
    """Molecular dynamics at constant volume asks for no stress, and some potentials save it then."""

    class Sparing(Calculator):
        implemented_properties = ("energy", "forces", "stress")
        asked: ClassVar[list[list[str]]] = []

        def calculate(self, atoms=None, properties=None, system_changes=all_changes):
            super().calculate(atoms, properties, system_changes)
            self.asked.append(list(properties))
            self.results = {"energy": 1.0, "forces": np.zeros((len(atoms), 3))}
            if "stress" in properties:
                self.results["stress"] = np.zeros(6)

    atoms = salt()
    atoms.calc = with_dispersion(Potential(Sparing(), "mine", "1", PBE, "0"), "d3bj").calculator
    forces = atoms.get_forces()
    assert Sparing.asked == [["forces"]]
    assert set(atoms.calc.results) == {"energy", "free_energy", "forces"}
    assert np.abs(forces).max() > 1e-3
    assert np.abs(atoms.get_stress()).max() > 1e-3


@pytest.mark.parametrize(
    ("functional", "method"),
    [
        (PBE, "pbe"),
        ("PBE (MatPES)", "pbe"),
        ("r2SCAN (MatPES)", "r2scan"),
        ("SCAN", "scan"),
        ("PBEsol", "pbesol"),
        ("unknown", None),
        ("wB97X (ANI-1x, molecules)", None),
    ],
)
def test_parameters_are_those_of_the_functional(functional: str, method: str | None) -> None:
    assert method_of(functional) == method


@pytest.mark.parametrize(
    ("functional", "kind"),
    [
        (PBE, "d4"),
        ("PBE (MatPES)", "d4"),
        ("r2SCAN (MatPES)", "none"),
        ("PBEsol", "none"),
        ("PBE-D3", "none"),
        ("unknown", "none"),
        ("none: a test potential", "none"),
    ],
)
def test_new_campaigns_add_what_the_librarys_lattices_ask_for(functional: str, kind: str) -> None:
    assert advised(functional) == kind


@pytest.mark.parametrize("functional", ["PBE-D3", "PBE+D3(BJ)", "PBE-D4", "optB88-vdW", "SCAN+rVV10", "vdW-DF2"])
def test_a_functional_that_has_dispersion_gets_no_second_one(functional: str) -> None:
    with pytest.raises(PotentialError, match=r"has dispersion already; set potential\.dispersion to none"):
        require_possible("d3bj", "mine", functional)


def test_a_functional_without_parameters_is_refused_by_check_and_by_load(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "own_unknown.py").write_text("from ase.calculators.emt import EMT as make\n")
    monkeypatch.syspath_prepend(tmp_path)
    for ask in (check, load):
        with pytest.raises(PotentialError, match=r"trained on 'unknown'.*set potential\.dispersion to none"):
            ask(TeacherConfig(name="own_unknown:make", dispersion="d3bj"))


@pytest.mark.parametrize(("kind", "package"), [("d3bj", "dftd3"), ("d4", "dftd4")])
def test_a_missing_package_is_named(kind: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without(package, monkeypatch)
    with pytest.raises(PotentialError, match=f"pip install {package}"):
        check(TeacherConfig(name="lj", dispersion=kind))


def test_a_campaign_is_told_at_the_key_before_any_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without("dftd3", monkeypatch)
    campaign = TINY | {"potential": {"name": "lj", "dispersion": "d3bj"}}
    with pytest.raises(ConfigError, match=r"^potential\.dispersion: d3bj needs the package dftd3"):
        check_campaign(parse_campaign(campaign, "mine"), tmp_path)


@pytest.mark.slow
def test_neither_package_is_imported_without_it() -> None:
    code = (
        "import sys; from screening.config.potential import TeacherConfig;"
        "from screening.potentials.registry import check, load; load(TeacherConfig(name='lj'));"
        "check(TeacherConfig(name='lj', dispersion='d4'));"
        "print(sorted({'dftd3', 'dftd4'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_elements_without_coefficients_are_unknown_to_the_sum() -> None:
    potential = Potential(None, "chgnet", "0.3.0", PBE, "0")
    bare, d3, d4 = (known_elements(with_dispersion(potential, kind)) for kind in ("none", "d3bj", "d4"))
    assert bare is not None
    assert d3 == bare
    assert {"Li", "La", "U"} & (bare - d4) == {"U"}


def test_settings_of_stages_are_those_of_before_where_nothing_is_added() -> None:
    """Or every job of a campaign that was made before there was dispersion would run again."""
    campaign = dict(TINY)
    plain = settings_of(parse_campaign(campaign, "mine"), "relax")
    assert "dispersion" not in plain["potential"]
    campaign["potential"] = {**campaign["potential"], "dispersion": "d3bj"}
    assert settings_of(parse_campaign(campaign, "mine"), "relax")["potential"]["dispersion"] == "d3bj"
    campaign["potential"] |= {"dispersion": "none", "second": {"name": "chgnet"}}
    assert "dispersion" not in settings_of(parse_campaign(campaign, "mine"), "trust")["second"]
