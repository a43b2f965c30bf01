"""A second potential named after a campaign is finished: only its judgement runs, and the ranking tells it."""

import copy

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones

from screening.config.load import parse_campaign
from screening.config.settings import settings_of
from screening.config.stages import parse_settings
from screening.errors import PotentialError
from screening.potentials.lennard_jones import PARAMETERS
from screening.potentials.selfcheck_report import SelfCheck, SelfCheckRecord
from screening.records import read_json, read_table, write_json
from screening.records.origin import PotentialFacts
from screening.stages import trust
from screening.stages.context import StageCall
from screening.trajectories.storage import read_trajectory
from tests.blank import blank
from tests.campaigns import TINY

pytestmark = pytest.mark.slow
MODULE = """
import numpy as np
from ase.calculators.lj import LennardJones
from screening.potentials.lennard_jones import PARAMETERS

def deeper():
    return LennardJones(**PARAMETERS | {"epsilon": 1.3 * PARAMETERS["epsilon"]})

class Broken(LennardJones):
    def calculate(self, *arguments, **named):
        super().calculate(*arguments, **named)
        self.results["forces"] = np.full_like(self.results["forces"], np.nan)

def broken():
    return Broken(**PARAMETERS)
"""


def with_second(name: str, **more) -> dict:
    changed = copy.deepcopy(TINY)
    changed["potential"]["second"] = {"name": name, "frames": 6, **more}
    return changed


@pytest.fixture(scope="module")
def judged(undisturbed, tmp_path_factory):
    """The finished campaign with a second potential in its file, not run again yet."""
    campaign = undisturbed.whole.copy(tmp_path_factory.mktemp("judged") / "run")
    (campaign.folder / "second_opinion.py").write_text(MODULE)
    campaign.environment = {"PYTHONPATH": str(campaign.folder)}
    campaign.write(with_second("second_opinion:deeper", max_force_disagreement_meV_A=1.0))
    return campaign


@pytest.fixture(scope="module")
def planned_before(judged):
    return judged.planned()


@pytest.fixture(scope="module")
def finished(judged, planned_before):
    assert planned_before
    judged.run()
    return judged


def mean_force(record_path, frames: set[tuple[float, int]]) -> float:
    """Mean absolute component of the campaign's potential, in meV/Angstrom, on frames (temperature, number)."""
    forces = []
    for temperature, number in frames:
        run = record_path.parent / f"{temperature:g}K" / "o0_r0"
        trajectory = read_trajectory(run / "chunks")
        atoms = Atoms(trajectory.symbols, positions=trajectory.positions[number], cell=trajectory.cells, pbc=True)
        atoms.calc = LennardJones(**PARAMETERS)
        forces.append(atoms.get_forces())
    return 1000 * float(np.mean(np.abs(forces)))


def test_only_the_judgement_runs_again(planned_before):
    assert planned_before == {"resolve_config": 1, "trust": 2, "ranking": 1, "report": 1}


def test_each_candidate_has_the_known_disagreement(finished):
    records = sorted(finished.results.glob("candidates/*/trust.json"))
    assert len(records) == 2
    # 200 frames at each temperature: the ends of thirds of two runs, or of sixths of one where the other melted.
    thirds, sixths = (65, 132, 199), (32, 65, 99, 132, 165, 199)
    for path in records:
        record = read_json(path)
        whole = [t for t in (100, 150) if read_json(path.parent / f"{t}K/o0_r0/md.json")["status"] == "complete"]
        frames = {(t, n) for t in whole for n in (thirds if len(whole) == 2 else sixths)}
        expected = 0.3 * mean_force(path, frames)
        assert record["n_frames"] == 6
        assert record["force_mae_meV_A"] == pytest.approx(expected, rel=1e-3)
        assert record["force_slope"] == pytest.approx(1.3, rel=1e-4)
        assert [t["temperature_K"] for t in record["by_temperature"]] == whole
        for own in record["by_temperature"]:
            alone = 0.3 * mean_force(path, {(t, n) for t, n in frames if t == own["temperature_K"]})
            assert own["force_mae_meV_A"] == pytest.approx(alone, rel=1e-3)
        worst = record["worst_frame"]
        assert (worst["temperature_K"], worst["frame"]) in frames
        assert worst["time_ps"] == pytest.approx((worst["frame"] + 1) * 0.01)
        assert record["provenance"]["potential"]["name"] == "lj"
        assert record["provenance"]["second_potential"]["name"] == "second_opinion:deeper"


