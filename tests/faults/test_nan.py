"""Potentials that answer with NaN, infinity, or an exception of their own: a row with its reason, or a clear end."""

import json

import pytest
import yaml

from screening.config.potential import TeacherConfig
from screening.potentials.registry import load
from screening.records import read_json
from screening.trajectories.storage import stored_chunks
from tests.campaigns import TINY, CampaignFolder

pytestmark = pytest.mark.slow
MODULE = """
import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.lj import LennardJones


class Bad(Calculator):
    implemented_properties = ["energy", "forces", "stress"]

    def __init__(self, key, value, after):
        super().__init__()
        self.good = LennardJones(sigma=2.3, epsilon=0.1)
        self.key, self.value, self.after, self.calls = key, value, after, 0

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.calls += 1
        atoms = self.atoms.copy()
        atoms.calc = self.good
        self.results = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces()}
        self.results["stress"] = atoms.get_stress()
        if self.calls > self.after:
            if self.key == "raise":
                raise RuntimeError("CUDA error: out of memory")
            self.results[self.key] = self.results[self.key] * self.value


def nan_forces(): return Bad("forces", np.nan, 0)
def nan_forces_later(): return Bad("forces", np.nan, 120)
def nan_energy(): return Bad("energy", np.nan, 0)
def nan_energy_later(): return Bad("energy", np.nan, 120)
def inf_forces_later(): return Bad("forces", np.inf, 120)
def nan_stress(): return Bad("stress", np.nan, 0)
def huge_forces_later(): return Bad("forces", 1e12, 120)
def raises(): return Bad("raise", 0, 3)
"""
FACTORIES = [
    "nan_forces",
    "nan_forces_later",
    "nan_energy",
    "nan_energy_later",
    "inf_forces_later",
    "nan_stress",
    "huge_forces_later",
]


@pytest.fixture
def with_potential(undisturbed, tmp_path, monkeypatch):
    """The campaign with another potential, and its relaxed cells as the undisturbed campaign made them."""
    (tmp_path / "bad_potential.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)

    def make(factory: str) -> tuple[CampaignFolder, dict]:
        folder = tmp_path / factory
        folder.mkdir()
        campaign = json.loads(json.dumps(TINY)) | {"potential": {"name": f"bad_potential:{factory}"}}
        (folder / "campaign.yaml").write_text(yaml.safe_dump(campaign))
        id = min(path.parent.name for path in undisturbed.whole.results.glob("candidates/*/arrhenius.json"))
        source = undisturbed.whole.results / "candidates" / id
        # The bad potential relaxed these as well as the good one did: it goes wrong later.
        relaxed = read_json(source / "relaxed.json")
        relaxed["provenance"]["potential"]["checksum"] = load(TeacherConfig(name=f"bad_potential:{factory}")).checksum
        (folder / "relaxed.json").write_text(json.dumps(relaxed))
        files = {"candidate.json": source / "candidate.json", "relaxed.json": folder / "relaxed.json"}
        return CampaignFolder(folder, campaign), files

    return make


def strict(path) -> dict:
    """JSON without NaN or infinity in it."""
    return json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{path} holds {name}"))


@pytest.mark.parametrize("factory", FACTORIES)
def test_relaxations_with_bad_numbers_are_rows(with_potential, stage, factory):
    campaign, files = with_potential(factory)
    done = stage(campaign, "relax", {"candidate": [files["candidate.json"]]}, campaign.folder / "relaxed.json")
    assert done.status == 0, done.output
    orderings = strict(campaign.folder / "relaxed.json")["orderings"]
    assert orderings
    for ordering in orderings:
        if ordering["status"] not in ("converged", "relaxed"):
            assert ordering["reason"]
        if factory in ("nan_forces", "nan_energy"):
            assert ordering["energy_eV"] is None
            assert ordering["reason"]


@pytest.mark.parametrize("factory", [name for name in FACTORIES if name != "nan_stress"])
def test_runs_with_bad_numbers_are_failed_runs(with_potential, stage, factory):
    campaign, files = with_potential(factory)
    options = {"temperature": "100", "ordering": "0", "replica": "0"}
    output = campaign.folder / "run" / "md.json"
    done = stage(campaign, "md", {"relaxed": [files["relaxed.json"]]}, output, **options)
    assert done.status == 0, done.output
    record = strict(output)
    assert record["status"] == "failed"
    assert record["reason"]
    # Chunks from before it went wrong stay and are whole; none holds what is not a number.
    assert len(record["chunks"]) == len(stored_chunks(output.parent / "chunks"))
    assert bool(record["chunks"]) == factory.endswith("later")
    transport = campaign.folder / "transport.json"
    done = stage(campaign, "transport", {"candidate": [files["candidate.json"]], "runs": [output]}, transport)
    assert done.status == 0, done.output
    assert read_json(transport)["verdict"] == "failed"
    assert read_json(transport)["reason"] == record["reason"]


def test_an_exception_of_the_potential_is_the_machines_fault(with_potential, stage):
    """Out of memory on a GPU says nothing about the candidate: no row, exit code 1, to be retried."""
    campaign, files = with_potential("raises")
    options = {"temperature": "100", "ordering": "0", "replica": "0"}
    done = stage(campaign, "md", {"relaxed": [files["relaxed.json"]]}, campaign.folder / "md.json", **options)
    assert done.status == 1
    last = done.output.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "out of memory" in last
    assert not (campaign.folder / "md.json").exists()
