"""Every source of parents, as `ParentSourceTests` wants it."""

from pathlib import Path
from typing import ClassVar

import pytest

from screening.parents import library, optimade
from tests.conformance.parent_source import ParentSourceTests
from tests.unit.parents import test_materials_project, test_optimade


class OfRockSalt(ParentSourceTests):
    """Lithium chloride."""

    formula = "Li4 Cl4"
    space_group = "Fm-3m"


class TestLibrary(OfRockSalt):
    entry: ClassVar = {"library": "LiCl"}
    unknown: ClassVar = {"library": "LiClx"}
    unknown_says = "the library has no structure 'LiClx'; did you mean LiCl"
    source = "^Wyckoff, Crystal Structures"

    @pytest.fixture
    def base(self, tmp_path: Path) -> Path:
        return tmp_path


class OneFile(OfRockSalt):
    unknown: ClassVar = {"file": "nowhere.cif"}
    unknown_says = r"nowhere\.cif: there is no such file"

    @pytest.fixture
    def base(self, tmp_path: Path) -> Path:
        """As pymatgen writes it; ASE's extended XYZ has no other writer."""
        crystal = library.load("LiCl").structure
        if self.entry["file"].endswith("xyz"):
            crystal.to_ase_atoms().write(tmp_path / self.entry["file"])
        else:
            crystal.to(str(tmp_path / self.entry["file"]))
        return tmp_path


class TestCif(OneFile):
    entry: ClassVar = {"file": "salt.cif"}
    source = r"^file salt\.cif$"


class TestPoscar(OneFile):
    entry: ClassVar = {"file": "POSCAR"}
    source = "^file POSCAR$"


class TestExtendedXyz(OneFile):
    entry: ClassVar = {"file": "salt.extxyz"}
    source = r"^file salt\.extxyz$"


class TestOptimade(OfRockSalt):
    entry: ClassVar = {"optimade": 'open:oddly "named" \\ one'}
    unknown: ClassVar = {"optimade": "open:no-such"}
    unknown_says = "no-such"
    source = r"^Open Crystals .* by OPTIMADE 1\.2\.0, database version 2026\.1"
    origin: ClassVar = {"database": "Open Crystals", "version": "2026.1"}

    @pytest.fixture
    def base(self, server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        server.app = test_optimade.optimade_service
        monkeypatch.setitem(optimade.PROVIDERS, "open", server.url)
        return tmp_path


# The import of the client takes seconds.
@pytest.mark.slow
@pytest.mark.usefixtures("quick_client")
class TestMaterialsProject(OfRockSalt):
    entry: ClassVar = {"materials_project": "mp-22905"}
    unknown: ClassVar = {"materials_project": "mp-404"}
    unknown_says = "mp-404"
    source = f"^Materials Project mp-22905, database version {test_materials_project.VERSION}"
    origin: ClassVar = {"database": "Materials Project", "version": test_materials_project.VERSION}

    @pytest.fixture
    def base(self, server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("MP_API_KEY", test_materials_project.KEY)
        monkeypatch.setenv("MP_API_ENDPOINT", server.url)
        server.app = test_materials_project.materials_service
        return tmp_path


class TestPacked(ParentSourceTests):
    """No crystal, and known by its seed."""

    entry: ClassVar = {"packed": {"groups": {"PO4": 2, "Li": 6}, "density_g_cm3": 2.0, "seed": 3}}
    unknown: ClassVar = {"packed": {"groups": {"Li": 3, "Cl": 2}, "density_g_cm3": 1.5}}
    unknown_says = "packed.*no common oxidation states"
    formula = "Li6 P2 O8"
    space_group = "P1"
    source = "^random packing of 2 PO4, 6 Li, seed 3$"

    @pytest.fixture
    def base(self, tmp_path: Path) -> Path:
        return tmp_path