def test_the_ranking_tells_it_and_is_else_the_same(finished, undisturbed):
    before = {row["id"]: row for row in read_table(undisturbed.whole.results / "ranking.csv")}
    rows = read_table(finished.results / "ranking.csv")
    for row in rows:
        record = read_json(finished.results / "candidates" / row["id"] / "trust.json")
        assert before[row["id"]]["force_disagreement_meV_A"] is None
        assert row["force_disagreement_meV_A"] == record["force_mae_meV_A"]
        assert "potentials disagree: forces of second_opinion:deeper differ by" in row["reason"]
        assert row["verdict"] == before[row["id"]]["verdict"]


def test_the_campaign_verifies_and_nothing_is_left_to_do(finished):
    verified = finished.screening("verify", str(finished.results))
    assert verified.returncode == 0, verified.stdout
    assert finished.planned() == {}


def test_another_limit_reruns_the_ranking_alone(finished):
    finished.write(with_second("second_opinion:deeper", max_force_disagreement_meV_A=5000.0))
    try:
        assert finished.planned() == {"resolve_config": 1, "ranking": 1, "report": 1}
    finally:
        finished.write(with_second("second_opinion:deeper", max_force_disagreement_meV_A=1.0))


def stage(campaign, name: str, output, monkeypatch, *more) -> dict:
    monkeypatch.syspath_prepend(str(campaign.folder))
    settings = settings_of(parse_campaign(with_second(name), "test"), "trust")
    folder = min(campaign.results.glob("candidates/*/100K")).parent
    files = {"runs": sorted(folder.glob("*K/*/md.json")), "second_potential": more}
    trust.run(StageCall(files, output, settings=parse_settings("trust", settings)))
    return read_json(output)


def test_numbers_that_are_none_are_a_finding(judged, tmp_path, monkeypatch):
    record = stage(judged, "second_opinion:broken", tmp_path / "trust.json", monkeypatch)
    assert record["status"] == "failed"
    assert "second_opinion:broken gives energies or forces that are no numbers (100 K" in record["reason"]
    assert "force_mae_meV_A" not in record


def test_a_second_potential_that_is_not_the_one_that_was_checked_is_refused(judged, tmp_path, monkeypatch):
    checked = tmp_path / "second_potential.json"
    accepted = blank(SelfCheck, accepted=True, potential=blank(PotentialFacts, checksum="0" * 64))
    blank(SelfCheckRecord, outcome=accepted).write(checked)
    with pytest.raises(PotentialError, match=r"second_potential\.json does not accept"):
        stage(judged, "second_opinion:deeper", tmp_path / "trust.json", monkeypatch, checked)
    assert not (tmp_path / "trust.json").exists()


def test_a_candidate_without_a_complete_run_has_no_second_opinion(undisturbed, tmp_path, monkeypatch):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    (campaign.folder / "second_opinion.py").write_text(MODULE)
    for path in campaign.results.glob("candidates/*/*K/*/md.json"):
        write_json(path, dict(read_json(path)) | {"status": "failed"})
    record = stage(campaign, "second_opinion:deeper", tmp_path / "trust.json", monkeypatch)
    assert (record["status"], record["n_frames"]) == ("no_frames", 0)


def test_a_second_potential_is_checked_like_the_first(undisturbed, tmp_path):
    """A Lennard-Jones crystal has no salt's volume: it is refused as a judge, and what was done before is kept."""
    campaign = undisturbed.whole.copy(tmp_path / "run")
    (campaign.folder / "second_opinion.py").write_text(MODULE)
    campaign.environment = {"PYTHONPATH": str(campaign.folder)}
    changed = with_second("second_opinion:deeper")
    changed["potential"]["check"] = True
    campaign.write(changed)
    before = campaign.tables()
    failed = campaign.snakemake("results/tiny/second_potential.json")
    assert failed.returncode != 0
    log = (campaign.results / "logs" / "selfcheck_second.log").read_text()
    assert "potential second_opinion:deeper is refused" in log
    assert not (campaign.results / "second_potential.json").exists()
    assert campaign.tables() == before


def test_a_second_potential_of_the_same_weights_is_no_judge(judged, tmp_path, monkeypatch):
    """Another name of the same potential would agree with itself."""
    with pytest.raises(PotentialError, match="has the same weights as lj"):
        stage(judged, "lj:", tmp_path / "trust.json", monkeypatch)
