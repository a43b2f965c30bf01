"""Students that search before energies are compared: who gets one, and what happens where it is refused."""

import re

import pytest
from pymatgen.core import Lattice, Structure

from screening.records import read_json
from tests.campaigns import TINY

pytestmark = pytest.mark.slow
# No student follows this crystal, which Lennard-Jones forces pull apart at once.
HOPELESS = {
    "basis": {"cutoff_A": 5.0, "radial_2body": 3, "radial_3body": 0, "radial_4body": 0},
    "seed_frames": 2,
    "run_ps": 0.1,
    "stable_ps": 0.2,
    "rounds": 1,
    "frames_per_run": 2,
    "acceptance_frames": 5,
    "teacher_run_ps": 0,
    "max_energy_mae_meV_atom": 0.001,
}


def test_students_search_for_all_that_has_their_elements(campaign_folder):
    campaign = TINY | {
        "potential": {"name": "lj", "check": False, "student": "auto"},
        "student": HOPELESS,
        "relax": {"max_steps": 50, "cell": False, "max_starts": 2, "anneal_K": 50, "anneal_ps": 0.02},
        # Caesium chloride's structure, a reference and no candidate.
        "stability": {"references": [{"file": "b2.cif"}]},
    }
    folder = campaign_folder(campaign)
    b2 = Structure(Lattice.cubic(3.2), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    b2.to(folder.folder / "b2.cif")
    folder.run(f"results/{campaign['campaign']}/stability.csv")
    searched = [path.parent.name.split("-")[0] for path in folder.results.glob("candidates/*/first_start.json")]
    assert sorted(searched) == ["LiBr0.5Cl0.5", "LiCl", "LiCl"]
    assert {path.parent.name for path in folder.results.glob("students/*/student.json")} == {"Cl-Li", "Br-Cl-Li"}
    for path in folder.results.glob("candidates/*/relaxed.json"):
        record = read_json(path)
        assert len(record["orderings"][0]["starts"]) == 2
        if path.parent.name.startswith("LiBr-"):
            assert record["searched_by"] is None
        else:
            assert "0.001 allowed" in record["searched_by"]["student_refused"]
    one = campaign | {"relax": campaign["relax"] | {"max_starts": 1}}
    folder.write(one)
    # With one start there is nothing to search: no student is asked for before the shortlist.
    assert not {"first_start", "student"} & set(folder.planned())


def test_a_single_file_is_made_with_all_that_it_needs(undisturbed, tmp_path):
    """Snakemake had taken the shortlist, which was there, for the orderings that teach the student."""
    campaign = undisturbed.prepared.copy(tmp_path / "run")
    campaign.write(TINY | {"potential": TINY["potential"] | {"student": "auto"}})
    (folder,) = (path.relative_to(campaign.folder) for path in campaign.results.glob("candidates/LiCl-*"))
    for file in ("arrhenius.json", "150K/transport.json", "150K/o0_r0/md.json"):
        plan = campaign.run(str(folder / file), "--dry-run", "--printshellcmds")
        cells = re.findall(r"screening stage student .*cells: (\S+) >", plan)
        assert set(cells) == {str(folder / "relaxed.json")}, file
