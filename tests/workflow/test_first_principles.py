"""First principles named after a campaign is finished: only they run, and the ranking tells what they say."""

import copy
import os

import pytest

from screening.records import read_json, read_table
from tests.campaigns import TINY

pytestmark = pytest.mark.slow
MODULE = """
from ase.calculators.lj import LennardJones
from screening.errors import PotentialError
from screening.potentials.lennard_jones import PARAMETERS

class Truth(LennardJones):
    asked = 0

    def calculate(self, *arguments, **named):
        Truth.asked += 1
        if Truth.asked == 2:
            raise PotentialError("the density did not converge")
        super().calculate(*arguments, **named)

    def finer(self):
        return {"a finer grid": LennardJones(**PARAMETERS | {"epsilon": 1.26 * PARAMETERS["epsilon"]})}

def truth():
    return Truth(**PARAMETERS | {"epsilon": 1.25 * PARAMETERS["epsilon"]})

class Never(LennardJones):
    def calculate(self, *arguments, **named):
        raise PotentialError("the density did not converge")

def never():
    return Never(**PARAMETERS)
"""


def judged_by(name: str) -> dict:
    changed = copy.deepcopy(TINY)
    changed["potential"]["reference"] = {"name": name, "frames": 4}
    return changed


@pytest.fixture(scope="module")
def judged(undisturbed, tmp_path_factory):
    campaign = undisturbed.whole.copy(tmp_path_factory.mktemp("judged") / "run")
    (campaign.folder / "first_principles.py").write_text(MODULE)
    campaign.environment = {"PYTHONPATH": f"{campaign.folder}:{os.environ.get('PYTHONPATH', '')}"}
    campaign.write(judged_by("first_principles:truth"))
    expected = {"resolve_config": 1, "convergence": 1, "reference": 2, "ranking": 1, "report": 1}
    assert campaign.planned() == expected
    campaign.run()
    return campaign


def test_the_potential_has_its_known_slope(judged):
    records = [read_json(path) for path in sorted(judged.results.glob("candidates/*/reference.json"))]
    assert len(records) == 2
    for record in records:
        assert (len(record["frames"]), record["lost"]) in ((3, ["the density did not converge"]), (4, []))
        assert record["n_labels"] == len(record["frames"]) + 4
        assert record["potential"]["hop_slope"] == pytest.approx(0.8, rel=1e-4)
        assert record["potential"]["pressure_difference_GPa"] is not None
        assert record["convergence"]["steps"][0]["name"] == "a finer grid"
        (error,) = (step["force_mae_meV_A"] for step in record["convergence"]["steps"])
        size = record["potential"]["found"]["force_size_meV_A"]
        assert error == pytest.approx(0.01 / 1.25 * size, rel=0.5)
        assert record["doubt"] == ""
        assert record["potential"]["found"]["force_slope"] == pytest.approx(0.8, rel=1e-4)
        assert record["potential"]["found"]["by_element"]
        assert record["reference"]["name"] == "first_principles:truth"
        assert record["student"] is None


def test_the_ranking_says_that_it_is_soft(judged, undisturbed):
    before = {row["id"]: row for row in read_table(undisturbed.whole.results / "ranking.csv")}
    for row in read_table(judged.results / "ranking.csv"):
        assert row["reference_force_slope"] == pytest.approx(0.8, rel=1e-4)
        assert row["reference_force_mae_meV_A"] > 0
        assert before[row["id"]]["reference_force_slope"] is None
        assert "slope of 0.80 on those of first_principles:truth: the potential is soft" in row["reason"]
        assert row["verdict"] == before[row["id"]]["verdict"]


def test_the_campaign_verifies_and_labels_are_kept(judged):
    verified = judged.screening("verify", str(judged.results))
    assert verified.returncode == 0, verified.stdout
    assert judged.planned() == {}
    assert len(list(judged.results.glob("candidates/*/reference/*.npz"))) >= 14


def test_where_nothing_can_be_labelled_the_campaign_ends_all_the_same(judged):
    judged.write(judged_by("first_principles:never"))
    judged.run()
    for row in read_table(judged.results / "ranking.csv"):
        assert row["reference_force_slope"] is None
        assert "not compared with first principles: " in row["reason"]
        assert "labels none of 4 frames: the density did not converge" in row["reason"]
