"""kill -9 at random times, two masters at once: in the end the tables of an undisturbed run."""

import random
import subprocess
import time

import pytest

from tests.campaigns import TINY, CampaignFolder

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_a_campaign_killed_at_random_times_ends_as_an_undisturbed_one(undisturbed, tmp_path, kills):
    campaign = CampaignFolder(tmp_path, TINY)
    luck = random.Random(kills)
    for k in range(kills):
        master = campaign.start_screening("--cores", "2")
        wait = luck.uniform(0.05, 0.5) * undisturbed.seconds
        try:
            master.process.wait(timeout=wait)
        except subprocess.TimeoutExpired:
            # Every second time only `screening run` dies: its workflow, or that workflow's jobs, go on for themselves.
            (master.kill_all if k % 2 else master.kill)()
            if not k % 2:
                time.sleep(luck.uniform(0, 3))
                master.kill_group()
    master = campaign.start_screening("--cores", "2")
    master.finish()
    assert campaign.tables() == undisturbed.whole.tables()
    verified = campaign.screening("verify", str(campaign.results))
    assert verified.returncode == 0, verified.stdout
    assert campaign.planned() == {}


def test_jobs_that_outlive_their_master_do_no_harm(undisturbed, tmp_path):
    """Snakemake alone is killed; its MD job goes on while the next master starts the same job."""
    campaign = undisturbed.prepared.copy(tmp_path / "run")
    master = campaign.start(campaign.ranking, "--cores", "2")
    master.wait_for(campaign.chunks)
    master.kill()
    campaign.start_screening("--cores", "2", "--", campaign.ranking).finish()
    master.kill_group()
    assert campaign.tables() == undisturbed.whole.tables()
    verified = campaign.screening("verify", str(campaign.results))
    assert verified.returncode == 0, verified.stdout


def test_a_second_master_is_refused_and_the_first_goes_on(undisturbed, tmp_path):
    campaign = undisturbed.prepared.copy(tmp_path / "run")
    master = campaign.start(campaign.ranking)
    master.wait_for(campaign.chunks)
    second = campaign.screening("run", campaign.config.name)
    assert second.returncode == 1
    assert "another run is working on this campaign" in second.stderr
    # Even when Snakemake's own lock is gone, which a third campaign in the same folder takes away at its end.
    for lock in (campaign.folder / ".snakemake" / "locks").glob("*.lock"):
        lock.unlink()
    third = campaign.snakemake()
    assert third.returncode != 0
    assert "another run is working on this campaign" in third.stderr + third.stdout
    master.finish()
    assert campaign.tables() == undisturbed.whole.tables()
